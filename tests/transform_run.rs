//! `transform run`: a module on a message, without a broker, by the code that runs in production.

use serde_json::{Value, json};

use crate::harness::guests::{mask_project, route_by_name, stock_mapper, stock_splitter, unruly_mapper};
use crate::harness::pipeline::{Parse, project, python_value};
use crate::harness::process::{self, Ended};
use crate::harness::wrapping::{self, Wrapped};
use crate::harness::{message, scratch_file, topics};

fn run(input: &[u8], arguments: &[&str]) -> Ended {
    process::run_on(input, &[&["transform", "run"], arguments].concat())
}

fn objects(lines: &str) -> Vec<Value> {
    lines.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|fault| panic!("{line}: {fault}"))).collect()
}

#[test]
fn a_splitter_gives_the_transactions_of_a_message_a_line_each() {
    let ended = run(&message("every_audit_action.xml"), &["--kind", "splitter"]);
    assert_eq!((ended.code, ended.stderr_text().as_str()), (Some(0), ""));
    let lines = objects(&ended.stdout);
    let places: Vec<_> = lines.iter().map(|line| line["TransactionIndex"].as_u64().unwrap()).collect();
    assert_eq!(places, (1..=lines.len() as u64).collect::<Vec<_>>());
    assert_eq!(lines[0]["RecordTypes"], json!(["PROJECT"]));
    assert_eq!(lines[0]["MessageName"], "PROJECT_SYNC");
    assert!(lines[0]["Transaction"].as_str().unwrap().starts_with("<Transaction>"));
}

#[test]
fn a_file_tells_by_itself_what_it_is() {
    let routed = run(&message("currencies.xml"), &[route_by_name()]);
    assert!(objects(&routed.stdout).iter().all(|line| line["Topic"] == "currency-sync"), "{routed:?}");
    let wrong = run(&message("currencies.xml"), &[route_by_name(), "--kind", "mapper"]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.stderr_text().contains("is a splitter, but a mapper is needed"), "{wrong:?}");
}

/// `--header` and what it says, for each.
fn typed(headers: &[(&str, &str)]) -> Vec<String> {
    headers.iter().flat_map(|(name, value)| ["--header".to_owned(), format!("{name}: {value}")]).collect()
}

fn run_with(headers: &[(&str, &str)], input: &[u8], arguments: &[&str]) -> Ended {
    let headers = typed(headers);
    run(input, &arguments.iter().copied().chain(headers.iter().map(String::as_str)).collect::<Vec<_>>())
}

#[test]
fn however_a_message_is_wrapped_the_same_comes_of_it() {
    for kind in ["splitter", "mapper"] {
        let bare = run(&message("project_added_with_activities.xml"), &["--kind", kind]);
        assert!(bare.stdout.contains("PROJ_ACTIVITY"), "{bare:?}");
        for Wrapped { name, headers, body } in wrapping::of(&message("project_added_with_activities.xml")) {
            let ended = run_with(&headers, &body, &["--kind", kind]);
            assert_eq!((ended.code, &ended.stdout), (Some(0), &bare.stdout), "{name}: {ended:?}");
        }
    }
    for around in ["wrapped_in_soap.xml", "in_the_cdata_of_an_ib_request.xml", "iso_8859_1.xml"] {
        assert_eq!(run(&message(around), &["--kind", "mapper"]).code, Some(0), "{around}");
    }
}

#[test]
fn a_body_that_is_not_what_it_says_is_rejected() {
    let gzip = [("Content-Encoding", "gzip")];
    let ended = run_with(&gzip, &message("currencies.xml"), &["--kind", "mapper", "--json"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""));
    let told = &objects(&ended.stderr_text())[0];
    assert!(told["rejected"].as_str().unwrap().contains("not valid gzip") && told["position"].is_u64(), "{told}");
}

#[test]
fn what_http_said_of_a_message_is_known_to_the_splitter_and_goes_on_to_the_mapper() {
    let headers = [("ExternalOperationName", "MONEY_SYNC.V1"), ("From", "HR"), ("TransactionID", "panic-1")];
    let split = run_with(&headers, &message("currencies.xml"), &[route_by_name()]);
    assert_eq!(split.code, Some(0), "{split:?}");
    for line in objects(&split.stdout) {
        assert_eq!((&line["Topic"], &line["MessageName"]), (&json!("money-sync"), &json!("MONEY_SYNC")), "{line}");
        assert_eq!((&line["From"], &line["TransactionID"]), (&json!("HR"), &json!("panic-1")), "{line}");
    }
    // A mapper that crashes on transactions of that name.
    for input in [split.stdout.into_bytes(), message("currencies.xml")] {
        let given = if input.starts_with(b"{") { &[] } else { &headers[..] };
        let mapped = run_with(given, &input, &[unruly_mapper()]);
        assert!(mapped.stderr_text().contains("the module failed on transaction 1"), "{mapped:?}");
    }
}

#[test]
fn headers_are_read_as_curl_takes_them_and_lines_have_none() {
    for wrong in ["MessageName", "Message Name: A", ": A"] {
        let ended = run(b"", &["--kind", "splitter", "--header", wrong]);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.stderr_text().contains("is not a header"), "{ended:?}");
    }
    let line = python_value("a", 1, &project("P1", "A", ""));
    let ended = run_with(&[("From", "HR")], line.as_bytes(), &["--kind", "mapper"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr_text().contains("leave the headers out"), "{ended:?}");
}

#[test]
fn a_splitter_piped_into_a_mapper_shows_the_rows_that_parse_writes() {
    let split = run(&message("every_audit_action.xml"), &[stock_splitter()]);
    let mapped = run(split.stdout.as_bytes(), &[stock_mapper()]);
    let directly = run(&message("every_audit_action.xml"), &["--kind", "mapper"]);
    assert_eq!((mapped.code, &mapped.stdout), (Some(0), &directly.stdout));

    let parse: Parse = crate::harness::pipeline::through_both(&["every_audit_action.xml"], &[]);
    let row = |record: &topics::Record| {
        let key: Value = serde_json::from_str(&record.key_text()).unwrap();
        json!({"record_type": "PROJECT", "key": key, "value": record.value.as_ref().map(|_| record.json())})
    };
    let mut written: Vec<Value> = parse.records("PROJECT").iter().map(row).collect();
    let mut shown = objects(&mapped.stdout);
    // Partitions are read one after the other; within one, changes of a row keep their order.
    for rows in [&mut written, &mut shown] {
        rows.sort_by_key(|row| row["key"].to_string());
    }
    assert_eq!(shown, written);
    assert!(written.iter().any(|row| row["value"].is_null()), "a row that is gone is a null");
}

#[test]
fn the_marks_of_a_full_sync_are_told_by_the_splitter_and_given_to_no_mapper() {
    let split = run(&message("full_sync_with_header_and_trailer.xml"), &["--kind", "splitter"]);
    let marks: Vec<Value> = objects(&split.stdout).iter().map(|line| line["FullSync"].clone()).collect();
    assert_eq!((marks.first(), marks.last()), (Some(&json!("header")), Some(&json!("trailer"))));
    let given = marks.iter().filter(|mark| mark.is_null()).count();
    // A mapper that makes one row of whatever it is given.
    for input in [split.stdout.as_bytes(), &message("full_sync_with_header_and_trailer.xml")] {
        assert_eq!(objects(&run(input, &[unruly_mapper()]).stdout).len(), given);
    }
    assert!(given > 0 && given < marks.len());
}

#[test]
fn values_of_the_transactions_topic_are_taken_as_they_are() {
    let values = [python_value("a", 1, &project("P1", "A", "")), python_value("b", 2, &project("P2", "D", ""))];
    let ended = run(values.join("\n").as_bytes(), &["--kind", "mapper"]);
    let keys: Vec<Value> = objects(&ended.stdout).iter().map(|row| row["key"]["PROJECT_ID"].clone()).collect();
    assert_eq!((ended.code, keys), (Some(0), vec![json!("P1"), json!("P2")]));
}

#[test]
fn a_rejected_transaction_is_told_with_its_place_and_the_others_go_on() {
    let body = [project("P1", "A", ""), project("P2", "X", ""), project("P3", "A", "")].concat();
    let body = format!("<M><MsgData>{body}</MsgData></M>");
    let ended = run(body.as_bytes(), &["--kind", "mapper"]);
    assert_eq!((ended.code, objects(&ended.stdout).len()), (Some(1), 2));
    assert!(ended.stderr_text().starts_with("transaction 2 is rejected: audit action \"X\""), "{ended:?}");

    let told = objects(&run(body.as_bytes(), &["--kind", "mapper", "--json"]).stderr_text());
    assert_eq!((told.len(), &told[0]["transaction"], &told[0]["kind"]), (1, &json!(2), &json!("invalid")));
    assert!(told[0]["rejected"].as_str().unwrap().contains("\"X\""), "{told:?}");
}

#[test]
fn a_message_that_is_rejected_is_told_with_the_byte() {
    for kind in ["splitter", "mapper"] {
        let ended = run(&message("malformed_in_the_middle.xml"), &["--kind", kind]);
        assert_eq!(ended.code, Some(1));
        let said = ended.stderr_text();
        assert!(
            said.contains("the message is rejected: closing tag") && said.contains("(at byte 1179 of it)"),
            "{said}"
        );
    }
}

#[test]
fn a_module_that_fails_is_told_with_the_transaction_and_the_backtrace() {
    let lines = ["good-1", "panic-1", "good-2"].map(|id| python_value(id, 1, &project("P1", "A", "")));
    let ended = run(lines.join("\n").as_bytes(), &[unruly_mapper()]);
    assert_eq!((ended.code, objects(&ended.stdout).len()), (Some(1), 2));
    let said = ended.stderr_text();
    assert!(said.contains("the module failed on transaction 1: it trapped") && said.contains("unruly"), "{said}");
}

#[test]
fn a_line_that_is_no_transaction_is_told_by_its_number() {
    let good = python_value("a", 1, &project("P1", "A", ""));
    let ended = run(format!("{good}\n\n{{\"Transact\": 1}}\n").as_bytes(), &["--kind", "mapper"]);
    assert_eq!((ended.code, objects(&ended.stdout).len()), (Some(1), 1));
    assert!(ended.stderr_text().starts_with("line 3 cannot be read: not a transaction"), "{ended:?}");
}

#[test]
fn the_limits_hold_here_as_well() {
    let line = python_value("loop-1", 1, &project("P1", "A", ""));
    let ended = run(line.as_bytes(), &[unruly_mapper(), "--module-time", "50ms"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr_text().contains("--module-time"), "{ended:?}");
}

#[test]
fn what_was_typed_wrongly_has_status_2() {
    let config = scratch_file("mask.toml", "masks = []");
    for arguments in [
        &["--kind", "splitter", "--config", config.to_str().unwrap()][..],
        &[mask_project(), "--config", config.to_str().unwrap()],
        &[mask_project(), "--config", "no/such.toml"],
        &["no/such.wasm"],
        &[],
    ] {
        let ended = run(b"", arguments);
        assert_eq!((ended.code, ended.stderr.len()), (Some(2), 1), "{arguments:?}: {ended:?}");
    }
}
