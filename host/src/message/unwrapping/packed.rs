//! What PeopleSoft sends unless its node says `sendUncompressed=Y`: the body compressed, and that in base64. Neither is
//! announced, and Oracle does not say which compression it is, so the first bytes tell (zlib and gzip both do).

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;

use super::UnwrappingError;
use super::compressed::{Inflate, Kind};
use super::layers::{Layer, Layers, PORTION};

/// Padding may be left out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// How many letters show what is in base64: three bytes.
const LETTERS: usize = 4;
/// White space that may come before them.
const BLANKS: usize = 1024;

/// A body that may be packed.
#[derive(Default)]
pub struct Packed {
    state: State,
    /// All that is to come was put into what it is wrapped in.
    over: bool,
}

#[derive(Default)]
enum State {
    #[default]
    Unknown,
    Bare,
    Wrapped(Layers),
}

impl Layer for Packed {
    fn step(&mut self, input: &mut Bytes, ended: bool) -> Result<Bytes, UnwrappingError> {
        if let State::Unknown = self.state {
            match wrapping(input, ended) {
                Some(state) => self.state = state,
                None => return Ok(Bytes::new()),
            }
        }
        let State::Wrapped(layers) = &mut self.state else {
            return Ok(std::mem::take(input));
        };
        loop {
            if let Some(bytes) = layers.take()? {
                return Ok(bytes);
            }
            match (input.is_empty(), ended && !self.over) {
                (false, _) => layers.put(std::mem::take(input)),
                (true, true) => {
                    self.over = true;
                    layers.end();
                }
                (true, false) => return Ok(Bytes::new()),
            }
        }
    }
}

/// What the beginning shows; nothing when there is too little of it.
fn wrapping(head: &[u8], ended: bool) -> Option<State> {
    let (length, head) = (head.len(), head.trim_ascii_start());
    match head {
        [] | [_] if !ended && length < BLANKS => return None,
        [first, second, ..] if let Some(kind) = Kind::of(*first, *second) => {
            return Some(State::Wrapped(Layers::new(vec![Box::new(Inflate::new(Some(kind)))])));
        }
        _ => {}
    }
    let letters: Vec<u8> = head.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).take(LETTERS).collect();
    if letters.iter().any(|byte| !is_letter(*byte)) {
        return Some(State::Bare);
    }
    match BASE64.decode(&letters).ok().as_deref() {
        _ if letters.len() < LETTERS && !ended && length < BLANKS => None,
        Some([b'<' | 0xef | 0xfe | 0xff | 0, ..]) => Some(State::Wrapped(Layers::new(vec![Box::<Base64>::default()]))),
        Some([first, second, ..]) => Some(match Kind::of(*first, *second) {
            Some(kind) => {
                let inflate = Inflate::new(Some(kind));
                State::Wrapped(Layers::new(vec![Box::<Base64>::default(), Box::new(inflate)]))
            }
            None => State::Bare,
        }),
        _ => Some(State::Bare),
    }
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// Base64, in lines of any length.
#[derive(Default)]
struct Base64 {
    /// Letters that are not yet a group of four.
    open: Vec<u8>,
    /// How many letters, white space counted, were read before those.
    consumed: u64,
}

impl Layer for Base64 {
    fn step(&mut self, input: &mut Bytes, ended: bool) -> Result<Bytes, UnwrappingError> {
        let portion = input.split_to(input.len().min(PORTION));
        let mut letters = std::mem::take(&mut self.open);
        letters.extend(portion.iter().filter(|byte| !byte.is_ascii_whitespace()));
        let whole = match ended && input.is_empty() {
            true => letters.len(),
            false => letters.len() - letters.len() % 4,
        };
        self.open = letters.split_off(whole);
        let decoded = BASE64.decode(&letters).map_err(|_| UnwrappingError::NotBase64 { position: self.consumed })?;
        self.consumed += portion.len() as u64;
        Ok(decoded.into())
    }
}
