//! The body of a message, as a stream of its document, and how much of it there may be and how long it may take.

#[cfg(test)]
mod tests;
mod wire;

use std::time::Duration;

use axum::body::Bytes;

use crate::fault::{Fault, Faulty};
use crate::message::{Form, Unwrapping, UnwrappingError};
use crate::transform::Size;

use wire::Wire;

/// What a body may take.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// As it comes.
    pub bytes: Size,
    /// Once it is out of what is around it.
    pub unpacked: Size,
    /// How long all of it may take to come.
    pub time: Duration,
    /// How long nothing of it may come.
    pub silence: Duration,
}

pub struct Body {
    wire: Wire,
    unwrapping: Unwrapping,
    /// The wire has ended.
    ended: bool,
    unpacked: Size,
    /// How much was given on.
    given: usize,
}

#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    #[error("the body was cut off: the sender hung up")]
    CutOff(#[source] axum::Error),
    #[error("the body is larger than {0} (--max-body)")]
    TooLarge(Size),
    #[error("the body is larger than {0} once it is unpacked (--max-unpacked)")]
    TooLargeUnpacked(Size),
    #[error("nothing of the body came for {} (--silence-timeout)", humantime::format_duration(*.0))]
    Stalled(Duration),
    #[error("the body had not come whole in {} (--receive-timeout)", humantime::format_duration(*.0))]
    TooSlow(Duration),
    #[error(transparent)]
    Unwrapping(#[from] UnwrappingError),
}

impl BodyError {
    /// Where in the body, once it is out of what is around it there.
    pub fn position(&self) -> Option<u64> {
        match self {
            BodyError::Unwrapping(error) => error.position(),
            _ => None,
        }
    }
}

impl Faulty for BodyError {
    fn fault(&self) -> Fault {
        match self {
            BodyError::Stalled(_) | BodyError::TooSlow(_) => Fault::Moment,
            _ => Fault::Sender,
        }
    }
}

impl Body {
    /// Its time begins now.
    pub fn new(inner: axum::body::Body, form: &Form, bounds: Bounds) -> Self {
        Body {
            wire: Wire::new(inner, bounds),
            unwrapping: Unwrapping::new(form),
            ended: false,
            unpacked: bounds.unpacked,
            given: 0,
        }
    }

    /// Whether there is nothing in it. A failure to read shows later, when it is read.
    pub async fn is_empty(&mut self) -> bool {
        match self.wire.read().await {
            Ok(Some(bytes)) => {
                self.unwrapping.put(bytes);
                false
            }
            Ok(None) => true,
            Err(_) => false,
        }
    }

    /// The next bytes, in UTF-8; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        loop {
            if let Some(bytes) = self.unwrapping.take()? {
                self.given = self.given.saturating_add(bytes.len());
                return match self.given > self.unpacked.0 {
                    true => Err(BodyError::TooLargeUnpacked(self.unpacked)),
                    false => Ok(Some(bytes)),
                };
            }
            if self.ended {
                return Ok(None);
            }
            match self.wire.read().await? {
                Some(bytes) => self.unwrapping.put(bytes),
                None => {
                    self.ended = true;
                    self.unwrapping.end();
                }
            }
        }
    }

    /// Bytes that came so far.
    pub fn came(&self) -> u64 {
        self.wire.came()
    }

    /// Whether anything of it was asked for.
    pub fn is_begun(&self) -> bool {
        self.wire.is_begun()
    }

    /// Takes in what is left and forgets it.
    pub async fn drain(&mut self) {
        self.wire.drain().await;
    }
}
