//! Every rule of reading a transaction.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::{Rejection, RejectionKind};

fn transaction(content: &str) -> String {
    format!("<Transaction>{content}</Transaction>")
}

fn rejection(content: &str) -> Rejection {
    read(&transaction(content)).unwrap_err()
}

fn actions(rows: &[Row<'_>]) -> Vec<(String, AuditAction)> {
    rows.iter().map(|row| (row.record_type.to_owned(), row.control.action)).collect()
}

#[test]
fn an_element_is_a_row_by_its_class_or_by_having_elements() {
    let document = transaction("<P><F>1</F><G class='x'/><C><F>2</F></C><D class='r'/><E class=\"R\"></E></P>");
    let rowset = read(&document).unwrap();
    let row = &rowset.rows[0];
    assert_eq!(row.fields.iter().map(|field| field.name).collect::<Vec<_>>(), ["F", "G"]);
    assert_eq!(row.children.iter().map(|row| row.record_type).collect::<Vec<_>>(), ["C", "D", "E"]);
}

#[test]
fn the_children_of_a_transaction_are_rows_whatever_they_look_like() {
    let document = transaction("<P/><Q></Q>");
    assert_eq!(read(&document).unwrap().rows.len(), 2);
}

#[test]
fn names_match_without_their_prefix_and_in_any_case() {
    let document = "<n:transaction xmlns:n='u'><n:project><n:id>1</n:id></n:project><n:pscama><n:audit_actn>D</n:audit_actn></n:pscama></n:transaction>";
    let rowset = read(document).unwrap();
    assert_eq!(actions(&rowset.rows), [("project".into(), AuditAction::Deleted)]);
    assert_eq!(rowset.rows[0].field("ID"), Some("1"));
}

#[test]
fn a_pscama_belongs_to_the_row_before_it() {
    let document = transaction(
        "<P><C><X>1</X></C><PSCAMA><AUDIT_ACTN>A</AUDIT_ACTN></PSCAMA><D><X>2</X></D><PSCAMA><AUDIT_ACTN>D</AUDIT_ACTN></PSCAMA>\
         <C><X>3</X></C></P><PSCAMA><AUDIT_ACTN>C</AUDIT_ACTN></PSCAMA>",
    );
    let rowset = read(&document).unwrap();
    assert_eq!(actions(&rowset.rows), [("P".into(), AuditAction::Changed)]);
    let children =
        [("C".into(), AuditAction::Added), ("D".into(), AuditAction::Deleted), ("C".into(), AuditAction::Blank)];
    assert_eq!(actions(&rowset.rows[0].children), children);
}

#[test]
fn one_pscama_speaks_of_all_rows_since_the_one_before() {
    let document = transaction("<P/><PSCAMA/><P/><P/><PSCAMA><AUDIT_ACTN>D</AUDIT_ACTN></PSCAMA>");
    let rowset = read(&document).unwrap();
    let found: Vec<_> = rowset.rows.iter().map(|row| row.control.action).collect();
    assert_eq!(found, [AuditAction::Blank, AuditAction::Deleted, AuditAction::Deleted]);
}

#[test]
fn a_row_without_pscama_has_a_blank_action() {
    let document = transaction("<P/>");
    assert_eq!(read(&document).unwrap().rows[0].control, Control::default());
}

#[test]
fn control_fields_are_read_only_in_a_pscama() {
    let document = transaction(
        "<P><AUDIT_ACTN>D</AUDIT_ACTN><LANGUAGE_CD>FRA</LANGUAGE_CD><MSG_SEQ_FLG>H</MSG_SEQ_FLG></P>\
         <PSCAMA class='R'><AUDIT_ACTN>A</AUDIT_ACTN><LANGUAGE_CD>ENG</LANGUAGE_CD><BASE_LANGUAGE_CD>GER</BASE_LANGUAGE_CD></PSCAMA>",
    );
    let rowset = read(&document).unwrap();
    let row = &rowset.rows[0];
    assert_eq!(rowset.purpose, Purpose::Rows);
    assert_eq!(row.control.action, AuditAction::Added);
    assert_eq!(row.control.language.as_deref(), Some("ENG"));
    assert!(row.control.is_translation());
    assert_eq!(row.field("AUDIT_ACTN"), Some("D"));
}

#[test]
fn an_unknown_audit_action_is_rejected_with_the_record_type() {
    let rejection = rejection("<P/><PSCAMA><AUDIT_ACTN>X</AUDIT_ACTN></PSCAMA>");
    let reason = "audit action \"X\" of record type \"P\" is not one of A, C, D, K, N, O";
    assert_eq!(rejection, Rejection::invalid(reason).at(17));
}

#[test]
fn an_action_for_no_row_is_rejected() {
    let reason = "a PSCAMA with an audit action follows no row in \"P\"";
    let rejection = rejection("<P><F>1</F><PSCAMA><AUDIT_ACTN>D</AUDIT_ACTN></PSCAMA></P>");
    assert_eq!(rejection, Rejection::invalid(reason).at(24));
    let document = transaction("<P><F>1</F><PSCAMA/></P><PSCAMA/><PSCAMA/>");
    assert!(read(&document).is_ok());
}

#[test]
fn the_marks_of_a_full_sync_are_told() {
    for (flag, purpose) in
        [("H", Purpose::FullSyncHeader), ("T", Purpose::FullSyncTrailer), ("", Purpose::Rows), ("X", Purpose::Rows)]
    {
        let document = transaction(&format!("<P/><PSCAMA><MSG_SEQ_FLG>{flag}</MSG_SEQ_FLG></PSCAMA>"));
        assert_eq!(read(&document).unwrap().purpose, purpose);
    }
    let document = transaction("<PSCAMA><MSG_SEQ_FLG>H</MSG_SEQ_FLG><AUDIT_ACTN>A</AUDIT_ACTN></PSCAMA>");
    assert_eq!(read(&document).unwrap().purpose, Purpose::FullSyncHeader);
}

#[test]
fn values_are_exactly_what_was_sent() {
    let document = transaction("<P><F>  a&amp;b <!-- c --><![CDATA[<d>\r\n]]> </F><G/><H></H><I> </I></P>");
    let rowset = read(&document).unwrap();
    let row = &rowset.rows[0];
    assert_eq!(row.field("F"), Some("  a&b <d>\n "));
    assert_eq!((row.field("G"), row.field("H"), row.field("I")), (Some(""), Some(""), Some(" ")));
    assert_eq!(row.field("J"), None);
}

#[test]
fn text_among_elements_is_rejected_where_it_stands() {
    for (content, name, at) in [
        ("x<P/>", "Transaction", 13),
        ("<P><F/>x</P>", "P", 20),
        ("<P class='R'>x</P>", "P", 26),
        ("<P><C>  x<F/></C></P>", "C", 21),
        ("<P/><PSCAMA>x</PSCAMA>", "PSCAMA", 25),
    ] {
        let reason = format!("text among the elements of \"{name}\"");
        assert_eq!(rejection(content), Rejection::unexpected(reason).at(at), "{content}");
    }
}

#[test]
fn nothing_in_a_row_overwrites_anything() {
    let twice = "field \"f\" twice in one row of record type \"P\"";
    assert_eq!(rejection("<P><F/><G/><f/></P>"), Rejection::invalid(twice).at(13));
    let both = "\"C\" is both a field and a child row of record type \"P\"";
    assert_eq!(rejection("<P><c>1</c><C class='R'/></P>"), Rejection::invalid(both).at(13));
    let control = rejection("<P/><PSCAMA><AUDIT_ACTN>A</AUDIT_ACTN><AUDIT_ACTN>D</AUDIT_ACTN></PSCAMA>");
    assert_eq!(control.kind, RejectionKind::Invalid);
}

#[test]
fn a_row_with_too_many_fields_is_too_large() {
    let row = |fields: usize| {
        let fields: String = (0..fields).map(|index| format!("<F{index}/>")).collect();
        transaction(&format!("<P>{fields}</P>"))
    };
    assert!(read(&row(MAX_FIELDS)).is_ok());
    assert_eq!(read(&row(MAX_FIELDS + 1)).unwrap_err().kind, RejectionKind::TooLarge);
}

#[test]
fn what_is_no_transaction_is_unexpected() {
    let reason = "not a transaction: the root element is \"PROJECT\"";
    assert_eq!(read("<PROJECT/>").unwrap_err(), Rejection::unexpected(reason).at(0));
}

#[test]
fn elements_in_a_control_field_are_unexpected() {
    let rejection = rejection("<P/><PSCAMA><AUDIT_ACTN><D/></AUDIT_ACTN></PSCAMA>");
    assert_eq!(rejection.kind, RejectionKind::Unexpected);
}

#[test]
fn a_control_field_that_is_too_long_is_invalid() {
    let language = "x".repeat(65);
    let rejection = rejection(&format!("<P/><PSCAMA><LANGUAGE_CD>{language}</LANGUAGE_CD></PSCAMA>"));
    assert_eq!(rejection.kind, RejectionKind::Invalid);
}

#[test]
fn only_two_languages_that_differ_make_a_translation() {
    for (language, base, is_translation) in
        [("ENG", "ENG", false), ("FRA", "ENG", true), ("FRA", "", false), (" ", "ENG", false), ("ENG ", "ENG", false)]
    {
        let control =
            Control { language: Some(language.into()), base_language: Some(base.into()), ..Control::default() };
        assert_eq!(control.is_translation(), is_translation, "{language:?} {base:?}");
    }
}
