//! A module is tested like any crate: `cargo test`, no WebAssembly. A debugger works here, and so does `dbg!`.

use super::*;

fn map(document: &str) -> Result<Vec<Change>, Rejection> {
    let config =
        serde_json::from_str(r#"{"keys": {"PROJECT": ["PROJECT_ID"]}, "hidden": ["DESCR"]}"#)
            .unwrap();
    let transaction = Transaction {
        document: document.into(),
        transaction_id: "T1".into(),
        transaction_index: 1,
        message_name: None,
        from: None,
        to: None,
        orig_time_stamp: None,
    };
    Module::new(config).unwrap().map(&transaction)
}

#[test]
fn a_hidden_field_is_in_no_value() {
    let changes = map(
        "<Transaction><PROJECT><PROJECT_ID>P1</PROJECT_ID><DESCR>Secret</DESCR></PROJECT></Transaction>",
    );
    let [Change::Upsert(row)] = changes.as_deref().unwrap() else {
        panic!("one row")
    };
    assert_eq!(
        (row.key.as_str(), row.value.as_str()),
        (r#""P1""#, r#"{"PROJECT_ID":"P1"}"#)
    );
}

#[test]
fn a_record_type_without_a_rule_is_rejected_by_name() {
    let rejection =
        map("<Transaction><VENDOR><VENDOR_ID>V1</VENDOR_ID></VENDOR></Transaction>").unwrap_err();
    assert!(rejection.reason.contains("VENDOR"));
}

#[test]
fn the_schema_is_json() {
    assert!(serde_json::from_str::<serde_json::Value>(CONFIG_SCHEMA).is_ok());
}
