//! Every rule of turning rows into changes.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::rowset;

const PROJECT: &str = "<P><BU>1</BU><ID>2</ID></P>";

fn rules() -> KeyRules {
    KeyRules::new([("P", vec!["BU", "ID"]), ("A", vec!["BU", "ID", "ACT"]), ("ONE", vec!["ID"])]).unwrap()
}

/// A transaction's changes in short: `P key = value` and `P key gone`.
fn changes_with(translations: Translations, content: &str) -> Result<Vec<String>, Rejection> {
    let document = format!("<Transaction>{content}</Transaction>");
    let rules = rules();
    let changes = Mapping::new(&rules).translations(translations).changes(&rowset::read(&document).unwrap())?;
    let tell = |change| match change {
        Change::Upsert(row) => format!("{} {} = {}", row.record_type, row.key, row.value),
        Change::Tombstone(key) => format!("{} {} gone", key.record_type, key.key),
    };
    Ok(changes.into_iter().map(tell).collect())
}

fn changes(content: &str) -> Result<Vec<String>, Rejection> {
    changes_with(Translations::Row, content)
}

fn action(letter: &str) -> String {
    format!("<PSCAMA><AUDIT_ACTN>{letter}</AUDIT_ACTN></PSCAMA>")
}

const UPSERT: &str = r#"P {"BU":"1","ID":"2"} = {"BU":"1","ID":"2"}"#;
const GONE: &str = r#"P {"BU":"1","ID":"2"} gone"#;

#[test]
fn each_audit_action_does_what_it_means() {
    for letter in ["A", "C", "N", "", " "] {
        assert_eq!(changes(&(PROJECT.to_owned() + &action(letter))).unwrap(), [UPSERT], "{letter:?}");
    }
    for letter in ["D", "K"] {
        assert_eq!(changes(&(PROJECT.to_owned() + &action(letter))).unwrap(), [GONE], "{letter:?}");
    }
    assert!(changes(&(PROJECT.to_owned() + &action("O"))).unwrap().is_empty());
    assert_eq!(changes(PROJECT).unwrap(), [UPSERT]);
}

#[test]
fn rows_with_a_rule_are_changes_of_their_own_at_any_level_by_their_own_action() {
    let content =
        format!("<P><BU>1</BU><ID>2</ID><A><ACT>a</ACT></A>{}<A><ACT>b</ACT></A></P>{}", action("D"), action("C"));
    assert_eq!(
        changes(&content).unwrap(),
        [UPSERT, r#"A {"BU":"1","ID":"2","ACT":"a"} gone"#, r#"A {"BU":"1","ID":"2","ACT":"b"} = {"ACT":"b"}"#]
    );
}

#[test]
fn child_rows_without_a_rule_stay_inside_as_arrays_in_document_order() {
    let content = "<ONE><ID>1</ID><X><F>a</F><Z><F>z</F></Z></X><Y><F>b</F></Y><X><F>c</F></X><G>g</G></ONE>";
    let value = r#"{"ID":"1","G":"g","X":[{"F":"a","Z":[{"F":"z"}]},{"F":"c"}],"Y":[{"F":"b"}]}"#;
    assert_eq!(changes(content).unwrap(), [format!("ONE \"1\" = {value}")]);
}

#[test]
fn child_rows_that_are_gone_or_of_the_past_are_not_in_the_value() {
    for letter in ["D", "K", "O"] {
        let content = format!("<ONE><ID>1</ID><X><F>a</F></X>{}<X><F>b</F></X>{}</ONE>", action(letter), action("A"));
        assert_eq!(changes(&content).unwrap(), [r#"ONE "1" = {"ID":"1","X":[{"F":"b"}]}"#]);
    }
}

#[test]
fn a_row_with_a_rule_below_one_without_is_its_own_change_and_leaves_the_value() {
    let content = "<P><BU>1</BU><ID>2</ID><X><F>a</F><A><ACT>c</ACT></A></X></P>";
    assert_eq!(
        changes(content).unwrap(),
        [
            r#"P {"BU":"1","ID":"2"} = {"BU":"1","ID":"2","X":[{"F":"a"}]}"#,
            r#"A {"BU":"1","ID":"2","ACT":"c"} = {"ACT":"c"}"#
        ]
    );
}

#[test]
fn an_outermost_row_without_a_rule_rejects_the_whole_transaction() {
    let rejection = changes(&format!("{PROJECT}<Q><F/></Q>")).unwrap_err();
    assert_eq!(rejection, Rejection::invalid("record type \"Q\" has no key rule").at(40));
}

#[test]
fn a_key_field_is_looked_for_in_the_nearest_ancestor_first() {
    let content = "<P><BU>1</BU><ID>2</ID><X><ID>3</ID><A><ACT>c</ACT></A></X></P>";
    assert_eq!(changes(content).unwrap()[1], r#"A {"BU":"1","ID":"3","ACT":"c"} = {"ACT":"c"}"#);
}

#[test]
fn a_missing_key_field_is_rejected_with_record_type_and_field() {
    let rejection = changes("<P><BU>1</BU></P>").unwrap_err();
    assert_eq!(rejection, Rejection::invalid("record type \"P\" lacks its key field \"ID\"").at(13));
}

#[test]
fn a_key_is_never_blank() {
    assert_eq!(
        changes("<ONE><ID> </ID></ONE>").unwrap_err(),
        Rejection::invalid("the key of record type \"ONE\" is blank: ID").at(13)
    );
    assert!(changes("<P><BU> </BU><ID/></P>").is_err());
    assert_eq!(changes("<P><BU> </BU><ID>2</ID></P>").unwrap().len(), 1);
}

#[test]
fn topics_and_key_fields_are_spelled_as_in_the_rule() {
    let content = "<p><id>2</id><bu>1</bu></p>";
    assert_eq!(changes(content).unwrap(), [r#"P {"BU":"1","ID":"2"} = {"id":"2","bu":"1"}"#]);
}

#[test]
fn an_old_key_does_not_erase_the_row_that_has_taken_it() {
    let old = "<ONE><ID>1</ID></ONE>".to_owned() + &action("K");
    let other = "<ONE><ID>9</ID></ONE>".to_owned() + &action("K");
    for letter in ["A", "N"] {
        let taken = "<ONE><ID>1</ID><F/></ONE>".to_owned() + &action(letter);
        let content = taken.clone() + &old + &other;
        assert_eq!(changes(&content).unwrap(), [r#"ONE "1" = {"ID":"1","F":""}"#, r#"ONE "9" gone"#]);
        assert_eq!(changes(&(old.clone() + &taken)).unwrap(), [r#"ONE "1" gone"#, r#"ONE "1" = {"ID":"1","F":""}"#]);
    }
}

#[test]
fn the_marks_of_a_full_sync_are_never_data() {
    for flag in ["H", "T"] {
        let mark = format!("<PSCAMA><MSG_SEQ_FLG>{flag}</MSG_SEQ_FLG></PSCAMA>");
        assert!(changes(&(PROJECT.to_owned() + &mark)).unwrap().is_empty());
        assert!(changes(&format!("<UNKNOWN/>{mark}")).unwrap().is_empty());
        assert!(changes(&mark).unwrap().is_empty());
    }
}

#[test]
fn a_transaction_without_rows_is_unexpected() {
    for content in ["", " ", "<PSCAMA/>"] {
        assert_eq!(changes(content).unwrap_err(), Rejection::unexpected("a transaction without rows"));
    }
}

#[test]
fn translations_are_rows_or_skipped_or_rejected() {
    let french = "<PSCAMA><LANGUAGE_CD>FRA</LANGUAGE_CD><BASE_LANGUAGE_CD>ENG</BASE_LANGUAGE_CD></PSCAMA>";
    let content = format!("{PROJECT}{french}<ONE><ID>1</ID><X><F/></X>{french}</ONE>");
    let whole = [UPSERT, r#"ONE "1" = {"ID":"1","X":[{"F":""}]}"#];
    assert_eq!(changes_with(Translations::Row, &content).unwrap(), whole);
    assert_eq!(changes_with(Translations::Skip, &content).unwrap(), [r#"ONE "1" = {"ID":"1"}"#]);
    let rejection = changes_with(Translations::Reject, &content).unwrap_err();
    assert_eq!(rejection, Rejection::invalid("a row of record type \"P\" is a translation").at(13));
}
