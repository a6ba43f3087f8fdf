//! What may be around a document, and what is wrong with it.
#![allow(clippy::unwrap_used)]

use std::io::Write;

use super::*;

const BOUNDS: Bounds = Bounds {
    bytes: Size(1 << 20),
    unpacked: Size(1 << 30),
    time: Duration::from_secs(60),
    silence: Duration::from_secs(60),
};

async fn read_all(mut body: Body) -> Result<String, BodyError> {
    let mut all = Vec::new();
    while let Some(bytes) = body.next().await? {
        all.extend_from_slice(&bytes);
    }
    String::from_utf8(all).map_err(|_| BodyError::Parts("not UTF-8"))
}

fn in_chunks(bytes: &[u8], size: usize) -> axum::body::Body {
    let chunks: Vec<_> = bytes.chunks(size).map(|c| Ok::<_, std::io::Error>(Bytes::copy_from_slice(c))).collect();
    axum::body::Body::from_stream(futures_util::stream::iter(chunks))
}

async fn recoded(bytes: &[u8], content_type: Option<&str>) -> Result<String, BodyError> {
    let form = Form { content_type: content_type.map(str::to_owned), content_encoding: None };
    read(bytes, &form).await
}

async fn encoded(bytes: &[u8], content_encoding: &str) -> Result<String, BodyError> {
    read(bytes, &Form { content_type: None, content_encoding: Some(content_encoding.to_owned()) }).await
}

/// However it is cut.
async fn read(bytes: &[u8], form: &Form) -> Result<String, BodyError> {
    let whole = read_all(Body::new(in_chunks(bytes, 1 << 20), form, BOUNDS)).await;
    let cut = read_all(Body::new(in_chunks(bytes, 1), form, BOUNDS)).await;
    assert_eq!(whole.as_ref().map_err(ToString::to_string), cut.as_ref().map_err(ToString::to_string));
    whole
}

fn utf16(text: &str, to: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(to).collect()
}

#[tokio::test]
async fn utf8_passes_as_it_came_less_its_mark() {
    assert_eq!(recoded("<a>ü</a>".as_bytes(), None).await.unwrap(), "<a>ü</a>");
    assert_eq!(recoded("\u{feff}<a/>".as_bytes(), None).await.unwrap(), "<a/>");
    assert_eq!(recoded(b"", None).await.unwrap(), "");
}

#[tokio::test]
async fn utf16_is_known_by_its_mark_or_by_its_first_character() {
    let text = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><a>ü€😀</a>";
    assert_eq!(recoded(&utf16(&format!("\u{feff}{text}"), u16::to_le_bytes), None).await.unwrap(), text);
    assert_eq!(recoded(&utf16(&format!("\u{feff}{text}"), u16::to_be_bytes), None).await.unwrap(), text);
    assert_eq!(recoded(&utf16(text, u16::to_le_bytes), None).await.unwrap(), text);
    assert_eq!(recoded(&utf16(text, u16::to_be_bytes), None).await.unwrap(), text);
}

#[tokio::test]
async fn one_byte_encodings_are_known_by_declaration_or_content_type() {
    let declared = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xfc</a>";
    assert!(recoded(declared, None).await.unwrap().ends_with("<a>ü</a>"));
    assert_eq!(recoded(b"<a>\x80</a>", Some("text/xml; charset=\"windows-1252\"")).await.unwrap(), "<a>€</a>");
}

#[tokio::test]
async fn an_encoding_nobody_knows_or_that_is_a_lie_is_refused() {
    let unknown = recoded(b"<?xml version='1.0' encoding='KLINGON'?><a/>", None).await.unwrap_err();
    assert!(unknown.to_string().contains("KLINGON"));
    let lie = recoded(b"<?xml version='1.0' encoding='UTF-16'?><a/>", None).await.unwrap_err();
    assert!(matches!(lie, BodyError::Encoding(EncodingError::FalseDeclaration(_))));
}

#[tokio::test]
async fn a_body_that_comes_drop_by_drop_is_cut_off_at_the_limit_for_all_of_it() {
    let drops = futures_util::stream::unfold((), |()| async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Some((Ok::<_, std::io::Error>(Bytes::from_static(b" ")), ()))
    });
    let body = Body::new(
        axum::body::Body::from_stream(drops),
        &Form::default(),
        Bounds { time: Duration::from_millis(200), ..BOUNDS },
    );
    assert!(matches!(read_all(body).await.unwrap_err(), BodyError::TooSlow(_)));
}

#[tokio::test]
async fn a_body_that_is_larger_than_it_may_be_is_refused_whether_it_says_so_or_not() {
    let bounds = Bounds { bytes: Size(10), ..BOUNDS };
    let form = Form::default();
    let mut said = Body::new(axum::body::Body::from("<a>0123456789</a>"), &form, bounds);
    assert!(matches!(said.next().await, Err(BodyError::TooLarge(_))));
    assert!(!said.is_begun());
    let in_pieces = read_all(Body::new(in_chunks(b"<a>0123456789</a>", 4), &form, bounds)).await;
    assert!(matches!(in_pieces, Err(BodyError::TooLarge(Size(10)))));
    assert!(read_all(Body::new(in_chunks(b"<a>012</a>", 4), &form, bounds)).await.is_ok());
}

#[tokio::test]
async fn what_is_not_valid_in_its_encoding_is_refused_with_its_position() {
    let mut bytes = utf16("\u{feff}<a>", u16::to_le_bytes);
    bytes.extend([0x00, 0xdc, b'<', 0]); // half of a surrogate pair
    let error = recoded(&bytes, None).await.unwrap_err();
    assert!(matches!(error, BodyError::Undecodable { position: 8, .. }), "{error}");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn bare_deflate(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    let mut packed = vec![0; zstd_safe::compress_bound(bytes.len())];
    let length = zstd_safe::compress(packed.as_mut_slice(), bytes, 3).unwrap();
    packed.truncate(length);
    packed
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

#[tokio::test]
async fn content_encodings_are_undone_the_last_one_first() {
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
        assert!(encoded(&packed, encoding).await.unwrap() == document, "{encoding}");
    }
}

#[tokio::test]
async fn what_peoplesoft_packs_is_unpacked_though_nothing_announces_it() {
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
        assert!(recoded(&packed, None).await.unwrap() == document, "{:?}", &packed[..9]);
    }
    assert_eq!(recoded(b"PGEvPg", None).await.unwrap(), "<a/>", "without padding");
    for plain in ["true", "{}", "Hello there", " ", "ab", "AB=C"] {
        assert_eq!(recoded(plain.as_bytes(), None).await.unwrap(), plain);
    }
}

#[tokio::test]
async fn what_is_not_what_it_says_or_cut_off_is_refused() {
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
            let error = encoded(&packed[..length], encoding).await;
            assert!(error.is_err() || (encoding.is_empty() && length < 4), "{encoding} cut after {length}");
        }
    }
    let mut damaged = gzip(bytes);
    *damaged.iter_mut().rev().nth(6).unwrap() ^= 1; // the checksum
    assert!(matches!(encoded(&damaged, "gzip").await, Err(BodyError::BrokenCompression { kind: "gzip", .. })));
    assert!(encoded(&[zlib(bytes), b"more".to_vec()].concat(), "deflate").await.is_err());
    assert!(encoded(bytes, "gzip").await.is_err());
    assert!(matches!(encoded(b"", "gzip").await, Err(BodyError::BrokenCompression { .. })));
    assert!(matches!(recoded(b"H4sI!AAA", None).await, Err(BodyError::NotBase64 { .. })));
}

#[tokio::test]
async fn an_encoding_that_is_not_known_or_too_many_are_refused_by_name() {
    assert!(encoded(b"<a/>", "br").await.unwrap_err().to_string().contains("\"br\""));
    assert!(matches!(encoded(b"<a/>", "gzip,gzip,gzip,gzip").await, Err(BodyError::UnknownCoding(_))));
}

#[tokio::test]
async fn a_bomb_is_given_on_in_portions_and_cut_at_the_limit() {
    let bomb = gzip(&gzip(&vec![b' '; 64 << 20]));
    assert!(bomb.len() < 1 << 14, "{}", bomb.len());
    let form = Form { content_type: None, content_encoding: Some("gzip, gzip".to_owned()) };
    let mut body = Body::new(in_chunks(&bomb, 1 << 20), &form, BOUNDS);
    for _ in 0..100 {
        assert!((1..=layers::PORTION).contains(&body.next().await.unwrap().unwrap().len()));
    }
    let cut = Body::new(in_chunks(&bomb, 1 << 20), &form, Bounds { unpacked: Size(1 << 20), ..BOUNDS });
    assert!(matches!(read_all(cut).await, Err(BodyError::TooLargeUnpacked(Size(1_048_576)))));
}

const MULTIPART: &str = "multipart/related; boundary=\"==x\"; type=\"text/xml\"";

fn parts(parts: &[(&str, &str)]) -> String {
    let part = |(head, body): &(&str, &str)| format!("--==x\r\n{head}\r\n\r\n{body}\r\n");
    format!("preamble\r\n{}--==x--\r\nepilogue", parts.iter().map(part).collect::<String>())
}

#[tokio::test]
async fn the_document_of_a_multipart_body_is_the_part_that_is_not_routing_data() {
    let routing = ("Content-Type: text/plain\r\nContent-ID: <IBInfo>", "<IBInfo/>");
    let content = ("content-id: ContentSection0", "<a>\r\n--==y ü</a>");
    assert_eq!(recoded(parts(&[routing, content]).as_bytes(), Some(MULTIPART)).await.unwrap(), content.1);
    assert_eq!(recoded(parts(&[content, routing]).as_bytes(), Some(MULTIPART)).await.unwrap(), content.1);
    let unix = parts(&[routing, content]).replace("\r\n", "\n");
    assert_eq!(recoded(unix.as_bytes(), Some(MULTIPART)).await.unwrap(), content.1.replace("\r\n", "\n"));
    let packed = String::from_utf8(base64(&zlib(b"<a/>"))).unwrap();
    let head = "Content-Transfer-Encoding: base64";
    assert_eq!(recoded(parts(&[routing, (head, &packed)]).as_bytes(), Some(MULTIPART)).await.unwrap(), "<a/>");
}

#[tokio::test]
async fn a_parts_own_charset_counts() {
    let head = "Content-Type: text/xml; charset=ISO-8859-1";
    let body = parts(&[(head, "<a>?</a>")]).into_bytes();
    let body: Vec<u8> = body.into_iter().map(|byte| if byte == b'?' { 0xfc } else { byte }).collect();
    assert_eq!(recoded(&body, Some(MULTIPART)).await.unwrap(), "<a>ü</a>");
}

#[tokio::test]
async fn a_multipart_body_that_is_none_or_holds_two_documents_or_none_is_refused() {
    let content = ("Content-ID: c", "<a/>");
    let long = format!("{}<a/>", "x".repeat(40_000));
    for (body, why) in [
        (parts(&[content, content]), "more than one document"),
        (parts(&[("Content-ID: IBInfo", "<i/>")]), "no document"),
        (parts(&[content]).replace("--==x--", ""), "cut off"),
        ("<a/>".to_owned(), "no part begins"),
        (format!("--==x\r\n{long}"), "head has no end"),
    ] {
        let error = recoded(body.as_bytes(), Some(MULTIPART)).await.unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
    let quoted = parts(&[("Content-Transfer-Encoding: quoted-printable", "<a>=20</a>")]);
    assert!(matches!(recoded(quoted.as_bytes(), Some(MULTIPART)).await, Err(BodyError::UnknownCoding(_))));
}
