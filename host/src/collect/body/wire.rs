//! The bytes of a body as they come off the wire, and how long they may take.

use std::pin::Pin;
use std::time::{Duration, Instant};

use axum::body::{Bytes, HttpBody};

use super::{BodyError, Bounds};
use crate::transform::Size;

/// How long the rest of a refused body is taken in. A sender that is still sending when the connection closes may never
/// see the reply, and would send the message again and again.
const DRAINING: Duration = Duration::from_secs(10);

pub struct Wire {
    inner: axum::body::Body,
    bounds: Bounds,
    /// When its time is over.
    until: Instant,
    /// Bytes that came so far.
    came: u64,
    begun: bool,
}

impl Wire {
    /// Its time begins now.
    pub fn new(inner: axum::body::Body, bounds: Bounds) -> Self {
        Wire { inner, bounds, until: Instant::now() + bounds.time, came: 0, begun: false }
    }

    /// The next bytes, none of them empty.
    pub async fn read(&mut self) -> Result<Option<Bytes>, BodyError> {
        let Bounds { bytes: most, time, silence, .. } = self.bounds;
        // Where the sender says how much it is, nothing of too much is read.
        if self.came.saturating_add(self.inner.size_hint().lower()) > most.0 as u64 {
            return Err(BodyError::TooLarge(most));
        }
        self.begun = true;
        loop {
            let frame = std::future::poll_fn(|context| Pin::new(&mut self.inner).poll_frame(context));
            let left = self.until.saturating_duration_since(Instant::now());
            let frame = tokio::time::timeout(left.min(silence), frame).await.map_err(|_| match left < silence {
                true => BodyError::TooSlow(time),
                false => BodyError::Stalled(silence),
            })?;
            let Some(frame) = frame.transpose().map_err(BodyError::CutOff)? else { return Ok(None) };
            match frame.into_data() {
                Ok(bytes) if !bytes.is_empty() => {
                    self.came += bytes.len() as u64;
                    return if self.came > most.0 as u64 { Err(BodyError::TooLarge(most)) } else { Ok(Some(bytes)) };
                }
                _ => {} // trailers, or nothing
            }
        }
    }

    pub fn came(&self) -> u64 {
        self.came
    }

    /// Whether anything of it was asked for.
    pub fn is_begun(&self) -> bool {
        self.begun
    }

    /// Takes in what is left and forgets it.
    pub async fn drain(&mut self) {
        self.bounds.bytes = Size(usize::MAX);
        let rest = async { while let Ok(Some(_)) = self.read().await {} };
        if tokio::time::timeout(DRAINING, rest).await.is_err() {
            tracing::debug!("a refused body goes on and on: hanging up");
        }
    }
}
