//! What may be around a document, and what is wrong with it.
#![allow(clippy::unwrap_used)]

use std::io::Write;

use super::*;
use packing::{gzip, zlib, zstd};

#[path = "../../../../tests/harness/packing.rs"]
mod packing;

fn recoded(bytes: &[u8], content_type: Option<&str>) -> Result<String, UnwrappingError> {
    let form = Form { content_type: content_type.map(str::to_owned), content_encoding: None };
    read(bytes, &form)
}

fn encoded(bytes: &[u8], content_encoding: &str) -> Result<String, UnwrappingError> {
    read(bytes, &Form { content_type: None, content_encoding: Some(content_encoding.to_owned()) })
}

/// However it is cut.
fn read(bytes: &[u8], form: &Form) -> Result<String, UnwrappingError> {
    let (whole, cut) = (in_chunks(bytes, 1 << 20, form), in_chunks(bytes, 1, form));
    assert_eq!(whole.as_ref().map_err(ToString::to_string), cut.as_ref().map_err(ToString::to_string));
    whole
}

fn in_chunks(bytes: &[u8], size: usize, form: &Form) -> Result<String, UnwrappingError> {
    let (mut unwrapping, mut all) = (Unwrapping::new(form), Vec::new());
    for chunk in bytes.chunks(size) {
        unwrapping.put(Bytes::copy_from_slice(chunk));
        take_all(&mut unwrapping, &mut all)?;
    }
    unwrapping.end();
    take_all(&mut unwrapping, &mut all)?;
    Ok(String::from_utf8(all).unwrap())
}

fn take_all(unwrapping: &mut Unwrapping, all: &mut Vec<u8>) -> Result<(), UnwrappingError> {
    while let Some(bytes) = unwrapping.take()? {
        all.extend_from_slice(&bytes);
    }
    Ok(())
}

fn utf16(text: &str, to: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(to).collect()
}

#[test]
fn utf8_passes_as_it_came_less_its_mark() {
    assert_eq!(recoded("<a>ü</a>".as_bytes(), None).unwrap(), "<a>ü</a>");
    assert_eq!(recoded("\u{feff}<a/>".as_bytes(), None).unwrap(), "<a/>");
    assert_eq!(recoded(b"", None).unwrap(), "");
}

#[test]
fn utf16_is_known_by_its_mark_or_by_its_first_character() {
    let text = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><a>ü€😀</a>";
    assert_eq!(recoded(&utf16(&format!("\u{feff}{text}"), u16::to_le_bytes), None).unwrap(), text);
    assert_eq!(recoded(&utf16(&format!("\u{feff}{text}"), u16::to_be_bytes), None).unwrap(), text);
    assert_eq!(recoded(&utf16(text, u16::to_le_bytes), None).unwrap(), text);
    assert_eq!(recoded(&utf16(text, u16::to_be_bytes), None).unwrap(), text);
}

#[test]
fn one_byte_encodings_are_known_by_declaration_or_content_type() {
    let declared = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xfc</a>";
    assert!(recoded(declared, None).unwrap().ends_with("<a>ü</a>"));
    assert_eq!(recoded(b"<a>\x80</a>", Some("text/xml; charset=\"windows-1252\"")).unwrap(), "<a>€</a>");
}

#[test]
fn an_encoding_nobody_knows_or_that_is_a_lie_is_refused() {
    let unknown = recoded(b"<?xml version='1.0' encoding='KLINGON'?><a/>", None).unwrap_err();
    assert!(unknown.to_string().contains("KLINGON"));
    let lie = recoded(b"<?xml version='1.0' encoding='UTF-16'?><a/>", None).unwrap_err();
    assert!(matches!(lie, UnwrappingError::Encoding(EncodingError::FalseDeclaration(_))));
}

#[test]
fn what_is_not_valid_in_its_encoding_is_refused_with_its_position() {
    let mut bytes = utf16("\u{feff}<a>", u16::to_le_bytes);
    bytes.extend([0x00, 0xdc, b'<', 0]); // half of a surrogate pair
    let error = recoded(&bytes, None).unwrap_err();
    assert!(matches!(error, UnwrappingError::Undecodable { position: 8, .. }), "{error}");
}

fn bare_deflate(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

/// In lines, as mail programs write it.
fn base64(bytes: &[u8]) -> Vec<u8> {
    use ::base64::Engine;
    let text = ::base64::engine::general_purpose::STANDARD.encode(bytes);
    text.as_bytes().chunks(76).collect::<Vec<_>>().join(&b"\r\n"[..])
}

/// Larger than a portion, and not the same everywhere.
fn document() -> String {
    let rows: String = (0..20_000).map(|number| format!("<R>{}é</R>", number * 7919 % 10_007)).collect();
    format!("<?xml version='1.0'?><M>{rows}</M>")
}

#[test]
fn content_encodings_are_undone_the_last_one_first() {
    let document = document();
    let bytes = document.as_bytes();
    for (packed, encoding) in [
        (gzip(bytes), "gzip"),
        (gzip(bytes), "X-GZIP"),
        (zlib(bytes), "deflate"),
        (bare_deflate(bytes), "deflate"),
        (zstd(bytes), "zstd"),
        (bytes.to_vec(), "identity"),
        (gzip(&zstd(bytes)), "zstd, gzip"),
        ([gzip(&bytes[..1000]), gzip(&bytes[1000..])].concat(), "gzip"),
        ([zstd(&bytes[..1000]), zstd(&bytes[1000..])].concat(), "zstd"),
    ] {
        assert!(encoded(&packed, encoding).unwrap() == document, "{encoding}");
    }
}

#[test]
fn what_peoplesoft_packs_is_unpacked_though_nothing_announces_it() {
    let document = document();
    let bytes = document.as_bytes();
    let utf16 = utf16(&format!("\u{feff}{document}"), u16::to_le_bytes);
    for packed in [
        base64(&zlib(bytes)),
        base64(&gzip(bytes)),
        [b" \r\n", &base64(&gzip(bytes))[..], b"\n"].concat(),
        base64(bytes),
        base64(&gzip(&utf16)),
        gzip(bytes),
        zlib(bytes),
    ] {
        assert!(recoded(&packed, None).unwrap() == document, "{:?}", &packed[..9]);
    }
    assert_eq!(recoded(b"PGEvPg", None).unwrap(), "<a/>", "without padding");
    for plain in ["true", "{}", "Hello there", " ", "ab", "AB=C"] {
        assert_eq!(recoded(plain.as_bytes(), None).unwrap(), plain);
    }
}

#[test]
fn what_is_not_what_it_says_or_cut_off_is_refused() {
    let document = document();
    let bytes = document.as_bytes();
    for (packed, encoding) in [
        (gzip(bytes), "gzip"),
        (zlib(bytes), "deflate"),
        (bare_deflate(bytes), "deflate"),
        (zstd(bytes), "zstd"),
        (base64(&zlib(bytes)), ""),
    ] {
        for length in [1, 2, 11, packed.len() / 2, packed.len() - 5] {
            let error = encoded(&packed[..length], encoding);
            assert!(error.is_err() || (encoding.is_empty() && length < 4), "{encoding} cut after {length}");
        }
    }
    let mut damaged = gzip(bytes);
    *damaged.iter_mut().rev().nth(6).unwrap() ^= 1; // the checksum
    assert!(matches!(encoded(&damaged, "gzip"), Err(UnwrappingError::BrokenCompression { kind: "gzip", .. })));
    assert!(encoded(&[zlib(bytes), b"more".to_vec()].concat(), "deflate").is_err());
    assert!(encoded(bytes, "gzip").is_err());
    assert!(matches!(encoded(b"", "gzip"), Err(UnwrappingError::BrokenCompression { .. })));
    assert!(matches!(recoded(b"H4sI!AAA", None), Err(UnwrappingError::NotBase64 { .. })));
}

#[test]
fn an_encoding_that_is_not_known_or_too_many_are_refused_by_name() {
    assert!(encoded(b"<a/>", "br").unwrap_err().to_string().contains("\"br\""));
    assert!(matches!(encoded(b"<a/>", "gzip,gzip,gzip,gzip"), Err(UnwrappingError::UnknownCoding(_))));
}

#[test]
fn a_bomb_is_given_on_in_portions() {
    let bomb = gzip(&gzip(&vec![b' '; 64 << 20]));
    assert!(bomb.len() < 1 << 14, "{}", bomb.len());
    let form = Form { content_type: None, content_encoding: Some("gzip, gzip".to_owned()) };
    let mut unwrapping = Unwrapping::new(&form);
    unwrapping.put(bomb.into());
    for _ in 0..100 {
        assert!((1..=layers::PORTION).contains(&unwrapping.take().unwrap().unwrap().len()));
    }
}

const MULTIPART: &str = "multipart/related; boundary=\"==x\"; type=\"text/xml\"";

fn parts(parts: &[(&str, &str)]) -> String {
    let part = |(head, body): &(&str, &str)| format!("--==x\r\n{head}\r\n\r\n{body}\r\n");
    format!("preamble\r\n{}--==x--\r\nepilogue", parts.iter().map(part).collect::<String>())
}

#[test]
fn the_document_of_a_multipart_body_is_the_part_that_is_not_routing_data() {
    let routing = ("Content-Type: text/plain\r\nContent-ID: <IBInfo>", "<IBInfo/>");
    let content = ("content-id: ContentSection0", "<a>\r\n--==y ü</a>");
    assert_eq!(recoded(parts(&[routing, content]).as_bytes(), Some(MULTIPART)).unwrap(), content.1);
    assert_eq!(recoded(parts(&[content, routing]).as_bytes(), Some(MULTIPART)).unwrap(), content.1);
    let unix = parts(&[routing, content]).replace("\r\n", "\n");
    assert_eq!(recoded(unix.as_bytes(), Some(MULTIPART)).unwrap(), content.1.replace("\r\n", "\n"));
    let packed = String::from_utf8(base64(&zlib(b"<a/>"))).unwrap();
    let head = "Content-Transfer-Encoding: base64";
    assert_eq!(recoded(parts(&[routing, (head, &packed)]).as_bytes(), Some(MULTIPART)).unwrap(), "<a/>");
}

#[test]
fn a_parts_own_charset_counts() {
    let head = "Content-Type: text/xml; charset=ISO-8859-1";
    let body = parts(&[(head, "<a>?</a>")]).into_bytes();
    let body: Vec<u8> = body.into_iter().map(|byte| if byte == b'?' { 0xfc } else { byte }).collect();
    assert_eq!(recoded(&body, Some(MULTIPART)).unwrap(), "<a>ü</a>");
}

#[test]
fn a_multipart_body_that_is_none_or_holds_two_documents_or_none_is_refused() {
    let content = ("Content-ID: c", "<a/>");
    let long = format!("{}<a/>", "x".repeat(40_000));
    for (body, why) in [
        (parts(&[content, content]), "more than one document"),
        (parts(&[("Content-ID: IBInfo", "<i/>")]), "no document"),
        (parts(&[content]).replace("--==x--", ""), "cut off"),
        ("<a/>".to_owned(), "no part begins"),
        (format!("--==x\r\n{long}"), "head has no end"),
    ] {
        let error = recoded(body.as_bytes(), Some(MULTIPART)).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
    let quoted = parts(&[("Content-Transfer-Encoding: quoted-printable", "<a>=20</a>")]);
    assert!(matches!(recoded(quoted.as_bytes(), Some(MULTIPART)), Err(UnwrappingError::UnknownCoding(_))));
}
