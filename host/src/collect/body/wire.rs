//! The bytes of a body as they come off the wire, and how long they may take.

use std::pin::Pin;
use std::time::{Duration, Instant};

use axum::body::{Bytes, HttpBody};

use super::BodyError;

/// How long the sender may be silent within a body.
const SILENCE: Duration = Duration::from_secs(60);
/// How long the rest of a refused body is taken in. A sender that is still sending when the connection closes may never
/// see the reply, and would send the message again and again.
const DRAINING: Duration = Duration::from_secs(10);

pub struct Wire {
    inner: axum::body::Body,
    /// How long it may take to come, and when that is over.
    longest: Duration,
    until: Instant,
    begun: bool,
}

impl Wire {
    /// `longest`: how long all of it may take to come, from now.
    pub fn new(inner: axum::body::Body, longest: Duration) -> Self {
        Wire { inner, longest, until: Instant::now() + longest, begun: false }
    }

    /// The next bytes, none of them empty.
    pub async fn read(&mut self) -> Result<Option<Bytes>, BodyError> {
        self.begun = true;
        loop {
            let frame = std::future::poll_fn(|context| Pin::new(&mut self.inner).poll_frame(context));
            let left = self.until.saturating_duration_since(Instant::now());
            let frame = tokio::time::timeout(left.min(SILENCE), frame).await.map_err(|_| match left < SILENCE {
                true => BodyError::TooSlow(self.longest),
                false => BodyError::Stalled(SILENCE),
            })?;
            let Some(frame) = frame.transpose().map_err(BodyError::CutOff)? else { return Ok(None) };
            match frame.into_data() {
                Ok(bytes) if !bytes.is_empty() => return Ok(Some(bytes)),
                _ => {} // trailers, or nothing
            }
        }
    }

    /// Whether anything of it was asked for.
    pub fn is_begun(&self) -> bool {
        self.begun
    }

    /// Takes in what is left and forgets it.
    pub async fn drain(&mut self) {
        let rest = async { while let Ok(Some(_)) = self.read().await {} };
        if tokio::time::timeout(DRAINING, rest).await.is_err() {
            tracing::debug!("a refused body goes on and on: hanging up");
        }
    }
}
