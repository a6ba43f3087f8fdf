//! PeopleSoft's headers become the facts of a message.

use http::HeaderMap;

use crate::contract::{Header, Message};

/// Headers a module is not shown.
const SECRET: &[&str] = &["authorization", "cookie", "proxy-authorization"];

/// What is known of a message before its body.
#[derive(Debug, Clone, Default)]
pub struct Head {
    /// Where the sender gave one.
    pub transaction_id: Option<String>,
    pub name: Option<String>,
    pub from: Option<String>,
    pub to: Option<String>,
    pub orig_time_stamp: Option<String>,
    pub form: Form,
    shown: Vec<Header>,
}

/// What the headers say of the body.
#[derive(Debug, Clone, Default)]
pub struct Form {
    pub content_type: Option<String>,
    /// All of them in order, with commas between.
    pub content_encoding: Option<String>,
}

impl Head {
    pub fn of(headers: &HeaderMap) -> Self {
        let text = |name| text(headers, name);
        Head {
            transaction_id: text("transactionid"),
            name: text("messagename").or_else(|| text("externaloperationname").map(|name| without_version(&name))),
            from: text("from"),
            to: text("to"),
            orig_time_stamp: text("origtimestamp"),
            form: Form { content_type: text("content-type"), content_encoding: all(headers, "content-encoding") },
            shown: shown(headers),
        }
    }

    /// As a splitter is told of it. `id` makes up the TransactionID that the sender did not give.
    pub fn message(&self, id: impl FnOnce() -> String) -> Message {
        Message {
            transaction_id: self.transaction_id.clone().unwrap_or_else(id),
            name: self.name.clone(),
            from: self.from.clone(),
            to: self.to.clone(),
            headers: self.shown.clone(),
        }
    }
}

/// What a header says, if it says anything.
pub fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(headers.get(name)?.as_bytes()).trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// As one list, however many times the header came.
fn all(headers: &HeaderMap, name: &str) -> Option<String> {
    let values: Vec<_> = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    (!values.is_empty()).then(|| values.join(","))
}

/// `PROJECT_SYNC.VERSION_1` is `PROJECT_SYNC`, in a version.
fn without_version(name: &str) -> String {
    name.split('.').next().unwrap_or(name).to_owned()
}

fn shown(headers: &HeaderMap) -> Vec<Header> {
    let shown = headers.iter().filter(|(name, _)| !SECRET.contains(&name.as_str()));
    shown
        .map(|(name, value)| Header {
            name: name.as_str().to_owned(),
            value: String::from_utf8_lossy(value.as_bytes()).into_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn head(pairs: &[(&str, &str)]) -> Head {
        let pairs = pairs.iter().map(|(name, value)| {
            (http::HeaderName::try_from(*name).unwrap(), http::HeaderValue::try_from(*value).unwrap())
        });
        Head::of(&pairs.collect())
    }

    #[test]
    fn the_message_name_falls_back_to_the_operation_without_its_version() {
        let both = [("MessageName", "A_SYNC"), ("ExternalOperationName", "B_SYNC.VERSION_1")];
        assert_eq!(head(&both).name.as_deref(), Some("A_SYNC"));
        assert_eq!(head(&both[1..]).name.as_deref(), Some("B_SYNC"));
        assert_eq!(head(&[("MessageName", " ")]).name, None);
    }

    #[test]
    fn a_message_without_an_id_gets_the_one_that_is_made_up_for_it() {
        let id = |pairs| head(pairs).message(|| "made-up".into()).transaction_id;
        assert_eq!((id(&[]), id(&[("TransactionID", "abc-1")])), ("made-up".into(), "abc-1".into()));
    }

    #[test]
    fn a_module_is_shown_every_header_but_secrets() {
        let head = head(&[("Authorization", "Basic eA=="), ("Cookie", "s=1"), ("X-Site", "north")]);
        let shown = head.message(String::new).headers;
        assert_eq!(shown.len(), 1);
        assert_eq!((shown[0].name.as_str(), shown[0].value.as_str()), ("x-site", "north"));
    }
}
