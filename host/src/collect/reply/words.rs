//! What a reply says, in JSON or, where `Accept` asks for it, in XML.

use axum::http::{HeaderMap, HeaderName, header};
use serde::Serialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Json,
    Xml,
}

#[derive(Serialize)]
pub struct Words<'w> {
    pub status: &'w str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'w str>,
    /// Where in the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// Finds the line of the log that says the same, and more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<&'w str>,
}

impl Format {
    /// XML where it is named and JSON is not.
    pub fn asked(headers: &HeaderMap) -> Self {
        let names = |kind: &str| {
            let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
            let mut kinds = accepted.flat_map(|value| value.split(',')).filter_map(|one| one.split(';').next());
            kinds.any(|one| one.trim().to_ascii_lowercase().ends_with(kind))
        };
        if names("xml") && !names("json") { Format::Xml } else { Format::Json }
    }

    pub fn content_type(self) -> [(HeaderName, &'static str); 1] {
        let kind = match self {
            Format::Json => "application/json",
            Format::Xml => "application/xml; charset=utf-8",
        };
        [(header::CONTENT_TYPE, kind)]
    }
}

impl<'w> Words<'w> {
    pub fn of_status(status: &'w str) -> Self {
        Words { status, reason: None, position: None, id: None }
    }

    pub fn written(&self, format: Format) -> String {
        match format {
            // Texts and a number: writing them into memory cannot fail.
            Format::Json => serde_json::to_string(self).unwrap_or_default(),
            Format::Xml => self.to_xml(),
        }
    }

    fn to_xml(&self) -> String {
        let position = self.position.map(|position| position.to_string());
        let parts = [
            ("status", Some(self.status)),
            ("reason", self.reason),
            ("position", position.as_deref()),
            ("id", self.id),
        ];
        let parts = parts.into_iter().filter_map(|(name, text)| Some(format!("<{name}>{}</{name}>", escaped(text?))));
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><reply>{}</reply>", parts.collect::<String>())
    }
}

/// What XML cannot say at all becomes a question mark.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('?'),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn asked(accept: &str) -> Format {
        Format::asked(&[(header::ACCEPT, accept.parse().unwrap())].into_iter().collect())
    }

    #[test]
    fn xml_is_for_who_names_it_and_not_json() {
        for accept in ["application/xml", "text/xml;q=0.9", "text/html, application/soap+xml", "TEXT/XML"] {
            assert_eq!(asked(accept), Format::Xml, "{accept}");
        }
        for accept in ["*/*", "application/json, text/xml", "text/html, image/gif, *; q=.2"] {
            assert_eq!(asked(accept), Format::Json, "{accept}");
        }
        assert_eq!(Format::asked(&HeaderMap::new()), Format::Json);
    }

    #[test]
    fn a_reason_is_written_so_that_it_can_be_read() {
        let words = Words { status: "rejected", reason: Some("<a> & \u{1}"), position: Some(7), id: Some("x") };
        let json = r#"{"status":"rejected","reason":"<a> & \u0001","position":7,"id":"x"}"#;
        assert_eq!(words.written(Format::Json), json);
        let xml = "<reply><status>rejected</status><reason>&lt;a&gt; &amp; ?</reason><position>7</position><id>x</id></reply>";
        assert!(words.written(Format::Xml).ends_with(xml));
    }
}
