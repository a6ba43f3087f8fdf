//! `demo`: nothing to install, and a person sees what happened.

use crate::harness::kafka::free_port;
use crate::harness::{http, message, process};

#[test]
fn once_it_prints_the_tables_and_ends_well() {
    let ended = process::run(&["demo", "--once", "--port", "0"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for word in ["ps.PROJECT", "tombstone", "memory", "ps.dead-letters"] {
        assert!(ended.stdout.contains(word), "no {word:?} in:\n{}", ended.stdout);
    }
    assert!(!ended.stderr_text().contains("ERROR"), "{}", ended.stderr_text());
}

#[test]
fn without_once_it_takes_messages_and_shows_their_rows_until_told_to_stop() {
    let port = free_port().to_string();
    let process = process::start(&["demo", "--port", &port]);
    process.shows("curl ");
    let address = format!("127.0.0.1:{port}");
    let reply = http::post(&address, &[("TransactionID", "own")], &message("no_field_types.xml"));
    assert_eq!(reply.status, 200, "{reply:?}");
    process.shows("000000000000861");
    let ended = process.terminate();
    assert_eq!(ended.code, Some(0), "{ended:?}");
}
