//! Bodies that are compressed: as `Content-Encoding` says, or as their first bytes show.

use bytes::Bytes;
use flate2::{Decompress, FlushDecompress, Status};
use zstd_safe::{DCtx, DParameter, InBuffer, OutBuffer};

use super::UnwrappingError;
use super::layers::{Layer, room};

/// A sender's window may be 8 MiB (RFC 8878 asks receivers for no more), as a power of two.
const ZSTD_WINDOW: u32 = 23;
const WINDOW: u8 = 15;

/// The layer that a `Content-Encoding` names; none where it changes nothing.
pub fn of_coding(coding: &str) -> Result<Option<Box<dyn Layer>>, UnwrappingError> {
    Ok(Some(match coding.trim().to_ascii_lowercase().as_str() {
        "" | "identity" => return Ok(None),
        "gzip" | "x-gzip" => Box::new(Inflate::new(Some(Kind::Gzip))),
        "deflate" => Box::new(Inflate::new(None)),
        "zstd" => Box::new(Unzstd::new()?),
        _ => return Err(UnwrappingError::UnknownCoding(coding.trim().to_owned())),
    }))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Gzip,
    Zlib,
    /// No header, no checksum: what some senders mean by `deflate`.
    Bare,
}

impl Kind {
    /// What data that begins with these two bytes is compressed with, if it says so.
    pub fn of(first: u8, second: u8) -> Option<Self> {
        match (first, second) {
            (0x1f, 0x8b) => Some(Kind::Gzip),
            // RFC 1950: method 8, and a check over both bytes.
            (method, check) if method & 0x0f == 8 && (u32::from(method) << 8 | u32::from(check)) % 31 == 0 => {
                Some(Kind::Zlib)
            }
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Kind::Gzip => "gzip",
            Kind::Zlib => "zlib",
            Kind::Bare => "deflate",
        }
    }

    fn reader(self) -> Decompress {
        match self {
            Kind::Gzip => Decompress::new_gzip(WINDOW),
            Kind::Zlib => Decompress::new(true),
            Kind::Bare => Decompress::new(false),
        }
    }
}

/// gzip, zlib and bare deflate.
pub struct Inflate {
    kind: Option<Kind>,
    reader: Option<Decompress>,
    consumed: u64,
}

impl Inflate {
    /// Without a kind, the first bytes tell zlib from bare deflate.
    pub fn new(kind: Option<Kind>) -> Self {
        Inflate { kind, reader: None, consumed: 0 }
    }

    fn broken(&self) -> UnwrappingError {
        let kind = self.kind.unwrap_or(Kind::Bare);
        UnwrappingError::BrokenCompression { kind: kind.name(), position: self.consumed }
    }

    fn begin(&mut self, input: &Bytes, ended: bool) -> Option<&mut Decompress> {
        if self.kind.is_none() {
            self.kind = match **input {
                [first, second, ..] => Some(Kind::of(first, second).unwrap_or(Kind::Bare)),
                _ if ended => Some(Kind::Bare),
                _ => return None,
            };
        }
        let kind = self.kind?;
        Some(self.reader.get_or_insert_with(|| kind.reader()))
    }
}

impl Layer for Inflate {
    fn step(&mut self, input: &mut Bytes, ended: bool) -> Result<Bytes, UnwrappingError> {
        // A gzip file may be several, one after the other.
        let may_end = self.reader.is_none() && self.consumed > 0;
        if input.is_empty() && (self.reader.is_none() && !ended || may_end) {
            return Ok(Bytes::new());
        }
        if may_end && self.kind != Some(Kind::Gzip) {
            return Err(self.broken());
        }
        let Some(reader) = self.begin(input, ended) else {
            return Ok(Bytes::new());
        };
        let before = (reader.total_in(), reader.total_out());
        let mut output = room(input.len());
        let status = reader.decompress(input, &mut output, FlushDecompress::None);
        let (read, written) = (reader.total_in() - before.0, reader.total_out() - before.1);
        self.consumed += read;
        drop(input.split_to(usize::try_from(read).unwrap_or(input.len()).min(input.len())));
        output.truncate(usize::try_from(written).unwrap_or(usize::MAX));
        match status {
            Err(_) => return Err(self.broken()),
            Ok(Status::StreamEnd) => self.reader = None,
            Ok(_) if ended && written == 0 && input.is_empty() => return Err(self.broken()),
            Ok(_) => {}
        }
        Ok(output.into())
    }
}

/// Zstandard.
pub struct Unzstd {
    reader: DCtx<'static>,
    /// Whether a frame has begun and not ended.
    within: bool,
    consumed: u64,
}

impl Unzstd {
    fn new() -> Result<Self, UnwrappingError> {
        let mut reader = DCtx::create();
        let broken = |_| UnwrappingError::BrokenCompression { kind: "zstd", position: 0 };
        reader.set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW)).map_err(broken)?;
        Ok(Unzstd { reader, within: true, consumed: 0 })
    }
}

impl Layer for Unzstd {
    fn step(&mut self, input: &mut Bytes, ended: bool) -> Result<Bytes, UnwrappingError> {
        if input.is_empty() && (!ended || !self.within) {
            return Ok(Bytes::new());
        }
        let mut output = room(input.len());
        let mut from = InBuffer::around(input);
        let mut to = OutBuffer::around(output.as_mut_slice());
        let result = self.reader.decompress_stream(&mut to, &mut from);
        let (read, written) = (from.pos(), to.pos());
        self.consumed += read as u64;
        drop(input.split_to(read));
        let broken = UnwrappingError::BrokenCompression { kind: "zstd", position: self.consumed };
        match result {
            Err(_) => return Err(broken),
            Ok(hint) => self.within = hint != 0,
        }
        if ended && written == 0 && read == 0 && self.within {
            return Err(broken);
        }
        output.truncate(written);
        Ok(output.into())
    }
}
