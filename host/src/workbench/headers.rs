//! The HTTP headers of a message, as an author writes them and as curl takes them: `Name: value`.

use std::str::FromStr;

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::message::Head;

#[derive(Debug, Clone, Default)]
pub struct Headers(HeaderMap);

#[derive(Debug, Clone)]
pub struct Header {
    name: HeaderName,
    value: HeaderValue,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{}\" is not a header: a name, a colon and a value, such as MessageName: PROJECT_SYNC", .0.escape_debug())]
pub struct NoHeader(String);

impl Headers {
    /// One a line; blank ones are passed over.
    pub fn read(lines: &str) -> Result<Self, NoHeader> {
        lines.lines().filter(|line| !line.trim().is_empty()).map(Header::from_str).collect()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn head(&self) -> Head {
        Head::of(&self.0)
    }
}

impl FromIterator<Header> for Headers {
    fn from_iter<I: IntoIterator<Item = Header>>(headers: I) -> Self {
        let mut map = HeaderMap::new();
        for Header { name, value } in headers {
            map.append(name, value);
        }
        Headers(map)
    }
}

impl FromStr for Header {
    type Err = NoHeader;

    fn from_str(text: &str) -> Result<Self, NoHeader> {
        let read = text.split_once(':').and_then(|(name, value)| {
            let name = HeaderName::from_bytes(name.trim().as_bytes()).ok()?;
            Some(Header { name, value: HeaderValue::from_bytes(value.trim().as_bytes()).ok()? })
        });
        read.ok_or_else(|| NoHeader(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn headers_are_read_as_curl_takes_them() {
        let headers = Headers::read("MessageName: A_SYNC\r\n\nFrom:HR\nX-Url: http://a:80/ü\n").unwrap();
        let head = headers.head();
        assert_eq!((head.name.as_deref(), head.from.as_deref()), (Some("A_SYNC"), Some("HR")));
        let shown = head.message(String::new).headers;
        assert_eq!(shown.last().map(|header| header.value.as_str()), Some("http://a:80/ü"));
    }

    #[test]
    fn what_is_no_header_is_named() {
        for bad in ["MessageName", ": a", "Message Name: a", "From: a\u{7}"] {
            assert_eq!(Headers::read(bad).unwrap_err(), NoHeader(bad.to_owned()));
        }
    }
}
