//! The log: lines on standard error, the latest warnings among them kept.

mod latest;

use std::io::IsTerminal;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

pub use latest::warnings;

/// How much is logged.
#[derive(Debug, Clone, Copy)]
pub enum Detail {
    /// Only what went wrong here.
    Errors,
    Normal,
    Verbose,
}

/// How lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Text,
    /// An object a line: `timestamp`, `level`, `message` and what belongs to it.
    Json,
}

/// `PSSTREAM_LOG` takes a filter in the syntax of `tracing_subscriber`'s `EnvFilter` and wins over `--verbose`.
pub fn start(detail: Detail, format: Format) {
    let level = match detail {
        Detail::Errors => "error",
        Detail::Normal => "info,librdkafka=error,rdkafka=error",
        Detail::Verbose => "info,ps_stream=debug",
    };
    let filter = EnvFilter::try_from_env("PSSTREAM_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let line = tracing_subscriber::fmt::layer()
        .with_target(false)
        // It would be said on standard error, which is what is gone then, and saying it there panics.
        .log_internal_errors(false)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let line = match format {
        Format::Text => line.boxed(),
        Format::Json => line.json().flatten_event(true).with_current_span(false).with_span_list(false).boxed(),
    };
    let ours = Targets::new().with_target(env!("CARGO_CRATE_NAME"), LevelFilter::WARN);
    let log = tracing_subscriber::registry().with(line.with_filter(filter)).with(latest::Keeper.with_filter(ours));
    // Already set: someone else in this process logs, which is as good.
    drop(log.try_init());
}

/// The present time as RFC 3339 in UTC, to the microsecond.
pub fn now() -> String {
    humantime::format_rfc3339_micros(std::time::SystemTime::now()).to_string()
}

/// A time of so many milliseconds since 1970, written as [`now`] is, to the millisecond.
pub fn time(milliseconds: i64) -> String {
    let since = std::time::Duration::from_millis(u64::try_from(milliseconds).unwrap_or_default());
    humantime::format_rfc3339_millis(std::time::SystemTime::UNIX_EPOCH + since).to_string()
}

/// A time written so, in milliseconds since 1970.
pub fn milliseconds(rfc3339: &str) -> Option<i64> {
    let time = humantime::parse_rfc3339(rfc3339).ok()?;
    i64::try_from(time.duration_since(std::time::SystemTime::UNIX_EPOCH).ok()?.as_millis()).ok()
}
