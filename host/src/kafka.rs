//! Kafka: the only room that knows rdkafka.
//!
//! [`Producer`] delivers the transactions of messages, each once, and [`Held`] those of messages in segments that are to
//! appear as one; [`Reader`] takes them in again, [`Repeats`] knows those that have had their effect, [`Writer`] writes rows,
//! dead letters and offsets in one Kafka transaction, [`Topics`] makes topics and refuses wrong ones. [`LetterLog`] and
//! [`Resolver`] are for who sees to dead letters, [`Standing`] tells what a replayed one would overtake, [`Remains`] what a
//! full sync has left out. [`Goal`] and [`Comparison`] are for a table that is made anew. [`inspect`] looks without touching.
//! What goes into a record is decided by pure functions in [`record`]. Nothing here knows of HTTP or of modules.

use std::sync::{Mutex, MutexGuard, PoisonError};

pub mod broker;
mod comparison;
mod figures;
mod follower;
mod goal;
mod headers;
mod held;
mod identity;
mod inspection;
mod letter;
mod letters;
mod memory;
mod newest;
mod partition;
mod parts;
mod past;
mod position;
mod producer;
mod reader;
mod recent;
pub mod record;
mod remains;
mod repeats;
mod settings;
mod source;
mod standing;
mod table;
mod topics;
mod transact;
mod underway;
mod writer;

pub use comparison::{Comparison, Keys};
pub use figures::tell;
pub use goal::{Goal, GoalError, Reached, StartAt};
pub use held::{Held, Overdue, Part, Segment, SegmentError, Settled};
pub use identity::MessageIdentity;
pub use inspection::{Cluster, Topic, inspect};
#[cfg(test)]
pub use letter::tests::letter as sample_letter;
pub use letter::{Entry, Letter, Resolution};
pub use letters::{Deed, Extent, LetterLog, LettersError, Resolver};
pub use newest::read_newest;
pub use parts::Parts;
pub use past::now;
pub use position::{At, Position};
pub use producer::{Delivery, DeliveryConfig, DeliveryError, Producer, Stored};
pub use reader::{Batch, Dealt, Member, Notes, ReadError, Reader, Starts};
pub use remains::{Before, Remains};
pub use repeats::{NotReadBack, Repeats};
pub use settings::{Settings, is_secret};
pub use source::{Place, SourceRecord};
pub use standing::{Standing, StandingError, Written};
pub use table::read_to_end;
pub use topics::{TopicError, Topics};
pub use writer::{WriteError, Writer};

/// A client of Kafka's could not be made: its configuration is wrong, or this machine is out of something.
#[derive(Debug, thiserror::Error)]
#[error("the Kafka client cannot be made: {0}")]
pub struct ClientError(#[from] rdkafka::error::KafkaError);

/// What a panicking thread left in a mutex of ours is whole all the same: each is set in one step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An error that Kafka's client mends by itself, by trying again. It is in the client's own log as well, once.
fn said(error: &rdkafka::error::KafkaError, reason: &str) {
    tracing::debug!("{error}: {reason}");
}

/// Whether Kafka takes this as the name of a topic.
pub fn is_topic_name(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    !name.is_empty() && name.len() <= 249 && name != "." && name != ".." && name.bytes().all(plain)
}

/// A topic's full name: `ps.transactions`; the name alone when the prefix is empty.
pub fn topic_name(prefix: &str, name: &str) -> String {
    match prefix {
        "" => name.to_owned(),
        prefix => format!("{prefix}.{name}"),
    }
}
