//! Questions as the host asks them.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::{
    Change, Description, KeyRules, Mapping, Message, NoConfig, Progress, Rejection, TransactionSplitter, rowset,
};

struct Projects(KeyRules);

impl Mapper for Projects {
    type Config = KeyRules;

    fn describe() -> Description {
        Description::new("projects", "1.0.0", "Projects")
    }

    fn new(rules: KeyRules) -> Result<Self, String> {
        Ok(Self(rules))
    }

    fn map(&self, transaction: &Transaction) -> Result<Vec<Change>, Rejection> {
        assert_eq!(transaction.message_name.as_deref(), Some("PROJECT_SYNC"));
        Mapping::new(&self.0).changes(&rowset::read(&transaction.document)?)
    }
}

/// Takes no message but those of HR.
struct OfHr(TransactionSplitter);

impl Splitter for OfHr {
    type Config = NoConfig;

    fn describe() -> Description {
        Description::new("of-hr", "1.0.0", "Messages of HR")
    }

    fn open(_: &NoConfig, message: Message) -> Self {
        assert_eq!((message.from.as_deref(), message.headers.len()), (Some("HR"), 1));
        Self(TransactionSplitter::default())
    }

    fn push(&mut self, chunk: &[u8]) -> Result<Progress, Rejection> {
        self.0.push(chunk)
    }

    fn finish(&mut self) -> Result<Progress, Rejection> {
        self.0.finish()
    }
}

const DOCUMENT: &str = "<Transaction><PROJECT><PROJECT_ID>P1</PROJECT_ID></PROJECT></Transaction>";

#[test]
fn a_mapper_is_measured_on_the_transactions_that_follow_the_question() {
    let question = r#"{"kind":"mapper","seconds":0.001,"config":"{\"PROJECT\":[\"PROJECT_ID\"]}"}"#;
    let line = serde_json::json!({
        "TransactionID": "a", "TransactionIndex": 1, "MessageName": "PROJECT_SYNC", "Transaction": DOCUMENT,
    });
    let measured = mapper::<Projects>(&mut format!("{question}\n{line}\n{line}\n").as_bytes()).unwrap();
    assert!(measured.rounds > 0 && measured.seconds >= 0.001, "{measured:?}");
    assert_eq!(measured.transactions, 2 * measured.rounds);
    assert_eq!(measured.bytes, measured.transactions * DOCUMENT.len() as u64);
    assert!(mapper::<Projects>(&mut question.as_bytes()).is_err(), "without a transaction there is nothing to measure");
}

#[test]
fn a_splitter_is_measured_on_the_document_that_follows_the_question() {
    let question = concat!(
        r#"{"kind":"splitter","seconds":0,"config":"{}","#,
        r#""message":{"transaction_id":"a","from":"HR","headers":[["from","HR"]]}}"#
    );
    let document = format!("<M><MsgData>{DOCUMENT}{DOCUMENT}</MsgData></M>");
    let measured = splitter::<OfHr>(&mut format!("{question}\n{document}").as_bytes()).unwrap();
    assert_eq!((measured.rounds, measured.transactions, measured.bytes), (1, 2, document.len() as u64));
    let rejected = splitter::<OfHr>(&mut format!("{question}\n<M>").as_bytes()).unwrap_err();
    assert!(!rejected.is_empty());
}

#[test]
fn a_question_that_is_none_or_for_another_kind_is_answered_with_what_to_do() {
    assert!(mapper::<Projects>(&mut &b"<M/>"[..]).unwrap_err().contains("transform bench --native"));
    let question = r#"{"kind":"splitter","seconds":0,"config":"{}"}"#;
    let wrong = mapper::<Projects>(&mut question.as_bytes()).unwrap_err();
    assert_eq!(wrong, "the module is a splitter, and its crate measures a mapper");
}
