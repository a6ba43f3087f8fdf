//! The text of a document, in UTF-8 without a byte-order mark whatever it was written in.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use encoding_rs::{Decoder, DecoderResult, UTF_8};

use super::UnwrappingError;
use super::charset;
use super::layers::{Layer, room};

/// Enough of the document to see how it is encoded.
const HEAD: usize = 512;

pub struct Text {
    /// The charset a Content-Type gave, once that is read.
    charset: Arc<OnceLock<String>>,
    state: State,
}

enum State {
    Unknown,
    Verbatim,
    Recoding { decoder: Decoder, name: &'static str, consumed: u64, over: bool },
}

impl Text {
    pub fn new(charset: Arc<OnceLock<String>>) -> Self {
        Text { charset, state: State::Unknown }
    }

    fn look(&mut self, input: &mut Bytes) -> Result<(), UnwrappingError> {
        let (encoding, mark) = charset::of(input, self.charset.get().map(String::as_str))?;
        drop(input.split_to(mark));
        self.state = match encoding {
            encoding if encoding == UTF_8 => State::Verbatim,
            encoding => State::Recoding {
                decoder: encoding.new_decoder_without_bom_handling(),
                name: encoding.name(),
                consumed: mark as u64,
                over: false,
            },
        };
        Ok(())
    }
}

impl Layer for Text {
    fn step(&mut self, input: &mut Bytes, ended: bool) -> Result<Bytes, UnwrappingError> {
        if let State::Unknown = self.state {
            if input.len() < HEAD && !ended {
                return Ok(Bytes::new());
            }
            self.look(input)?;
        }
        match &mut self.state {
            State::Recoding { over: true, .. } => Ok(Bytes::new()),
            State::Recoding { decoder, name, consumed, over } => {
                let mut text = room(input.len());
                let (result, read, written) = decoder.decode_to_utf8_without_replacement(input, &mut text, ended);
                *consumed += read as u64;
                drop(input.split_to(read));
                match result {
                    DecoderResult::InputEmpty => *over = ended,
                    DecoderResult::OutputFull => {}
                    DecoderResult::Malformed(bad, after) => {
                        let position = consumed.saturating_sub(u64::from(bad) + u64::from(after));
                        return Err(UnwrappingError::Undecodable { encoding: name, position });
                    }
                }
                text.truncate(written);
                Ok(text.into())
            }
            _ => Ok(std::mem::take(input)),
        }
    }
}
