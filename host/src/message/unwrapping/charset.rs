//! How a document is encoded, by what its beginning and its Content-Type say; and what else a Content-Type says.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

#[derive(Debug, thiserror::Error)]
pub enum EncodingError {
    #[error("the body declares the encoding \"{}\", which is not known", .0.escape_debug())]
    Unknown(String),
    #[error("the body declares the encoding {0} but is not written in it")]
    FalseDeclaration(&'static str),
}

/// Byte-order mark, then the XML declaration, then the Content-Type, then UTF-8. Answers with the mark's length.
pub fn of(head: &[u8], charset: Option<&str>) -> Result<(&'static Encoding, usize), EncodingError> {
    if let Some((encoding, mark)) = Encoding::for_bom(head) {
        return Ok((encoding, mark));
    }
    match head {
        [b'<', 0, ..] => return Ok((UTF_16LE, 0)),
        [0, b'<', ..] => return Ok((UTF_16BE, 0)),
        _ => {}
    }
    let declared = declared(head);
    let Some(label) = declared.or(charset) else {
        return Ok((UTF_8, 0));
    };
    let encoding = Encoding::for_label(label.as_bytes()).ok_or_else(|| EncodingError::Unknown(label.into()))?;
    // Its declaration could be read as ASCII, so it is not UTF-16.
    match encoding == UTF_16LE || encoding == UTF_16BE {
        true => Err(EncodingError::FalseDeclaration(encoding.name())),
        false => Ok((encoding, 0)),
    }
}

/// What `<?xml … encoding="…"?>` says.
fn declared(head: &[u8]) -> Option<&str> {
    let declaration = head.strip_prefix(b"<?xml")?;
    let end = declaration.windows(2).position(|two| two == b"?>")?;
    let text = std::str::from_utf8(declaration.get(..end)?).ok()?;
    let after = text.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    after.get(1..)?.split(quote).next()
}

/// The `charset` of a Content-Type.
pub fn of_content_type(content_type: &str) -> Option<&str> {
    parameter(content_type.split_once(';')?.1, "charset")
}

/// The boundary between the parts of a body, where the Content-Type says that there are some.
pub fn boundary(content_type: &str) -> Option<&str> {
    let (kind, parameters) = content_type.split_once(';')?;
    let is_multipart = kind.trim().get(..10).is_some_and(|start| start.eq_ignore_ascii_case("multipart/"));
    is_multipart.then(|| parameter(parameters, "boundary")).flatten()
}

fn parameter<'t>(parameters: &'t str, name: &str) -> Option<&'t str> {
    let mut pairs = parameters.split(';').filter_map(|parameter| parameter.split_once('='));
    let (_, value) = pairs.find(|(found, _)| found.trim().eq_ignore_ascii_case(name))?;
    Some(value.trim().trim_matches('"')).filter(|value| !value.is_empty())
}
