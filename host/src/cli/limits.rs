//! What one message may be and all of them may take: options of `collect`.

use clap::Args;

use super::modules::between;
use crate::collect::Limits;
use crate::transform::Size;

const KIB: usize = 1 << 10;
const TIB: usize = 1 << 40;

#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitOptions {
    /// Most bytes of a message's body as it comes; a larger one is answered 413
    #[arg(long, value_name = "SIZE", env = "PSSTREAM_MAX_BODY", default_value = "4GiB", value_parser = body)]
    max_body: Size,

    /// Most bytes of a message's document once the body is unpacked; a larger one is answered 413
    #[arg(long, value_name = "SIZE", env = "PSSTREAM_MAX_UNPACKED", default_value = "4GiB", value_parser = body)]
    max_unpacked: Size,

    /// Most transactions of a message; one with more is answered 413
    #[arg(
        long,
        value_name = "NUMBER",
        env = "PSSTREAM_MAX_TRANSACTIONS",
        default_value_t = 10_000_000,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    max_transactions: u32,

    /// Most bytes of a message's headers; one with more is answered 431
    #[arg(long, value_name = "SIZE", env = "PSSTREAM_MAX_HEAD", default_value = "64KiB", value_parser = head)]
    max_head: Size,

    /// Most connections at one time; whoever opens one more is told to come again
    #[arg(
        long,
        value_name = "NUMBER",
        env = "PSSTREAM_MAX_CONNECTIONS",
        default_value_t = 4096,
        value_parser = clap::value_parser!(u32).range(1..=1_000_000)
    )]
    max_connections: u32,

    /// Most messages dealt with at one time; one more is answered 503
    #[arg(
        long,
        value_name = "NUMBER",
        env = "PSSTREAM_MAX_MESSAGES",
        default_value_t = 1024,
        value_parser = clap::value_parser!(u32).range(1..=1_000_000)
    )]
    max_messages: u32,

    /// Most bytes held of all messages together because transactions of theirs have not ended; a message that would pass it
    /// is answered 503
    #[arg(long, value_name = "SIZE", env = "PSSTREAM_MAX_HELD", default_value = "1GiB", value_parser = held)]
    max_held: Size,

    /// How long a connection may be silent before or between requests
    #[arg(long, value_name = "TIME", env = "PSSTREAM_HEAD_TIMEOUT", default_value = "30s")]
    head_timeout: humantime::Duration,

    /// How long the sender may be silent within the body of a message before it is answered 503
    #[arg(long, value_name = "TIME", env = "PSSTREAM_SILENCE_TIMEOUT", default_value = "1m")]
    silence_timeout: humantime::Duration,
}

impl LimitOptions {
    pub fn limits(&self) -> Limits {
        Limits {
            body: self.max_body,
            unpacked: self.max_unpacked,
            transactions: self.max_transactions,
            head: self.max_head,
            connections: self.max_connections,
            messages: self.max_messages as usize,
            held: self.max_held,
            head_time: self.head_timeout.into(),
            silence: self.silence_timeout.into(),
        }
    }
}

fn body(text: &str) -> Result<Size, String> {
    between(text, Size(KIB), Size(TIB))
}

/// What hyper holds of a head before it gives up.
fn head(text: &str) -> Result<Size, String> {
    between(text, Size(KIB), Size(128 * KIB))
}

fn held(text: &str) -> Result<Size, String> {
    between(text, Size(64 * KIB), Size(TIB))
}
