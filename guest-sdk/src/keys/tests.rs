//! Every rule of writing key rules. What keys look like is tested with the changes they are part of.
#![allow(clippy::unwrap_used)]

use super::*;

fn error(json: &str) -> String {
    let error = serde_json::from_str::<KeyRules>(json).unwrap_err().to_string();
    error.split(" at line").next().unwrap().to_owned()
}

#[test]
fn rules_are_record_types_with_lists_of_fields() {
    let rules: KeyRules = serde_json::from_str(r#"{"B": ["X", "Y"], "A": ["Z"]}"#).unwrap();
    assert_eq!(rules, KeyRules::new([("A", vec!["Z"]), ("B", vec!["X", "Y"])]).unwrap());
    assert_eq!(rules.rule("b").unwrap().fields(), ["X", "Y"]);
    assert_eq!(rules.rule("b").unwrap().record_type(), "B");
    assert!(rules.rule("C").is_none());
}

#[test]
fn rules_that_cannot_be_meant_are_refused_by_name() {
    for (json, text) in [
        (r#"{"P": []}"#, "key rule for record type \"P\" names no field"),
        (r#"{"P": [" "]}"#, "key rule for record type \"P\" names a blank field"),
        (r#"{"P": ["A", "a"]}"#, "key rule for record type \"P\" names field \"a\" twice"),
        (r#"{"P": ["A"], "p": ["B"]}"#, "record type \"p\" has two key rules"),
        (r#"{"P": ["A"], "P": ["B"]}"#, "record type \"P\" has two key rules"),
        (
            r#"{"P Q": ["A"]}"#,
            "key rule for record type \"P Q\": a record type is letters, digits, \".\", \"_\" and \"-\"",
        ),
        (r#"["P"]"#, "invalid type: sequence, expected key rules: record types with the list of their key's fields"),
    ] {
        assert_eq!(error(json), text);
    }
}
