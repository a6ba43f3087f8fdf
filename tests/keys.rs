//! Key rules as a file of their own: for both commands, held against messages, and guessed from them.

use serde_json::{Value, json};

use crate::harness::pipeline::{Collect, Parse, project};
use crate::harness::process::{self, Ended};
use crate::harness::wrapping::{self, Wrapped};
use crate::harness::{message, scratch_file, workspace};

fn keys(input: &[u8], arguments: &[&str]) -> Ended {
    process::run_on(input, &[&["keys"], arguments].concat())
}

fn rules(toml: &str) -> String {
    scratch_file("keys.toml", toml).to_str().unwrap().to_owned()
}

fn message_file(name: &str) -> String {
    workspace().join("tests/messages").join(name).to_str().unwrap().to_owned()
}

fn objects(ended: &Ended) -> Vec<Value> {
    ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn one_file_of_rules_orders_in_collect_and_keys_in_parse() {
    let file = rules("[keys]\nPROJECT = [\"PROJECT_ID\"]\n");
    let collect = Collect::start(&["--keys", &file]);
    collect.take("a", "PROJECT_SYNC", "no_field_types.xml");
    let parse = Parse::start_for(&collect.prefix, &["--keys", &file]);
    parse.settle();
    let key = parse.records("PROJECT")[0].key_text();
    assert!(key.starts_with('"'), "a key of one field is a string: {key}");
}

#[test]
fn keys_and_another_configuration_of_the_same_module_are_refused() {
    let file = rules("[keys]\nPROJECT = [\"PROJECT_ID\"]\n");
    let module = crate::harness::guests::mask_project();
    for arguments in [
        &["collect", "--keys", &file, "--transform-config", &file][..],
        &["parse", "--keys", &file, "--transform-config", &file],
        &["parse", "--keys", &file, "--transform", module],
        &["transform", "run", module, "--keys", &file],
    ] {
        let ended = process::run(arguments);
        assert_eq!(ended.code, Some(2), "{arguments:?}: {ended:?}");
        assert!(ended.stderr_text().contains("--keys"), "{arguments:?}: {ended:?}");
    }
    let one = ["--transform", &format!("PROJECT={module}"), "--transform-config", "PROJECT=no.toml"];
    let ended = process::run(&[&["parse", "--keys", &file], &one[..]].concat());
    assert!(ended.stderr_text().contains("no.toml"), "a mapper of its own for a record type is no quarrel: {ended:?}");
}

#[test]
fn the_workbench_takes_key_rules_as_well() {
    let file = rules("[keys]\nVENDOR = [\"VENDOR_ID\"]\nPROJECT = [\"PROJECT_ID\"]\n");
    let arguments = ["transform", "run", "--kind", "mapper", "--keys", &file];
    let ended = process::run_on(&message("record_type_without_a_rule.xml"), &arguments);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains(r#""record_type":"VENDOR","key":""#), "{ended:?}");
}

#[test]
fn rules_that_fit_the_messages_pass() {
    let shipped = workspace().join("transforms/mapper/keys.toml");
    let shipped = shipped.to_str().unwrap();
    let files = [message_file("project_added_with_activities.xml"), message_file("currencies.xml")];
    let ended = keys(b"", &["check", shipped, &files[0], &files[1]]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.ends_with("of 3 record types, 0 wrong"), "{ended:?}");
}

#[test]
fn what_the_rules_lack_and_what_they_have_too_much_is_told() {
    let file = rules("[keys]\nPROJECT = [\"BUSINESS_UNIT\", \"PROJECT_IDD\"]\nCURRENCY_CD_TBL = [\"CURRENCY_CD\"]\n");
    let input = [message("project_added_with_activities.xml"), message("record_type_without_a_rule.xml")].concat();
    let ended = keys(&input, &["check", &file]);
    assert_eq!((ended.code, ended.stderr_text().as_str()), (Some(1), ""), "messages one after the other: {ended:?}");
    for line in [
        "wrong  record type \"VENDOR\" (1 row) has no rule",
        "wrong  the rule of record type \"PROJECT\" names \"PROJECT_IDD\", which none of its rows has",
        "note   record type \"PROJ_ACTIVITY\" (2 rows) has no rule",
        "note   record type \"CURRENCY_CD_TBL\" has a rule, but no row came",
    ] {
        assert!(ended.stdout.lines().any(|said| said.starts_with(line)), "{line}: {ended:?}");
    }
    let told = objects(&keys(&input, &["check", "--json", &file]));
    assert!(told.iter().any(|f| f["finding"] == "no-field" && f["field"] == "PROJECT_IDD" && f["wrong"] == true));
}

#[test]
fn a_field_of_the_row_around_is_no_missing_one_and_one_that_some_rows_lack_is() {
    let file = rules("[keys]\nPROJECT = [\"PROJECT_ID\"]\nNOTE = [\"PROJECT_ID\", \"SEQ\"]\n");
    let note = |seq: &str| format!("<NOTE class='R'>{seq}<TEXT>t</TEXT></NOTE>");
    let body = [project("P1", "A", &note("<SEQ>1</SEQ>")), project("P2", "A", &note(""))].concat();
    let ended = keys(format!("<M><MsgData>{body}</MsgData></M>").as_bytes(), &["check", &file]);
    assert_eq!(ended.code, Some(1));
    let wrong: Vec<&str> = ended.stdout.lines().filter(|line| line.starts_with("wrong")).collect();
    assert_eq!(wrong, ["wrong  the rule of record type \"NOTE\" names \"SEQ\", which 1 of its 2 rows lack"]);
}

#[test]
fn a_message_that_cannot_be_read_is_told_with_its_file() {
    let shipped = workspace().join("transforms/mapper/keys.toml");
    let broken = message_file("malformed_in_the_middle.xml");
    let ended = keys(b"", &["check", shipped.to_str().unwrap(), &broken]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr_text().contains(&format!("{broken}: the message is rejected")), "{ended:?}");
    assert_eq!(keys(b"", &["check", "no/such.toml"]).code, Some(2));
    assert_eq!(keys(b"", &["check", &rules("translations = \"skip\"")]).code, Some(2));
}

#[test]
fn what_is_guessed_is_a_file_of_rules_that_fits_the_messages_it_was_guessed_from() {
    let projects = [("A", "1"), ("A", "2"), ("B", "1")].map(|(unit, id)| {
        let activity = |n| format!("<ACT class='R'><ID>{n}</ID></ACT>");
        format!(
            "<Transaction><PROJECT class='R'><UNIT>{unit}</UNIT><ID>{id}</ID><DESCR>d</DESCR>{}{}</PROJECT></Transaction>",
            activity(1),
            activity(2)
        )
    });
    let body = format!("<M><MsgData>{}</MsgData></M>", projects.concat());
    let guesses = objects(&keys(body.as_bytes(), &["suggest", "--json"]));
    assert_eq!((&guesses[0]["record_type"], &guesses[0]["guess"]), (&json!("PROJECT"), &json!(["UNIT", "ID"])));
    assert_eq!(guesses[0]["rows"], 3);

    let written = keys(body.as_bytes(), &["suggest"]);
    assert_eq!(written.code, Some(0), "{written:?}");
    assert!(written.stdout.starts_with("# Guessed"), "{written:?}");
    let checked = keys(body.as_bytes(), &["check", &rules(&written.stdout)]);
    assert_eq!(checked.code, Some(0), "{checked:?}");
}

#[test]
fn what_is_guessed_from_one_row_is_no_rule_until_somebody_makes_it_one() {
    let input = message("record_type_without_a_rule.xml");
    let written = keys(&input, &["suggest"]);
    assert!(written.stdout.lines().any(|line| line.starts_with("# VENDOR = [\"")), "{written:?}");
    let checked = keys(&input, &["check", &rules(&written.stdout)]);
    assert!(checked.stdout.contains("\"VENDOR\" (1 row) has no rule"), "a file of rules all the same: {checked:?}");
}

#[test]
fn editors_get_a_schema_that_takes_the_shipped_rules_and_no_other_setting() {
    let schema: Value = serde_json::from_str(&keys(b"", &["schema"]).stdout).unwrap();
    let settings: Vec<&str> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!((settings, &schema["additionalProperties"]), (vec!["keys"], &json!(false)));
}

#[test]
fn messages_are_taken_in_whatever_they_were_posted_in() {
    let bare = keys(&message("currencies.xml"), &["suggest"]);
    for Wrapped { name, headers, body } in wrapping::of(&message("currencies.xml")) {
        let typed: Vec<String> = headers.iter().map(|(name, value)| format!("--header={name}: {value}")).collect();
        let typed: Vec<&str> = std::iter::once("suggest").chain(typed.iter().map(String::as_str)).collect();
        let ended = keys(&body, &typed);
        assert_eq!((ended.code, &ended.stdout), (Some(0), &bare.stdout), "{name}: {ended:?}");
    }
    // In an encoding, and several: each is recoded once.
    let file = message("iso_8859_1.xml");
    let both = keys(&[file.clone(), file.clone()].concat(), &["suggest", "--json"]);
    let rows: u64 = objects(&both).iter().map(|line| line["rows"].as_u64().unwrap()).sum();
    let once = keys(&file, &["suggest", "--json"]);
    assert_eq!((both.code, once.code), (Some(0), Some(0)), "{both:?}");
    assert!(rows > 0 && both.stdout == once.stdout, "the same rows again are no others: {both:?}");
    let cut = keys(&wrapping::packed(&file)[..100], &["suggest"]);
    assert_eq!(cut.code, Some(1), "{cut:?}");
    assert!(cut.stderr_text().contains("standard input: the body is not valid zlib"), "{cut:?}");
}
