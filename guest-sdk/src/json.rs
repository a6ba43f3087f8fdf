//! Writing JSON strings. Everything a mapper writes is made of them.

/// Appends `text` as a JSON string, quotes included.
pub(crate) fn push_string(json: &mut String, text: &str) {
    json.push('"');
    let mut copied = 0;
    while let Some(at) = next_special(text, copied) {
        json.push_str(text.get(copied..at).unwrap_or_default());
        push_escaped(json, text.as_bytes().get(at).copied().unwrap_or_default());
        copied = at + 1;
    }
    json.push_str(text.get(copied..).unwrap_or_default());
    json.push('"');
}

/// Appends `"name":` after a comma, unless it is the object's first.
pub(crate) fn push_name(json: &mut String, name: &str) {
    if !json.ends_with(['{', '[']) {
        json.push(',');
    }
    push_string(json, name);
    json.push(':');
}

fn next_special(text: &str, from: usize) -> Option<usize> {
    let is_special = |byte: &u8| (*byte < 0x20) | (*byte == b'"') | (*byte == b'\\');
    let found = text.as_bytes().get(from..)?.iter().position(is_special)?;
    Some(from + found)
}

fn push_escaped(json: &mut String, byte: u8) {
    match byte {
        b'"' => json.push_str("\\\""),
        b'\\' => json.push_str("\\\\"),
        b'\n' => json.push_str("\\n"),
        b'\r' => json.push_str("\\r"),
        b'\t' => json.push_str("\\t"),
        control => json.push_str(&format!("\\u{control:04x}")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn strings_are_written_as_serde_json_reads_them(text in any::<String>()) {
            let mut json = String::new();
            push_string(&mut json, &text);
            prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }
}
