//! A share of a whole, as it is typed.

/// In percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share(pub u8);

impl Share {
    /// `50%`, or `50`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let percent = text.strip_suffix('%').unwrap_or(text).trim().parse().ok().filter(|percent| *percent <= 100);
        percent.map(Share).ok_or_else(|| "it is a share from 0% to 100%".to_owned())
    }

    /// Whether the part is more than this of the whole.
    pub fn is_passed(self, part: u64, whole: u64) -> bool {
        part.saturating_mul(100) > whole.saturating_mul(u64::from(self.0))
    }
}

impl std::fmt::Display for Share {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}%", self.0)
    }
}
