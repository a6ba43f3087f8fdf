//! Python's `requests`, as many a test bench posts with it.

use std::process::{Command, Stdio};

use crate::harness::pipeline::Collect;
use crate::harness::tls::{Authority, text};
use crate::harness::workspace;

#[test]
fn a_sender_written_with_pythons_requests_is_understood_over_http() {
    let collect = Collect::start(&[]);
    assert_eq!(posted(&format!("http://{}/", collect.address), "unused"), "200 200 400 200");
    assert_eq!(collect.transactions().len(), 2);
}

#[test]
fn a_sender_written_with_pythons_requests_is_understood_over_https() {
    let authority = Authority::new();
    let identity = authority.server();
    let collect = Collect::start(&identity.options());
    assert_eq!(posted(&format!("https://{}/", collect.address), text(&authority.file)), "200 200 400 200");
    assert_eq!(collect.transactions().len(), 2);
}

/// The status of each request of `tests/python/sender.py`.
fn posted(url: &str, authority: &str) -> String {
    let script = workspace().join("tests/python/sender.py");
    let body = workspace().join("tests/messages/no_field_types.xml");
    let output = Command::new("python3")
        .args([text(&script), url, authority, text(&body)])
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|fault| panic!("python3 cannot be run ({fault}): run `make setup-test`"));
    assert!(output.status.success(), "{} (`make setup-test` brings requests)", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
