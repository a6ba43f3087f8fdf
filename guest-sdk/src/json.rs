//! Writing JSON: objects and arrays of strings. Everything a mapper writes is made of them.

use crate::xml::wide::{WIDTH, Wide, padded};

/// JSON text being written.
#[derive(Debug)]
pub(crate) struct Json {
    /// Made of the bytes of whole `str`s and of ASCII.
    bytes: Vec<u8>,
}

impl Json {
    pub(crate) fn with_room(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes) }
    }

    pub(crate) fn into_text(self) -> String {
        String::from_utf8(self.bytes).unwrap_or_default()
    }

    /// Appends one of `{`, `}`, `[`, `]` and `,`.
    pub(crate) fn mark(&mut self, mark: u8) {
        self.bytes.push(mark);
    }

    /// Appends `"name":` after a comma, unless it is the object's first.
    #[inline]
    pub(crate) fn member(&mut self, name: &str) {
        if !matches!(self.bytes.last(), Some(b'{' | b'[')) {
            self.bytes.push(b',');
        }
        self.string(name);
        self.bytes.push(b':');
    }

    /// Appends `text` as a JSON string, quotes included.
    #[inline]
    pub(crate) fn string(&mut self, text: &str) {
        self.bytes.push(b'"');
        let (blocks, rest) = text.as_bytes().as_chunks();
        blocks.iter().for_each(|block| self.block(block, WIDTH));
        self.block(&padded(rest), rest.len());
        self.bytes.push(b'"');
    }

    /// Appends the first `length` bytes of a block. All sixteen are copied, in one step, and the others forgotten.
    #[inline]
    fn block(&mut self, block: &[u8; WIDTH], length: usize) {
        let before = self.bytes.len();
        self.bytes.extend_from_slice(block);
        let plain = (specials(block).trailing_zeros() as usize).min(length);
        self.bytes.truncate(before + plain);
        if plain < length {
            block.get(plain..length).unwrap_or_default().iter().for_each(|byte| self.escaped(*byte));
        }
    }

    #[cold]
    fn escaped(&mut self, byte: u8) {
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

/// A bit for each byte that cannot stand in a JSON string as it is.
#[inline(always)]
fn specials(block: &[u8; WIDTH]) -> u32 {
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
            before in "[a-zé]{0,70}",
            special in prop::char::range('\0', '\u{7E}'),
            after in "[a-zé]{0,40}",
        ) {
            let text = format!("{before}{special}{after}");
            let theirs = serde_json::to_string(&text).unwrap().replace("\\b", "\\u0008").replace("\\f", "\\u000c");
            prop_assert_eq!(written(&text), theirs);
        }
    }
}
