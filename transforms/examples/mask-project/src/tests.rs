//! A module is tested like any crate: `cargo test`, no wasm.
#![allow(clippy::unwrap_used, clippy::panic)]
use super::*;

fn map(document: &str) -> Vec<Change> {
    let config = serde_json::from_str(r#"{"mask": ["DESCR"]}"#).unwrap();
    let transaction = Transaction {
        document: document.into(),
        transaction_id: "T1".into(),
        transaction_index: 1,
        message_name: None,
        from: None,
        to: None,
        orig_time_stamp: None,
    };
    MaskProject::new(config).unwrap().map(&transaction).unwrap()
}

#[test]
fn a_masked_field_shows_nothing_and_the_others_everything() {
    let changes = map(
        "<Transaction><PROJECT class='R'><BUSINESS_UNIT>US001</BUSINESS_UNIT><PROJECT_ID>P1</PROJECT_ID>\
         <DESCR>Secret</DESCR><PROJECT_DESCR class='R'><DESCR>Secret too</DESCR></PROJECT_DESCR></PROJECT></Transaction>",
    );
    let [Change::Upsert(row)] = changes.as_slice() else { panic!("{changes:?}") };
    assert_eq!(row.key, r#"{"BUSINESS_UNIT":"US001","PROJECT_ID":"P1"}"#);
    assert_eq!(
        row.value,
        r#"{"BUSINESS_UNIT":"US001","PROJECT_ID":"P1","DESCR":"***","PROJECT_DESCR":[{"DESCR":"***"}]}"#
    );
}
