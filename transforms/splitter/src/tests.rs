//! What the configuration changes.
#![allow(clippy::unwrap_used)]

use super::*;

const BODY: &[u8] = b"<M><MsgData><Transaction><PROJECT><ID>1</ID></PROJECT></Transaction></MsgData></M>";

fn ordering_key(config: &str) -> String {
    let config: Config = serde_json::from_str(config).unwrap();
    let message = Message { transaction_id: "T".into(), name: None, from: None, to: None, headers: vec![] };
    let mut splitter = StockSplitter::open(&config, message);
    let mut progress = splitter.push(BODY).unwrap();
    splitter.finish().unwrap();
    progress.transactions.remove(0).ordering_key
}

#[test]
fn transactions_are_ordered_by_record_type_or_with_rules_by_row() {
    assert_eq!(ordering_key("{}"), "PROJECT");
    assert_eq!(ordering_key(r#"{"keys": {"PROJECT": ["ID"]}}"#), "PROJECT \"1\"");
}

#[test]
fn the_schema_knows_every_setting() {
    let schema: serde_json::Value = serde_json::from_str(&StockSplitter::describe().config_schema).unwrap();
    let settings: Vec<_> = schema["properties"].as_object().unwrap().keys().collect();
    assert_eq!(settings, ["keys"]);
}
