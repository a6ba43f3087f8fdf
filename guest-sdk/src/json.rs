//! Writing JSON: objects and arrays of strings. Everything a mapper writes is made of them.

use crate::xml::wide::{WIDTH, Wide, padded};

/// JSON text being written.
#[derive(Debug)]
pub(crate) struct Json {
    /// The text, made of whole `str`s and of ASCII, and zeros after it: room to write on without a look at every byte.
    bytes: Vec<u8>,
    length: usize,
}

impl Json {
    /// With room for so many bytes at first.
    pub(crate) fn with_room(bytes: usize) -> Self {
        Self { bytes: vec![0; bytes + WIDTH], length: 0 }
    }

    pub(crate) fn into_text(mut self) -> String {
        self.bytes.truncate(self.length);
        String::from_utf8(self.bytes).unwrap_or_default()
    }

    /// Appends one of `{`, `}`, `[`, `]`, `,` and `:`.
    pub(crate) fn mark(&mut self, mark: u8) {
        self.make_room(1);
        if let Some(byte) = self.bytes.get_mut(self.length) {
            *byte = mark;
            self.length += 1;
        }
    }

    /// Appends `"name":"text"`, after a comma unless it is the object's first.
    #[inline(always)]
    pub(crate) fn member(&mut self, name: &str, text: &str) {
        match self.plain_member(name, text) {
            Some(length) => self.length = length,
            None => {
                self.name(name);
                self.string(text);
            }
        }
    }

    /// Appends `"name":`, after a comma unless it is the object's first.
    pub(crate) fn name(&mut self, name: &str) {
        if !self.is_first() {
            self.mark(b',');
        }
        self.string(name);
        self.mark(b':');
    }

    /// Appends `text` as a JSON string, quotes included.
    pub(crate) fn string(&mut self, text: &str) {
        match plain_string(&mut self.bytes, self.length, text) {
            Some(length) => self.length = length,
            None => self.escaped(text),
        }
    }

    fn is_first(&self) -> bool {
        let last = self.length.checked_sub(1).and_then(|last| self.bytes.get(last));
        matches!(last, Some(b'{' | b'['))
    }

    #[inline(always)]
    fn plain_member(&mut self, name: &str, text: &str) -> Option<usize> {
        let mut at = self.length;
        if !self.is_first() {
            *self.bytes.get_mut(at)? = b',';
            at += 1;
        }
        let at = plain_string(&mut self.bytes, at, name)?;
        *self.bytes.get_mut(at)? = b':';
        plain_string(&mut self.bytes, at + 1, text)
    }

    fn make_room(&mut self, more: usize) {
        if self.bytes.len() < self.length + more + WIDTH {
            self.bytes.resize((self.length + more) * 2 + WIDTH, 0);
        }
    }

    /// Appends any text.
    #[cold]
    fn escaped(&mut self, text: &str) {
        self.make_room(6 * text.len() + 2);
        self.bytes.truncate(self.length);
        self.bytes.push(b'"');
        text.bytes().for_each(|byte| self.escaped_byte(byte));
        self.bytes.push(b'"');
        self.length = self.bytes.len();
        self.make_room(text.len());
    }

    fn escaped_byte(&mut self, byte: u8) {
        match byte {
            b'"' | b'\\' => self.bytes.extend([b'\\', byte]),
            b'\n' => self.bytes.extend(b"\\n"),
            b'\r' => self.bytes.extend(b"\\r"),
            b'\t' => self.bytes.extend(b"\\t"),
            0..0x20 => self.bytes.extend(format!("\\u{byte:04x}").bytes()),
            plain => self.bytes.push(plain),
        }
    }
}

/// Writes `text` in quotes at `at` and gives the place after it; nothing where room is missing or a byte must be escaped.
/// What it wrote then is overwritten.
#[inline(always)]
fn plain_string(bytes: &mut [u8], at: usize, text: &str) -> Option<usize> {
    *bytes.get_mut(at)? = b'"';
    let mut at = at + 1;
    let (blocks, rest) = text.as_bytes().as_chunks();
    let mut specials = 0;
    for block in blocks {
        specials |= special_bits(block);
        *bytes.get_mut(at..)?.first_chunk_mut()? = *block;
        at += WIDTH;
    }
    let block = padded(rest);
    specials |= special_bits(&block) & !(u32::MAX << rest.len());
    *bytes.get_mut(at..)?.first_chunk_mut()? = block;
    at += rest.len();
    *bytes.get_mut(at)? = b'"';
    (specials == 0).then_some(at + 1)
}

/// A bit for each byte that cannot stand in a JSON string as it is.
#[inline(always)]
fn special_bits(block: &[u8; WIDTH]) -> u32 {
    let wide = Wide::of(block);
    wide.within(0, 0x1F).or(wide.is(b'"')).or(wide.is(b'\\')).marked()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn written(text: &str) -> String {
        let mut json = Json::with_room(0);
        json.string(text);
        json.into_text()
    }

    proptest! {
        #[test]
        fn strings_are_written_as_serde_json_reads_them(text in any::<String>()) {
            prop_assert_eq!(serde_json::from_str::<String>(&written(&text)).unwrap(), text);
        }

        #[test]
        fn strings_are_written_as_serde_json_writes_them(
            before in "[xyzé]{0,70}",
            special in prop::char::range('\0', '\u{7E}'),
            after in "[xyzé]{0,40}",
        ) {
            let text = format!("{before}{special}{after}");
            let theirs = serde_json::to_string(&text).unwrap().replace("\\b", "\\u0008").replace("\\f", "\\u000c");
            prop_assert_eq!(written(&text), theirs);
        }
    }
}
