//! What one message may be, and what all of them together may take. Past the first nothing helps, past the second waiting.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

use crate::fault::{Fault, Faulty};
use crate::transform::Size;

/// Most messages being split at one time: each has an instance of the splitter of its own. Others wait.
const SPLIT_AT_ONCE: usize = 128;

#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of a body, as it comes.
    pub body: Size,
    /// Bytes of its document, once it is unpacked.
    pub unpacked: Size,
    /// Transactions of a message.
    pub transactions: u32,
    /// Names and values of a request's headers.
    pub head: Size,
    pub connections: u32,
    /// Messages that are being dealt with.
    pub messages: usize,
    /// Bytes of all messages that are held because their transactions have not ended.
    pub held: Size,
    /// How long a connection may be silent where a handshake or a request is to come.
    pub head_time: Duration,
    /// How long the sender may be silent within a body.
    pub silence: Duration,
}

#[derive(Debug, Clone, thiserror::Error)]
pub enum Excess {
    #[error("the headers of the message are larger than {0} (--max-head)")]
    Head(Size),
    #[error("the message has more than {0} transactions (--max-transactions)")]
    Transactions(u32),
    #[error("as many messages as may be are being dealt with ({0}, --max-messages); send it again")]
    Messages(usize),
    #[error("too many messages wait for their turn; send it again")]
    Turn,
    #[error("unfinished transactions of all messages would be larger than {0} (--max-held); send it again")]
    Held(Size),
}

/// What all messages share.
#[derive(Debug)]
pub struct Room {
    limits: Limits,
    messages: Arc<Semaphore>,
    splitting: Semaphore,
    held: AtomicUsize,
}

/// What one message holds of the memory for all, given back when dropped.
#[derive(Debug)]
pub struct Share<'r> {
    room: &'r Room,
    held: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            body: Size(4 << 30),
            unpacked: Size(4 << 30),
            transactions: 10_000_000,
            head: Size(64 << 10),
            connections: 4096,
            messages: 1024,
            held: Size(1 << 30),
            head_time: Duration::from_secs(30),
            silence: Duration::from_secs(60),
        }
    }
}

impl Faulty for Excess {
    fn fault(&self) -> Fault {
        match self {
            Excess::Head(_) | Excess::Transactions(_) => Fault::Sender,
            Excess::Messages(_) | Excess::Turn | Excess::Held(_) => Fault::Moment,
        }
    }
}

impl Limits {
    pub fn admit_head(&self, bytes: usize) -> Result<(), Excess> {
        if bytes > self.head.0 { Err(Excess::Head(self.head)) } else { Ok(()) }
    }
}

impl Room {
    pub fn new(limits: Limits) -> Self {
        Room {
            messages: Arc::new(Semaphore::new(limits.messages)),
            splitting: Semaphore::new(SPLIT_AT_ONCE),
            held: AtomicUsize::new(0),
            limits,
        }
    }

    /// A place among the messages that are being dealt with.
    pub fn enter(&self) -> Result<OwnedSemaphorePermit, Excess> {
        self.messages.clone().try_acquire_owned().map_err(|_| Excess::Messages(self.limits.messages))
    }

    /// A place among those that are being split, once there is one.
    pub async fn turn(&self, within: Duration) -> Result<SemaphorePermit<'_>, Excess> {
        let turn = tokio::time::timeout(within, self.splitting.acquire()).await;
        turn.ok().and_then(Result::ok).ok_or(Excess::Turn)
    }

    pub fn share(&self) -> Share<'_> {
        Share { room: self, held: 0 }
    }
}

impl Share<'_> {
    /// So many bytes are held now.
    pub fn hold(&mut self, bytes: usize) -> Result<(), Excess> {
        let grown = bytes.saturating_sub(self.held);
        self.room.held.fetch_sub(self.held.saturating_sub(bytes), Ordering::Relaxed);
        let all = self.room.held.fetch_add(grown, Ordering::Relaxed).saturating_add(grown);
        self.held = bytes;
        if grown > 0 && all > self.room.limits.held.0 { Err(Excess::Held(self.room.limits.held)) } else { Ok(()) }
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        self.room.held.fetch_sub(self.held, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_held_is_counted_over_all_and_given_back() {
        let room = Room::new(Limits { held: Size(100), ..Limits::default() });
        let (mut one, mut other) = (room.share(), room.share());
        one.hold(60).unwrap();
        other.hold(40).unwrap();
        assert!(matches!(other.hold(41), Err(Excess::Held(_))));
        drop(other);
        one.hold(100).unwrap();
        one.hold(10).unwrap();
        room.share().hold(90).unwrap();
        drop(one);
        assert_eq!(room.held.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn more_messages_than_may_be_are_told_to_come_again() {
        let room = Room::new(Limits { messages: 1, ..Limits::default() });
        let place = room.enter().unwrap();
        assert_eq!(room.enter().unwrap_err().fault(), Fault::Moment);
        drop(place);
        assert!(room.enter().is_ok());
    }
}
