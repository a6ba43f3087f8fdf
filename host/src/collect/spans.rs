//! What a trace tells of a message, by OpenTelemetry's conventions for HTTP servers and for messaging; by names of our own
//! where those have none.

use axum::http::StatusCode;

use super::CollectError;
use super::peer::Peer;
use super::request::Request;
use super::taken::{Taken, outcome};
use crate::kafka::DeliveryError;
use crate::traces::{Kind, Span, Traces};

/// From the head of a message to its answer. What is made of the message goes on below it: its trace is this one now.
pub fn begin(traces: &Traces, peer: &Peer, path: &str, request: &mut Request) {
    let mut span = traces.begin("POST", Kind::Server, request.trace.as_deref());
    if !span.is_wanted() {
        return;
    }
    let (message, address) = (&request.message, peer.address.to_string());
    let facts = [
        ("http.request.method", Some("POST")),
        ("url.scheme", Some(peer.scheme)),
        ("url.path", Some(path)),
        ("client.address", Some(address.as_str())),
        ("ps_stream.transaction.id", Some(message.transaction_id.as_str())),
        ("ps_stream.message.name", message.name.as_deref()),
        ("ps_stream.message.from", message.from.as_deref()),
        ("ps_stream.message.to", message.to.as_deref()),
        ("ps_stream.message.chunk", request.data_chunk.as_deref()),
        ("ps_stream.message.chunk_count", request.data_chunk_count.as_deref()),
    ];
    for (name, text) in facts {
        text.into_iter().for_each(|text| span.tell(name, text));
    }
    request.trace = span.traceparent();
    request.span = span;
}

/// `bytes`: of the body, as they came.
pub fn answered(mut span: Span, result: &Result<Taken, CollectError>, status: StatusCode, bytes: u64) {
    span.count("http.response.status_code", i64::from(status.as_u16()));
    span.count("http.request.body.size", i64::try_from(bytes).unwrap_or(i64::MAX));
    span.tell("ps_stream.outcome", outcome(result));
    match result {
        Ok(Taken::Stored { transactions } | Taken::Held { transactions }) => {
            span.count("ps_stream.transactions", i64::from(*transactions));
        }
        Ok(Taken::Ping | Taken::Repeat) => {}
        // What is the sender's fault is no error of this side of the call.
        Err(_) if status.is_client_error() => span.tell("error.type", outcome(result)),
        Err(error) => span.fail(outcome(result), &error.to_string()),
    }
}

/// The wait for Kafka's word on all of a message.
pub async fn delivered<T>(
    mut span: Span,
    confirmed: impl Future<Output = Result<T, DeliveryError>>,
) -> Result<T, DeliveryError> {
    let confirmed = confirmed.await;
    if let Err(error) = &confirmed {
        span.fail("not_stored", &error.to_string());
    }
    confirmed
}
