//! The body of a message, as a stream of UTF-8 without a byte-order mark whatever the sender wrapped it in.
//!
//! A plain UTF-8 body passes through as it came. What is not what it says it is is an error with its position, never
//! repaired.

mod charset;
mod compressed;
mod layers;
mod mime;
mod packed;
#[cfg(test)]
mod tests;
mod text;
mod wire;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::body::Bytes;

use crate::fault::{Fault, Faulty};
use crate::transform::Size;

use layers::{Layer, Layers};
use mime::Mime;
use packed::Packed;
use text::Text;
use wire::Wire;

pub use charset::EncodingError;

/// How often a body may be encoded.
const CODINGS: usize = 3;

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
    layers: Layers,
    /// What its headers say cannot be read: to be told once it is asked for.
    refused: Option<BodyError>,
    /// The wire has ended.
    ended: bool,
    unpacked: Size,
    /// How much was given on.
    given: usize,
}

/// What a request's headers say of its body.
#[derive(Debug, Clone, Default)]
pub struct Form {
    pub content_type: Option<String>,
    /// All of them in order, with commas between.
    pub content_encoding: Option<String>,
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
    Encoding(#[from] EncodingError),
    #[error("the body is not valid {encoding}")]
    Undecodable { encoding: &'static str, position: u64 },
    #[error(
        "the body's encoding \"{}\" is not known; gzip, deflate and zstd are, and base64",
        .0.escape_debug()
    )]
    UnknownCoding(String),
    #[error("the body is not valid {kind}, or is cut off")]
    BrokenCompression { kind: &'static str, position: u64 },
    #[error("the body is not valid base64")]
    NotBase64 { position: u64 },
    #[error("the body is not valid MIME multipart with one document: {0}")]
    Parts(&'static str),
}

impl BodyError {
    /// Where in the body, once it is out of what is around it there.
    pub fn position(&self) -> Option<u64> {
        match self {
            BodyError::Undecodable { position, .. }
            | BodyError::BrokenCompression { position, .. }
            | BodyError::NotBase64 { position } => Some(*position),
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
        let (layers, refused) = match layers(form) {
            Ok(layers) => (layers, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        Body {
            wire: Wire::new(inner, bounds),
            layers: Layers::new(layers),
            refused,
            ended: false,
            unpacked: bounds.unpacked,
            given: 0,
        }
    }

    /// Whether there is nothing in it. A failure to read shows later, when it is read.
    pub async fn is_empty(&mut self) -> bool {
        match self.wire.read().await {
            Ok(Some(bytes)) => {
                self.layers.put(bytes);
                false
            }
            Ok(None) => true,
            Err(_) => false,
        }
    }

    /// The next bytes, in UTF-8; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        if let Some(error) = self.refused.take() {
            return Err(error);
        }
        loop {
            if let Some(bytes) = self.layers.take()? {
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
                Some(bytes) => self.layers.put(bytes),
                None => {
                    self.ended = true;
                    self.layers.end();
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

/// What the headers announce, and what only the body shows.
fn layers(form: &Form) -> Result<Vec<Box<dyn Layer>>, BodyError> {
    let charset = Arc::new(OnceLock::new());
    let mut layers: Vec<Box<dyn Layer>> = Vec::new();
    let codings = form.content_encoding.as_deref().unwrap_or_default();
    if codings.split(',').count() > CODINGS {
        return Err(BodyError::UnknownCoding(codings.to_owned()));
    }
    for coding in codings.rsplit(',') {
        layers.extend(compressed::of_coding(coding)?);
    }
    if let Some(content_type) = &form.content_type {
        charset::of_content_type(content_type).into_iter().for_each(|found| drop(charset.set(found.to_owned())));
        if let Some(boundary) = charset::boundary(content_type) {
            layers.push(Box::new(Mime::new(boundary, charset.clone())));
        }
    }
    layers.push(Box::<Packed>::default());
    layers.push(Box::new(Text::new(charset)));
    Ok(layers)
}
