//! Writing long strings in JSON: a stored document is one. Where nothing is to be escaped, many bytes are looked at together.

/// Bytes that are looked at together: a loop of this length the compiler makes a few wide instructions of.
const BLOCK: usize = 32;

/// Appends `text` as a JSON string, quotes included, as serde_json would write it.
pub fn push_string(json: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    let mut written = 0;
    json.push(b'"');
    while let Some(at) = find_special(bytes, written) {
        json.extend_from_slice(bytes.get(written..at).unwrap_or_default());
        if let Some(&special) = bytes.get(at) {
            push_escaped(json, special);
        }
        written = at + 1;
    }
    json.extend_from_slice(bytes.get(written..).unwrap_or_default());
    json.push(b'"');
}

/// Where the first byte is, at `from` or after, that cannot stand in a string as it is.
fn find_special(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let (blocks, _) = rest.as_chunks::<BLOCK>();
    let is_plain = |block: &[u8; BLOCK]| !block.iter().fold(false, |found, &byte| found | is_special(byte));
    let plain = BLOCK * blocks.iter().take_while(|block| is_plain(block)).count();
    let found = rest.get(plain..)?.iter().position(|&byte| is_special(byte))?;
    Some(from + plain + found)
}

#[inline(always)]
fn is_special(byte: u8) -> bool {
    (byte < 0x20) | (byte == b'"') | (byte == b'\\')
}

fn push_escaped(json: &mut Vec<u8>, special: u8) {
    let letter = match special {
        0x08 => b'b',
        0x0C => b'f',
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0..0x20 => return json.extend(format!("\\u{special:04x}").bytes()),
        itself => itself,
    };
    json.extend([b'\\', letter]);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_character_is_written_as_serde_json_writes_it() {
        let characters: Vec<char> = ('\0'..='\u{FF}').chain(['€', '\u{2028}', '😀']).collect();
        for before in ["", "fewer", "thirty-two bytes, all of them plain", &"long".repeat(40)] {
            for character in &characters {
                let text = format!("{before}{character}{before}{character}");
                let mut json = Vec::new();
                push_string(&mut json, &text);
                assert_eq!(String::from_utf8(json).unwrap(), serde_json::to_string(&text).unwrap());
            }
        }
    }
}
