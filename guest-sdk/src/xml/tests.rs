//! What the reader takes and what it refuses. Every document is read whole and byte by byte; both must agree.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::{Rejection, RejectionKind};

/// A document told in short: `+NAME`, `-`, and text.
fn told_whole(text: &str) -> Result<String, Rejection> {
    let mut document = Document::new(text);
    let mut told = String::new();
    while let Some(token) = document.next_token()? {
        tell(&mut told, &token);
    }
    Ok(told)
}

fn told_in_chunks(bytes: &[u8], size: usize) -> Result<String, Rejection> {
    let mut stream = Stream::default();
    let mut told = String::new();
    for chunk in bytes.chunks(size) {
        stream.push(chunk, |token| {
            tell(&mut told, &token);
            Ok(())
        })?;
    }
    stream.finish()?;
    Ok(told)
}

fn tell(told: &mut String, token: &Token<'_>) {
    match token {
        Token::Start(start) => {
            told.push_str(&format!("+{}", String::from_utf8_lossy(start.name)));
            for attribute in start.attributes.clone() {
                let (name, value) = (attribute.name, attribute.value);
                told.push_str(&format!(" {}={}", String::from_utf8_lossy(name), String::from_utf8_lossy(value)));
            }
            told.push('|');
        }
        Token::End { .. } => told.push_str("-|"),
        Token::Text(text) => {
            let raw = std::str::from_utf8(text.raw).unwrap();
            told.push_str(&if text.cdata { normalize_lines(raw) } else { unescape(raw) });
        }
    }
}

fn read(text: &str) -> Result<String, Rejection> {
    let whole = told_whole(text);
    for size in [1, 2, 3, 7, 64] {
        assert_eq!(told_in_chunks(text.as_bytes(), size), whole, "{text:?} in chunks of {size}");
    }
    whole
}

#[track_caller]
fn accepts(text: &str, told: &str) {
    assert_eq!(read(text).as_deref(), Ok(told), "{text:?}");
}

#[track_caller]
fn refuses(text: &str, position: u64, reason: &str) {
    let rejection = read(text).unwrap_err();
    assert_eq!(rejection, Rejection::malformed(reason).at(position), "{text:?}");
}

#[test]
fn elements_text_and_attributes_are_told_in_order() {
    accepts("<a><b x='1'  y = \"2>\">t</b><c/><d /></a>", "+a|+b x=1 y=2>|t-|+c|-|+d|-|-|");
    accepts("<?xml version='1.0'?>\n<a  ></a >\n", "+a|-|");
    accepts("<p:É.-1 xmlns:p='u'>ö</p:É.-1>", "+p:É.-1 xmlns:p=u|ö-|");
}

#[test]
fn comments_and_processing_instructions_are_passed_over() {
    accepts("<!-- a > b <c> - --><?go <x> ? > ?><a>1<!---->2<!-->-->3<?x?>4</a><!--e-->", "+a|1234-|");
}

#[test]
fn cdata_is_text_as_it_stands() {
    accepts("<a>1<![CDATA[<&amp;]]]]>2<![CDATA[]]>]]</a>", "+a|1<&amp;]]2]]-|");
}

#[test]
fn the_five_entities_and_character_references_are_resolved() {
    accepts("<a>&amp;&lt;&gt;&quot;&apos;&#65;&#x1F600;&#xa;</a>", "+a|&<>\"'A😀\n-|");
}

#[test]
fn every_line_ending_is_a_line_feed() {
    accepts("<a>1\r\n2\r3\n4<![CDATA[\r\n\r]]>&#13;</a>", "+a|1\n2\n3\n4\n\n\r-|");
}

#[test]
fn text_in_a_whole_document_is_not_copied() {
    let mut document = Document::new("<a>plain</a>");
    document.next_token().unwrap();
    let Some(Token::Text(text)) = document.next_token().unwrap() else { unreachable!() };
    assert!(matches!(unescape(document.raw_of(&text)), std::borrow::Cow::Borrowed("plain")));
}

#[test]
fn tags_must_match() {
    refuses("<a><b></a>", 6, "closing tag \"a\" where element \"b\" is open");
    refuses("<a></A>", 3, "closing tag \"A\" where element \"a\" is open");
    refuses("<a></a b>", 3, "something after the name in closing tag \"a\"");
    refuses("<a></a></a>", 7, "closing tag \"a\" where no element is open");
    refuses("</a>", 0, "closing tag \"a\" where no element is open");
    refuses("<a></ a>", 3, "\"</\" without the name of an element");
}

#[test]
fn a_document_that_is_cut_off_is_refused_with_what_is_open() {
    refuses("<a><b>x", 7, "cut off inside element \"b\"");
    refuses("<a>x</a", 7, "cut off inside element \"a\"");
    refuses("<a>x]", 5, "cut off inside element \"a\"");
    refuses("<a x='", 6, "cut off inside a tag, comment or processing instruction");
    refuses("<a/><!-- x", 10, "cut off inside a tag, comment or processing instruction");
    let mut stream = Stream::default();
    stream.push(b"<a>\xC3", |_| Ok(())).unwrap();
    assert_eq!(stream.finish().unwrap_err().position, Some(4));
}

#[test]
fn a_document_without_a_root_element_is_refused() {
    for text in ["", " \n", "<!-- a -->", "<?xml version='1.0'?>"] {
        refuses(text, text.len() as u64, "an empty document: no root element");
    }
}

#[test]
fn names_must_be_names() {
    for text in ["<1/>", "< a/>", "<-a/>", "<:a/>", "<a:/>", "<\u{D7}/>", "<a\u{2190}/>", "<>", "</>"] {
        let reason = if text == "</>" {
            "\"</\" without the name of an element"
        } else {
            "\"<\" without the name of an element"
        };
        refuses(text, 0, reason);
    }
}

#[test]
fn attributes_must_be_whole_quoted_and_unique() {
    refuses("<a x></a>", 3, "an attribute without a value in quotes");
    refuses("<a x=1></a>", 3, "an attribute without a value in quotes");
    refuses("<a x='1'y='2'/>", 8, "something in a tag that is no attribute");
    refuses("<a 1='1'/>", 3, "something in a tag that is no attribute");
    refuses("<a /x='1'/>", 3, "something in a tag that is no attribute");
    refuses("<a x='1' y='' x='2'/>", 14, "attribute \"x\" twice in one tag");
    refuses("<a x='<'/>", 6, "\"<\" inside a tag: the tag before it is not closed");
    refuses("<a <b/>", 3, "\"<\" inside a tag: the tag before it is not closed");
    refuses("<a x='&amp'/>", 6, "a reference that does not end");
    refuses("<a x='1&'/>", 7, "a reference that does not end");
}

#[test]
fn other_entities_are_refused_by_name() {
    let reason = "entity \"&nbsp;\" is not one of the five XML has: &amp; &lt; &gt; &quot; &apos;";
    refuses("<a>x&nbsp;</a>", 4, reason);
    refuses("<a x='&nbsp;'/>", 6, reason);
    refuses("<a>AT&T</a>", 5, "\"&\" does not begin a reference such as \"&amp;\"");
    refuses("<a>& </a>", 3, "\"&\" does not begin a reference such as \"&amp;\"");
}

#[test]
fn character_references_must_name_a_character_xml_allows() {
    for reference in ["&#0;", "&#x1F;", "&#xD800;", "&#xFFFE;", "&#x110000;", "&#;", "&#x;", "&#1a;", "&#99999999999;"]
    {
        let reason = "a character reference to no character XML 1.0 allows";
        refuses(&format!("<a>{reference}</a>"), 3, reason);
    }
}

#[test]
fn characters_xml_forbids_are_refused_where_they_stand() {
    for (text, at) in [("<a>x\u{1}</a>", 4), ("<a>ö\u{FFFE}</a>", 5), ("<a b='\0'/>", 6), ("<a>\u{FFFD}\u{FFFF}", 6)] {
        refuses(text, at, "a character XML 1.0 does not allow");
    }
    let late = format!("<a>{}\u{8}</a>", "x".repeat(1000));
    refuses(&late, 1003, "a character XML 1.0 does not allow");
}

#[test]
fn bytes_that_are_not_utf8_are_refused_where_they_stand() {
    for size in [1, 2, 100] {
        let rejection = told_in_chunks(b"<a>\xC3\xA4\xFF</a>", size).unwrap_err();
        assert_eq!(rejection, Rejection::malformed("bytes that are not UTF-8").at(5));
        let rejection = told_in_chunks(b"<a>\xE2\x82x</a>", size).unwrap_err();
        assert_eq!(rejection, Rejection::malformed("bytes that are not UTF-8").at(3));
    }
}

#[test]
fn the_first_of_two_faults_is_the_one_told() {
    refuses("<a></b>\u{1}", 3, "closing tag \"b\" where element \"a\" is open");
}

#[test]
fn text_must_not_hold_the_end_of_a_cdata_section() {
    refuses("<a>1]]></a>", 4, "\"]]>\" in text");
}

#[test]
fn comments_must_not_hold_two_hyphens() {
    refuses("<a><!-- -- --></a>", 8, "\"--\" in a comment");
    refuses("<a><!-- ---></a>", 8, "\"--\" in a comment");
}

#[test]
fn there_is_one_root_element_and_no_text_around_it() {
    refuses("<a/><b/>", 4, "a second root element");
    refuses("<a/>x", 4, "text outside the root element");
    refuses("x<a/>", 0, "text outside the root element");
    refuses("<![CDATA[x]]><a/>", 0, "text outside the root element");
    refuses("<a/>&#32;", 4, "text outside the root element");
}

#[test]
fn an_xml_declaration_stands_at_the_very_start_or_nowhere() {
    for text in [" <?xml version='1.0'?><a/>", "<a/><?xml version='1.0'?>", "<a><?XML x?></a>", "<?Xml?><a/>"] {
        let at = text.find("<?").unwrap() as u64;
        refuses(text, at, "an XML declaration can only be at the very start");
    }
}

#[test]
fn processing_instructions_have_a_name() {
    for text in ["<? x?><a/>", "<?1?><a/>", "<?x!?><a/>", "<?x?y?><a/>"] {
        refuses(text, 0, "\"<?\" without the name of a processing instruction");
    }
}

#[test]
fn document_type_declarations_are_refused() {
    let bomb = "<!DOCTYPE a [<!ENTITY x 'xxxx'>]><a>&x;</a>";
    refuses(bomb, 0, "document type declarations are refused");
    refuses("<a><!ELEMENT b></a>", 3, "\"<!\" begins neither a comment nor a CDATA section");
}

#[test]
fn elements_nested_too_deep_are_too_large() {
    let nested = |depth: usize| "<a>".repeat(depth) + &"</a>".repeat(depth);
    assert!(read(&nested(MAX_DEPTH)).is_ok());
    let rejection = read(&nested(MAX_DEPTH + 1)).unwrap_err();
    assert_eq!((rejection.kind, rejection.position), (RejectionKind::TooLarge, Some(3 * 64)));
}

#[test]
fn a_tag_that_is_too_long_is_too_large_whether_it_ends_or_not() {
    let tag = |bytes: usize| format!("<a b='{}'/>", "x".repeat(bytes - 9));
    assert!(read(&tag(MAX_TAG_BYTES)).is_ok());
    for text in [tag(MAX_TAG_BYTES + 1), tag(MAX_TAG_BYTES * 2), "<".to_owned() + &"a".repeat(MAX_TAG_BYTES * 3)] {
        let rejection = read(&text).unwrap_err();
        assert_eq!((rejection.kind, rejection.position), (RejectionKind::TooLarge, Some(0)));
    }
}

#[test]
fn too_many_attributes_are_too_large() {
    let attributes: String = (0..=MAX_ATTRIBUTES).map(|index| format!(" a{index}=''")).collect();
    assert_eq!(read(&format!("<a{attributes}/>")).unwrap_err().kind, RejectionKind::TooLarge);
}

#[test]
fn between_chunks_only_what_is_incomplete_is_kept() {
    let mut stream = Stream::default();
    let long = format!("<a>{}<b", "text ".repeat(10_000));
    stream.push(long.as_bytes(), |_| Ok(())).unwrap();
    assert_eq!(stream.position(), long.len() as u64 - 2);
}
