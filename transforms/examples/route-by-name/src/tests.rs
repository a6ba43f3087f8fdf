//! A module is tested like any crate: `cargo test`, no wasm.
#![allow(clippy::unwrap_used)]
use super::*;

const BODY: &[u8] = b"<CURRENCY_SYNC><MsgData><Transaction/></MsgData></CURRENCY_SYNC>";

fn topics(name: Option<&str>, body: &[u8]) -> Vec<Option<String>> {
    let message =
        Message { transaction_id: "T1".into(), name: name.map(Into::into), from: None, to: None, headers: vec![] };
    let progress = RouteByName::open(&NoConfig {}, message).push(body).unwrap();
    progress.transactions.into_iter().map(|transaction| transaction.topic).collect()
}

#[test]
fn the_message_name_in_the_headers_is_the_topic() {
    assert_eq!(topics(Some("PROJECT_SYNC"), BODY), [Some("project-sync".into())]);
}

#[test]
fn without_one_the_document_tells() {
    assert_eq!(topics(None, BODY), [Some("currency-sync".into())]);
}

#[test]
fn a_message_without_any_name_goes_where_messages_always_went() {
    assert_eq!(topics(None, b"<MsgData><Transaction/></MsgData>"), [Some("transactions".into())]);
}
