//! What is masked, and what is left as it was.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;

fn masked(transaction: &str) -> String {
    let body = format!("<M xmlns='u'><MsgData>{transaction}</MsgData></M>");
    let config: Config = serde_json::from_str(r#"{"fields": ["NAME", "birth"]}"#).unwrap();
    let message = Message { transaction_id: "T".into(), name: None, from: None, to: None, headers: vec![] };
    let mut mask = Mask::open(&config, message);
    body.as_bytes().chunks(7).for_each(|chunk| assert!(mask.push(chunk).unwrap().transactions.is_empty()));
    let transactions = mask.finish().unwrap().transactions;
    let [Piece::Rewritten(bytes)] = transactions[0].pieces.as_slice() else { panic!("{transactions:?}") };
    String::from_utf8(bytes.clone()).unwrap()
}

#[test]
fn only_the_texts_of_the_fields_are_masked() {
    let transaction = "<Transaction><P><ID>7</ID><NAME IsChanged='Y'>Zoë O&#39;Hara &amp; 2</NAME><!-- c -->\
        <C><BIRTH>1999-12-31</BIRTH><NAME/><NOTE><![CDATA[Zoë]]></NOTE></C></P></Transaction>";
    let expected = "<Transaction xmlns='u'><P><ID>7</ID><NAME IsChanged='Y'>xxx xxxxxx x 0</NAME><!-- c -->\
        <C><BIRTH>0000-00-00</BIRTH><NAME/><NOTE><![CDATA[Zoë]]></NOTE></C></P></Transaction>";
    assert_eq!(masked(transaction), expected);
}

#[test]
fn a_text_in_cdata_is_masked_where_it_stands() {
    let transaction = "<Transaction><P><NAME>a<![CDATA[<b>&]]>9</NAME></P></Transaction>";
    assert!(masked(transaction).contains("<NAME>x<![CDATA[xxxx]]>0</NAME>"), "{}", masked(transaction));
}
