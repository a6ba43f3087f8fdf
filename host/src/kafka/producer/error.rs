//! Why a message was not stored.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use crate::fault::{Fault, Faulty};
use crate::kafka::topics::TopicError;
use crate::kafka::transact;

#[derive(Debug, Clone, thiserror::Error)]
pub enum DeliveryError {
    #[error("transaction {index} is too large for Kafka ({bytes} bytes; the limit is {limit}, message.max.bytes)")]
    TooLarge { index: u32, bytes: usize, limit: usize },
    #[error(
        "a transaction of the message is too large for its topic (max.message.bytes); the largest is transaction {}, of {} \
         bytes",
        .largest.index, .largest.bytes
    )]
    TooLargeForTopic { largest: Largest, source: KafkaError },
    #[error("Kafka did not take the message")]
    NotTaken(#[source] KafkaError),
    #[error("no room to begin another large message")]
    NoRoom,
    #[error("the delivery was given up")]
    GivenUp,
    #[error("the same message is being delivered already, and that is not over yet")]
    UnderWay,
    #[error("what topic \"{0}\" holds is not read back yet, so a message that comes again would not be recognised")]
    NotReadBack(String),
    #[error(
        "another collector with the instance name \"{0}\" has taken over; \
         give each that runs at the same time a name of its own with --instance"
    )]
    Fenced(String),
    #[error(transparent)]
    Topic(#[from] TopicError),
    #[error("as many messages as may be wait for segments of theirs ({0}); send it again")]
    TooManyHeld(usize),
    #[error("the segments of the message are all stored, but it could not be made to appear yet")]
    NotReleased,
    #[error(
        "the segment is stored, but lies behind a Kafka transaction that is not over yet, so it is not known yet whether its \
         message is complete"
    )]
    Hidden,
    #[error("another collector makes the message appear, and that is not over yet")]
    Overtaken,
    #[error("topic \"{0}\" does not hold all transactions of the message any more, which is complete otherwise")]
    Lost(String),
}

/// The largest transaction of a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Largest {
    pub bytes: usize,
    pub index: u32,
}

impl Faulty for DeliveryError {
    fn fault(&self) -> Fault {
        match self {
            DeliveryError::TooLarge { .. } | DeliveryError::TooLargeForTopic { .. } => Fault::Sender,
            DeliveryError::NotTaken(_) | DeliveryError::NoRoom | DeliveryError::GivenUp => Fault::Broker,
            DeliveryError::UnderWay | DeliveryError::NotReadBack(_) | DeliveryError::Fenced(_) => Fault::Broker,
            DeliveryError::NotReleased | DeliveryError::Hidden | DeliveryError::Overtaken => Fault::Broker,
            DeliveryError::TooManyHeld(_) => Fault::Moment,
            DeliveryError::Lost(_) => Fault::Host,
            DeliveryError::Topic(error) => error.fault(),
        }
    }
}

impl DeliveryError {
    /// Kafka does not say which of the records it was.
    pub(in crate::kafka) fn naming(self, largest: Largest) -> Self {
        match self {
            DeliveryError::TooLargeForTopic { source, .. } => DeliveryError::TooLargeForTopic { largest, source },
            other => other,
        }
    }

    /// Kafka's word was lost, or is only that it took too long: the message may be stored all the same.
    pub(super) fn leaves_doubt(&self) -> bool {
        matches!(self, DeliveryError::NotTaken(_) | DeliveryError::GivenUp | DeliveryError::Fenced(_))
    }
}

impl From<KafkaError> for DeliveryError {
    fn from(error: KafkaError) -> Self {
        match transact::code(&error) {
            Some(RDKafkaErrorCode::MessageSizeTooLarge) => {
                DeliveryError::TooLargeForTopic { largest: Largest::default(), source: error }
            }
            _ => DeliveryError::NotTaken(error),
        }
    }
}
