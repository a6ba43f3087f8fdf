//! Sixteen bytes in a register, and what can be done to all of them at once. What is true of one is in its highest bit.

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(super) use simd::{Lanes, bits, equal, load, or, splat, within};
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub(super) use words::{Lanes, bits, equal, load, or, splat, within};

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd {
    use std::arch::wasm32::{i8x16_bitmask, i8x16_le, u8x16_sub, u64x2, v128};
    pub(crate) use std::arch::wasm32::{i8x16_eq as equal, u8x16_splat as splat, v128_or as or};

    pub(crate) type Lanes = v128;

    #[inline(always)]
    pub(crate) fn load([low, high]: [u64; 2]) -> Lanes {
        u64x2(low, high)
    }

    #[inline(always)]
    pub(crate) fn within(lanes: Lanes, first: u8, last: u8) -> Lanes {
        // Compared as signed numbers: for unsigned ones x86 has no instruction.
        let moved = u8x16_sub(lanes, splat(first ^ 0x80));
        i8x16_le(moved, splat((last - first) ^ 0x80))
    }

    #[inline(always)]
    pub(crate) fn bits(lanes: Lanes) -> u32 {
        u32::from(i8x16_bitmask(lanes))
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod words {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;

    pub(crate) type Lanes = [u64; 2];

    #[inline(always)]
    pub(crate) fn load(words: [u64; 2]) -> Lanes {
        words
    }

    #[inline(always)]
    pub(crate) fn splat(byte: u8) -> Lanes {
        [u64::from(byte) * ONES; 2]
    }

    #[inline(always)]
    pub(crate) fn equal([low, high]: Lanes, [other_low, other_high]: Lanes) -> Lanes {
        [low ^ other_low, high ^ other_high].map(|different| !(((different & !HIGH) + !HIGH) | different))
    }

    #[inline(always)]
    pub(crate) fn within(lanes: Lanes, first: u8, last: u8) -> Lanes {
        let (first, last) = (u64::from(first) * ONES, u64::from(last) * ONES);
        lanes.map(|word| ((word | HIGH) - first) & ((last | HIGH) - (word & !HIGH)) & !word)
    }

    #[inline(always)]
    pub(crate) fn or([low, high]: Lanes, [other_low, other_high]: Lanes) -> Lanes {
        [low | other_low, high | other_high]
    }

    #[inline(always)]
    pub(crate) fn bits(lanes: Lanes) -> u32 {
        let [low, high] = lanes.map(|word| ((word & HIGH) >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56);
        #[allow(clippy::cast_possible_truncation)]
        let bits = (low | high << 8) as u32;
        bits
    }
}
