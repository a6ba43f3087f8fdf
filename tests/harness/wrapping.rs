//! What a message may be wrapped in on its way, and the headers that say so.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

pub use super::packing::gzip;
use super::packing::{zlib, zstd};

/// A message in something.
pub struct Wrapped {
    pub name: &'static str,
    pub headers: Vec<(&'static str, &'static str)>,
    pub body: Vec<u8>,
}

/// The same message in everything that `collect` takes, itself first.
pub fn of(body: &[u8]) -> Vec<Wrapped> {
    let text = String::from_utf8(body.to_vec()).unwrap();
    let utf16 = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let parts = format!(
        "--part\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-ID: IBInfo\r\n\r\n<IBInfo/>\r\n\
         --part\r\nContent-Type: text/plain\r\nContent-ID: ContentSection0\r\n\r\n{text}\r\n--part--\r\n"
    );
    let encoded = |encoding| vec![("Content-Encoding", encoding)];
    let twice = vec![("Content-Encoding", "gzip"), ("Content-Encoding", "zstd")];
    let multipart = vec![("Content-Type", "multipart/related; boundary=\"part\"")];
    let all: [(&str, Vec<_>, Vec<u8>); 11] = [
        ("bare", vec![], body.to_vec()),
        ("mark", vec![], [b"\xef\xbb\xbf", body].concat()),
        ("utf-16", vec![], utf16),
        ("gzip", encoded("gzip"), gzip(body)),
        ("gzip-unannounced", vec![], gzip(body)),
        ("deflate", encoded("deflate"), zlib(body)),
        ("zstd", encoded("zstd"), zstd(body)),
        ("twice", twice, zstd(&gzip(body))),
        ("packed", vec![("sendUncompressed", "N")], packed(body)),
        ("packed-gzip", vec![], STANDARD.encode(gzip(body)).into_bytes()),
        ("parts", multipart, parts.into_bytes()),
    ];
    all.into_iter().map(|(name, headers, body)| Wrapped { name, headers, body }).collect()
}

/// As PeopleSoft does unless it is told not to.
pub fn packed(bytes: &[u8]) -> Vec<u8> {
    STANDARD.encode(zlib(bytes)).into_bytes()
}
