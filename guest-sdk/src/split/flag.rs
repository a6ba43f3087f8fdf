//! `MSG_SEQ_FLG` of a transaction: in the `PSCAMA` beside its rows, not in those within them.

use crate::{
    Purpose,
    xml::{Start, Text, normalize_lines, unescape},
};

/// No mark is longer.
const LONGEST: usize = 16;

/// What the transaction is for, as far as its `PSCAMA` has come.
#[derive(Clone, Debug, Default)]
pub(super) struct Flag {
    is_in_control: bool,
    /// The flag's own text while it is being read.
    text: Option<String>,
    purpose: Purpose,
}

impl Flag {
    pub(super) fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// Whether fields are coming that matter.
    #[inline(always)]
    pub(super) fn is_in_control(&self) -> bool {
        self.is_in_control
    }

    /// The `PSCAMA` begins.
    pub(super) fn start_control(&mut self) {
        self.is_in_control = true;
    }

    /// A whole field of it, whose text has nothing to be resolved.
    pub(super) fn field(&mut self, level: usize, name: &[u8], text: &[u8]) {
        if level == 1 && is_flag(name) {
            self.take(&String::from_utf8_lossy(text));
        }
    }

    pub(super) fn start(&mut self, level: usize, start: &Start<'_>) {
        if self.is_in_control && level == 1 && is_flag(start.local_name()) {
            self.text = Some(String::new());
        }
    }

    pub(super) fn text(&mut self, level: usize, text: &Text<'_>) {
        if let Some(flag) = &mut self.text
            && level == 2
            && flag.len() + text.raw.len() <= LONGEST
        {
            let raw = std::str::from_utf8(text.raw).unwrap_or_default();
            flag.push_str(&if text.cdata { normalize_lines(raw) } else { unescape(raw) });
        }
    }

    /// A field ends at level 2, the `PSCAMA` itself at level 1.
    pub(super) fn end(&mut self, level: usize) {
        if let (2, Some(text)) = (level, self.text.take()) {
            self.take(&text);
        }
        if level == 1 {
            self.is_in_control = false;
        }
    }

    fn take(&mut self, text: &str) {
        let purpose = Purpose::of_flag(text);
        if purpose != Purpose::Rows {
            self.purpose = purpose;
        }
    }
}

fn is_flag(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"MSG_SEQ_FLG")
}
