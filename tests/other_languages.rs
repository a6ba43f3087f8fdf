//! Modules in languages that know nothing of the SDK, built from `wit/` alone by the languages' own tools: they do what the
//! stock mapper does, and are held as it is.

use serde_json::{Value, json};

use crate::harness::languages::{Language, cache};
use crate::harness::pipeline::{Collect, Parse, project};
use crate::harness::process;
use crate::harness::topics::Record;
use crate::harness::{message, scratch_file, workspace};

#[test]
fn a_mapper_in_python_makes_the_rows_of_the_stock_one() {
    insist_on_the_stock_rows(Language::Python);
}

#[test]
fn a_mapper_in_javascript_makes_the_rows_of_the_stock_one() {
    insist_on_the_stock_rows(Language::JavaScript);
}

#[test]
fn a_mapper_in_go_makes_the_rows_of_the_stock_one() {
    insist_on_the_stock_rows(Language::Go);
}

#[test]
fn an_exception_in_python_is_a_crash_that_is_named_and_survived() {
    insist_on_its_being_survived(Language::Python, "RuntimeError: no such luck");
}

#[test]
fn an_exception_in_javascript_is_a_crash_that_is_named_and_survived() {
    insist_on_its_being_survived(Language::JavaScript, "no such luck");
}

#[test]
fn a_panic_in_go_is_a_crash_that_is_named_and_survived() {
    insist_on_its_being_survived(Language::Go, "panic: no such luck");
}

#[test]
fn python_finds_no_files_environment_or_time_and_the_same_numbers_in_every_call() {
    let parse = with(&Language::Python.unruly());
    let (mut first, second) = (look(&parse, "look-1"), look(&parse, "look-2"));
    assert_eq!(first, second);
    assert!(first["random"].take().is_array());
    let nothing = json!({
        "environment": {}, "arguments": [], "file": "FileNotFoundError", "directory": "FileNotFoundError", "time": 0.0,
        "random": null,
    });
    assert_eq!(first, nothing);
}

#[test]
fn python_finds_no_network_and_is_named_with_what_it_tried() {
    let parse = with(&Language::Python.unruly());
    parse.feed("connect-1", &project("P1", "A", ""));
    let letters = parse.dead_letters();
    let reason = letters[0].header("ps-dead-reason").unwrap();
    assert!(reason.contains("unruly-in-python 0.0.1") && reason.contains("wasi:sockets/"), "{reason}");
}

#[test]
fn javascript_has_the_language_and_nothing_to_reach_out_with() {
    let parse = with(&Language::JavaScript.unruly());
    let found = look(&parse, "look-1");
    assert_eq!(found["time"], 0);
    assert_eq!(found["clock"], look(&parse, "look-2")["clock"], "time has passed");
    let globals: Vec<&str> = found["globals"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    for name in ["JSON", "Map", "RegExp"] {
        assert!(globals.contains(&name), "no {name} in {globals:?}");
    }
    for name in ["fetch", "process", "require", "setTimeout", "crypto", "std", "os"] {
        assert!(!globals.contains(&name), "{name} in {globals:?}");
    }
}

#[test]
fn go_finds_no_files_network_environment_or_time_and_the_same_numbers_in_every_call() {
    let parse = with(&Language::Go.unruly());
    let (mut first, second) = (look(&parse, "look-1"), look(&parse, "look-2"));
    assert_eq!(first, second);
    assert!(first["random"].take().is_string());
    let nothing = json!({
        "environment": [], "arguments": [], "file": "Bad file number", "directory": "Bad file number",
        "network": "address 127.0.0.1:80: connect: Connection refused", "time": 0, "random": null,
    });
    assert_eq!(first, nothing);
}

#[test]
fn what_go_waits_for_has_come_and_what_it_drops_is_collected() {
    let parse = with(&Language::Go.unruly());
    assert_eq!(look(&parse, "wait-1"), "1h0m0s");
    assert_eq!(look(&parse, "waste-1"), "1024 times 1048576 bytes");
}

/// It collects while it is handed its input, where no component may ask the host for anything.
#[test]
fn go_collects_its_garbage_while_it_is_handed_transactions() {
    let transaction = project("P1", "A", &format!("<DESCR>{}</DESCR>", "d".repeat(10_000)));
    let message = format!("<PROJECT_SYNC><MsgData>{}</MsgData></PROJECT_SYNC>", transaction.repeat(2000));
    let options =
        ["transform", "bench", "--json", "--time", "1ms", "--module-cache", &cache(), &Language::Go.project()];
    let ended = process::run_on(message.as_bytes(), &options);
    let figures: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert!(figures["memory_bytes"].as_u64() < figures["bytes"].as_u64(), "{figures}");
}

fn look(parse: &Parse, id: &str) -> Value {
    parse.feed(id, &project("P1", "A", ""));
    parse.table("UNRULY")[&format!("{id:?}")].clone()
}

/// Compiled in advance: what Python's tool makes is 18 MB, and takes half a minute on two busy processors.
fn with(module: &str) -> Parse {
    Parse::start(&["--transform", module, "--module-cache", &cache()])
}

/// Of all the documents there are that `collect` takes.
fn insist_on_the_stock_rows(language: Language) {
    let keys = scratch_file("keys.toml", "[keys]\nPROJECT = [\"BUSINESS_UNIT\", \"PROJECT_ID\"]\n");
    let stock = all_messages(&["--transform-config", keys.to_str().unwrap()]);
    let theirs = all_messages(&["--transform", &language.project(), "--module-cache", &cache()]);
    let rows = keys_and_values(&stock.records("PROJECT"));
    assert!(rows.len() > 20, "{rows:#?}");
    assert_eq!(keys_and_values(&theirs.records("PROJECT")), rows);
    assert_eq!(rejections(&theirs), rejections(&stock));
}

fn all_messages(options: &[&str]) -> Parse {
    let collect = Collect::start(&[]);
    let mut files: Vec<_> =
        std::fs::read_dir(workspace().join("tests/messages")).unwrap().collect::<Result<_, _>>().unwrap();
    files.sort_by_key(std::fs::DirEntry::file_name);
    for name in files.iter().map(|file| file.file_name().into_string().unwrap()) {
        collect.post(&name, "PROJECT_SYNC", &message(&name));
    }
    let parse = Parse::start_for(&collect.prefix, options);
    parse.settle();
    parse
}

/// By key; those of one key in their order.
fn keys_and_values(records: &[Record]) -> Vec<(String, Option<String>)> {
    let value = |record: &Record| record.value.clone().map(|value| String::from_utf8(value).unwrap());
    let mut rows: Vec<_> = records.iter().map(|record| (record.key_text(), value(record))).collect();
    rows.sort_by(|(one, _), (other, _)| one.cmp(other));
    rows
}

fn rejections(parse: &Parse) -> Vec<(String, String)> {
    let reason = |letter: &Record| letter.header("ps-dead-reason").unwrap().to_owned();
    let mut reasons: Vec<_> = parse.dead_letters().iter().map(|letter| (letter.key_text(), reason(letter))).collect();
    reasons.sort_unstable();
    reasons
}

fn insist_on_its_being_survived(language: Language, said: &str) {
    let parse = with(&language.unruly());
    parse.store(&["good-1", "fail-2", "good-3"].map(|id| (id, "<Transaction/>")));
    parse.settle();
    let letters = parse.dead_letters();
    let [letter] = letters.as_slice() else { panic!("{letters:#?}") };
    let reason = letter.header("ps-dead-reason").unwrap();
    assert!(reason.contains(&format!("unruly-in-{} 0.0.1", language.name())), "{reason}");
    assert_eq!((letter.key_text().as_str(), letter.header("ps-dead-kind")), ("fail-2", Some("trapped")));
    assert_eq!(parse.table("UNRULY").len(), 2, "transactions beside it are lost");
    parse.process.line_with(said);
}
