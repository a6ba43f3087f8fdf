//! Which bytes can be in a document at all: UTF-8, and of its characters those XML 1.0 allows.

/// How far a run of bytes is good, and what comes after.
pub(super) struct Checked {
    /// So many bytes are whole characters that XML allows.
    pub good: usize,
    /// What the bytes after those are.
    pub then: Then,
}

/// What follows the good bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// Nothing, or the first bytes of a character.
    More,
    /// Bytes that can never be part of a document, and why.
    Never(&'static str),
}

const NOT_UTF8: &str = "bytes that are not UTF-8";
const FORBIDDEN: &str = "a character XML 1.0 does not allow";
const BLOCK: usize = 64;

/// Judges `bytes`, which begin at a character's first byte.
pub(super) fn check(bytes: &[u8]) -> Checked {
    let plain = plain_length(bytes);
    let rest = bytes.get(plain..).unwrap_or_default();
    let (valid, then) = match std::str::from_utf8(rest) {
        Ok(_) => (rest.len(), Then::More),
        Err(error) if error.error_len().is_none() => (error.valid_up_to(), Then::More),
        Err(error) => (error.valid_up_to(), Then::Never(NOT_UTF8)),
    };
    match forbidden(rest.get(..valid).unwrap_or_default()) {
        Some(at) => Checked { good: plain + at, then: Then::Never(FORBIDDEN) },
        None => Checked { good: plain + valid, then },
    }
}

/// The length of the blocks at the front that are ASCII without control characters: nearly every block of nearly every
/// message. Written so that the compiler makes vector code of it.
fn plain_length(bytes: &[u8]) -> usize {
    let (blocks, _) = bytes.as_chunks::<BLOCK>();
    let is_dirty = |block: &[u8; BLOCK]| {
        block.iter().fold(0_u8, |dirty, byte| dirty | u8::from(*byte >= 0x80) | u8::from(is_forbidden_control(*byte)))
            != 0
    };
    BLOCK * blocks.iter().position(is_dirty).unwrap_or(blocks.len())
}

fn is_forbidden_control(byte: u8) -> bool {
    (byte < 0x20) & (byte != b'\t') & (byte != b'\n') & (byte != b'\r')
}

/// Where in valid UTF-8 the first forbidden character stands: a control character, U+FFFE or U+FFFF.
fn forbidden(utf8: &[u8]) -> Option<usize> {
    let is_suspect = |byte: &u8| is_forbidden_control(*byte) | (*byte == 0xEF);
    let mut from = 0;
    while let Some(found) = utf8.get(from..)?.iter().position(is_suspect) {
        let at = from + found;
        match utf8.get(at..)? {
            [0xEF, 0xBF, 0xBE | 0xBF, ..] => return Some(at),
            [0xEF, ..] => from = at + 3,
            _ => return Some(at),
        }
    }
    None
}
