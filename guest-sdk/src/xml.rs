//! Reading XML: incremental, checking that the input is well-formed, copying nothing it need not copy.
//!
//! One tokenizer, two ways to feed it: [`Stream`] takes a body in chunks cut anywhere and keeps only what is incomplete
//! (part of a tag, of an entity, of a character); [`Document`] reads a text that is all there. Both give the same
//! [`Token`]s, the same verdict and the same position for the same bytes, however they are cut.
//!
//! Two speeds: what nearly all of a message is made of, plain tags and fields, is recognised in one go, sixteen bytes at a
//! time; the tokenizer reads, and judges, whatever is not of that form. Recognising refuses nothing, so the verdict is the
//! tokenizer's alone.
//!
//! What it refuses, each with the byte it stands at: tags that do not match, names and attributes that are none, entities
//! other than the five of XML and character references, characters XML 1.0 forbids, bytes that are not UTF-8, `]]>` in text,
//! `--` in a comment, a second root element, text outside the root, a late `<?xml`, document type declarations, elements
//! nested deeper than [`MAX_DEPTH`], tags longer than [`MAX_TAG_BYTES`].
//!
//! What it does not judge: the contents of the XML declaration (the host has recoded the body to UTF-8 whatever it said) and
//! whether namespace prefixes are declared.

mod attributes;
mod characters;
mod document;
mod names;
mod open_names;
mod plain;
mod references;
mod stream;
mod tag_end;
#[cfg(test)]
mod tests;
mod token;
mod tokenizer;
pub(crate) mod wide;

pub use attributes::{Attribute, Attributes};
pub use document::Document;

pub use names::local_name;
pub(crate) use open_names::OpenNames;
pub(crate) use references::normalize_lines;
pub use references::unescape;
pub use stream::Stream;
pub(crate) use stream::Take;
pub use token::{Start, Text, Token};

/// How deep elements may be nested.
pub const MAX_DEPTH: usize = 64;
/// How long a tag may be, from `<` to `>`.
pub const MAX_TAG_BYTES: usize = 64 * 1024;
/// How many attributes a tag may have.
pub const MAX_ATTRIBUTES: usize = 256;
