//! What is looked at sixteen bytes at a time is the same as byte by byte, wherever it stands.
#![allow(clippy::unwrap_used)]

use super::*;

const LANES: [u8; WIDTH] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
const LENGTHS: std::ops::Range<usize> = 0..70;

fn bits(marked: impl Fn(u8) -> bool, bytes: [u8; WIDTH]) -> u32 {
    (0..).zip(bytes).filter(|(_, byte)| marked(*byte)).fold(0, |bits, (lane, _)| bits | 1 << lane)
}

/// Every byte there is, each in every lane.
fn all_bytes() -> impl Iterator<Item = [u8; WIDTH]> {
    (0..=u8::MAX).map(|first| LANES.map(|lane| first.wrapping_add(lane.wrapping_mul(37))))
}

#[test]
fn marks_say_of_each_byte_what_is_true_of_it() {
    for bytes in all_bytes() {
        let wide = Wide::of(&bytes);
        for byte in (0..=u8::MAX).step_by(5).chain(*b"<>&]\"\\\r") {
            assert_eq!(wide.is(byte).marked(), bits(|other| other == byte, bytes));
            assert_eq!(wide.is(byte).unmarked(), bits(|other| other != byte, bytes));
            assert_eq!(wide.with(byte).marked(), bits(|other| (other | byte) >= 0x80, bytes));
        }
        for (first, last) in [(0, 8), (11, 12), (14, 31), (b'0', b'9'), (b'a', b'z'), (0, 127), (127, 127)] {
            assert_eq!(wide.within(first, last).marked(), bits(|byte| (first..=last).contains(&byte), bytes));
        }
        assert_eq!(wide.marked(), bits(|byte| byte >= 0x80, bytes));
        let other = std::array::from_fn(|lane| if lane % 3 == 0 { bytes[lane] ^ 0x80 } else { bytes[lane] });
        assert_eq!(wide.same(Wide::of(&other)).marked(), 0b0110_1101_1011_0110);
        assert_eq!(wide.is(b'a').or(wide.is(b'b')).marked(), bits(|byte| byte == b'a' || byte == b'b', bytes));
    }
}

#[test]
fn the_first_byte_sought_is_found_wherever_it_stands() {
    for length in LENGTHS {
        for from in 0..=length {
            let mut bytes = vec![0; length];
            assert_eq!(find(&bytes, from, |wide| wide.is(b'<').marked()), None);
            for at in (0..length).rev() {
                bytes[at] = b'<';
                let expected = (from..length).find(|place| bytes[*place] == b'<');
                assert_eq!(find(&bytes, from, |wide| wide.is(b'<').marked()), expected);
            }
        }
        assert_eq!(find(&vec![b'x'; length], 0, |wide| wide.is(b'x').unmarked()), None);
    }
}

#[test]
fn bytes_begin_alike_up_to_the_first_that_differs() {
    for length in LENGTHS {
        let one: Vec<u8> = (0..=u8::MAX).take(length).collect();
        for longer in [0, 1, 15, 16, 17] {
            let mut other = one.clone();
            other.extend(vec![b'x'; longer]);
            assert!(begin_alike(&one, &other, length) && begin_alike(&other, &one, length));
            assert!(!begin_alike(&one, &other, length + 1));
            for at in 0..length {
                other[at] ^= 1;
                assert!(!begin_alike(&one, &other, length) && begin_alike(&one, &other, at));
                other[at] ^= 1;
            }
        }
    }
}

#[test]
fn fewer_than_sixteen_bytes_are_padded_with_zeros() {
    for length in 0..WIDTH {
        let bytes: Vec<u8> = (1..).take(length).collect();
        let expected = std::array::from_fn(|lane| bytes.get(lane).copied().unwrap_or_default());
        assert_eq!(padded(&bytes), expected);
    }
}
