//! A row's key is what its fields say, whatever else the document looks like.

use proptest::prelude::*;
use ps_stream_sdk::{Change, KeyRules, Mapping, TransactionSplitter, rowset};

use crate::documents::{escaped, select, text};

/// One of the ways to write a field.
#[derive(Clone, Debug)]
struct Style {
    prefix: &'static str,
    attribute: &'static str,
    comment: &'static str,
    is_cdata: bool,
    is_lower: bool,
}

fn style() -> impl Strategy<Value = Style> {
    let prefix = select(&["", "n:", "o.p:"]);
    let attribute = select(&["", " IsChanged=\"Y\"", " class=''"]);
    let comment = select(&["", "<!-- <BU>no</BU> -->", "<?go?>"]);
    (prefix, attribute, comment, any::<bool>(), any::<bool>()).prop_map(
        |(prefix, attribute, comment, is_cdata, is_lower)| Style { prefix, attribute, comment, is_cdata, is_lower },
    )
}

impl Style {
    fn field(&self, name: &str, value: &str) -> String {
        let Self { prefix, attribute, comment, .. } = self;
        let name = if self.is_lower { name.to_lowercase() } else { name.to_owned() };
        let content = match self.is_cdata {
            true if !value.contains("]]>") && !value.is_empty() => format!("<![CDATA[{value}]]>{comment}"),
            _ => format!("{comment}{}", escaped(value)),
        };
        format!("<{prefix}{name}{attribute}>{content}</{prefix}{name}>{comment}")
    }
}

fn rules() -> KeyRules {
    KeyRules::new([("P", ["BU", "ID"])]).unwrap()
}

fn key(document: &str) -> Option<String> {
    let rowset = rowset::read(document).unwrap();
    match Mapping::new(&rules()).changes(&rowset).ok()?.remove(0) {
        Change::Upsert(row) => Some(row.key),
        Change::Tombstone(key) => Some(key.key),
    }
}

fn ordering_key(document: &str) -> String {
    let body = format!("<M><MsgData>{document}</MsgData></M>");
    TransactionSplitter::new(&rules()).push(body.as_bytes()).unwrap().transactions.remove(0).ordering_key
}

proptest! {
    #[test]
    fn keys_ignore_attributes_comments_prefixes_field_order_and_escaping(
        (bu, id, other) in (text(), text(), text()),
        styles in prop::array::uniform3(style()),
        order in Just(vec![0, 1, 2]).prop_shuffle(),
    ) {
        let [bu, id] = [bu, id].map(|value| value.replace("\r\n", "\n").replace('\r', "\n"));
        let fields = [styles[0].field("BU", &bu), styles[1].field("ID", &id), styles[2].field("X", &other)];
        let fields: String = order.iter().map(|place| fields[*place].as_str()).collect();
        let document = format!("<Transaction><{0}P>{fields}</{0}P></Transaction>", styles[0].prefix);
        let quoted = |value: &str| serde_json::to_string(value).unwrap();
        let expected = format!("{{\"BU\":{},\"ID\":{}}}", quoted(&bu), quoted(&id));
        if bu.trim().is_empty() && id.trim().is_empty() {
            prop_assert_eq!(key(&document), None);
            prop_assert_eq!(ordering_key(&document), "P");
        } else {
            prop_assert_eq!(key(&document), Some(expected.clone()));
            prop_assert_eq!(ordering_key(&document), format!("P {expected}"));
        }
    }

    #[test]
    fn values_are_json_that_says_what_was_sent(value in text(), style in style()) {
        let value = value.replace("\r\n", "\n").replace('\r', "\n");
        let field = Style { is_lower: false, ..style }.field("F", &value);
        let document = format!("<Transaction><P><BU>1</BU><ID>2</ID>{field}</P></Transaction>");
        let rowset = rowset::read(&document).unwrap();
        let json: serde_json::Value = serde_json::from_str(&ps_stream_sdk::value(&rowset.rows[0], &rules())).unwrap();
        prop_assert_eq!(json, serde_json::json!({"BU": "1", "ID": "2", "F": value}));
    }
}
