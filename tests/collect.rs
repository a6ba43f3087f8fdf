//! `collect`: what is answered, what is stored, and where.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::harness::http::{self, Reply};
use crate::harness::pipeline::{Collect, Parse, headers, project};
use crate::harness::process::start_with;
use crate::harness::{kafka, message, scratch_file, topics, unique};

const ADDED: &str = "project_added_with_activities.xml";

#[test]
fn a_get_is_answered_as_the_original_did() {
    let collect = Collect::start(&[]);
    let reply = http::get(&collect.address);
    assert_eq!((reply.status, reply.json()), (200, json!({"status": "GET ok"})));
}

#[test]
fn a_message_is_stored_as_the_original_stored_it() {
    let collect = Collect::start(&[]);
    let reply = collect.post("4d8c1f40-7a0e-11ec", "PROJECT_SYNC", &message(ADDED));
    assert_eq!((reply.status, reply.json()), (200, json!({"status": "POST ok"})));

    let stored = collect.transactions();
    assert_eq!(stored.len(), 1);
    assert_eq!(stored[0].key.as_deref(), Some(&b"4d8c1f40-7a0e-11ec"[..]));
    let value = stored[0].json();
    assert_eq!(value["TransactionID"], "4d8c1f40-7a0e-11ec");
    assert_eq!(value["TransactionIndex"], 1);
    assert_eq!(value["OrigTimeStamp"], "2026-11-23T08:15:30.000000-0600");
    assert!(value["CollectTimeStamp"].as_str().unwrap().starts_with("20"), "{value}");
    let document = value["Transaction"].as_str().unwrap();
    assert!(document.starts_with("<Transaction>") && document.ends_with("</Transaction>"), "{document}");
    let body = String::from_utf8(message(ADDED)).unwrap();
    assert!(body.contains(document), "the transaction is not what was sent:\n{document}");
}

#[test]
fn facts_of_the_message_travel_in_record_headers() {
    let collect = Collect::start(&[]);
    collect.take("facts", "PROJECT_SYNC", "several_level_0_records_under_one_pscama.xml");
    let record = &collect.transactions()[0];
    assert_eq!(record.header("ps-message-name"), Some("PROJECT_SYNC"));
    assert_eq!(record.header("ps-from"), Some("PSFT_EP"));
    assert_eq!(record.header("ps-to"), Some("PS_STREAM"));
    assert_eq!(record.header("ps-record-types"), Some("PROJECT,CURRENCY_CD_TBL"));
    assert_eq!(record.header("ps-data-chunk"), Some("1"));
    assert_eq!(record.header("ps-data-chunk-count"), Some("1"));
    assert!(record.header("ps-module").unwrap().starts_with("stock-splitter "), "{record:?}");
    let hash = record.header("ps-module-hash").unwrap();
    assert!(hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{hash}");
}

#[test]
fn a_trace_goes_on_in_the_transactions_and_in_the_rows_made_of_them() {
    const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let collect = Collect::start(&[]);
    let traced = [&headers("traced", "PROJECT_SYNC")[..], &[("traceparent", TRACE)]].concat();
    assert_eq!(http::post(&collect.address, &traced, &message(ADDED)).status, 200);
    assert_eq!(collect.transactions()[0].header("traceparent"), Some(TRACE));
    let parse = Parse::start_for(&collect.prefix, &[]);
    parse.settle();
    assert_eq!(parse.records("PROJECT")[0].header("traceparent"), Some(TRACE));
}

#[test]
fn transactions_are_numbered_from_one_in_document_order() {
    let collect = Collect::start(&[]);
    collect.take("many", "PROJECT_SYNC", "every_audit_action.xml");
    let stored = collect.transactions();
    let numbers: Vec<u64> = stored.iter().map(|record| record.json()["TransactionIndex"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=12).collect::<Vec<u64>>());
    let offsets: Vec<i64> = stored.iter().map(|record| record.offset).collect();
    assert!(offsets.is_sorted(), "{offsets:?}");
}

#[test]
fn a_segment_is_an_ordinary_message_with_its_own_identity() {
    let collect = Collect::start(&[]);
    for (chunk, file) in [("2", "wrapped_in_soap.xml"), ("1", "default_namespace.xml")] {
        let mut headers = headers("segmented", "PROJECT_SYNC");
        headers.retain(|(name, _)| !name.starts_with("DataChunk"));
        headers.extend([("DataChunk", chunk), ("DataChunkCount", "2")]);
        assert_eq!(http::post(&collect.address, &headers, &message(file)).status, 200);
    }
    let stored = topics::read(&collect.kafka, &collect.topic());
    let chunks: BTreeSet<_> = stored.iter().map(|record| record.header("ps-data-chunk")).collect();
    assert_eq!(chunks, BTreeSet::from([Some("1"), Some("2")]));
    assert!(stored.iter().all(|record| record.header("ps-data-chunk-count") == Some("2")));
    assert!(stored.iter().all(|record| record.key_text() == "segmented"));
}

#[test]
fn without_a_transaction_id_one_is_made_for_each_message() {
    let collect = Collect::start(&[]);
    for _ in 0..2 {
        let reply =
            http::post(&collect.address, &[("MessageName", "PROJECT_SYNC")], &message("every_audit_action.xml"));
        assert_eq!(reply.status, 200);
    }
    let stored = collect.transactions();
    let keys: BTreeSet<String> = stored.iter().map(topics::Record::key_text).collect();
    assert_eq!((stored.len(), keys.len()), (24, 2), "{keys:?}");
    assert!(stored.iter().all(|record| record.json()["TransactionID"] == record.key_text()));
}

#[test]
fn without_a_message_name_the_operation_and_then_the_document_tells_it() {
    let collect = Collect::start(&[]);
    let name_of = |id: &str, headers: &[(&str, &str)], file: &str| {
        let headers = [&[("TransactionID", id)], headers].concat();
        assert_eq!(http::post(&collect.address, &headers, &message(file)).status, 200);
        let stored = collect.transactions().into_iter().find(|record| record.key_text() == id).unwrap();
        stored.header("ps-message-name").map(str::to_owned)
    };
    let operation = [("ExternalOperationName", "PROJECT_FULLSYNC.VERSION_1")];
    assert_eq!(name_of("a", &operation, ADDED).as_deref(), Some("PROJECT_FULLSYNC"));
    assert_eq!(name_of("b", &[], ADDED).as_deref(), Some("PROJECT_SYNC"));
    assert_eq!(name_of("c", &[], "wrapped_in_soap.xml").as_deref(), Some("PROJECT_SYNC"));
    assert_eq!(name_of("d", &[], "prefixed_namespaces.xml").as_deref(), Some("PROJECT_SYNC"));
}

#[test]
fn a_ping_is_answered_and_nothing_is_stored() {
    let collect = Collect::start(&[]);
    // The last as PeopleSoft was seen to send it, though as a GET.
    let chunk = [("DataChunk", "1"), ("DataChunkCount", "1")];
    for (headers, body) in [
        (&[("From", "PSFT_EP")][..], ""),
        (&[("OperationType", "ping")], "<?xml version=\"1.0\"?><IBRequest/>"),
        (&[("TransactionID", "PING_NODE"), ("From", "PSFT_EP"), ("To", "NODE"), chunk[0], chunk[1]], ""),
    ] {
        let reply = http::post(&collect.address, headers, body.as_bytes());
        assert_eq!((reply.status, reply.json()), (200, json!({"status": "POST ok"})), "{headers:?}");
    }
    assert_eq!(collect.transactions(), []);
}

#[test]
fn a_message_without_transactions_is_taken_and_stores_nothing() {
    let collect = Collect::start(&[]);
    collect.take("none", "PROJECT_SYNC", "zero_transactions.xml");
    collect.take("none either", "PROJECT_SYNC", "empty_msg_data.xml");
    assert_eq!(collect.transactions(), []);
}

#[test]
fn each_allow_list_is_compared_with_its_own_header() {
    let lists = ["--accept-from", "PSFT_EP", "--accept-from", "PSFT_HR", "--accept-to", "PS_STREAM"];
    let collect = Collect::start(&[&lists[..], &["--accept-messagename", "PROJECT_SYNC"]].concat());
    let post = |from: &str, to: &str, name: &str| {
        let headers = [("TransactionID", "list"), ("From", from), ("To", to), ("MessageName", name)];
        http::post(&collect.address, &headers, &message(ADDED))
    };
    let refused = |reply: Reply| (reply.status, reply.body.trim() == "Message not accepted by collector.");
    assert_eq!(refused(post("STRANGER", "PS_STREAM", "PROJECT_SYNC")), (403, true));
    assert_eq!(refused(post("PSFT_EP", "ELSEWHERE", "PROJECT_SYNC")), (403, true));
    assert_eq!(refused(post("PSFT_EP", "PS_STREAM", "VENDOR_SYNC")), (403, true));
    assert_eq!(refused(post("PS_STREAM", "PSFT_EP", "PROJECT_SYNC")), (403, true));
    assert_eq!(collect.transactions(), []);
    assert_eq!(post("PSFT_EP", "PS_STREAM", "PROJECT_SYNC").status, 200);
    assert_eq!(post("PSFT_HR", "PS_STREAM", "PROJECT_SYNC").status, 200);
}

#[test]
fn an_allow_list_refuses_who_does_not_say() {
    let collect = Collect::start(&["--accept-from", "PSFT_EP"]);
    let reply = http::post(&collect.address, &[("MessageName", "PROJECT_SYNC")], &message(ADDED));
    assert_eq!((reply.status, reply.body.trim()), (403, "Message not accepted by collector."));
}

#[test]
fn the_target_topic_may_name_fields_of_the_message() {
    let collect = Collect::start(&["--target-topic", "in.{MessageName}.{From}.{To}"]);
    collect.take("named", "PROJECT_SYNC", ADDED);
    let topic = format!("{}.in.PROJECT_SYNC.PSFT_EP.PS_STREAM", collect.prefix);
    assert_eq!(topics::read(&collect.kafka, &topic).len(), 1);
}

#[test]
fn a_name_that_cannot_be_a_topic_is_the_senders_fault() {
    let collect = Collect::start(&["--target-topic", "in.{MessageName}"]);
    let reply = collect.post("odd", "../etc/passwd", &message(ADDED));
    assert_eq!(reply.status, 400, "{reply:?}");
}

#[test]
fn transactions_of_a_record_type_lie_in_the_partition_kafkas_own_clients_would_choose() {
    let prefix = unique("t");
    topics::create(kafka::shared(), &format!("{prefix}.transactions"), 12, &[]);
    let collect = Collect::start_on(kafka::shared(), &[], &prefix, &[]);
    for place in 0..5 {
        collect.take(&format!("id-{place}"), "PROJECT_SYNC", ADDED);
        collect.take(&format!("currency-{place}"), "CURRENCY_SYNC", "currencies.xml");
    }
    for record in collect.transactions() {
        let ordering_key = record.header("ps-record-types").unwrap().to_owned();
        assert_eq!(record.partition, murmur2_partition(ordering_key.as_bytes(), 12), "{ordering_key}");
    }
}

#[test]
fn with_key_rules_a_row_stays_in_one_partition_and_rows_spread() {
    let prefix = unique("t");
    topics::create(kafka::shared(), &format!("{prefix}.transactions"), 12, &[]);
    let rules = scratch_file("keys.toml", "[keys]\nPROJECT = [\"BUSINESS_UNIT\", \"PROJECT_ID\"]\n");
    let collect = Collect::start_on(kafka::shared(), &[], &prefix, &["--transform-config", rules.to_str().unwrap()]);
    let rows: String = (0..40).map(|row| project(&format!("P{row}"), "C", "")).collect();
    let body = format!("<PROJECT_SYNC><FieldTypes/><MsgData>{rows}</MsgData></PROJECT_SYNC>");
    for place in 0..3 {
        assert_eq!(collect.post(&format!("id-{place}"), "PROJECT_SYNC", body.as_bytes()).status, 200);
    }
    let mut partitions: BTreeMap<u64, BTreeSet<i32>> = BTreeMap::new();
    for record in collect.transactions() {
        partitions.entry(record.json()["TransactionIndex"].as_u64().unwrap()).or_default().insert(record.partition);
    }
    assert!(partitions.values().all(|used| used.len() == 1), "a row lies in several: {partitions:?}");
    let used: BTreeSet<i32> = partitions.values().flatten().copied().collect();
    assert!(used.len() > 4, "40 rows lie in partitions {used:?} only");
}

#[test]
fn every_option_has_a_name_in_the_environment() {
    let prefix = unique("t");
    let environment = [
        ("PSSTREAM_KAFKA", kafka::shared()),
        ("PSSTREAM_ADDRESS", "127.0.0.1"),
        ("PSSTREAM_PORT", "0"),
        ("PSSTREAM_TARGET_PREFIX", &prefix),
        ("PSSTREAM_TARGET_TOPIC", "elsewhere"),
        ("PSSTREAM_ACCEPT_FROM", "PSFT_HR,PSFT_EP"),
        ("PSSTREAM_ACCEPT_TO", "PS_STREAM OTHER"),
    ];
    let process = start_with(&["collect"], &environment);
    let address = process.address();
    let taken = http::post(&address, &headers("env", "PROJECT_SYNC"), &message(ADDED));
    assert_eq!(taken.status, 200, "{taken:?}");
    assert_eq!(http::post(&address, &[("From", "STRANGER"), ("To", "OTHER")], &message(ADDED)).status, 403);
    assert_eq!(topics::read(kafka::shared(), &format!("{prefix}.elsewhere")).len(), 1);
}

#[test]
fn told_to_stop_it_ends_well() {
    for signal in ["TERM", "INT"] {
        let collect = Collect::start(&[]);
        collect.take("before", "PROJECT_SYNC", ADDED);
        collect.process.signal(signal);
        let ended = collect.process.wait();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr_text());
    }
}

#[test]
fn told_to_stop_it_first_finishes_the_message_it_is_receiving() {
    let collect = Collect::start(&[]);
    let body = message(ADDED);
    let (first, second) = body.split_at(body.len() / 2);
    let mut upload = http::Upload::begin(&collect.address, &headers("last", "PROJECT_SYNC"));
    upload.send(first);
    std::thread::sleep(std::time::Duration::from_millis(300));
    collect.process.signal("TERM");
    std::thread::sleep(std::time::Duration::from_millis(300));
    upload.send(second);
    assert_eq!(upload.finish().status, 200);
    let topic = collect.topic();
    assert_eq!(collect.process.wait().code, Some(0));
    assert_eq!(topics::read(&collect.kafka, &topic).len(), 1);
}

/// The partition Kafka's Java clients choose for a key.
fn murmur2_partition(key: &[u8], partitions: u32) -> i32 {
    const M: u32 = 0x5bd1_e995;
    let mut hash = 0x9747_b28c ^ u32::try_from(key.len()).unwrap();
    let mut words = key.chunks_exact(4);
    for word in &mut words {
        let mut mixed = u32::from_le_bytes(word.try_into().unwrap()).wrapping_mul(M);
        mixed ^= mixed >> 24;
        hash = hash.wrapping_mul(M) ^ mixed.wrapping_mul(M);
    }
    let rest = words.remainder();
    if !rest.is_empty() {
        let tail = rest.iter().rev().fold(0, |tail, byte| (tail << 8) | u32::from(*byte));
        hash = (hash ^ tail).wrapping_mul(M);
    }
    hash = (hash ^ (hash >> 13)).wrapping_mul(M);
    hash ^= hash >> 15;
    i32::try_from((hash & 0x7fff_ffff) % partitions).unwrap()
}
