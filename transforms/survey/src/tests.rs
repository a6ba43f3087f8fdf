//! What is told of rows.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;

fn values(document: &str) -> Vec<String> {
    let transaction = Transaction {
        document: document.into(),
        transaction_id: "T".into(),
        transaction_index: 1,
        message_name: None,
        from: None,
        to: None,
        orig_time_stamp: None,
    };
    let value = |change| match change {
        Change::Upsert(row) => row.value,
        Change::Tombstone(_) => panic!("it makes none"),
    };
    Survey.map(&transaction).unwrap().into_iter().map(value).collect()
}

#[test]
fn rows_of_every_level_are_told_with_the_fields_around_them() {
    let told = values(
        "<Transaction><P class='R'><B>1</B><A>2</A><C class='R'><D>3</D></C></P>\
         <PSCAMA><AUDIT_ACTN>D</AUDIT_ACTN></PSCAMA></Transaction>",
    );
    let expected = [
        r#"{"record_type":"P","parent":null,"state":"gone","fields":[["B","1"],["A","2"]],"around":[]}"#,
        r#"{"record_type":"C","parent":"P","state":"made","fields":[["D","3"]],"around":[["B","1"],["A","2"]]}"#,
    ];
    assert_eq!(told, expected);
}
