//! Modules that are swapped, and modules that misbehave: stopped, named and survived, in both commands.

use crate::harness::guests::{route_by_name, stock_splitter, unruly_mapper, unruly_splitter};
use crate::harness::pipeline::{Collect, Parse, headers, project};
use crate::harness::process::{self, Ended};
use crate::harness::{http, kafka, message, topics};

#[test]
fn the_stock_splitter_as_a_file_is_the_one_inside() {
    let inside = Collect::start(&[]);
    inside.take("a", "PROJECT_SYNC", "every_audit_action.xml");
    let file = Collect::start(&["--transform", stock_splitter()]);
    file.take("a", "PROJECT_SYNC", "every_audit_action.xml");
    assert_eq!(inside.documents(), file.documents());
}

#[test]
fn the_example_splitter_routes_message_names_to_topics_of_their_own() {
    let collect = Collect::start(&["--transform", route_by_name()]);
    collect.take("a", "PROJECT_SYNC", "no_field_types.xml");
    collect.take("b", "CURRENCY_SYNC", "currencies.xml");
    let count = |name: &str| topics::read(kafka::shared(), &format!("{}.{name}", collect.prefix)).len();
    assert_eq!((count("project-sync"), count("currency-sync")), (1, 2));
}

#[test]
fn a_splitter_that_traps_loops_or_swells_is_answered_500_and_survived() {
    let collect = Collect::start(&["--transform", unruly_splitter()]);
    let mut stored = 0;
    for deed in ["PANIC", "PANIC_LATE", "LOOP", "SWELL"] {
        misdeed(&collect, deed);
        let reply = collect.post(&format!("after-{deed}"), "GOOD", b"<A/>");
        assert_eq!(reply.status, 200, "after {deed}: {reply:?}");
        stored += 1;
        assert_eq!(collect.transactions().len(), stored, "{deed} left something behind");
    }
}

#[test]
fn a_splitter_that_breaks_the_contract_is_answered_500_and_survived() {
    let collect = Collect::start(&["--transform", unruly_splitter()]);
    for deed in ["OUTSIDE", "FORGOTTEN", "EARLY", "NOT_UTF8", "ECHO"] {
        misdeed(&collect, deed);
    }
    assert_eq!(collect.post("after", "GOOD", b"<A/>").status, 200);
    let keys: Vec<String> = collect.transactions().iter().map(topics::Record::key_text).collect();
    assert_eq!(keys, ["after"]);
    let peak = collect.process.peak_memory() >> 20;
    assert!(peak < 300, "spans that overlap made collect hold {peak} MB");
}

fn misdeed(collect: &Collect, deed: &str) {
    let reply = http::post(&collect.address, &headers(deed, deed), &message("every_audit_action.xml"));
    assert_eq!(reply.status, 500, "{deed}: {reply:?}");
    assert!(!reply.body.contains("panic") && !reply.body.contains("wasm"), "no detail for the sender: {reply:?}");
    let line = collect.process.line_with("unruly-splitter");
    assert!(line.contains("unruly-splitter"), "{line}");
}

#[test]
fn a_mapper_that_misbehaves_in_any_way_is_stopped_named_and_survived() {
    let parse = Parse::start(&["--transform", unruly_mapper()]);
    parse.feed("loop-1", &project("P1", "A", ""));
    let deeds = ["swell", "flood", "nokey", "nullkey", "novalue", "notopic", "few"];
    let document = project("P1", "A", "");
    let mut ids: Vec<String> = (0..60).map(|number| format!("good-{number}")).collect();
    for (place, deed) in deeds.iter().enumerate() {
        ids.insert(place * 7 + 3, format!("{deed}-1"));
    }
    let transactions: Vec<(&str, &str)> = ids.iter().map(|id| (id.as_str(), document.as_str())).collect();
    parse.store(&transactions);
    parse.settle();
    let letters = parse.dead_letters();
    let mut keys: Vec<String> = letters.iter().map(|letter| letter.key_text().replace("-1", "")).collect();
    keys.sort_unstable();
    let mut expected = [&deeds[..], &["loop"]].concat();
    expected.sort_unstable();
    assert_eq!(keys, expected);
    assert!(letters.iter().all(|letter| letter.header("ps-dead-kind") == Some("trapped")), "{letters:#?}");
    assert_eq!(parse.table("UNRULY").len(), 60, "good transactions beside bad ones are lost");
}

#[test]
fn where_most_of_the_input_fails_parse_stops_rather_than_emptying_the_topic_into_dead_letters() {
    let prefix = crate::harness::unique("t");
    let source = format!("{prefix}.transactions");
    let document = project("P1", "A", "");
    let ids: Vec<String> = (0..3000).map(|number| format!("panic-{number}")).collect();
    let transactions: Vec<(&str, &str)> = ids.iter().map(|id| (id.as_str(), document.as_str())).collect();
    crate::harness::pipeline::store(kafka::shared(), &source, &transactions);
    let ended: Ended =
        process::start(&Parse::arguments(kafka::shared(), &prefix, &prefix, &["--transform", unruly_mapper()])).wait();
    assert!(ended.code.is_some_and(|code| code != 0), "{ended:?}");
    assert!(ended.stderr_text().contains("unruly-mapper"), "{}", ended.stderr_text());
    let letters = topics::read(kafka::shared(), &format!("{prefix}.dead-letters")).len();
    assert!(letters < 2000, "{letters} of 3000 transactions were set aside");
}

#[test]
fn how_many_crashes_are_too_many_is_an_option() {
    let documents: Vec<String> = (0..200).map(|number| format!("panic-{number}")).collect();
    let document = project("P1", "A", "");
    let transactions: Vec<(&str, &str)> = documents.iter().map(|id| (id.as_str(), document.as_str())).collect();
    let never = Parse::start(&["--transform", unruly_mapper(), "--crash-limit", "100%"]);
    never.store(&transactions);
    never.settle();
    assert_eq!(never.dead_letters().len(), 200);

    let prefix = crate::harness::unique("t");
    crate::harness::pipeline::store(kafka::shared(), &format!("{prefix}.transactions"), &transactions[..5]);
    let options = ["--transform", unruly_mapper(), "--crash-limit", "2"];
    let ended: Ended = process::start(&Parse::arguments(kafka::shared(), &prefix, &prefix, &options)).wait();
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr_text().contains("3 of the last 3 transactions"), "{}", ended.stderr_text());
    assert_eq!(process::run(&["parse", "--crash-limit", "101%"]).code, Some(2));
}
