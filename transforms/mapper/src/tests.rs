//! The shipped rules are the files', and the configuration is what its schema says.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;

fn rules(file: &str) -> KeyRules {
    let table: toml::Table = toml::from_str(file).unwrap();
    table["keys"].clone().try_into().unwrap()
}

fn mapper(config: &str) -> StockMapper {
    StockMapper::new(serde_json::from_str(config).unwrap()).unwrap()
}

fn keys_of_a_project(config: &str) -> Vec<String> {
    let document =
        "<Transaction><PROJECT><BUSINESS_UNIT>U</BUSINESS_UNIT><PROJECT_ID>1</PROJECT_ID></PROJECT></Transaction>";
    let transaction = Transaction {
        document: document.into(),
        transaction_id: "T".into(),
        transaction_index: 1,
        message_name: None,
        from: None,
        to: None,
        orig_time_stamp: None,
    };
    let key = |change| match change {
        Change::Upsert(row) => row.key,
        Change::Tombstone(key) => key.key,
    };
    mapper(config).map(&transaction).unwrap().into_iter().map(key).collect()
}

#[test]
fn the_shipped_rules_are_those_of_the_file() {
    assert_eq!(shipped::keys().unwrap(), rules(include_str!("../keys.toml")));
    assert_eq!(mapper("{}").keys, shipped::keys().unwrap());
}

#[test]
fn the_original_programs_rules_can_be_read() {
    let original = rules(include_str!("../original-keys.toml"));
    assert_eq!(original.rule("PROJ_ACTIVITY").unwrap().fields(), ["PROJECT_ID"]);
}

#[test]
fn given_keys_replace_the_shipped_ones() {
    assert_eq!(keys_of_a_project("{}"), [r#"{"BUSINESS_UNIT":"U","PROJECT_ID":"1"}"#]);
    assert_eq!(keys_of_a_project(r#"{"keys": {"PROJECT": ["PROJECT_ID"]}}"#), [r#""1""#]);
}

#[test]
fn unknown_settings_are_refused() {
    assert!(serde_json::from_str::<Config>(r#"{"key": {}}"#).is_err());
    assert!(serde_json::from_str::<Config>(r#"{"translations": "maybe"}"#).is_err());
}

#[test]
fn the_schema_knows_every_setting() {
    let schema: serde_json::Value = serde_json::from_str(&StockMapper::describe().config_schema).unwrap();
    let settings: Vec<_> = schema["properties"].as_object().unwrap().keys().collect();
    assert_eq!(settings, ["keys", "translations"]);
}
