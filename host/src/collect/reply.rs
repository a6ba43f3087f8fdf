//! What PeopleSoft is told. It takes 2xx for done, sends again by itself after 404 and 503, and waits for a person after
//! anything else; so 404 is never said to a message, and 503 to one that would be taken at another moment.

mod words;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::limits::Excess;
use super::senders::{Challenge, Stranger};
use super::{BodyError, CollectError, SplitError};
use crate::contract::types::RejectionKind;
use crate::fault::{self, Fault, Faulty};
use crate::kafka::DeliveryError;
use crate::message::{EncodingError, UnwrappingError};
use words::Words;

pub use words::Format;

const RETRY_AFTER: &str = "30";
const BASIC: &str = r#"Basic realm="ps-stream", charset="UTF-8""#;
const BEARER: &str = r#"Bearer realm="ps-stream""#;
/// As in the body, which has no room for it where it is the text of the original collector.
const ERROR_ID: HeaderName = HeaderName::from_static("x-error-id");

pub fn to_get(format: Format) -> Response {
    told(StatusCode::OK, &Words::of_status("GET ok"), format)
}

pub fn to_post(format: Format) -> Response {
    told(StatusCode::OK, &Words::of_status("POST ok"), format)
}

pub fn to_other_method() -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD, POST")]).into_response()
}

pub fn to_readiness(ready: bool, format: Format) -> Response {
    let reason = Some("the collector is still reading back what Kafka holds");
    match ready {
        true => told(StatusCode::OK, &Words::of_status("ready"), format),
        false => to_try_again(&Words { reason, ..Words::of_status("unavailable") }, format),
    }
}

/// Asked for anything while it finishes what it holds.
pub fn to_all_when_stopping(format: Format) -> Response {
    let reason = Some("the collector is stopping; send it again");
    let mut response = to_try_again(&Words { reason, ..Words::of_status("unavailable") }, format);
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// The one place where a failure becomes a status and a log line, which have an id in common.
pub fn to_failure(error: &CollectError, transaction_id: &str, format: Format) -> Response {
    let (why, error_id) = (fault::chain(error), new_id());
    let id = Some(error_id.as_str());
    let mut response = match error.fault() {
        Fault::Sender => {
            tracing::warn!(transaction_id, error_id, "message rejected: {why}");
            to_sender(error, id, format)
        }
        Fault::Broker => {
            tracing::warn!(transaction_id, error_id, "message not stored, the sender will try again: {why}");
            let reason = Some("Kafka did not take the message in time; send it again");
            to_try_again(&Words { reason, id, ..Words::of_status("unavailable") }, format)
        }
        Fault::Moment => {
            tracing::warn!(transaction_id, error_id, "message not taken, the sender will try again: {why}");
            let reason = Some(error.to_string());
            to_try_again(&Words { reason: reason.as_deref(), id, ..Words::of_status("unavailable") }, format)
        }
        Fault::Module | Fault::Host => {
            tracing::error!(transaction_id, error_id, "message not stored: {why}{}", backtrace(error));
            to_nobody_in_particular(id, format)
        }
    };
    response.headers_mut().extend(HeaderValue::try_from(&error_id).ok().map(|id| (ERROR_ID, id)));
    response
}

/// A request that ended in a panic.
pub fn to_panic(format: Format) -> Response {
    to_nobody_in_particular(None, format)
}

fn to_try_again(words: &Words<'_>, format: Format) -> Response {
    let mut response = told(StatusCode::SERVICE_UNAVAILABLE, words, format);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER));
    response
}

/// A failure whose detail is not for the sender.
fn to_nobody_in_particular(id: Option<&str>, format: Format) -> Response {
    let reason = Some("the collector failed on this message; its log says why");
    told(StatusCode::INTERNAL_SERVER_ERROR, &Words { reason, id, ..Words::of_status("error") }, format)
}

fn to_sender(error: &CollectError, id: Option<&str>, format: Format) -> Response {
    let reason = error.to_string();
    let reason = Some(reason.as_str());
    match error {
        CollectError::Refused(_) if format == Format::Json => {
            (StatusCode::FORBIDDEN, "Message not accepted by collector.").into_response()
        }
        CollectError::Refused(_) => {
            let reason = Some("Message not accepted by collector.");
            told(StatusCode::FORBIDDEN, &Words { reason, id, ..Words::of_status("refused") }, format)
        }
        CollectError::Stranger(stranger) => {
            to_stranger(stranger, &Words { reason, id, ..Words::of_status("refused") }, format)
        }
        _ => told(status(error), &Words { reason, id, position: position(error), status: "rejected" }, format),
    }
}

fn to_stranger(stranger: &Stranger, words: &Words<'_>, format: Format) -> Response {
    let (Stranger::NoSecret(asked) | Stranger::WrongSecret(asked)) = stranger else {
        return told(StatusCode::FORBIDDEN, words, format);
    };
    let mut response = told(StatusCode::UNAUTHORIZED, words, format);
    for challenge in challenges(*asked) {
        response.headers_mut().append(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    response
}

fn challenges(asked: Challenge) -> impl Iterator<Item = &'static str> {
    [(asked.basic, BASIC), (asked.bearer, BEARER)].into_iter().filter_map(|(asked, kind)| asked.then_some(kind))
}

/// Of a message that is no good and will never be.
fn status(error: &CollectError) -> StatusCode {
    match error {
        CollectError::Excess(Excess::Head(_)) => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        CollectError::Excess(_) | CollectError::Split(SplitError::TooLarge(_)) => StatusCode::PAYLOAD_TOO_LARGE,
        CollectError::Split(SplitError::Rejected(rejection)) => match rejection.kind {
            RejectionKind::Malformed => StatusCode::BAD_REQUEST,
            RejectionKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            RejectionKind::Unexpected | RejectionKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        },
        CollectError::Body(BodyError::TooLarge(_) | BodyError::TooLargeUnpacked(_)) => StatusCode::PAYLOAD_TOO_LARGE,
        CollectError::Body(BodyError::Unwrapping(
            UnwrappingError::UnknownCoding(_) | UnwrappingError::Encoding(EncodingError::Unknown(_)),
        )) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        // A record past a limit of Kafka's; the one other fault of a sender's there is a topic name, taken from a header.
        CollectError::Delivery(DeliveryError::Topic(_)) => StatusCode::BAD_REQUEST,
        CollectError::Delivery(_) => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::BAD_REQUEST,
    }
}

fn told(status: StatusCode, words: &Words<'_>, format: Format) -> Response {
    (status, format.content_type(), words.written(format)).into_response()
}

/// Short enough to be read out over a telephone.
fn new_id() -> String {
    uuid::Uuid::new_v4().simple().to_string().chars().take(12).collect()
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
