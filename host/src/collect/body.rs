//! The body of a message, as a stream of UTF-8 without a byte-order mark whatever the sender used.
//!
//! A UTF-8 body passes through as it came. What is not valid in its encoding is an error with its position, never repaired.

use std::pin::Pin;
use std::time::{Duration, Instant};

use axum::body::{Bytes, HttpBody};
use encoding_rs::{Decoder, DecoderResult, UTF_8};

use super::encoding::{self, EncodingError};

/// How long the sender may be silent within a body.
const SILENCE: Duration = Duration::from_secs(60);
/// How long the rest of a refused body is taken in. A sender that is still sending when the connection closes may never
/// see the reply, and would send the message again and again.
const DRAINING: Duration = Duration::from_secs(10);
/// Enough of the body to see how it is encoded.
const HEAD: usize = 512;
/// A larger chunk is split in tasks of its own anyway; this bounds what recoding holds.
const RECODED: usize = 64 * 1024;

pub struct Body {
    inner: axum::body::Body,
    /// How long it may take to come, and when that is over.
    longest: Duration,
    until: Instant,
    /// The charset the Content-Type gave.
    charset: Option<String>,
    /// Bytes read and not yet handed out.
    held: Vec<u8>,
    begun: bool,
    state: State,
}

enum State {
    Unknown,
    Verbatim,
    Recoding { decoder: Decoder, name: &'static str, consumed: u64 },
    Ended,
}

#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    #[error("the body was cut off: the sender hung up")]
    CutOff(#[source] axum::Error),
    #[error("nothing of the body came for {}", humantime::format_duration(*.0))]
    Stalled(Duration),
    #[error("the body had not come whole in {}", humantime::format_duration(*.0))]
    TooSlow(Duration),
    #[error(transparent)]
    Encoding(#[from] EncodingError),
    #[error("the body is not valid {encoding}")]
    Undecodable { encoding: &'static str, position: u64 },
}

impl Body {
    /// `longest`: how long all of it may take to come, from now.
    pub fn new(inner: axum::body::Body, content_type: Option<&str>, longest: Duration) -> Self {
        let charset = content_type.and_then(encoding::charset).map(str::to_owned);
        let until = Instant::now() + longest;
        Body { inner, longest, until, charset, held: Vec::new(), begun: false, state: State::Unknown }
    }

    /// Whether there is nothing in it. A failure to read shows later, when it is read.
    pub async fn is_empty(&mut self) -> bool {
        while self.held.is_empty() {
            match self.read().await {
                Ok(Some(bytes)) => self.held.extend_from_slice(&bytes),
                Ok(None) => return true,
                Err(_) => return false,
            }
        }
        false
    }

    /// The next bytes, in UTF-8; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        if matches!(self.state, State::Unknown) {
            self.look_at_head().await?;
        }
        let bytes = match std::mem::take(&mut self.held) {
            held if !held.is_empty() => Some(Bytes::from(held)),
            _ => self.read().await?,
        };
        match (&mut self.state, bytes) {
            (State::Ended, _) => Ok(None),
            (State::Recoding { decoder, name, consumed }, Some(bytes)) => {
                recode(decoder, name, consumed, &bytes, false).map(Some)
            }
            (State::Recoding { decoder, name, consumed }, None) => {
                let last = recode(decoder, name, consumed, &[], true)?;
                self.state = State::Ended;
                Ok(Some(last))
            }
            (_, bytes) => Ok(bytes),
        }
    }

    /// Whether anything of it was asked for.
    pub fn is_begun(&self) -> bool {
        self.begun
    }

    /// Takes in what is left and forgets it.
    pub async fn drain(&mut self) {
        let rest = async { while let Ok(Some(_)) = self.read().await {} };
        if tokio::time::timeout(DRAINING, rest).await.is_err() {
            tracing::debug!("a refused body goes on and on: hanging up");
        }
    }

    async fn look_at_head(&mut self) -> Result<(), BodyError> {
        while self.held.len() < HEAD {
            match self.read().await? {
                Some(bytes) => self.held.extend_from_slice(&bytes),
                None => break,
            }
        }
        let (encoding, mark) = encoding::of(&self.held, self.charset.as_deref())?;
        self.held.drain(..mark);
        self.state = match encoding {
            encoding if encoding == UTF_8 => State::Verbatim,
            encoding => State::Recoding {
                decoder: encoding.new_decoder_without_bom_handling(),
                name: encoding.name(),
                consumed: mark as u64,
            },
        };
        Ok(())
    }

    /// The next bytes as they came, none of them empty.
    async fn read(&mut self) -> Result<Option<Bytes>, BodyError> {
        self.begun = true;
        loop {
            let frame = std::future::poll_fn(|context| Pin::new(&mut self.inner).poll_frame(context));
            let left = self.until.saturating_duration_since(Instant::now());
            let frame = tokio::time::timeout(left.min(SILENCE), frame).await.map_err(|_| match left < SILENCE {
                true => BodyError::TooSlow(self.longest),
                false => BodyError::Stalled(SILENCE),
            })?;
            let Some(frame) = frame.transpose().map_err(BodyError::CutOff)? else { return Ok(None) };
            match frame.into_data() {
                Ok(bytes) if !bytes.is_empty() => return Ok(Some(bytes)),
                _ => {} // trailers, or nothing
            }
        }
    }
}

fn recode(
    decoder: &mut Decoder,
    encoding: &'static str,
    consumed: &mut u64,
    mut bytes: &[u8],
    last: bool,
) -> Result<Bytes, BodyError> {
    let mut text = Vec::with_capacity(bytes.len() + bytes.len() / 2 + 16);
    let mut room = vec![0; RECODED];
    loop {
        let (result, read, written) = decoder.decode_to_utf8_without_replacement(bytes, &mut room, last);
        text.extend_from_slice(room.get(..written).unwrap_or_default());
        bytes = bytes.get(read..).unwrap_or_default();
        *consumed += read as u64;
        match result {
            DecoderResult::InputEmpty => return Ok(text.into()),
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(bad, after) => {
                let position = consumed.saturating_sub(u64::from(bad) + u64::from(after));
                return Err(BodyError::Undecodable { encoding, position });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const LONGEST: Duration = Duration::from_secs(60);

    async fn read_all(mut body: Body) -> Result<String, BodyError> {
        let mut all = Vec::new();
        while let Some(bytes) = body.next().await? {
            all.extend_from_slice(&bytes);
        }
        Ok(String::from_utf8(all).unwrap())
    }

    fn in_chunks(bytes: &[u8], size: usize) -> axum::body::Body {
        let chunks: Vec<_> = bytes.chunks(size).map(|c| Ok::<_, std::io::Error>(Bytes::copy_from_slice(c))).collect();
        axum::body::Body::from_stream(futures_util::stream::iter(chunks))
    }

    async fn recoded(bytes: &[u8], content_type: Option<&str>) -> Result<String, BodyError> {
        let whole = read_all(Body::new(in_chunks(bytes, 1 << 20), content_type, LONGEST)).await;
        let cut = read_all(Body::new(in_chunks(bytes, 1), content_type, LONGEST)).await;
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
        let body = Body::new(axum::body::Body::from_stream(drops), None, Duration::from_millis(200));
        assert!(matches!(read_all(body).await.unwrap_err(), BodyError::TooSlow(_)));
    }

    #[tokio::test]
    async fn what_is_not_valid_in_its_encoding_is_refused_with_its_position() {
        let mut bytes = utf16("\u{feff}<a>", u16::to_le_bytes);
        bytes.extend([0x00, 0xdc, b'<', 0]); // half of a surrogate pair
        let error = recoded(&bytes, None).await.unwrap_err();
        assert!(matches!(error, BodyError::Undecodable { position: 8, .. }), "{error}");
    }
}
