//! `collect`: every shape a good message comes in, and every way its bytes may be cut.

use crate::harness::pipeline::{Collect, document, headers};
use crate::harness::{http, message};

/// Every good document and how many transactions it holds.
const GOOD: [(&str, usize); 31] = [
    ("project_added_with_activities.xml", 1),
    ("wrapped_in_soap.xml", 1),
    ("wrapped_in_8_1_envelope.xml", 1),
    ("in_the_cdata_of_an_ib_request.xml", 1),
    ("default_namespace.xml", 1),
    ("prefixed_namespaces.xml", 2),
    ("several_level_0_records_under_one_pscama.xml", 1),
    ("repeated_children_interleaved.xml", 1),
    ("one_pscama_after_several_grandchildren.xml", 1),
    ("pscama_missing.xml", 1),
    ("lower_case.xml", 1),
    ("no_field_types.xml", 1),
    ("empty_field_types_records.xml", 1),
    ("class_attribute_absent.xml", 1),
    ("cdata_and_entities.xml", 1),
    ("comments_and_empty_elements.xml", 1),
    ("iso_8859_1.xml", 1),
    ("utf_16_little_endian.xml", 1),
    ("utf_16_big_endian.xml", 1),
    ("utf_8_with_byte_order_mark.xml", 1),
    ("zero_transactions.xml", 0),
    ("empty_msg_data.xml", 0),
    ("every_audit_action.xml", 12),
    ("unknown_audit_action.xml", 3),
    ("key_in_the_ancestor.xml", 1),
    ("key_missing.xml", 2),
    ("key_swap.xml", 1),
    ("translation_row.xml", 2),
    ("record_type_without_a_rule.xml", 2),
    ("currencies.xml", 2),
    ("full_sync_with_header_and_trailer.xml", 4),
];

#[test]
fn every_transaction_of_every_shape_is_stored() {
    let collect = Collect::start(&[]);
    for (file, _) in GOOD {
        collect.take(file, "PROJECT_SYNC", file);
    }
    let stored = collect.transactions();
    for (file, count) in GOOD {
        let mut of_file: Vec<_> = stored.iter().filter(|record| record.key_text() == file).collect();
        of_file.dedup_by_key(|record| record.json()["TransactionIndex"].as_u64()); // a mark is in every partition
        let documents: Vec<String> = of_file.into_iter().map(document).collect();
        assert_eq!(documents.len(), count, "{file}");
        for document in documents {
            let start = document.to_ascii_lowercase();
            assert!(start.starts_with("<transaction") || start.starts_with("<p:transaction"), "{file}: {document}");
        }
    }
}

#[test]
fn namespaces_in_scope_are_carried_onto_each_transaction() {
    let collect = Collect::start(&[]);
    collect.take("prefixed", "PROJECT_SYNC", "prefixed_namespaces.xml");
    collect.take("default", "PROJECT_SYNC", "default_namespace.xml");
    let schema = "http://xmlns.oracle.com/Enterprise/Tools/schemas/PROJECT_SYNC.VERSION_1";
    let documents = collect.documents();
    assert_eq!(documents.len(), 3);
    let (default, prefixed) = documents.split_first().unwrap();
    assert!(default.contains(&format!("xmlns=\"{schema}\"")), "{default}");
    for document in prefixed {
        assert!(document.contains(&format!("xmlns:p=\"{schema}\"")), "{document}");
    }
    let extension = "xmlns:x=\"urn:example:extension?a=1&amp;b=2\"";
    assert!(prefixed[0].contains(extension), "{}", prefixed[0]);
}

#[test]
fn other_encodings_are_stored_as_utf_8() {
    let collect = Collect::start(&[]);
    let files =
        ["iso_8859_1.xml", "utf_16_little_endian.xml", "utf_16_big_endian.xml", "utf_8_with_byte_order_mark.xml"];
    for file in files {
        collect.take(file, "PROJECT_SYNC", file);
    }
    let documents = collect.documents();
    assert_eq!(documents.len(), files.len());
    for document in documents {
        assert!(document.contains("<DESCR>Brücke à péage</DESCR>"), "{document}");
    }
}

#[test]
fn what_is_a_comment_or_cdata_is_no_transaction() {
    let collect = Collect::start(&[]);
    collect.take("comments", "PROJECT_SYNC", "comments_and_empty_elements.xml");
    let body = "<A><MsgData><Transaction><R class=\"R\"><F><![CDATA[</Transaction><Transaction>]]></F></R></Transaction></MsgData></A>";
    assert_eq!(collect.post("cdata", "A", body.as_bytes()).status, 200);
    let documents = collect.documents();
    assert_eq!(documents.len(), 2);
    assert!(documents[0].contains("<![CDATA[</Transaction><Transaction>]]>"), "{documents:?}");
}

#[test]
fn it_does_not_matter_how_the_body_is_cut_into_chunks() {
    let collect = Collect::start(&[]);
    for file in ["every_audit_action.xml", "cdata_and_entities.xml", "utf_16_big_endian.xml", "iso_8859_1.xml"] {
        let body = message(file);
        let mut expected = None;
        for size in [1, 2, 3, 7, 64, 1021, body.len()] {
            let id = format!("{file}-{size}");
            let reply = http::post_chunks(&collect.address, &headers(&id, "PROJECT_SYNC"), body.chunks(size));
            assert_eq!(reply.status, 200, "{id}: {reply:?}");
            let stored = collect.transactions();
            let documents: Vec<String> = stored.iter().filter(|record| record.key_text() == id).map(document).collect();
            assert_eq!(expected.get_or_insert_with(|| documents.clone()), &documents, "{id}");
        }
    }
}
