//! What a request says before its body: the facts of its message, and what is for the collector alone.

use axum::http::HeaderMap;

use crate::contract::Message;
use crate::kafka::MessageIdentity;
use crate::message::{Form, Head, text};
use crate::traces::Span;

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
        let (text, head) = (|name| text(headers, name), Head::of(headers));
        let (data_chunk, data_chunk_count) = (text("datachunk"), text("datachunkcount"));
        let identity = |id: &String| MessageIdentity::new(id, data_chunk.as_deref(), data_chunk_count.as_deref());
        Request {
            ping: Ping::of(
                text("operationtype").as_deref(),
                head.transaction_id.as_deref(),
                head.name.is_some() || data_chunk.is_some(),
            ),
            identity: head.transaction_id.as_ref().map(identity),
            head_bytes: headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum(),
            awaits_continue: text("expect").is_some(),
            message: head.message(|| uuid::Uuid::new_v4().to_string()),
            orig_time_stamp: head.orig_time_stamp,
            data_chunk,
            data_chunk_count,
            trace: text("traceparent").filter(|trace| is_trace(trace)),
            span: Span::none(),
            form: head.form,
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn request(pairs: &[(&str, &str)]) -> Request {
        let pairs = pairs
            .iter()
            .map(|(name, value)| (HeaderName::try_from(*name).unwrap(), HeaderValue::try_from(*value).unwrap()));
        Request::new(&pairs.collect())
    }

    #[test]
    fn a_message_without_an_id_gets_one_of_its_own() {
        let (one, other) = (request(&[]), request(&[]));
        assert_ne!(one.message.transaction_id, other.message.transaction_id);
        assert_eq!((one.identity, other.identity), (None, None));
        assert_eq!(request(&[("TransactionID", "abc-1")]).message.transaction_id, "abc-1");
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
