//! The messages that are measured with.

use crate::harness::pipeline::project;

/// Names and messages.
pub fn shapes() -> [(&'static str, Vec<u8>); 5] {
    [
        ("1 transaction of 1.9 KB", of(1)),
        ("100 transactions of 1.9 KB", of(100)),
        ("5,000 transactions of 1.9 KB", of(5000)),
        ("100 rows of 65 mostly empty fields", mostly_empty(100)),
        ("1 transaction of 1,000 child rows", deep(1000)),
    ]
}

/// Transactions of some 1.9 KB with 36 elements each.
pub fn of(transactions: usize) -> Vec<u8> {
    let fields: String =
        (0..30).map(|n| format!("<FIELD_{n:02}>value {n:02} of this project, as text</FIELD_{n:02}>")).collect();
    message((0..transactions).map(|n| project(&format!("P{n:06}"), "C", &fields)))
}

fn mostly_empty(transactions: usize) -> Vec<u8> {
    let field = |n: usize| match n % 8 {
        0 => format!("<FIELD_{n:02}>value</FIELD_{n:02}>"),
        _ => format!("<FIELD_{n:02}/>"),
    };
    let fields: String = (0..63).map(field).collect();
    message((0..transactions).map(|n| project(&format!("P{n:06}"), "C", &fields)))
}

fn deep(children: usize) -> Vec<u8> {
    let child = |n: usize| {
        format!(
            "<PROJ_NOTE class=\"R\"><NOTE_SEQ>{n}</NOTE_SEQ><NOTE>note number {n} of this project</NOTE></PROJ_NOTE>\
             <PSCAMA class=\"R\"><AUDIT_ACTN>C</AUDIT_ACTN></PSCAMA>"
        )
    };
    let children: String = (0..children).map(child).collect();
    message(std::iter::once(project("P1", "C", &children)))
}

fn message(transactions: impl Iterator<Item = String>) -> Vec<u8> {
    let transactions: String = transactions.collect();
    format!("<PROJECT_SYNC><MsgData>{transactions}</MsgData></PROJECT_SYNC>").into_bytes()
}
