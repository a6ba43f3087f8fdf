//! Our reader against quick-xml: it takes nothing that quick-xml refuses, and reads in it the same events and the same text.
//!
//! The other way round it does not hold, on purpose: `where_quick_xml_is_laxer` lists what quick-xml lets pass.

use proptest::prelude::*;
use ps_stream_sdk::xml::{Document, Token, unescape};
use quick_xml::{Reader, events::Event};

use crate::{
    documents::{document, select},
    strict,
};

pub fn ours(text: &str) -> Option<String> {
    let mut document = Document::new(text);
    let mut told = String::new();
    while let Some(token) = document.next_token().ok()? {
        match token {
            Token::Start(start) => {
                told.push_str(&format!("<{}", std::str::from_utf8(start.name).unwrap()));
                for attribute in start.attributes {
                    let [name, value] =
                        [attribute.name, attribute.value].map(|bytes| std::str::from_utf8(bytes).unwrap());
                    told.push_str(&format!(" {name}={value}"));
                }
                told.push('>');
            }
            Token::End { .. } => told.push_str("</>"),
            Token::Text(text) if text.cdata => told.push_str(&lines(document.raw_of(&text))),
            Token::Text(text) => told.push_str(&unescape(document.raw_of(&text))),
        }
    }
    Some(told)
}

fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

fn theirs(text: &str) -> Option<String> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().enable_all_checks(true);
    reader.config_mut().expand_empty_elements = true;
    let mut told = String::new();
    let mut depth = 0_usize;
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                depth += 1;
                told.push_str(&format!("<{}", start.name().as_ref()));
                for attribute in start.attributes() {
                    let attribute = attribute.ok()?;
                    told.push_str(&format!(" {}={}", attribute.key.as_ref(), attribute.value));
                }
                told.push('>');
            }
            Event::End(_) => {
                depth -= 1;
                told.push_str("</>");
            }
            Event::Text(text) if depth > 0 => told.push_str(&text.xml10_content()),
            Event::CData(text) => told.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => told.push_str(&resolved(&reference)?),
            Event::Eof => return (depth == 0).then_some(told),
            _ => {}
        }
    }
}

pub fn resolved(reference: &quick_xml::events::BytesRef<'_>) -> Option<String> {
    match reference.resolve_char_ref().ok()? {
        Some(character) => Some(character.to_string()),
        None => quick_xml::escape::resolve_xml_entity(&reference.xml10_content()).map(str::to_owned),
    }
}

proptest! {
    #[test]
    fn well_formed_documents_are_read_alike(document in document()) {
        let ours = ours(&document);
        prop_assert!(ours.is_some(), "refused: {}", document);
        prop_assert_eq!(ours, theirs(&document));
    }

    #[test]
    fn what_is_taken_of_damaged_documents_is_read_alike(
        document in document(),
        at in any::<prop::sample::Index>(),
        with in select(&["", "<", ">", "/", "&", "]", "-", "\"", "'", " ", "=", "?", "!", ":", "a"]),
    ) {
        let mut characters: Vec<String> = document.chars().map(String::from).collect();
        let at = at.index(characters.len());
        characters[at] = with.to_owned();
        let damaged = characters.concat();
        if let Some(ours) = ours(&damaged) {
            prop_assert_eq!(Some(ours), theirs(&damaged), "{}", damaged);
        }
    }
}

proptest! {
    #[test]
    fn the_verdict_is_that_of_quick_xml_with_the_checks_it_leaves_out(
        document in document(),
        at in any::<prop::sample::Index>(),
        with in select(&["", "<", ">", "/", "&", "]", "-", "\"", "'", " ", "=", "?", "!", ":", "a", "é", "\u{1}", "]]>"]),
    ) {
        let mut characters: Vec<String> = document.chars().map(String::from).collect();
        let at = at.index(characters.len());
        characters[at] = with.to_owned();
        let damaged = characters.concat();
        prop_assert_eq!(ours(&damaged), strict::told(&damaged), "{}", damaged);
    }
}

#[test]
fn where_quick_xml_is_laxer() {
    for text in [
        "<1/>",                       // a name must begin like one
        "<a x='<'/>",                 // no `<` in an attribute
        "<a x='&nbsp;'/>",            // nor an entity nobody declared
        "<a x='1'y='2'/>",            // space between attributes
        "<a>]]></a>",                 // the end of a CDATA section in text
        "<a>\u{1}</a>",               // characters XML 1.0 forbids
        "<a/><b/>",                   // a second root element
        "<a/>text",                   // text outside the root element
        "",                           // a document without one
        " <?xml version='1.0'?><a/>", // a declaration that is not first
        "<!DOCTYPE a><a/>",           // document type declarations, which we refuse
    ] {
        assert_eq!(ours(text), None, "{text:?}");
        assert!(theirs(text).is_some(), "quick-xml refuses {text:?} too by now: take it off the list");
    }
}
