//! `parse`: every shape of message in `messages/`, posted through `collect`, and the rows that come of it.
//!
//! One pipeline takes them all; each test looks at its own rows.

use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::harness::pipeline::{project_key, through_both};
use crate::harness::topics::{self, Record};

const FILES: [&str; 32] = [
    "project_added_with_activities.xml",
    "wrapped_in_soap.xml",
    "wrapped_in_8_1_envelope.xml",
    "default_namespace.xml",
    "prefixed_namespaces.xml",
    "several_level_0_records_under_one_pscama.xml",
    "repeated_children_interleaved.xml",
    "one_pscama_after_several_grandchildren.xml",
    "pscama_missing.xml",
    "lower_case.xml",
    "no_field_types.xml",
    "empty_field_types_records.xml",
    "class_attribute_absent.xml",
    "cdata_and_entities.xml",
    "comments_and_empty_elements.xml",
    "iso_8859_1.xml",
    "utf_16_little_endian.xml",
    "utf_16_big_endian.xml",
    "utf_8_with_byte_order_mark.xml",
    "zero_transactions.xml",
    "empty_msg_data.xml",
    "every_audit_action.xml",
    "unknown_audit_action.xml",
    "key_in_the_ancestor.xml",
    "key_missing.xml",
    "record_with_control_fields_of_its_own.xml",
    "key_swap.xml",
    "translation_row.xml",
    "record_type_without_a_rule.xml",
    "deleted_child_in_a_changed_root.xml",
    "currencies.xml",
    "full_sync_with_header_and_trailer.xml",
];

/// What the pipeline left behind.
struct Seen {
    projects: Vec<Record>,
    activities: Vec<Record>,
    currencies: Vec<Record>,
    dead_letters: Vec<Record>,
}

fn seen() -> &'static Seen {
    static SEEN: OnceLock<Seen> = OnceLock::new();
    SEEN.get_or_init(|| {
        let parse = through_both(&FILES, &[]);
        Seen {
            projects: parse.records("PROJECT"),
            activities: parse.records("PROJ_ACTIVITY"),
            currencies: parse.records("CURRENCY_CD_TBL"),
            dead_letters: parse.dead_letters(),
        }
    })
}

/// The row of a project, as following the topic leaves it.
fn project(project_id: &str) -> Option<Value> {
    topics::table(&seen().projects).remove(&project_key(project_id))
}

fn activity(project_id: &str, activity_id: &str) -> Option<Value> {
    topics::table(&seen().activities).remove(&activity_key(project_id, activity_id))
}

fn activity_key(project_id: &str, activity_id: &str) -> String {
    format!(r#"{{"BUSINESS_UNIT":"US004","PROJECT_ID":"{project_id}","ACTIVITY_ID":"{activity_id}"}}"#)
}

/// Whether the records of that key are exactly these: `true` a row, `false` a tombstone.
fn history(records: &[Record], key: &str) -> Vec<bool> {
    records.iter().filter(|record| record.key_text() == key).map(|record| record.value.is_some()).collect()
}

fn row(project_id: &str, descr: &str) -> Option<Value> {
    Some(json!({"BUSINESS_UNIT": "US004", "PROJECT_ID": project_id, "DESCR": descr}))
}

#[test]
fn fields_stay_text_exactly_as_sent() {
    let expected = json!({
        "BUSINESS_UNIT": "US004", "PROJECT_ID": "000000000012345", "EFF_STATUS": "A",
        "DESCR": "Harbour bridge renewal", "PROJECT_TYPE": "CAPTL", "START_DT": "2026-01-05", "END_DT": "2027-06-30",
        "PERCENT_COMPLETE": "-0.500", "LASTUPDDTTM": "2026-01-05T08:30:00.000000-0600",
    });
    assert_eq!(project("000000000012345"), Some(expected));
}

#[test]
fn a_child_with_a_rule_is_a_row_of_its_own_topic() {
    let design = activity("000000000012345", "00000000000DSGN").unwrap();
    assert_eq!(design["DESCR"], "Design");
    assert!(activity("000000000012345", "00000000000BILD").is_some());
    assert_eq!(project("000000000012345").unwrap().get("PROJ_ACTIVITY"), None);
}

#[test]
fn the_rowset_is_found_in_any_wrapper() {
    assert_eq!(project("000000000000801"), row("000000000000801", "Wrapped in SOAP"));
    assert_eq!(project("000000000000802"), row("000000000000802", "In the 8.1 envelope"));
}

#[test]
fn names_match_without_their_namespace() {
    assert_eq!(project("000000000000804"), row("000000000000804", "Default namespace"));
    assert_eq!(project("000000000000805"), row("000000000000805", "Prefixed namespace"));
    assert!(project("000000000000806").is_some());
}

#[test]
fn several_level_0_records_are_several_rows() {
    assert_eq!(project("000000000000811"), row("000000000000811", "First of two"));
    assert_eq!(project("000000000000812"), row("000000000000812", "Second of two"));
    let franc = topics::table(&seen().currencies).remove(r#"{"CURRENCY_CD":"CHF","EFFDT":"1900-01-01"}"#);
    assert_eq!(franc.unwrap()["DESCR"], "Swiss Franc");
}

#[test]
fn repeated_children_stay_arrays_in_their_order_and_each_has_its_own_action() {
    let row = project("000000000000821").unwrap();
    assert_eq!(row["PROJ_TEAM"], json!([{"TEAM_MEMBER": "0042"}, {"TEAM_MEMBER": "0007"}]));
    assert_eq!(row["PROJ_NOTE"], json!([{"NOTE_SEQ": "1"}, {"NOTE_SEQ": "2"}]));
    assert!(activity("000000000000821", "KEPT").is_some());
    assert_eq!(history(&seen().activities, &activity_key("000000000000821", "GONE")), [false]);
}

#[test]
fn one_pscama_speaks_for_all_the_records_just_before_it() {
    for activity_id in ["A1", "A2", "A3"] {
        assert_eq!(
            history(&seen().activities, &activity_key("000000000000831", activity_id)),
            [false],
            "{activity_id}"
        );
    }
    assert_eq!(project("000000000000831").unwrap()["PROJ_PHASE"], json!([{"PHASE": "01"}]));
}

#[test]
fn a_row_without_a_pscama_is_a_row() {
    let row = project("000000000000841").unwrap();
    assert_eq!(row["DESCR"], "No PSCAMA anywhere");
    assert_eq!(row["PROJ_TEAM"], json!([{"TEAM_MEMBER": "0042"}]), "one child is an array too");
}

#[test]
fn field_types_may_be_missing_or_empty_and_class_absent() {
    assert_eq!(project("000000000000861"), row("000000000000861", "No FieldTypes"));
    assert_eq!(project("000000000000862"), row("000000000000862", "Empty FieldTypes records"));
    assert_eq!(project("000000000000863").unwrap()["PROJ_TEAM"], json!([{"TEAM_MEMBER": "0042"}]));
}

#[test]
fn entities_and_cdata_become_the_text_they_stand_for() {
    let row = project("000000000000871").unwrap();
    assert_eq!(row["DESCR"], "Q&A <phase> № \"7'");
    assert_eq!(row["DESCRLONG"], "<p>Raw & unescaped]]> and </PROJECT> again".replace("]]>", ""));
}

#[test]
fn comments_say_nothing_and_all_three_empty_forms_are_empty_text() {
    let expected = json!({
        "BUSINESS_UNIT": "US004", "PROJECT_ID": "000000000000872", "EFF_STATUS": "", "DESCR": "", "PROJECT_TYPE": "",
        "DESCRLONG": "  two spaces  ",
    });
    assert_eq!(project("000000000000872"), Some(expected));
}

#[test]
fn every_encoding_yields_the_same_text() {
    for project_id in ["000000000000881", "000000000000882", "000000000000883", "000000000000884"] {
        assert_eq!(project(project_id), row(project_id, "Brücke à péage"));
    }
}

#[test]
fn added_changed_new_and_blank_are_rows() {
    assert_eq!(project("ADDED"), row("ADDED", "A"));
    assert_eq!(project("CHANGED"), row("CHANGED", "after"));
    assert_eq!(project("NEWKEY"), row("NEWKEY", "renamed"));
    assert_eq!(project("BLANK"), row("BLANK", "blank"));
    assert_eq!(project("SPACE"), row("SPACE", "a space"));
}

#[test]
fn deleted_and_old_keys_are_tombstones() {
    assert_eq!(history(&seen().projects, &project_key("DELETED")), [true, false]);
    assert_eq!(history(&seen().projects, &project_key("OLDKEY")), [true, false]);
}

#[test]
fn original_values_are_nothing() {
    assert_eq!(history(&seen().projects, &project_key("ORIGINAL")), Vec::<bool>::new());
    assert_eq!(history(&seen().projects, &project_key("CHANGED")), [true, true]);
}

#[test]
fn an_action_peoplesoft_does_not_have_is_rejected_by_name_and_stops_nobody() {
    assert!(project("GOOD1").is_some() && project("GOOD2").is_some());
    assert_eq!(project("ODD"), None);
    let letter = dead_letter_with("<PROJECT_ID>ODD</PROJECT_ID>");
    assert!(letter.header("ps-dead-reason").unwrap().contains("\"X\""), "{letter:?}");
}

#[test]
fn a_key_field_missing_from_a_row_is_found_in_its_ancestors() {
    assert!(activity("000000000000901", "DEEP").is_some());
}

#[test]
fn a_key_field_found_nowhere_is_a_rejection_that_names_it() {
    let letter = dead_letter_with("Nobody knows which");
    let reason = letter.header("ps-dead-reason").unwrap();
    assert!(reason.contains("PROJECT_ID") && reason.contains("PROJECT"), "{reason}");
    assert!(project("000000000000902").is_some(), "the transaction beside it suffered");
}

#[test]
fn fields_named_as_control_fields_are_fields_outside_a_pscama() {
    let row = project("000000000000911").unwrap();
    assert_eq!((&row["LANGUAGE_CD"], &row["AUDIT_ACTN"]), (&json!("FRA"), &json!("D")));
}

#[test]
fn a_key_swap_loses_neither_row() {
    assert_eq!(project("EAST"), row("EAST", "was west"));
    assert_eq!(project("WEST"), row("WEST", "was east"));
}

#[test]
fn a_root_record_type_without_a_rule_is_a_rejection_that_names_it() {
    let letter = dead_letter_with("<VENDOR ");
    assert!(letter.header("ps-dead-reason").unwrap().contains("\"VENDOR\""), "{letter:?}");
    assert!(project("000000000000931").is_some());
}

#[test]
fn a_deleted_child_in_a_changed_root_does_not_delete_the_root() {
    assert_eq!(history(&seen().projects, &project_key("000000000000941")), [true]);
    assert_eq!(history(&seen().activities, &activity_key("000000000000941", "LAST")), [false]);
}

#[test]
fn rows_with_the_same_code_and_other_dates_are_other_rows() {
    let table = topics::table(&seen().currencies);
    assert_eq!(table[r#"{"CURRENCY_CD":"EUR","EFFDT":"1999-01-01"}"#]["DESCR"], "Euro");
    assert_eq!(table[r#"{"CURRENCY_CD":"EUR","EFFDT":"2002-01-01"}"#]["CUR_SYMBOL"], "€");
}

#[test]
fn header_and_trailer_of_a_full_copy_are_never_data() {
    assert!(project("FULL1").is_some() && project("FULL2").is_some());
    let blank = r#"{"BUSINESS_UNIT":"","PROJECT_ID":""}"#;
    assert_eq!(history(&seen().projects, blank), Vec::<bool>::new());
    let letters = &seen().dead_letters;
    assert!(letters.iter().all(|letter| !text(letter).contains("MSG_SEQ_FLG>H<")), "a header is a dead letter");
}

#[test]
fn nothing_else_was_rejected() {
    let reasons: Vec<_> = seen().dead_letters.iter().map(|letter| letter.header("ps-dead-reason")).collect();
    assert_eq!(reasons.len(), 3, "{reasons:#?}");
}

#[test]
fn a_lower_case_document_goes_by_the_same_rules() {
    assert_eq!(project("000000000000851").unwrap()["descr"], "lower case");
}

fn dead_letter_with(part: &str) -> &'static Record {
    seen().dead_letters.iter().find(|letter| text(letter).contains(part)).expect("a dead letter")
}

fn text(letter: &Record) -> String {
    letter.json()["Transaction"].as_str().unwrap_or_default().to_owned()
}
