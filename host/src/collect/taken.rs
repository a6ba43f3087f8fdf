//! What became of a message.

use super::CollectError;
use crate::fault::{Fault, Faulty};

/// What became of a message that is answered 200.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    Stored {
        transactions: u32,
    },
    /// It is a segment, and others of its message are missing.
    Held {
        transactions: u32,
    },
    /// It is no message.
    Ping,
    /// It came before and is stored since.
    Repeat,
}

/// In a word.
pub fn outcome(result: &Result<Taken, CollectError>) -> &'static str {
    match result {
        Ok(Taken::Stored { .. }) => "stored",
        Ok(Taken::Held { .. }) => "held",
        Ok(Taken::Repeat) => "repeat",
        Ok(Taken::Ping) => "ping",
        Err(CollectError::Stranger(_) | CollectError::Refused(_)) => "refused",
        Err(error) => match error.fault() {
            Fault::Sender => "rejected",
            Fault::Module => "failed",
            Fault::Broker | Fault::Moment => "retried",
            Fault::Host => "error",
        },
    }
}
