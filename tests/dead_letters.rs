//! `dead-letters`: what was set aside is looked at, put back exactly once, or thrown away; and what is put back does not undo
//! what came after it.

use std::collections::BTreeMap;
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::harness::guests::unruly_mapper;
use crate::harness::pipeline::{Collect, Parse, project, project_key, python_value, store};
use crate::harness::process::{self, Ended, Process};
use crate::harness::topics::{self, Plain, Record};
use crate::harness::{kafka, scratch_file, unique};

/// Runs `dead-letters` on the topic of that prefix.
fn run(prefix: &str, arguments: &[&str]) -> Ended {
    start(prefix, arguments).wait()
}

fn start(prefix: &str, arguments: &[&str]) -> Process {
    process::start(&[&["--kafka", kafka::shared(), "dead-letters", "--target-prefix", prefix], arguments].concat())
}

/// The same, with what it writes on standard output.
fn said(prefix: &str, arguments: &[&str]) -> String {
    let ended = run(prefix, arguments);
    assert_eq!(ended.code, Some(0), "{arguments:?}: {ended:?}");
    ended.stdout
}

fn json(prefix: &str, arguments: &[&str]) -> Vec<Value> {
    let lines = said(prefix, &[&["--json"], arguments].concat());
    lines.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|fault| panic!("{fault}: {line}"))).collect()
}

/// Where the letters are that a list with these options shows, by TransactionID.
fn places(prefix: &str, options: &[&str]) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let listed = json(prefix, &[&["list"], options].concat());
    listed.iter().map(|letter| (text(&letter["transaction_id"]), text(&letter["at"]))).collect()
}

fn ids(prefix: &str, options: &[&str]) -> Vec<String> {
    places(prefix, options).into_keys().collect()
}

/// A transaction of one VENDOR row, for which the stock mapper has no rule of its own.
fn vendor(id: &str, action: &str, name: &str) -> String {
    format!(
        "<Transaction><VENDOR class=\"R\"><SETID>SHARE</SETID><VENDOR_ID>{id}</VENDOR_ID><NAME1>{name}</NAME1></VENDOR>\
         <PSCAMA class=\"R\"><AUDIT_ACTN>{action}</AUDIT_ACTN></PSCAMA></Transaction>"
    )
}

/// A parser that sets aside what is stored of vendors, and is gone again.
fn without_rule(vendors: &[(&str, &str)]) -> String {
    let parse = Parse::start(&[]);
    parse.store(vendors);
    parse.settle();
    parse.process.signal("TERM");
    assert_eq!(parse.process.wait().code, Some(0));
    parse.prefix
}

/// The parser that follows it, and knows vendors by their number.
fn with_rule(prefix: &str) -> Parse {
    let rules = scratch_file("vendor.toml", "[keys]\nVENDOR = [\"VENDOR_ID\"]\n");
    Parse::start_for(prefix, &["--transform-config", rules.to_str().unwrap()])
}

/// The names of the vendors there are.
fn names(parse: &Parse) -> BTreeMap<String, String> {
    let table = parse.table("VENDOR").into_iter();
    table.map(|(key, row)| (key.replace('"', ""), row["NAME1"].as_str().unwrap().to_owned())).collect()
}

fn named(names: &[(&str, &str)]) -> BTreeMap<String, String> {
    names.iter().map(|(id, name)| ((*id).to_owned(), (*name).to_owned())).collect()
}

/// What was put back into the source topic.
fn replayed(prefix: &str) -> Vec<Record> {
    let mut records = topics::read(kafka::shared(), &format!("{prefix}.transactions"));
    records.retain(|record| record.header("ps-replay-of").is_some());
    records
}

#[test]
fn list_has_a_line_a_letter_and_show_has_everything() {
    let collect = Collect::start(&[]);
    collect.take("odd", "PROJECT_SYNC", "record_type_without_a_rule.xml");
    let parse = Parse::start_for(&collect.prefix, &[]);
    parse.settle();
    let letter = &parse.dead_letters()[0];
    let at = format!("{}/{}", letter.partition, letter.offset);

    let list = said(&parse.prefix, &["list"]);
    assert_eq!(list.lines().count(), 1, "{list}");
    for part in [at.as_str(), "rejected", "VENDOR", "odd"] {
        assert!(list.contains(part), "{part} is missing in {list}");
    }
    let line = &json(&parse.prefix, &["list"])[0];
    assert_eq!((line["at"].as_str(), line["kind"].as_str()), (Some(at.as_str()), Some("rejected")));
    assert_eq!((&line["record_types"][0], &line["transaction_id"]), (&"VENDOR".into(), &"odd".into()));
    assert_eq!(line["reason"].as_str(), letter.header("ps-dead-reason"));
    assert_eq!(line["module_hash"].as_str(), letter.header("ps-dead-module-hash"));
    assert!(line["source"].as_str().unwrap().starts_with(&format!("{}/", collect.topic())), "{line}");

    let page = said(&parse.prefix, &["show", &at]);
    for part in ["ps-message-name = PROJECT_SYNC", "stock-mapper", "<VENDOR class=\"R\">", &collect.topic()] {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
    let page = &json(&parse.prefix, &["show", &at])[0];
    assert_eq!(page["value"].as_str().unwrap().as_bytes(), letter.value.as_deref().unwrap());
    assert_eq!(page["document"], letter.json()["Transaction"]);
    assert!(page["headers"].as_array().unwrap().contains(&serde_json::json!(["ps-from", "PSFT_EP"])), "{page}");
}

#[test]
fn a_letter_of_a_crash_is_shown_with_its_backtrace() {
    let parse = Parse::start(&["--transform", unruly_mapper()]);
    parse.feed("panic-1", &project("P1", "A", ""));
    let at = &places(&parse.prefix, &["--kind", "trapped"])["panic-1"];
    let page = said(&parse.prefix, &["show", at]);
    let (_, backtrace) = page.split_once("\nbacktrace\n").unwrap_or_else(|| panic!("{page}"));
    assert!(backtrace.contains("unruly_mapper") || backtrace.contains("wasm"), "{page}");
    assert!(page.contains("unruly-mapper 0.0.1, SHA-256 "), "{page}");
}

#[test]
fn letters_are_chosen_by_place_kind_reason_record_type_and_module() {
    let module = format!("PROJECT={}", unruly_mapper());
    let parse = Parse::start(&["--transform", &module]);
    let document = project("P1", "A", "");
    let (crash, refused) = (python_value("panic-1", 1, &document), python_value("b", 1, &vendor("1", "A", "")));
    let plain = |key, value, headers| Plain { key: Some(key), value, headers, partition: Some(0) };
    let records = [
        plain("panic-1", crash.as_bytes(), &[("ps-record-types", "PROJECT")]),
        plain("b", refused.as_bytes(), &[("ps-record-types", "NOTE,VENDOR")]),
        plain("c", b"not json", &[]),
    ];
    topics::produce(kafka::shared(), &parse.source(), &records);
    parse.settle();
    let prefix = parse.prefix.as_str();
    assert_eq!(ids(prefix, &[]), ["b", "c", "panic-1"]);
    for (kind, id) in [("trapped", "panic-1"), ("rejected", "b"), ("unreadable", "c")] {
        assert_eq!(ids(prefix, &["--kind", kind]), [id]);
    }
    assert_eq!(ids(prefix, &["--reason", "NOT A STORED"]), ["c"]);
    assert_eq!(ids(prefix, &["--record-type", "vendor"]), ["b"]);
    assert_eq!(ids(prefix, &["--module", "unruly-mapper"]), ["panic-1"]);
    assert_eq!(ids(prefix, &["--module", "unruly-mapper 0.0.1"]), ["panic-1"]);
    let all = places(prefix, &[]);
    assert_eq!(ids(prefix, &["--at", &all["b"], "--at", &all["c"]]), ["b", "c"]);
    assert_eq!(ids(prefix, &["--at", &all["b"], "--at", &all["c"], "--kind", "rejected"]), ["b"]);
    assert_eq!(said(prefix, &["discard", "--kind", "trapped", "--json"]).matches("\"discarded\":1").count(), 1);
    assert_eq!(ids(prefix, &[]), ["b", "c"]);
}

#[test]
fn a_discarded_letter_is_not_listed_any_more_and_cannot_be_replayed() {
    let prefix = without_rule(&[("a", &vendor("1", "A", "one")), ("b", &vendor("2", "A", "two"))]);
    let at = places(&prefix, &[])["a"].clone();
    let summary = said(&prefix, &["discard", "--at", &at]);
    assert!(summary.starts_with("1 dead letter of topic") && summary.contains("discarded"), "{summary}");
    assert_eq!(ids(&prefix, &[]), ["b"]);
    let all = json(&prefix, &["list", "--resolved"]);
    let of = |id: &str| all.iter().find(|letter| letter["transaction_id"] == *id).unwrap();
    assert_eq!((&of("a")["resolution"], &of("b")["resolution"]), (&"discarded".into(), &Value::Null));
    for command in ["replay", "discard", "list"] {
        let ended = run(&prefix, &[command, "--at", &at]);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr_text().contains(&format!("the dead letter at {at} ")), "{ended:?}");
        assert!(ended.stderr_text().contains("was discarded before"), "{ended:?}");
    }
    assert!(said(&prefix, &["show", &at]).contains("discarded"));
    assert_eq!(json(&prefix, &["replay", "--all"])[0]["replayed"], 1);
    assert_eq!(replayed(&prefix).iter().map(Record::key_text).collect::<Vec<_>>(), ["b"]);
}

#[test]
fn with_a_mended_rule_replayed_letters_become_rows_once_and_keep_their_headers() {
    let collect = Collect::start(&[]);
    collect.take("odd", "PROJECT_SYNC", "record_type_without_a_rule.xml");
    let parse = Parse::start_for(&collect.prefix, &[]);
    parse.settle();
    let source = collect.transactions().into_iter().find(|record| record.json()["TransactionIndex"] == 1).unwrap();
    drop(parse);
    let prefix = collect.prefix.as_str();
    let parse = with_rule(prefix);
    assert_eq!(json(prefix, &["replay", "--record-type", "VENDOR"])[0]["replayed"], 1);
    parse.settle();

    let rows = parse.records("VENDOR");
    assert_eq!(rows.len(), 1, "{rows:#?}");
    let place = format!("{}/{}/{}", collect.topic(), source.partition, source.offset);
    assert_eq!(rows[0].header("ps-source-offset"), Some(source.offset.to_string().as_str()));
    assert_eq!(rows[0].header("ps-replay-of"), Some(place.as_str()));
    assert_eq!(parse.records("PROJECT").len(), 1, "its neighbour was not replayed");

    let again = &replayed(prefix)[0];
    assert_eq!((&again.key, &again.value, again.partition), (&source.key, &source.value, source.partition));
    assert_eq!(again.headers[..source.headers.len()], source.headers);
    assert!(again.headers.iter().all(|(name, _)| !name.starts_with("ps-dead-")), "{again:?}");
    assert_eq!(again.header("ps-replay-of"), Some(place.as_str()));
    assert!(again.header("ps-replay-since").unwrap().starts_with("20"), "{again:?}");
    assert_eq!(ids(prefix, &[]), [""; 0]);
    assert_eq!(json(prefix, &["list", "--resolved"])[0]["resolution"], "replayed");
}

#[test]
fn what_is_replayed_twice_or_by_two_at_once_is_replayed_once() {
    let documents: Vec<String> = (0..3000).map(|number| vendor(&format!("{number}"), "A", "")).collect();
    let transactions: Vec<(&str, &str)> = documents.iter().map(|document| ("twice", document.as_str())).collect();
    let prefix = without_rule(&transactions);
    let first = start(&prefix, &["replay", "--all"]);
    first.line_with("dealt with");
    let both = [start(&prefix, &["replay", "--all"]), start(&prefix, &["replay", "--all"]), first].map(Process::wait);
    assert!(both.iter().any(|ended| ended.code == Some(0)), "{both:?}");
    for ended in &both {
        assert!(ended.code == Some(0) || ended.stderr_text().contains("has taken over"), "{ended:?}");
    }
    insist_each_once(&prefix, documents.len());
    assert_eq!(json(&prefix, &["replay", "--all"])[0]["replayed"], 0);
    insist_each_once(&prefix, documents.len());
}

fn insist_each_once(prefix: &str, letters: usize) {
    let mut times: BTreeMap<String, u32> = BTreeMap::new();
    for record in replayed(prefix) {
        *times.entry(record.header("ps-replay-of").unwrap().to_owned()).or_default() += 1;
    }
    assert_eq!(times.len(), letters);
    assert!(times.values().all(|count| *count == 1), "doubled: {:?}", times.iter().find(|(_, count)| **count > 1));
}

#[test]
fn killed_at_any_moment_replay_puts_every_letter_back_once() {
    let documents: Vec<String> = (0..8000).map(|number| vendor(&format!("{number}"), "A", "")).collect();
    let transactions: Vec<(&str, &str)> = documents.iter().map(|document| ("kill", document.as_str())).collect();
    let prefix = without_rule(&transactions);
    for pause in [4, 9, 14, 19, 24, 29, 34] {
        let replay = start(&prefix, &["replay", "--all"]);
        replay.line_with("dealt with"); // and the next Kafka transaction is under way
        std::thread::sleep(Duration::from_millis(pause));
        replay.kill();
    }
    let left = json(&prefix, &["replay", "--all"])[0]["replayed"].as_u64().unwrap();
    assert!((1..=4500).contains(&left), "{left} letters were left when the last was killed");
    insist_each_once(&prefix, documents.len());
    let parse = with_rule(&prefix);
    parse.settle();
    assert_eq!(parse.records("VENDOR").len(), documents.len());
}

#[test]
fn a_newer_row_is_not_overwritten_a_deleted_one_does_not_come_back_and_an_untouched_one_is_written() {
    let old = [vendor("1", "A", "old"), vendor("2", "A", "old"), vendor("3", "A", "old")];
    let prefix = without_rule(&[("a", &old[0]), ("b", &old[1]), ("c", &old[2])]);
    let parse = with_rule(&prefix);
    parse.store(&[("d", &vendor("1", "C", "new")), ("e", &vendor("2", "D", ""))]);
    parse.settle();
    let rows = parse.records("VENDOR").len();
    said(&prefix, &["replay", "--all"]);
    parse.settle();
    assert_eq!(names(&parse), named(&[("1", "new"), ("3", "old")]));
    assert_eq!(parse.records("VENDOR").len(), rows + 1);
    assert!(parse.process.line_with("1 of 1 changes").contains("replayed transaction"));
    assert_eq!(ids(&prefix, &[]), [""; 0]);
}

#[test]
fn newer_rows_of_the_same_batch_are_not_overwritten_either() {
    let prefix = without_rule(&[("a", &vendor("1", "A", "old"))]);
    store(kafka::shared(), &format!("{prefix}.transactions"), &[("b", &vendor("1", "C", "new"))]);
    said(&prefix, &["replay", "--all"]);
    let parse = with_rule(&prefix);
    parse.settle();
    assert_eq!(names(&parse), named(&[("1", "new")]));
    assert_eq!(parse.records("VENDOR").len(), 1);
}

#[test]
fn of_two_letters_of_a_row_the_newer_wins_whichever_is_replayed_first() {
    let prefix = without_rule(&[("a", &vendor("1", "A", "first")), ("b", &vendor("1", "C", "second"))]);
    let all = places(&prefix, &[]);
    let parse = with_rule(&prefix);
    for id in ["b", "a"] {
        said(&prefix, &["replay", "--at", &all[id]]);
        parse.settle();
        assert_eq!(names(&parse), named(&[("1", "second")]));
    }
    assert_eq!(parse.records("VENDOR").len(), 1);

    let prefix = without_rule(&[("a", &vendor("1", "A", "first")), ("b", &vendor("1", "C", "second"))]);
    let parse = with_rule(&prefix);
    said(&prefix, &["replay", "--all"]);
    parse.settle();
    let written: Vec<Value> = parse.records("VENDOR").iter().map(|row| row.json()["NAME1"].clone()).collect();
    assert_eq!(written, ["first", "second"]);
}

#[test]
fn what_fails_again_is_a_dead_letter_again_and_can_be_replayed_again() {
    let prefix = without_rule(&[("a", &vendor("1", "A", "one"))]);
    let parse = Parse::start_for(&prefix, &[]);
    said(&prefix, &["replay", "--all"]);
    parse.settle();
    drop(parse);
    let letters = json(&prefix, &["list"]);
    assert_eq!(letters.len(), 1, "{letters:?}");
    let first = format!("{prefix}.transactions/0/0");
    assert_eq!(letters[0]["replay_of"], first.as_str());
    let parse = with_rule(&prefix);
    said(&prefix, &["replay", "--all"]);
    parse.settle();
    assert_eq!(names(&parse), named(&[("1", "one")]));
    assert_eq!(parse.records("VENDOR")[0].header("ps-replay-of"), Some(first.as_str()));
    let both = replayed(&prefix);
    assert_eq!(both.len(), 2);
    assert_eq!(both[0].header("ps-replay-since"), both[1].header("ps-replay-since"));
    assert_eq!(ids(&prefix, &[]), [""; 0]);
}

#[test]
fn where_a_deletion_would_be_forgotten_it_is_set_aside_again_until_it_is_forced() {
    let prefix = without_rule(&[("a", &vendor("1", "A", "old")), ("b", &vendor("2", "A", "old"))]);
    let table = format!("{prefix}.VENDOR");
    topics::create(kafka::shared(), &table, 1, &[("cleanup.policy", "compact"), ("delete.retention.ms", "0")]);
    let parse = with_rule(&prefix);
    parse.feed("c", &vendor("2", "C", "new"));
    said(&prefix, &["replay", "--all"]);
    parse.settle();
    assert_eq!(names(&parse), named(&[("2", "new")]));
    let letters = json(&prefix, &["list"]);
    assert_eq!((letters.len(), &letters[0]["transaction_id"]), (1, &"a".into()), "{letters:?}");
    let reason = letters[0]["reason"].as_str().unwrap();
    assert!(reason.contains(&table) && reason.contains("dead-letters replay --force"), "{reason}");
    said(&prefix, &["replay", "--all", "--force"]);
    parse.settle();
    assert_eq!(names(&parse), named(&[("1", "old"), ("2", "new")]));
    assert_eq!(ids(&prefix, &[]), [""; 0]);
}

#[test]
fn another_group_that_had_no_trouble_does_not_take_the_replayed_transaction() {
    let prefix = without_rule(&[("a", &vendor("1", "A", "old"))]);
    let rules = scratch_file("vendor.toml", "[keys]\nVENDOR = [\"VENDOR_ID\"]\n");
    let (other, target) = (unique("other"), unique("t"));
    let options = ["--transform-config", rules.to_str().unwrap(), "--target-prefix", &target];
    let options = [&["--source-prefix", &prefix, "--consumer-group", &other], &options[..]].concat();
    let process = process::start(&[&["--kafka", kafka::shared(), "parse"], &options[..]].concat());
    let source = format!("{prefix}.transactions");
    store(kafka::shared(), &source, &[("b", &vendor("1", "C", "new"))]);
    topics::await_group(kafka::shared(), &other, &source);
    said(&prefix, &["replay", "--all"]);
    topics::await_group(kafka::shared(), &other, &source);
    assert_eq!(topics::read(kafka::shared(), &format!("{target}.VENDOR")).len(), 2);
    drop(process);
    let parse = with_rule(&prefix);
    parse.settle();
    assert_eq!(names(&parse), named(&[("1", "new")]));
}

#[test]
fn what_is_typed_wrongly_is_refused() {
    let prefix = without_rule(&[("a", &vendor("1", "A", ""))]);
    let wrong: [&[&str]; 8] = [
        &["replay"],
        &["discard", "--json"],
        &["replay", "--all", "--kind", "trapped"],
        &["list", "--kind", "odd"],
        &["list", "--at", "7"],
        &["show"],
        &["show", "0/-1"],
        &["list", "--dead-letter-topic", "no/name"],
    ];
    for arguments in wrong {
        let ended = run(&prefix, arguments);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{arguments:?}: {ended:?}");
    }
    assert!(run(&prefix, &["replay"]).stderr_text().contains("--all"));
    for arguments in [&["show", "0/99"][..], &["replay", "--at", "0/99"], &["list", "--at", "0/99"]] {
        let ended = run(&prefix, arguments);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{arguments:?}: {ended:?}");
        assert!(ended.stderr_text().contains("no dead letter at 0/99"), "{ended:?}");
    }
    assert_eq!(ids(&prefix, &[]), ["a"], "something was done all the same");
}

#[test]
fn where_there_is_no_dead_letter_topic_there_are_no_dead_letters() {
    let prefix = unique("t");
    assert_eq!(said(&prefix, &["list"]), "");
    assert_eq!(json(&prefix, &["replay", "--all"])[0]["replayed"], 0);
    assert!(!topics::exists(kafka::shared(), &format!("{prefix}.dead-letters")));
}

#[test]
fn a_source_that_is_gone_is_named_and_nothing_is_written() {
    let prefix = unique("t");
    let from = format!("{prefix}.gone");
    let headers = [
        ("ps-dead-kind", "rejected"),
        ("ps-dead-source-topic", from.as_str()),
        ("ps-dead-source-partition", "0"),
        ("ps-dead-source-offset", "5"),
    ];
    let letter = Plain { key: Some("a"), value: b"{}", headers: &headers, partition: Some(0) };
    topics::produce(kafka::shared(), &format!("{prefix}.dead-letters"), &[letter]);
    let ended = run(&prefix, &["replay", "--all"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr_text().contains(&from), "{ended:?}");
    assert!(!topics::exists(kafka::shared(), &from));
    assert_eq!(ids(&prefix, &[]), ["a"]);
}

#[test]
fn who_stops_listening_does_not_make_it_panic() {
    let documents: Vec<String> = (0..1500).map(|number| vendor(&format!("{number}"), "A", "")).collect();
    let transactions: Vec<(&str, &str)> = documents.iter().map(|document| ("pipe", document.as_str())).collect();
    let prefix = without_rule(&transactions);
    let mut list = Command::new(env!("CARGO_BIN_EXE_ps-stream"))
        .args(["--kafka", kafka::shared(), "dead-letters", "--target-prefix", &prefix, "list", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(list.stdout.take());
    let mut said = String::new();
    list.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((list.wait().unwrap().code(), said.contains("panic")), (Some(0), false), "{said}");
}

#[test]
fn rows_beside_vendors_are_never_touched_by_a_replay() {
    let prefix = without_rule(&[("a", &vendor("1", "A", "one")), ("b", &project("P1", "A", ""))]);
    let parse = with_rule(&prefix);
    said(&prefix, &["replay", "--all"]);
    parse.settle();
    assert_eq!(parse.table("PROJECT").into_keys().collect::<Vec<_>>(), [project_key("P1")]);
    assert_eq!(parse.records("PROJECT").len(), 1);
}
