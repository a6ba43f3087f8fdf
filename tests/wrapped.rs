//! `collect`: what a message may be wrapped in on its way, compressed, in base64, among the parts of a multipart body.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::harness::http::{self, Reply};
use crate::harness::message;
use crate::harness::pipeline::{Collect, headers};

/// Names and values of HTTP headers.
type Headers<'a> = &'a [(&'a str, &'a str)];

const FILE: &str = "project_added_with_activities.xml";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    let mut packed = vec![0; zstd_safe::compress_bound(bytes.len())];
    let length = zstd_safe::compress(packed.as_mut_slice(), bytes, 3).unwrap();
    packed.truncate(length);
    packed
}

fn post(collect: &Collect, id: &str, more: Headers<'_>, body: &[u8]) -> Reply {
    let mut all = headers(id, "PROJECT_SYNC");
    all.extend(more);
    http::post(&collect.address, &all, body)
}

#[test]
fn however_a_message_is_wrapped_the_same_is_stored() {
    let collect = Collect::start(&[]);
    let body = message(FILE);
    let packed = STANDARD.encode(zlib(&body));
    let parts = format!(
        "--part\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-ID: IBInfo\r\n\r\n<IBInfo/>\r\n\
         --part\r\nContent-Type: text/plain\r\nContent-ID: ContentSection0\r\n\r\n{}\r\n--part--\r\n",
        String::from_utf8(body.clone()).unwrap()
    );
    let wrapped: [(&str, Headers<'_>, Vec<u8>); 8] = [
        ("bare", &[], body.clone()),
        ("gzip", &[("Content-Encoding", "gzip")], gzip(&body)),
        ("deflate", &[("Content-Encoding", "deflate")], zlib(&body)),
        ("zstd", &[("Content-Encoding", "zstd")], zstd(&body)),
        ("twice", &[("Content-Encoding", "gzip"), ("Content-Encoding", "zstd")], zstd(&gzip(&body))),
        ("packed", &[("sendUncompressed", "N")], packed.clone().into_bytes()),
        ("packed-gzip", &[], STANDARD.encode(gzip(&body)).into_bytes()),
        ("parts", &[("Content-Type", "multipart/related; boundary=\"part\"")], parts.into_bytes()),
    ];
    for (id, more, body) in &wrapped {
        let reply = post(&collect, id, more, body);
        assert_eq!(reply.status, 200, "{id}: {reply:?}");
    }
    let documents = collect.documents();
    assert_eq!(documents.len(), wrapped.len());
    assert!(documents.iter().all(|document| *document == documents[0]), "{documents:#?}");
}

#[test]
fn a_body_that_is_not_what_it_says_is_refused_and_nothing_of_it_is_stored() {
    let collect = Collect::start(&["--max-unpacked", "1MiB"]);
    let body = message(FILE);
    let (half, broken) = (body.len() / 2, STANDARD.encode(zlib(&body)));
    for (id, encoding, body, status, why) in [
        ("unknown", "br", body.clone(), 415, "gzip, deflate and zstd"),
        ("lie", "gzip", body.clone(), 400, "not valid gzip"),
        ("cut", "gzip", gzip(&body)[..half / 4].to_vec(), 400, "not valid gzip"),
        ("packed-cut", "", broken[..broken.len() / 2].into(), 400, "not valid zlib"),
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
