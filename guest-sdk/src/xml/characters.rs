//! Which bytes can be in a document at all: UTF-8, and of its characters those XML 1.0 allows.

use super::wide::{self, Wide};

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
/// How far is read with care from the first byte that is not plain.
const STRETCH: usize = 256;

/// Judges `bytes`, which begin at a character's first byte.
pub(super) fn check(bytes: &[u8]) -> Checked {
    let mut good = 0;
    loop {
        good += plain_length(bytes.get(good..).unwrap_or_default());
        let rest = bytes.get(good..).unwrap_or_default();
        let stretch = rest.get(..STRETCH).unwrap_or(rest);
        let checked = check_stretch(stretch);
        good += checked.good;
        if stretch.len() == rest.len() || checked.then != Then::More {
            return Checked { good, ..checked };
        }
    }
}

/// Judges bytes of any kind.
fn check_stretch(bytes: &[u8]) -> Checked {
    let (valid, then) = match std::str::from_utf8(bytes) {
        Ok(_) => (bytes.len(), Then::More),
        Err(error) if error.error_len().is_none() => (error.valid_up_to(), Then::More),
        Err(error) => (error.valid_up_to(), Then::Never(NOT_UTF8)),
    };
    match forbidden(bytes.get(..valid).unwrap_or_default()) {
        Some(good) => Checked { good, then: Then::Never(FORBIDDEN) },
        None => Checked { good: valid, then },
    }
}

/// The length of the blocks at the front that are ASCII without control characters: nearly every block of nearly every
/// message.
fn plain_length(bytes: &[u8]) -> usize {
    let (blocks, _) = bytes.as_chunks::<BLOCK>();
    BLOCK * blocks.iter().position(|block| !is_plain(block)).unwrap_or(blocks.len())
}

#[inline(always)]
fn is_plain(block: &[u8; BLOCK]) -> bool {
    let (parts, _) = block.as_chunks();
    let bits = |of: fn(Wide) -> u32| parts.iter().fold(0, |found, part| found | of(Wide::of(part)));
    bits(|wide| wide.within(b' ', 0x7F).unmarked()) == 0 || bits(|wide| are_controls(wide).or(wide).marked()) == 0
}

/// The control characters XML does not allow.
#[inline(always)]
fn are_controls(wide: Wide) -> Wide {
    wide.within(0, 0x08).or(wide.within(0x0B, 0x0C)).or(wide.within(0x0E, 0x1F))
}

/// Where in valid UTF-8 the first forbidden character stands: a control character, U+FFFE or U+FFFF.
fn forbidden(utf8: &[u8]) -> Option<usize> {
    let suspects = |wide: Wide| are_controls(wide).or(wide.is(0xEF)).marked();
    let mut from = 0;
    while let Some(at) = wide::find(utf8, from, suspects) {
        match utf8.get(at..)? {
            [0xEF, 0xBF, 0xBE | 0xBF, ..] => return Some(at),
            [0xEF, ..] => from = at + 3,
            _ => return Some(at),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts of every length around those that are looked at together, plain and not.
    fn texts() -> impl Iterator<Item = String> {
        let lengths = (0..80).chain([127, 128, 191, 192, 255, 256, 257, 300, 600]);
        lengths.flat_map(|length| ["x", "\n<", "é", "x€", "😀", "\u{FFFD}y"].map(|part| part.repeat(length)))
    }

    fn verdict(bytes: &[u8]) -> (usize, Then) {
        let Checked { good, then } = check(bytes);
        (good, then)
    }

    #[test]
    fn all_of_what_is_allowed_is_good() {
        for text in texts() {
            assert_eq!(verdict(text.as_bytes()), (text.len(), Then::More), "{text:?}");
        }
    }

    #[test]
    fn what_is_forbidden_is_found_wherever_it_stands() {
        for (text, forbidden) in texts().zip(["\0", "\u{8}", "\u{B}", "\u{1F}", "\u{FFFE}", "\u{FFFF}"].iter().cycle())
        {
            for after in ["", "y", &text] {
                let whole = [&text, *forbidden, after].concat();
                assert_eq!(verdict(whole.as_bytes()), (text.len(), Then::Never(FORBIDDEN)), "{whole:?}");
            }
        }
    }

    #[test]
    fn what_is_not_utf8_is_found_wherever_it_stands_and_a_character_cut_off_is_waited_for() {
        for text in texts() {
            for (bytes, then) in [
                (b"\xFF".as_slice(), Then::Never(NOT_UTF8)),
                (b"\x80", Then::Never(NOT_UTF8)),
                (b"\xED\xA0\x80", Then::Never(NOT_UTF8)),
                (b"\xE2\x82x", Then::Never(NOT_UTF8)),
                (b"\xE2\x82", Then::More),
                (b"\xF0\x9F\x98", Then::More),
            ] {
                assert_eq!(verdict(&[text.as_bytes(), bytes].concat()), (text.len(), then), "{text:?} {bytes:?}");
            }
        }
    }
}
