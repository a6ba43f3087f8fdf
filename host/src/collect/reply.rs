//! What PeopleSoft is told. It takes 2xx for done, sends again by itself after 404 and 503, and waits for a person after
//! anything else; so 404 is never said to a message.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::body::EncodingError;
use super::{BodyError, CollectError, SplitError};
use crate::fault::{self, Fault, Faulty};
use crate::kafka::DeliveryError;

const RETRY_AFTER: &str = "30";
const JSON: [(HeaderName, &str); 1] = [(header::CONTENT_TYPE, "application/json")];

pub fn to_get() -> Response {
    (JSON, r#"{"status":"GET ok"}"#).into_response()
}

pub fn to_post() -> Response {
    (JSON, r#"{"status":"POST ok"}"#).into_response()
}

pub fn to_other_method() -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD, POST")]).into_response()
}

pub fn to_readiness(ready: bool) -> Response {
    match ready {
        true => (JSON, r#"{"status":"ready"}"#).into_response(),
        false => to_try_again("the collector is still reading back what Kafka holds"),
    }
}

/// Asked for anything while it finishes what it holds.
pub fn to_all_when_stopping() -> Response {
    let mut response = to_try_again("the collector is stopping; send it again");
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// The one place where a failure becomes a status and a log line.
pub fn to_failure(error: &CollectError, transaction_id: &str) -> Response {
    let why = fault::chain(error);
    match error.fault() {
        Fault::Sender => {
            tracing::warn!(transaction_id, "message rejected: {why}");
            to_sender(error)
        }
        Fault::Broker => {
            tracing::warn!(transaction_id, "message not stored, the sender will try again: {why}");
            to_try_again("Kafka did not take the message in time; send it again")
        }
        Fault::Module | Fault::Host => {
            tracing::error!(transaction_id, "message not stored: {why}{}", backtrace(error));
            to_nobody_in_particular()
        }
    }
}

fn to_try_again(reason: &str) -> Response {
    let body = Refusal { status: "unavailable", reason, position: None }.to_json();
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, RETRY_AFTER)], JSON, body).into_response()
}

/// A failure whose detail is not for the sender.
pub fn to_nobody_in_particular() -> Response {
    let reason = "the collector failed on this message; its log says why";
    let body = Refusal { status: "error", reason, position: None }.to_json();
    (StatusCode::INTERNAL_SERVER_ERROR, JSON, body).into_response()
}

fn to_sender(error: &CollectError) -> Response {
    if let CollectError::Refused(_) = error {
        return (StatusCode::FORBIDDEN, "Message not accepted by collector.").into_response();
    }
    let code = match error {
        CollectError::Split(SplitError::TooLarge(_)) => StatusCode::PAYLOAD_TOO_LARGE,
        // A record past a limit of Kafka's; the one other fault of a sender's there is a topic name, taken from a header.
        CollectError::Delivery(DeliveryError::Topic(_)) => StatusCode::BAD_REQUEST,
        CollectError::Delivery(_) => StatusCode::PAYLOAD_TOO_LARGE,
        CollectError::Body(BodyError::UnknownCoding(_) | BodyError::Encoding(EncodingError::Unknown(_))) => {
            StatusCode::UNSUPPORTED_MEDIA_TYPE
        }
        CollectError::Body(BodyError::Stalled(_) | BodyError::TooSlow(_)) => StatusCode::REQUEST_TIMEOUT,
        _ => StatusCode::BAD_REQUEST,
    };
    let refusal = Refusal { status: "rejected", reason: &error.to_string(), position: position(error) };
    (code, JSON, refusal.to_json()).into_response()
}

/// The body of every reply but the good ones.
#[derive(Serialize)]
struct Refusal<'r> {
    status: &'static str,
    reason: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<u64>,
}

impl Refusal<'_> {
    fn to_json(&self) -> String {
        // Text and a number: writing them into memory cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

fn position(error: &CollectError) -> Option<u64> {
    match error {
        CollectError::Split(SplitError::Rejected(rejection)) => rejection.position,
        CollectError::Body(error) => error.position(),
        _ => None,
    }
}

fn backtrace(error: &CollectError) -> String {
    match error {
        CollectError::Crashed(crash) | CollectError::Split(SplitError::Crashed(crash)) => {
            format!("\n{}", crash.backtrace)
        }
        _ => String::new(),
    }
}
