//! A number of bytes, as a person writes it: `256MiB`.

use std::fmt;
use std::str::FromStr;

const UNITS: [(&str, usize); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub usize);

#[derive(Debug, thiserror::Error)]
#[error("not a size such as 512KiB, 64MiB or 2GiB")]
pub struct NoSize;

impl FromStr for Size {
    type Err = NoSize;

    fn from_str(text: &str) -> Result<Self, NoSize> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let unit = UNITS.iter().find(|(name, _)| unit.eq_ignore_ascii_case(name)).ok_or(NoSize)?.1;
        number.parse::<usize>().ok().and_then(|number| number.checked_mul(unit)).map(Size).ok_or(NoSize)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = UNITS.iter().find(|(_, unit)| self.0 >= *unit && self.0.is_multiple_of(*unit));
        let (name, unit) = whole.unwrap_or(&("B", 1));
        write!(out, "{}{name}", self.0 / unit)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_size_is_written_as_it_was_read() {
        for text in ["512KiB", "64MiB", "2GiB", "1000B", "0B"] {
            assert_eq!(text.parse::<Size>().unwrap().to_string(), text);
        }
        assert_eq!("1024kib".parse::<Size>().unwrap(), Size(1 << 20));
    }

    #[test]
    fn what_is_no_size_is_refused() {
        for text in ["", "64", "MiB", "-1MiB", "1.5GiB", "64MB", "99999999999999999999B", "17179869184GiB"] {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
    }
}
