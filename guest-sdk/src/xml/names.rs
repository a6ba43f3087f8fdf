//! Names of elements, attributes and entities: which characters they may have.

use super::wide::{self, Wide};

/// The part of a name after its prefix: `PROJECT` of `ps:PROJECT`.
///
/// ```
/// assert_eq!(ps_stream_sdk::xml::local_name(b"ps:PROJECT"), b"PROJECT");
/// ```
pub fn local_name(name: &[u8]) -> &[u8] {
    match name.iter().rposition(|byte| *byte == b':') {
        Some(colon) => name.get(colon + 1..).unwrap_or_default(),
        None => name,
    }
}

/// Whether a byte can be part of a name; of the characters beyond ASCII, [`check`] decides.
pub(super) fn is_name_byte(byte: u8) -> bool {
    NAME_BYTES.get(usize::from(byte)).copied().unwrap_or(false)
}

/// How many bytes from `from` on can be part of a name.
pub(super) fn length(bytes: &[u8], from: usize) -> usize {
    let others = |wide: Wide| are_plain(wide).or(wide.is(b':')).unmarked() & !wide.marked();
    wide::find(bytes, from, others).unwrap_or(bytes.len()).saturating_sub(from)
}

/// Name bytes of ASCII, without the colon.
#[inline(always)]
pub(super) fn are_plain(wide: Wide) -> Wide {
    let letters = wide.with(0x20).within(b'a', b'z');
    letters.or(wide.within(b'0', b'9')).or(wide.is(b'_')).or(wide.within(b'-', b'.'))
}

/// Whether these name bytes are a name: XML's `Name`, with something before and after each colon.
pub(super) fn is_name(name: &[u8]) -> bool {
    if name.is_ascii() {
        return name.first().is_some_and(|first| is_ascii_start(*first)) && name.last() != Some(&b':');
    }
    let Ok(text) = std::str::from_utf8(name) else {
        return false;
    };
    let mut characters = text.chars();
    characters.next().is_some_and(is_start) && characters.all(is_part) && !text.ends_with(':')
}

/// A name for a rejection's text: cut where it is long.
pub(super) fn shown(name: &[u8]) -> String {
    const LONGEST: usize = 80;
    let text = String::from_utf8_lossy(name);
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.into_owned(),
    }
}

static NAME_BYTES: [bool; 256] = name_bytes();

const fn name_bytes() -> [bool; 256] {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        #[allow(clippy::cast_possible_truncation)]
        let ascii = byte as u8;
        table[byte] = byte >= 0x80 || ascii.is_ascii_alphanumeric() || matches!(ascii, b'_' | b':' | b'-' | b'.');
        byte += 1;
    }
    table
}

pub(super) fn is_ascii_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

fn is_start(character: char) -> bool {
    if let Ok(byte) = u8::try_from(character)
        && byte.is_ascii()
    {
        return is_ascii_start(byte);
    }
    matches!(character,
        '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}' | '\u{370}'..='\u{37D}'
        | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}' | '\u{2C00}'..='\u{2FEF}'
        | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

fn is_part(character: char) -> bool {
    if character.is_ascii() {
        return u8::try_from(character).is_ok_and(is_name_byte);
    }
    is_start(character) || matches!(character, '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}
