//! Sixteen bytes at a time. One instruction of the machine does each step: in WebAssembly those of `simd128`, whose functions are
//! safe; elsewhere two words of eight bytes do.

mod lanes;
#[cfg(test)]
mod tests;

use lanes::Lanes;

/// How many bytes are looked at together.
pub(crate) const WIDTH: usize = 16;

/// And this is what most names and texts are shorter than.
pub(crate) const TWICE: usize = 2 * WIDTH;

/// Sixteen bytes, or what is true of each of sixteen bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wide(Lanes);

impl Wide {
    #[inline(always)]
    pub(crate) fn of(bytes: &[u8; WIDTH]) -> Self {
        Self(lanes::load(words(bytes)))
    }

    /// The sixteen bytes `bytes` has at `at`; nothing where it ends before.
    #[inline(always)]
    pub(crate) fn at(bytes: &[u8], at: usize) -> Option<Self> {
        bytes.get(at..)?.first_chunk().map(Self::of)
    }

    /// Which are this byte.
    #[inline(always)]
    pub(crate) fn is(self, byte: u8) -> Self {
        Self(lanes::equal(self.0, lanes::splat(byte)))
    }

    /// Which are the same in both.
    #[inline(always)]
    pub(crate) fn same(self, other: Self) -> Self {
        Self(lanes::equal(self.0, other.0))
    }

    /// Which are from `first` to `last`, both ASCII.
    #[inline(always)]
    pub(crate) fn within(self, first: u8, last: u8) -> Self {
        Self(lanes::within(self.0, first, last))
    }

    /// The bytes with these bits set too.
    #[inline(always)]
    pub(crate) fn with(self, bits: u8) -> Self {
        Self(lanes::or(self.0, lanes::splat(bits)))
    }

    #[inline(always)]
    pub(crate) fn or(self, other: Self) -> Self {
        Self(lanes::or(self.0, other.0))
    }

    /// A bit for each that is marked, the first the lowest.
    #[inline(always)]
    pub(crate) fn marked(self) -> u32 {
        lanes::bits(self.0)
    }

    /// A bit for each that is not marked.
    #[inline(always)]
    pub(crate) fn unmarked(self) -> u32 {
        lanes::bits(self.0) ^ 0xFFFF
    }
}

/// The two words sixteen bytes are, the first the lowest.
#[inline(always)]
pub(crate) fn words(bytes: &[u8; WIDTH]) -> [u64; 2] {
    let all = u128::from_le_bytes(*bytes);
    #[allow(clippy::cast_possible_truncation)]
    let words = [all as u64, (all >> 64) as u64];
    words
}

/// What `bits` says of thirty-two bytes.
#[inline(always)]
pub(crate) fn twice(bytes: &[u8; TWICE], bits: impl Fn(Wide) -> u32) -> u32 {
    let (low, high) = halves(bytes);
    bits(low) | bits(high) << WIDTH
}

/// How many of the first bytes are the same in both.
#[inline(always)]
pub(crate) fn alike(one: &[u8; TWICE], other: &[u8; TWICE]) -> u32 {
    let ((low, high), (other_low, other_high)) = (halves(one), halves(other));
    (low.same(other_low).marked() | high.same(other_high).marked() << WIDTH).trailing_ones()
}

#[inline(always)]
fn halves(bytes: &[u8; TWICE]) -> (Wide, Wide) {
    match bytes.as_chunks() {
        ([low, high], _) => (Wide::of(low), Wide::of(high)),
        _ => (Wide::of(&[0; WIDTH]), Wide::of(&[0; WIDTH])),
    }
}

/// Where the first byte stands, at `from` or after, that `bits` has a bit for. Most are found in the first step, so only the
/// others pay for a loop: in WebAssembly each turn of one asks whether the time is up.
#[inline(always)]
pub(crate) fn find(bytes: &[u8], from: usize, bits: impl Fn(Wide) -> u32) -> Option<usize> {
    match Wide::at(bytes, from).map(&bits) {
        Some(found @ 1..) => Some(from + found.trailing_zeros() as usize),
        _ => find_further(bytes, from, bits),
    }
}

/// The same where the first steps are not worth anything.
#[inline(never)]
pub(crate) fn find_further(bytes: &[u8], from: usize, bits: impl Fn(Wide) -> u32) -> Option<usize> {
    let mut at = from;
    while let Some(wide) = Wide::at(bytes, at) {
        let found = bits(wide);
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize);
        }
        at += WIDTH;
    }
    find_in_rest(bytes.get(at..)?, bits).map(|found| at + found)
}

/// The same in fewer than sixteen bytes.
#[cold]
fn find_in_rest(rest: &[u8], bits: impl Fn(Wide) -> u32) -> Option<usize> {
    let found = bits(Wide::of(&padded(rest))).trailing_zeros() as usize;
    (found < rest.len()).then_some(found)
}

/// Fewer than sixteen bytes, with zeros after them. Puts together the first and the last of them, which may overlap.
#[inline(always)]
pub(crate) fn padded(bytes: &[u8]) -> [u8; WIDTH] {
    let [low, high] = if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let (first, last) = (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
        let unused = 8 * ((WIDTH - bytes.len()) % 8);
        [first, if bytes.len() == 8 { 0 } else { last >> unused }]
    } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        [u64::from(first) | u64::from(last) << (8 * (bytes.len() - 4)), 0]
    } else {
        let byte = |at: usize| u64::from(bytes.get(at).copied().unwrap_or_default());
        [byte(0) | byte(1) << 8 | byte(2) << 16, 0]
    };
    (u128::from(low) | u128::from(high) << 64).to_le_bytes()
}

/// Whether the first `length` bytes of both are the same.
#[inline(always)]
pub(crate) fn begin_alike(one: &[u8], other: &[u8], length: usize) -> bool {
    if length > WIDTH {
        return long_begin_alike(one, other, length);
    }
    let same = first_of(one).same(first_of(other)).marked().trailing_ones() as usize;
    length <= same && length <= one.len() && length <= other.len()
}

#[inline(never)]
fn long_begin_alike(one: &[u8], other: &[u8], length: usize) -> bool {
    matches!((one.get(..length), other.get(..length)), (Some(one), Some(other)) if one == other)
}

/// The first sixteen bytes, or fewer with zeros after them.
#[inline(always)]
fn first_of(bytes: &[u8]) -> Wide {
    match bytes.first_chunk() {
        Some(all) => Wide::of(all),
        None => Wide::of(&padded(bytes)),
    }
}
