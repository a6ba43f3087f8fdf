//! `parse`: key rules as configuration, and which module is chosen for what.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::harness::guests::{mask_project, stock_mapper, unruly_mapper};
use crate::harness::pipeline::{Parse, project, store};
use crate::harness::{kafka, scratch_file, topics, unique, workspace};

/// `shipped` rules are the module's own; a file replaces them.
fn rules(name: &str, content: &str) -> PathBuf {
    scratch_file(name, content)
}

fn with_rules(path: &Path) -> Parse {
    Parse::start(&["--transform-config", path.to_str().unwrap()])
}

#[test]
fn a_key_of_one_field_is_a_json_string_that_keeps_its_zeros() {
    let parse = with_rules(&rules("one.json", r#"{"keys": {"PROJECT": ["PROJECT_ID"]}}"#));
    parse.feed("a", &project("00012345", "A", ""));
    assert_eq!(parse.records("PROJECT")[0].key_text(), r#""00012345""#);
}

#[test]
fn a_key_of_several_fields_is_an_object_in_the_rules_order() {
    let parse = with_rules(&rules("order.json", r#"{"keys": {"PROJECT": ["PROJECT_ID", "BUSINESS_UNIT"]}}"#));
    parse.feed("a", &project("P1", "A", ""));
    assert_eq!(parse.records("PROJECT")[0].key_text(), r#"{"PROJECT_ID":"P1","BUSINESS_UNIT":"US004"}"#);
}

#[test]
fn a_key_rule_may_come_in_toml_yaml_or_json() {
    let files = [
        rules("rules.toml", "[keys]\nVENDOR = [\"SETID\", \"VENDOR_ID\"]\n"),
        rules("rules.yaml", "keys:\n  VENDOR: [SETID, VENDOR_ID]\n"),
        rules("rules.yml", "keys:\n  VENDOR:\n    - SETID\n    - VENDOR_ID\n"),
        rules("rules.json", r#"{"keys": {"VENDOR": ["SETID", "VENDOR_ID"]}}"#),
    ];
    for file in &files {
        let parse = with_rules(file);
        parse.feed("a", VENDOR);
        let rows = parse.records("VENDOR");
        assert_eq!(rows.len(), 1, "{}", file.display());
        assert_eq!(rows[0].key_text(), r#"{"SETID":"SHARE","VENDOR_ID":"0042"}"#, "{}", file.display());
    }
}

const VENDOR: &str = "<Transaction><VENDOR class=\"R\"><SETID>SHARE</SETID><VENDOR_ID>0042</VENDOR_ID>\
    <VENDOR_ADDR class=\"R\"><ADDRESS_SEQ_NUM>1</ADDRESS_SEQ_NUM></VENDOR_ADDR>\
    <PSCAMA class=\"R\"><AUDIT_ACTN>A</AUDIT_ACTN></PSCAMA></VENDOR>\
    <PSCAMA class=\"R\"><AUDIT_ACTN>A</AUDIT_ACTN></PSCAMA></Transaction>";

#[test]
fn a_child_moves_out_of_its_parent_when_it_gets_a_rule() {
    let without = with_rules(&rules("without.json", r#"{"keys": {"VENDOR": ["SETID", "VENDOR_ID"]}}"#));
    without.feed("a", VENDOR);
    let expected = json!({"SETID": "SHARE", "VENDOR_ID": "0042", "VENDOR_ADDR": [{"ADDRESS_SEQ_NUM": "1"}]});
    assert_eq!(without.records("VENDOR")[0].json(), expected);

    let both = r#"{"keys": {"VENDOR": ["VENDOR_ID"], "VENDOR_ADDR": ["VENDOR_ID", "ADDRESS_SEQ_NUM"]}}"#;
    let with = with_rules(&rules("with.json", both));
    with.feed("a", VENDOR);
    assert_eq!(with.records("VENDOR")[0].json(), json!({"SETID": "SHARE", "VENDOR_ID": "0042"}));
    let address = &with.records("VENDOR_ADDR")[0];
    assert_eq!(address.key_text(), r#"{"VENDOR_ID":"0042","ADDRESS_SEQ_NUM":"1"}"#);
    assert_eq!(address.json(), json!({"ADDRESS_SEQ_NUM": "1"}), "the value is the row as sent");
}

#[test]
fn another_rule_and_another_group_give_other_keys() {
    let prefix = unique("t");
    store(kafka::shared(), &format!("{prefix}.transactions"), &[("a", &project("P1", "A", ""))]);
    let first = Parse::start_for(&prefix, &[]);
    first.settle();
    drop(first);
    let narrow = rules("narrow.toml", "[keys]\nPROJECT = [\"PROJECT_ID\"]\n");
    let options = ["--transform-config", narrow.to_str().unwrap()];
    let second = Parse::start_on(kafka::shared(), &[], &prefix, &unique("second"), &options);
    second.settle();
    let mut keys: Vec<String> = second.records("PROJECT").iter().map(topics::Record::key_text).collect();
    keys.sort_unstable();
    assert_eq!(keys, [r#""P1""#, r#"{"BUSINESS_UNIT":"US004","PROJECT_ID":"P1"}"#]);
}

#[test]
fn the_most_specific_selector_wins_and_the_rest_goes_to_the_stock_mapper() {
    let prefix = unique("t");
    let (one, two) = (format!("{prefix}.one"), format!("{prefix}.two"));
    let narrow = rules("narrow.json", r#"{"keys": {"PROJECT": ["PROJECT_ID"]}}"#);
    let special = format!("PROJ*={}", stock_mapper());
    let exact = format!("two/PROJECT={}", unruly_mapper());
    let config = format!("PROJ*={}", narrow.display());
    let sources = ["--source-topic", "one", "--source-topic", "two"];
    let modules = ["--transform", &special, "--transform", &exact, "--transform-config", &config];
    let parse = Parse::start_for(&prefix, &[&sources[..], &modules].concat());
    store(kafka::shared(), &one, &[("a", &project("P1", "A", "")), ("b", CURRENCY)]);
    store(kafka::shared(), &two, &[("c", &project("P2", "A", "")), ("d", CURRENCY)]);
    for topic in [&one, &two] {
        topics::await_group(kafka::shared(), &parse.group, topic);
    }
    let keys = |name: &str| parse.records(name).iter().map(topics::Record::key_text).collect::<Vec<_>>();
    assert_eq!(keys("PROJECT"), [r#""P1""#], "PROJ* has its own configuration");
    assert_eq!(keys("UNRULY"), [r#""c""#], "the source topic's own selector is the most specific");
    assert_eq!(keys("CURRENCY_CD_TBL").len(), 2, "everything else is the stock mapper's");
}

const CURRENCY: &str = "<Transaction><CURRENCY_CD_TBL class=\"R\"><CURRENCY_CD>EUR</CURRENCY_CD>\
    <EFFDT>1999-01-01</EFFDT></CURRENCY_CD_TBL></Transaction>";

#[test]
fn a_module_without_a_selector_is_for_everything() {
    let parse = Parse::start(&["--transform", unruly_mapper()]);
    parse.store(&[("a", &project("P1", "A", "")), ("b", CURRENCY)]);
    parse.settle();
    let rows = parse.records("UNRULY");
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].header("ps-module"), Some("unruly-mapper 0.0.1"));
}

#[test]
fn the_example_mapper_replaces_the_stock_one_for_its_record_type() {
    let module = format!("PROJECT={}", mask_project());
    let config = format!("PROJECT={}", rules("mask.json", r#"{"mask": ["DESCR"]}"#).display());
    let parse = Parse::start(&["--transform", &module, "--transform-config", &config]);
    parse.store(&[("a", &project("P1", "A", "<DESCR>Confidential</DESCR>")), ("b", CURRENCY)]);
    parse.settle();
    let rows = parse.records("PROJECT");
    assert_eq!(rows.len(), 1);
    assert!(rows[0].header("ps-module").unwrap().starts_with("mask-project "), "{:?}", rows[0]);
    assert_eq!(rows[0].json()["DESCR"], "***");
    assert_eq!(parse.records("CURRENCY_CD_TBL").len(), 1);
}

#[test]
fn a_translation_can_be_kept_from_overwriting_its_base_row() {
    let base = "<PSCAMA class=\"R\"><LANGUAGE_CD>ENG</LANGUAGE_CD><AUDIT_ACTN>A</AUDIT_ACTN>\
        <BASE_LANGUAGE_CD>ENG</BASE_LANGUAGE_CD></PSCAMA>";
    let row = |descr: &str, control: &str| {
        format!(
            "<Transaction><PROJECT class=\"R\"><PROJECT_ID>P1</PROJECT_ID><BUSINESS_UNIT>US004</BUSINESS_UNIT>\
             <DESCR>{descr}</DESCR></PROJECT>{control}</Transaction>"
        )
    };
    let (english, french) = (row("Bridge", base), row("Pont", &base.replacen("ENG", "FRA", 1)));
    for (treatment, dead_letters) in [("skip", 0), ("reject", 1)] {
        let parse = with_rules(&rules("translations.json", &json!({"translations": treatment}).to_string()));
        parse.store(&[("base", &english), ("translation", &french)]);
        parse.settle();
        let descriptions: Vec<_> = parse.records("PROJECT").iter().map(|row| row.json()["DESCR"].clone()).collect();
        assert_eq!(descriptions, ["Bridge"], "{treatment}");
        assert_eq!(parse.dead_letters().len(), dead_letters, "{treatment}");
    }
}

#[test]
fn a_key_that_is_all_blank_is_a_rejection() {
    let parse = with_rules(&rules("one.json", r#"{"keys": {"PROJECT": ["PROJECT_ID"]}}"#));
    parse.store(&[
        ("none", &project("", "A", "")),
        ("spaces", &project("  ", "D", "")),
        ("good", &project("P1", "A", "")),
    ]);
    parse.settle();
    assert_eq!(parse.records("PROJECT").len(), 1);
    let reasons: Vec<_> = parse.dead_letters();
    assert!(
        reasons.iter().all(|letter| letter.header("ps-dead-reason").unwrap().contains("PROJECT_ID")),
        "{reasons:#?}"
    );
    assert_eq!(reasons.len(), 2);
}

#[test]
fn the_original_programs_rules_come_as_a_file() {
    let file = workspace().join("transforms/mapper/original-keys.toml");
    let parse = Parse::start(&["--transform-config", file.to_str().unwrap()]);
    parse.store(&[("a", &project("P1", "A", "")), ("b", CURRENCY)]);
    parse.settle();
    assert_eq!(parse.records("PROJECT")[0].key_text(), r#""P1""#);
    assert_eq!(parse.records("CURRENCY_CD_TBL")[0].key_text(), r#""EUR""#);
}

#[test]
fn the_shipped_rules_as_a_file_are_the_ones_inside() {
    let file = workspace().join("transforms/mapper/keys.toml");
    let keys = |options: &[&str]| {
        let parse = Parse::start(options);
        parse.store(&[("a", &project("P1", "A", "")), ("b", CURRENCY)]);
        parse.settle();
        let of = |name: &str| parse.records(name)[0].key_text();
        (of("PROJECT"), of("CURRENCY_CD_TBL"))
    };
    assert_eq!(keys(&[]), keys(&["--transform-config", file.to_str().unwrap()]));
}
