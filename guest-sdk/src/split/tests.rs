//! Every rule of cutting a message.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::RejectionKind;

fn split(body: &str, size: usize, rules: &KeyRules) -> Result<(Vec<SplitTransaction>, Option<String>), Rejection> {
    let mut splitter = TransactionSplitter::new(rules);
    let mut transactions = Vec::new();
    let mut needed_from = 0;
    for chunk in body.as_bytes().chunks(size) {
        let progress = splitter.push(chunk)?;
        let starts =
            progress.transactions.iter().flat_map(|transaction| &transaction.pieces).filter_map(|piece| match piece {
                Piece::Verbatim(span) => Some(span.offset),
                Piece::Rewritten(_) => None,
            });
        assert!(starts.min().is_none_or(|start| start >= needed_from), "a span before needed-from");
        assert!(progress.needed_from >= needed_from, "needed-from goes back");
        needed_from = progress.needed_from;
        transactions.extend(progress.transactions);
    }
    let progress = splitter.finish()?;
    transactions.extend(progress.transactions);
    Ok((transactions, progress.message_name))
}

/// Each transaction's document, split whole and byte by byte.
fn documents(body: &str) -> Result<Vec<String>, Rejection> {
    let whole = split(body, usize::MAX, &KeyRules::default());
    assert_eq!(split(body, 1, &KeyRules::default()), whole);
    Ok(whole?.0.iter().map(|transaction| document(body, transaction)).collect())
}

fn document(body: &str, transaction: &SplitTransaction) -> String {
    let text = |piece: &Piece| match piece {
        Piece::Verbatim(span) => {
            let from = usize::try_from(span.offset).unwrap();
            body[from..from + usize::try_from(span.length).unwrap()].to_owned()
        }
        Piece::Rewritten(bytes) => String::from_utf8(bytes.clone()).unwrap(),
    };
    transaction.pieces.iter().map(text).collect()
}

fn ordering_keys(content: &str) -> Vec<String> {
    let rules = KeyRules::new([("P", vec!["BU", "ID"]), ("ONE", vec!["ID"])]).unwrap();
    let body = format!("<M><MsgData>{content}</MsgData></M>");
    let whole = split(&body, usize::MAX, &rules).unwrap();
    assert_eq!(split(&body, 1, &rules).unwrap(), whole);
    whole.0.into_iter().map(|transaction| transaction.ordering_key).collect()
}

#[test]
fn every_transaction_passes_as_it_came_in_document_order() {
    let body = "<?xml version='1.0'?><M><FieldTypes><P class='R'/></FieldTypes><MsgData> <Transaction><P>ü</P></Transaction>\n\
                <!-- between --><Transaction/><Transaction ></Transaction></MsgData></M>";
    assert_eq!(
        documents(body).unwrap(),
        ["<Transaction><P>ü</P></Transaction>", "<Transaction/>", "<Transaction ></Transaction>"]
    );
}

#[test]
fn msg_data_is_found_at_any_depth_and_in_any_case() {
    let body = "<e:Envelope xmlns:e='u'><e:Body><M><msgdata><transaction/></msgdata></M></e:Body></e:Envelope>";
    assert_eq!(documents(body).unwrap(), ["<transaction xmlns:e='u'/>"]);
}

#[test]
fn namespaces_in_scope_are_carried_onto_each_transaction() {
    let body = "<a:M xmlns:a=\"1\" xmlns='2'><a:X xmlns:x='gone'/><a:MsgData xmlns:a='3' xmlns:b='>'>\
                <a:Transaction i='&amp;'><b:P/></a:Transaction><a:Transaction xmlns:b='4'/></a:MsgData></a:M>";
    let documents = documents(body).unwrap();
    assert_eq!(documents[0], "<a:Transaction xmlns='2' xmlns:a='3' xmlns:b='>' i='&amp;'><b:P/></a:Transaction>");
    assert_eq!(documents[1], "<a:Transaction xmlns='2' xmlns:a='3' xmlns:b='4'/>");
}

#[test]
fn a_default_namespace_taken_back_is_not_carried() {
    let body = "<M xmlns='1'><MsgData xmlns=''><Transaction/></MsgData></M>";
    assert_eq!(documents(body).unwrap(), ["<Transaction/>"]);
}

#[test]
fn a_prefix_nobody_declares_is_left_alone() {
    let body = "<M><MsgData><x:Transaction><y:P/></x:Transaction></MsgData></M>";
    assert_eq!(documents(body).unwrap(), ["<x:Transaction><y:P/></x:Transaction>"]);
}

#[test]
fn the_message_is_named_by_the_element_around_msg_data() {
    let name = |body| split(body, 3, &KeyRules::default()).unwrap().1;
    assert_eq!(name("<E><n:M_1><MsgData/></n:M_1></E>"), Some("M_1".into()));
    assert_eq!(name("<MsgData></MsgData>"), None);
}

#[test]
fn record_types_are_the_level_0_rows_each_once() {
    let body = "<M><MsgData><Transaction><P><C/></P><PSCAMA/><n:Q/><p/><P/></Transaction></MsgData></M>";
    assert_eq!(split(body, 5, &KeyRules::default()).unwrap().0[0].record_types, ["P", "Q"]);
}

#[test]
fn without_rules_the_first_record_type_is_the_ordering_key() {
    let keys = ordering_keys("<Transaction><X/><Y/></Transaction><Transaction><PSCAMA/></Transaction>");
    assert_eq!(keys, ["X", ""]);
}

#[test]
fn with_rules_the_key_of_the_first_row_is() {
    let keys = ordering_keys(
        "<Transaction><p><ID>&lt;<![CDATA[2]]></ID><C><BU>no</BU></C><bu>1</bu></p><P><BU>8</BU></P></Transaction>\
         <Transaction><ONE><ID>\r\n3</ID></ONE></Transaction>",
    );
    assert_eq!(keys, [r#"P {"BU":"1","ID":"<2"}"#, "ONE \"\\n3\""]);
}

#[test]
fn a_row_whose_key_cannot_be_told_is_ordered_by_its_record_type() {
    let long = "x".repeat(5000);
    for content in ["<F/>", "<ID/>", "<ID> </ID>", "<ID><X>1</X></ID>", &format!("<ID>{long}</ID>")] {
        assert_eq!(
            ordering_keys(&format!("<Transaction><ONE>{content}</ONE></Transaction>")),
            ["ONE"],
            "{content:.20}"
        );
    }
}

#[test]
fn what_else_stands_in_msg_data_is_unexpected() {
    for (content, reason, at) in [
        ("<Other/>", "element \"Other\" in MsgData, where only Transaction can be", 12),
        (" x", "text directly in MsgData", 13),
        ("&#32;&#120;", "text directly in MsgData", 17),
        ("<![CDATA[ y]]>", "text directly in MsgData", 22),
        ("<Transaction>z</Transaction>", "text directly in Transaction", 25),
    ] {
        let rejection = documents(&format!("<M><MsgData>{content}</MsgData></M>")).unwrap_err();
        assert_eq!(rejection, Rejection::unexpected(reason).at(at));
    }
}

#[test]
fn msg_data_without_transactions_is_a_message_without_any() {
    assert!(documents("<M><MsgData/></M>").unwrap().is_empty());
    assert!(documents("<M><MsgData> \n</MsgData></M>").unwrap().is_empty());
}

#[test]
fn a_document_without_msg_data_is_no_rowset_message() {
    let rejection = documents("<html><body/></html>").unwrap_err();
    assert_eq!(rejection, Rejection::unexpected("not a rowset message: no MsgData element"));
}

#[test]
fn a_message_cut_off_is_malformed_at_its_end() {
    let body = "<M><MsgData><Transaction/>";
    let rejection = documents(body).unwrap_err();
    assert_eq!(rejection, Rejection::malformed("cut off inside element \"MsgData\"").at(body.len() as u64));
}

#[test]
fn a_transaction_of_too_many_record_types_is_too_large() {
    let rows: String = (0..=MAX_RECORD_TYPES).map(|index| format!("<R{index}/>")).collect();
    let rejection = documents(&format!("<M><MsgData><Transaction>{rows}</Transaction></MsgData></M>")).unwrap_err();
    assert_eq!(rejection.kind, RejectionKind::TooLarge);
}

#[test]
fn too_many_namespaces_are_too_large() {
    let body = format!("<M xmlns='{}'><MsgData/></M>", "u".repeat(5000));
    assert_eq!(documents(&body).unwrap_err().kind, RejectionKind::TooLarge);
}

#[test]
fn only_an_open_transaction_is_needed_again() {
    let mut splitter = TransactionSplitter::default();
    assert_eq!(splitter.push(b"<M><MsgData><Trans").unwrap().needed_from, 12);
    assert_eq!(splitter.push(b"action><P>text").unwrap().needed_from, 12);
    assert_eq!(splitter.push(b"</P></Transaction>  ").unwrap().needed_from, 52);
}

fn request(data: &str) -> String {
    format!(
        "<?xml version='1.0'?><IBRequest><From><RequestingNode>HR</RequestingNode></From><ContentSections><ContentSection>\
         <Data>{data}</Data></ContentSection></ContentSections></IBRequest>"
    )
}

#[test]
fn the_message_in_an_ib_request_is_split_where_it_stands() {
    let body = request(
        "<![CDATA[\n<?xml version='1.0'?><M xmlns='u'><MsgData><Transaction><P>1</P></Transaction><Transaction/></MsgData></M>]]>",
    );
    assert_eq!(
        documents(&body).unwrap(),
        ["<Transaction xmlns='u'><P>1</P></Transaction>", "<Transaction xmlns='u'/>"]
    );
    assert_eq!(split(&body, 7, &KeyRules::default()).unwrap().1.as_deref(), Some("M"));
}

#[test]
fn an_embedded_message_may_be_in_several_sections_of_cdata() {
    let body = request("<![CDATA[<M><MsgData><Transaction><P>a]]]]><![CDATA[&gt;b</P></Transaction></MsgData></M>]]>");
    assert_eq!(documents(&body).unwrap(), ["<Transaction><P>a]]&gt;b</P></Transaction>"]);
    let two = request("<![CDATA[<M><MsgData><Transaction/></MsgData></M>]]></Data><Data><![CDATA[<M><MsgData/></M>]]>");
    assert_eq!(documents(&two).unwrap(), ["<Transaction/>"]);
}

#[test]
fn what_is_wrong_in_an_embedded_message_is_told_with_its_place_in_the_body() {
    for (data, reason, after) in [
        ("<![CDATA[ <M><MsgData>x</MsgData></M>]]>", "text directly in MsgData", "MsgData>"),
        ("<![CDATA[<M><MsgData>]]><![CDATA[<Transaction></P>]]>", "\"Transaction\"", "Transaction>"),
        ("<![CDATA[<M><MsgData></MsgData>]]>", "cut off inside element \"M\"", "</MsgData>"),
    ] {
        let body = request(data);
        let rejection = documents(&body).unwrap_err();
        assert!(rejection.reason.contains(reason), "{rejection:?}");
        assert_eq!(rejection.position, Some((body.find(after).unwrap() + after.len()) as u64), "{rejection:?}");
    }
    assert_eq!(documents(&request("<![CDATA[<a/>]]>")).unwrap_err().kind, RejectionKind::Unexpected);
}

#[test]
fn cdata_elsewhere_around_the_rows_is_only_text() {
    let body = "<S><Data><![CDATA[<M><MsgData><Transaction/>]]></Data><M><MsgData><Transaction/></MsgData></M></S>";
    assert_eq!(documents(body).unwrap(), ["<Transaction/>"]);
}

#[test]
fn an_embedded_message_needs_the_body_from_its_open_transaction_on() {
    let mut splitter = TransactionSplitter::default();
    let head = "<IBRequest><Data><![CDATA[<M><MsgData>";
    assert_eq!(splitter.push(format!("{head}<Transaction>").as_bytes()).unwrap().needed_from, head.len() as u64);
    let progress = splitter.push(b"<P/></Transaction>").unwrap();
    assert_eq!(progress.needed_from, (head.len() + 31) as u64);
}

fn marks(body: &str) -> Vec<(Purpose, Vec<String>)> {
    let whole = split(body, usize::MAX, &KeyRules::default()).unwrap();
    assert_eq!(split(body, 1, &KeyRules::default()).unwrap(), whole);
    whole.0.into_iter().map(|transaction| (transaction.purpose, transaction.record_types)).collect()
}

#[test]
fn the_marks_of_a_full_sync_are_told_by_the_control_record_beside_the_rows() {
    for (flag, purpose) in [
        ("H", Purpose::FullSyncHeader),
        ("<![CDATA[T]]>", Purpose::FullSyncTrailer),
        ("&#72;", Purpose::FullSyncHeader),
        ("", Purpose::Rows),
        ("HH", Purpose::Rows),
    ] {
        let control = format!("<PSCAMA><AUDIT_ACTN/><MSG_SEQ_FLG>{flag}</MSG_SEQ_FLG></PSCAMA>");
        let of =
            |content: &str| marks(&format!("<M><MsgData><Transaction>{content}</Transaction></MsgData></M>")).remove(0);
        assert_eq!(of(&format!("<P><MSG_SEQ_FLG>T</MSG_SEQ_FLG></P>{control}")).0, purpose, "{flag}");
        assert_eq!(of(&format!("<P>{control}</P><PSCAMA/>")).0, Purpose::Rows, "a child's own");
    }
}

#[test]
fn a_mark_is_of_all_record_types_that_are_declared_and_rows_are_of_their_own() {
    let mark = "<PSCAMA><MSG_SEQ_FLG>H</MSG_SEQ_FLG></PSCAMA>";
    let body = format!(
        "<M><FieldTypes><P class='R'><ID type='CHAR'/></P><Q></Q><p/><PSCAMA/></FieldTypes><MsgData>\
         <Transaction><O/>{mark}</Transaction><Transaction><P/></Transaction></MsgData></M>"
    );
    let found = marks(&body);
    assert_eq!(found[0], (Purpose::FullSyncHeader, vec!["O".into(), "P".into(), "Q".into()]));
    assert_eq!(found[1], (Purpose::Rows, vec!["P".into()]));
}
