//! A module is tested like any crate: `cargo test`, no WebAssembly. A debugger works here, and so does `dbg!`.

use super::*;

fn topics(body: &[u8]) -> Vec<Option<String>> {
    let config = serde_json::from_str(r#"{"apart": ["VENDOR"], "topic": "vendors"}"#).unwrap();
    let message = Message {
        transaction_id: "T1".into(),
        name: None,
        from: None,
        to: None,
        headers: vec![],
    };
    let mut module = Module::open(&config, message);
    // A message comes in pieces, cut anywhere: one byte at a time is as good as all at once.
    let pushed = body
        .chunks(1)
        .flat_map(|byte| module.push(byte).unwrap().transactions)
        .collect::<Vec<_>>();
    let finished = module.finish().unwrap().transactions;
    pushed
        .into_iter()
        .chain(finished)
        .map(|transaction| transaction.topic)
        .collect()
}

#[test]
fn a_record_type_that_is_set_apart_goes_to_its_topic_and_others_where_they_always_went() {
    let body = b"<M><MsgData><Transaction><VENDOR><ID>1</ID></VENDOR></Transaction>\
                 <Transaction><PROJECT><ID>2</ID></PROJECT></Transaction></MsgData></M>";
    assert_eq!(topics(body), [Some("vendors".into()), None]);
}

#[test]
fn the_schema_is_json() {
    assert!(serde_json::from_str::<serde_json::Value>(CONFIG_SCHEMA).is_ok());
}
