//! PeopleSoft's headers become the facts of a message.

use axum::http::HeaderMap;

use super::body::Form;
use crate::contract::{Header, Message};
use crate::kafka::MessageIdentity;
use crate::traces::Span;

/// Headers a module is not shown.
const SECRET: &[&str] = &["authorization", "cookie", "proxy-authorization"];

/// The TransactionID of a ping, as a node was seen to send it, with the headers of a message in a GET
/// (https://ib.books.cedarhillsgroup.com/nodes/node-ping).
const PING: &str = "PING_NODE";

/// What is known of a message before its body.
pub struct Request {
    pub message: Message,
    /// Which message it is. A sender that does not say cannot send it again: each time it is another.
    pub identity: Option<MessageIdentity>,
    pub orig_time_stamp: Option<String>,
    pub data_chunk: Option<String>,
    pub data_chunk_count: Option<String>,
    /// The trace it belongs to, where its sender, or a proxy before us, says so as W3C's Trace Context has it; or where it is
    /// traced here, its place in that.
    pub trace: Option<String>,
    /// What is told of it meanwhile, where it is traced here.
    pub span: Span,
    pub form: Form,
    /// What the sender shows of who it is. Nobody but those who decide on it is shown this.
    pub authorization: Option<String>,
    /// Bytes of all headers' names and values.
    pub head_bytes: usize,
    /// The sender holds the body back until it is asked for it.
    pub awaits_continue: bool,
    pub ping: Ping,
}

/// Whether the request only asks if somebody is there: PeopleSoft's Ping Node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ping {
    /// It says so.
    Yes,
    /// None of the headers of a message is there: it does where there is no document either.
    IfEmpty,
    No,
}

impl Request {
    pub fn new(headers: &HeaderMap) -> Self {
        let text = |name: &str| text(headers, name);
        let name = text("messagename").or_else(|| text("externaloperationname").map(|name| without_version(&name)));
        let transaction_id = text("transactionid");
        let (data_chunk, data_chunk_count) = (text("datachunk"), text("datachunkcount"));
        let identity = |id: &String| MessageIdentity::new(id, data_chunk.as_deref(), data_chunk_count.as_deref());
        Request {
            ping: Ping::of(
                text("operationtype").as_deref(),
                transaction_id.as_deref(),
                name.is_some() || data_chunk.is_some(),
            ),
            identity: transaction_id.as_ref().map(identity),
            head_bytes: headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum(),
            awaits_continue: text("expect").is_some(),
            message: Message {
                transaction_id: transaction_id.unwrap_or_else(|| uuid::Uuid::new_v4().to_string()),
                name,
                from: text("from"),
                to: text("to"),
                headers: shown(headers),
            },
            orig_time_stamp: text("origtimestamp"),
            data_chunk,
            data_chunk_count,
            trace: text("traceparent").filter(|trace| is_trace(trace)),
            span: Span::none(),
            form: Form { content_type: text("content-type"), content_encoding: all(headers, "content-encoding") },
            authorization: text("authorization"),
        }
    }
}

impl Ping {
    /// `named`: it has other headers of a message.
    fn of(operation_type: Option<&str>, transaction_id: Option<&str>, named: bool) -> Self {
        match (operation_type, transaction_id) {
            (Some(kind), _) if kind.eq_ignore_ascii_case("ping") => Ping::Yes,
            (_, Some(PING)) => Ping::Yes,
            (_, None) if !named => Ping::IfEmpty,
            _ => Ping::No,
        }
    }
}

/// `VERSION-TRACE-PARENT-FLAGS`, in lower-case hexadecimal.
fn is_trace(text: &str) -> bool {
    let is_hex = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    text.split('-').map(str::len).eq([2, 32, 16, 2]) && text.split('-').all(is_hex)
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
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

    fn request(pairs: &[(&str, &str)]) -> Request {
        let pairs = pairs.iter().map(|(name, value)| {
            (axum::http::HeaderName::try_from(*name).unwrap(), axum::http::HeaderValue::try_from(*value).unwrap())
        });
        Request::new(&pairs.collect())
    }

    #[test]
    fn the_message_name_falls_back_to_the_operation_without_its_version() {
        let both = [("MessageName", "A_SYNC"), ("ExternalOperationName", "B_SYNC.VERSION_1")];
        assert_eq!(request(&both).message.name.as_deref(), Some("A_SYNC"));
        assert_eq!(request(&both[1..]).message.name.as_deref(), Some("B_SYNC"));
        assert_eq!(request(&[("MessageName", " ")]).message.name, None);
    }

    #[test]
    fn a_message_without_an_id_gets_one_of_its_own() {
        let (one, other) = (request(&[]), request(&[]));
        assert_ne!(one.message.transaction_id, other.message.transaction_id);
        assert_eq!((one.identity, other.identity), (None, None));
        assert_eq!(request(&[("TransactionID", "abc-1")]).message.transaction_id, "abc-1");
    }

    #[test]
    fn a_module_is_shown_every_header_but_secrets() {
        let shown = request(&[("Authorization", "Basic eA=="), ("Cookie", "s=1"), ("X-Site", "north")]).message.headers;
        assert_eq!(shown.len(), 1);
        assert_eq!((shown[0].name.as_str(), shown[0].value.as_str()), ("x-site", "north"));
    }

    #[test]
    fn a_trace_is_taken_as_w3c_writes_it_and_nothing_else() {
        let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert_eq!(request(&[("traceparent", trace)]).trace.as_deref(), Some(trace));
        for bad in ["", "00-x-y-01", &trace.to_uppercase(), &trace[1..], &format!("{trace}-00")] {
            assert_eq!(request(&[("traceparent", bad)]).trace, None, "{bad}");
        }
    }

    #[test]
    fn a_ping_says_so_or_has_none_of_the_headers_of_a_message() {
        assert_eq!(request(&[("Content-Type", "text/xml"), ("From", "me")]).ping, Ping::IfEmpty);
        for message in [("DataChunk", "1"), ("MessageName", "A_SYNC"), ("TransactionID", "a")] {
            assert_eq!(request(&[message, ("OperationType", "async")]).ping, Ping::No);
        }
        assert_eq!(request(&[("OperationType", "Ping")]).ping, Ping::Yes);
        assert_eq!(
            request(&[("TransactionID", "PING_NODE"), ("DataChunk", "1"), ("DataChunkCount", "1")]).ping,
            Ping::Yes
        );
    }
}
