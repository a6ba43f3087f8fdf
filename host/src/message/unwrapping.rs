//! The document out of a body: UTF-8 without a byte-order mark whatever the sender wrapped it in.
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

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::Form;

use layers::{Layer, Layers};
use mime::Mime;
use packed::Packed;
use text::Text;

pub use charset::EncodingError;

/// How often a body may be encoded.
const CODINGS: usize = 3;

/// A body on its way out of what is around it, piece by piece.
pub struct Unwrapping {
    layers: Layers,
    /// What its headers say cannot be read: to be told once it is asked for.
    refused: Option<UnwrappingError>,
}

#[derive(Debug, thiserror::Error)]
pub enum UnwrappingError {
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

impl UnwrappingError {
    /// Where in the body, once it is out of what is around it there.
    pub fn position(&self) -> Option<u64> {
        match self {
            UnwrappingError::Undecodable { position, .. }
            | UnwrappingError::BrokenCompression { position, .. }
            | UnwrappingError::NotBase64 { position } => Some(*position),
            _ => None,
        }
    }
}

impl Unwrapping {
    pub fn new(form: &Form) -> Self {
        match layers(form) {
            Ok(layers) => Unwrapping { layers: Layers::new(layers), refused: None },
            Err(error) => Unwrapping { layers: Layers::default(), refused: Some(error) },
        }
    }

    /// Of a document that nothing is around any more.
    pub fn done() -> Self {
        Unwrapping { layers: Layers::default(), refused: None }
    }

    /// Puts in what came next, once [`Unwrapping::take`] gave nothing.
    pub fn put(&mut self, bytes: Bytes) {
        self.layers.put(bytes);
    }

    /// Nothing more comes.
    pub fn end(&mut self) {
        self.layers.end();
    }

    /// The next bytes, in UTF-8; none when more must be put in, or at the end.
    pub fn take(&mut self) -> Result<Option<Bytes>, UnwrappingError> {
        match self.refused.take() {
            Some(error) => Err(error),
            None => self.layers.take(),
        }
    }
}

/// What the headers announce, and what only the body shows.
fn layers(form: &Form) -> Result<Vec<Box<dyn Layer>>, UnwrappingError> {
    let charset = Arc::new(OnceLock::new());
    let mut layers: Vec<Box<dyn Layer>> = Vec::new();
    let codings = form.content_encoding.as_deref().unwrap_or_default();
    if codings.split(',').count() > CODINGS {
        return Err(UnwrappingError::UnknownCoding(codings.to_owned()));
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
