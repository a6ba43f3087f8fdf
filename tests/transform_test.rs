//! `transform test`: golden cases, their differences, and taking what came for what is expected.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::harness::guests::{mask_project, route_by_name};
use crate::harness::process::{self, Ended};
use crate::harness::wrapping;
use crate::harness::{message, unique, workspace};

/// A folder of cases.
struct Cases(PathBuf);

impl Cases {
    fn new() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(unique("cases"));
        fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    fn with(&self, case: &str, files: &[(&str, &[u8])]) -> &Self {
        fs::create_dir_all(self.0.join(case)).unwrap();
        files.iter().for_each(|(name, content)| fs::write(self.0.join(case).join(name), content).unwrap());
        self
    }

    fn test(&self, arguments: &[&str]) -> Ended {
        process::run(&[&["transform", "test", self.0.to_str().unwrap()], arguments].concat())
    }

    fn expected(&self, case: &str) -> String {
        fs::read_to_string(self.0.join(case).join("expected.jsonl")).unwrap()
    }
}

const MASK: &[u8] = b"mask = [\"DESCR\"]";

fn masked() -> Cases {
    let cases = Cases::new();
    cases.with("added", &[("message.xml", &message("project_added_with_activities.xml")), ("config.toml", MASK)]);
    cases.with("refused", &[("message.xml", &message("record_type_without_a_rule.xml")), ("config.toml", MASK)]);
    cases
}

#[test]
fn what_came_is_expected_once_it_is_taken_over_and_then_differs_when_it_changes() {
    let cases = masked();
    let first = cases.test(&["--transform", mask_project()]);
    assert_eq!(first.code, Some(1), "{first:?}");
    assert!(first.stdout.contains("--update"), "{first:?}");

    let updated = cases.test(&["--transform", mask_project(), "--update"]);
    assert_eq!(updated.code, Some(0), "{updated:?}");
    assert!(cases.expected("added").contains(r#""DESCR":"***""#), "{}", cases.expected("added"));
    let rejection: Value = serde_json::from_str(cases.expected("refused").lines().next().unwrap()).unwrap();
    assert!(rejection["rejected"].as_str().unwrap().contains("has no key rule"), "{rejection}");

    let again = cases.test(&["--transform", mask_project()]);
    assert_eq!((again.code, again.stdout.lines().last()), (Some(0), Some("2 as expected, 0 updated, 0 not")));

    cases.with("added", &[("config.toml", b"mask = [\"EFF_STATUS\"]")]);
    let differs = cases.test(&["--transform", mask_project()]);
    assert_eq!(differs.code, Some(1));
    let shown: Vec<&str> = differs.stdout.lines().map(str::trim).collect();
    for line in [r#"-    "EFF_STATUS": "A","#, r#"+    "EFF_STATUS": "***","#, r#"-    "DESCR": "***","#] {
        assert!(shown.contains(&line), "{line}: {differs:?}");
    }
    assert!(!differs.stdout.contains("BUSINESS_UNIT\": \"US004\",\n-"), "only what differs is marked");
}

#[test]
fn verdicts_are_told_to_programs_an_object_a_case() {
    let cases = masked();
    cases.test(&["--transform", mask_project(), "--update"]);
    cases.with("refused", &[("expected.jsonl", b"")]);
    let ended = cases.test(&["--transform", mask_project(), "--json"]);
    let verdicts: Vec<Value> = ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(verdicts[0], json!({"case": "added", "verdict": "as-expected", "why": null}));
    assert_eq!((ended.code, &verdicts[1]["verdict"]), (Some(1), &json!("differs")));
    assert!(verdicts[1]["why"].as_str().unwrap().contains("+  \"rejected\""), "{ended:?}");
}

#[test]
fn a_splitter_and_the_lines_of_a_run_make_cases_too() {
    let cases = Cases::new();
    cases.with("routed", &[("message.xml", &message("currencies.xml"))]);
    assert_eq!(cases.test(&["--transform", route_by_name(), "--update"]).code, Some(0));
    let lines = cases.expected("routed");
    assert!(lines.lines().all(|line| line.contains(r#""Topic":"currency-sync""#)), "{lines}");
    assert_eq!(cases.test(&["--transform", route_by_name()]).code, Some(0));

    let mapped = Cases::new();
    mapped.with("one", &[("transactions.jsonl", lines.as_bytes())]);
    assert_eq!(mapped.test(&["--kind", "mapper", "--update"]).code, Some(0));
    assert_eq!(mapped.expected("one").lines().count(), 2);
    let alone = process::run(&["transform", "test", mapped.0.join("one").to_str().unwrap(), "--kind", "mapper"]);
    assert_eq!(alone.code, Some(0), "a case may be named alone: {alone:?}");
}

#[test]
fn a_case_may_be_packed_as_it_was_posted_and_say_what_http_said() {
    let (cases, packed) = (Cases::new(), wrapping::packed(&message("currencies.xml")));
    cases.with("packed", &[("message.body", &packed), ("headers.txt", b"MessageName: MONEY_SYNC\nFrom: HR\n")]);
    assert_eq!(cases.test(&["--transform", route_by_name(), "--update"]).code, Some(0));
    let lines = cases.expected("packed");
    assert!(lines.lines().all(|line| line.contains(r#""Topic":"money-sync""#)), "{lines}");
    assert!(lines.contains(r#""From":"HR""#), "{lines}");
    assert_eq!(cases.test(&["--transform", route_by_name()]).code, Some(0));

    cases.with("packed", &[("headers.txt", b"MessageName MONEY_SYNC")]);
    let failed = cases.test(&["--transform", route_by_name()]);
    assert_eq!(failed.code, Some(1));
    assert!(failed.stdout.contains("headers.txt\": \"MessageName MONEY_SYNC\" is not a header"), "{failed:?}");
}

#[test]
fn a_case_whose_configuration_is_refused_has_failed_and_the_others_are_tried() {
    let cases = masked();
    cases.test(&["--transform", mask_project(), "--update"]);
    cases.with("refused", &[("config.toml", b"masks = 1")]);
    let ended = cases.test(&["--transform", mask_project()]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stdout.contains("ok       added") && ended.stdout.contains("failed   refused"), "{ended:?}");
}

#[test]
fn what_is_no_case_is_named() {
    let message = message("currencies.xml");
    let none = Cases::new();
    let empty = Cases::new();
    empty.with("empty", &[]);
    let two = Cases::new();
    two.with("two", &[("message.xml", &message), ("config.toml", b""), ("config.json", b"{}")]);
    for (cases, text) in
        [(&none, "there is no case"), (&empty, "neither a message.xml"), (&two, "config.toml and config.json")]
    {
        let ended = cases.test(&["--kind", "mapper"]);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.stderr_text().contains(text), "{text}: {ended:?}");
    }
    assert_eq!(process::run(&["transform", "test", "no/such", "--kind", "mapper"]).code, Some(2));
    let no_module = process::run(&["transform", "test", workspace().join("tests").to_str().unwrap()]);
    assert_eq!(no_module.code, Some(2));
}
