//! `collect`: what a message may be wrapped in on its way, compressed, in base64, among the parts of a multipart body.

use crate::harness::http::{self, Reply};
use crate::harness::message;
use crate::harness::pipeline::{Collect, headers};
use crate::harness::wrapping::{self, gzip, packed};

/// Names and values of HTTP headers.
type Headers<'a> = &'a [(&'a str, &'a str)];

const FILE: &str = "project_added_with_activities.xml";

fn post(collect: &Collect, id: &str, more: Headers<'_>, body: &[u8]) -> Reply {
    let mut all = headers(id, "PROJECT_SYNC");
    all.extend(more);
    http::post(&collect.address, &all, body)
}

#[test]
fn however_a_message_is_wrapped_the_same_is_stored() {
    let collect = Collect::start(&[]);
    let wrapped = wrapping::of(&message(FILE));
    for message in &wrapped {
        let reply = post(&collect, message.name, &message.headers, &message.body);
        assert_eq!(reply.status, 200, "{}: {reply:?}", message.name);
    }
    let documents = collect.documents();
    assert_eq!(documents.len(), wrapped.len());
    assert!(documents.iter().all(|document| *document == documents[0]), "{documents:#?}");
}

#[test]
fn a_body_that_is_not_what_it_says_is_refused_and_nothing_of_it_is_stored() {
    let collect = Collect::start(&["--max-unpacked", "1MiB"]);
    let body = message(FILE);
    let (half, broken) = (body.len() / 2, packed(&body));
    for (id, encoding, body, status, why) in [
        ("unknown", "br", body.clone(), 415, "gzip, deflate and zstd"),
        ("lie", "gzip", body.clone(), 400, "not valid gzip"),
        ("cut", "gzip", gzip(&body)[..half / 4].to_vec(), 400, "not valid gzip"),
        ("packed-cut", "", broken[..broken.len() / 2].to_vec(), 400, "not valid zlib"),
        ("bomb", "gzip", gzip(&vec![b' '; 64 << 20]), 413, "--max-unpacked"),
    ] {
        let more = [("Content-Encoding", encoding)];
        let reply = post(&collect, id, if encoding.is_empty() { &[] } else { &more }, &body);
        assert_eq!(reply.status, status, "{id}: {reply:?}");
        assert!(reply.json()["reason"].as_str().unwrap().contains(why), "{id}: {reply:?}");
    }
    assert_eq!(post(&collect, "after", &[], &body).status, 200, "and the collector takes messages still");
    assert!(collect.transactions().iter().all(|record| record.key_text() == "after"));
}
