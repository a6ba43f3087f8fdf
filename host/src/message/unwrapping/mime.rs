//! A body of several parts (`multipart/…`, RFC 2046): one of them is the document. PeopleSoft puts a part with its routing
//! data before it, whose `Content-ID` is `IBInfo`.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use memchr::memmem::Finder;

use super::UnwrappingError;
use super::charset;
use super::layers::{Layer, PORTION};

const ROUTING: &str = "IBInfo";
/// Longest head of a part.
const HEAD: usize = 16 * 1024;

pub struct Mime {
    /// A line's end, and what then begins a line between two parts.
    delimiter: Finder<'static>,
    length: usize,
    held: Vec<u8>,
    place: Place,
    /// Whether the document has come.
    found: bool,
    /// The charset of its part.
    charset: Arc<OnceLock<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before the first part.
    Before,
    Head,
    Document,
    /// A part that is not the document.
    Other,
    After,
}

impl Mime {
    pub fn new(boundary: &str, charset: Arc<OnceLock<String>>) -> Self {
        let delimiter = format!("\n--{boundary}");
        Mime {
            length: delimiter.len(),
            delimiter: Finder::new(&delimiter).into_owned(),
            held: b"\n".to_vec(), // the first part may begin at once
            place: Place::Before,
            found: false,
            charset,
        }
    }

    /// Up to the end of the part, or as far as it certainly goes; what is left is read later.
    fn part(&mut self) -> Vec<u8> {
        match self.delimiter.find(&self.held) {
            Some(at) => {
                let rest = self.held.split_off(at + self.length);
                let mut part = std::mem::replace(&mut self.held, rest);
                part.truncate(at);
                if part.ends_with(b"\r") {
                    part.pop();
                }
                self.place = Place::Head;
                part
            }
            None => {
                let safe = self.held.len().saturating_sub(self.length + 1);
                let rest = self.held.split_off(safe);
                std::mem::replace(&mut self.held, rest)
            }
        }
    }

    /// Reads a part's head, once it is there.
    fn head(&mut self) -> Result<(), UnwrappingError> {
        if self.held.starts_with(b"--") {
            self.place = Place::After;
            return Ok(());
        }
        let Some((length, lines)) = whole_head(&self.held) else {
            return match self.held.len() > HEAD {
                true => Err(UnwrappingError::Parts("a part's head has no end")),
                false => Ok(()),
            };
        };
        let head = Head::of(&lines);
        self.held.drain(..length);
        self.place = Place::Other;
        if head.is_document {
            if std::mem::replace(&mut self.found, true) {
                return Err(UnwrappingError::Parts("more than one document"));
            }
            if head.is_quoted {
                return Err(UnwrappingError::UnknownCoding("quoted-printable".to_owned()));
            }
            // The request's own charset, if it gave one, comes first.
            head.charset.into_iter().for_each(|charset| drop(self.charset.set(charset)));
            self.place = Place::Document;
        }
        Ok(())
    }
}

impl Layer for Mime {
    fn step(&mut self, input: &mut Bytes, ended: bool) -> Result<Bytes, UnwrappingError> {
        self.held.extend_from_slice(&input.split_to(input.len().min(PORTION)));
        loop {
            let before = (self.place, self.held.len());
            match self.place {
                Place::Before | Place::Other => drop(self.part()),
                Place::Document => {
                    let part = self.part();
                    if !part.is_empty() {
                        return Ok(part.into());
                    }
                }
                Place::Head => self.head()?,
                Place::After => self.held.clear(),
            }
            if before == (self.place, self.held.len()) {
                break;
            }
        }
        match self.place {
            Place::After if ended && !self.found => Err(UnwrappingError::Parts("no document")),
            Place::Before if ended && input.is_empty() => Err(UnwrappingError::Parts("no part begins")),
            Place::Head | Place::Document | Place::Other if ended && input.is_empty() => {
                Err(UnwrappingError::Parts("cut off"))
            }
            _ => Ok(Bytes::new()),
        }
    }
}

/// What is known of a part.
struct Head {
    is_document: bool,
    is_quoted: bool,
    charset: Option<String>,
}

impl Head {
    fn of(lines: &str) -> Self {
        let value = |name: &str| {
            let mut pairs = lines.lines().filter_map(|line| line.split_once(':'));
            pairs.find(|(found, _)| found.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
        };
        let id = value("Content-ID").unwrap_or_default().trim_matches(['<', '>']);
        Head {
            is_document: !id.eq_ignore_ascii_case(ROUTING),
            is_quoted: value("Content-Transfer-Encoding").is_some_and(|v| v.eq_ignore_ascii_case("quoted-printable")),
            charset: value("Content-Type").and_then(charset::of_content_type).map(str::to_owned),
        }
    }
}

/// The head up to the empty line, from the rest of the line with the boundary on, and its length.
fn whole_head(held: &[u8]) -> Option<(usize, String)> {
    let mut start = 0;
    loop {
        let line = start + memchr::memchr(b'\n', held.get(start..)?)?;
        // The first is the rest of the boundary's own line.
        if start > 0 && held.get(start..line)?.trim_ascii().is_empty() {
            return Some((line + 1, String::from_utf8_lossy(held.get(..start)?).into_owned()));
        }
        start = line + 1;
    }
}
