//! Which letters are meant.

use std::collections::BTreeSet;

use crate::kafka::record::{DeadKind, header};
use crate::kafka::{At, Letter};

/// Fewer digits of a hash are a name.
const FEWEST_DIGITS: usize = 6;

/// A letter must be all of it; nothing given takes every letter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Any of these; all where there is none.
    pub at: BTreeSet<At>,
    pub kind: Option<DeadKind>,
    /// A part of it, in any case.
    pub reason: Option<String>,
    /// One of the transaction's, in any case.
    pub record_type: Option<String>,
    /// Its name, its name and version, or the beginning of its hash.
    pub module: Option<String>,
}

impl Selection {
    pub fn of(at: At) -> Self {
        Selection { at: BTreeSet::from([at]), ..Selection::default() }
    }

    pub fn takes(&self, letter: &Letter) -> bool {
        let says = |name| letter.says(name).unwrap_or_default();
        let reason = |part: &String| says(header::DEAD_REASON).to_lowercase().contains(&part.to_lowercase());
        let module = |wanted: &String| is_module(wanted, says(header::DEAD_MODULE), says(header::DEAD_MODULE_HASH));
        (self.at.is_empty() || self.at.contains(&letter.at))
            && self.kind.is_none_or(|kind| kind.name() == says(header::DEAD_KIND))
            && self.reason.as_ref().is_none_or(reason)
            && self
                .record_type
                .as_ref()
                .is_none_or(|wanted| record_types(letter).any(|t| t.eq_ignore_ascii_case(wanted)))
            && self.module.as_ref().is_none_or(module)
    }
}

/// Of the level-0 rows, where the record says.
pub fn record_types(letter: &Letter) -> impl Iterator<Item = &str> {
    letter.original(header::RECORD_TYPES).unwrap_or_default().split(',').filter(|name| !name.is_empty())
}

/// `name` is a module's name and version.
fn is_module(wanted: &str, name: &str, hash: &str) -> bool {
    let without_version = name.rsplit_once(' ').map_or(name, |(name, _)| name);
    wanted == name || wanted == without_version || (wanted.len() >= FEWEST_DIGITS && hash.starts_with(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::record::pair;
    use crate::kafka::sample_letter;

    fn takes(change: impl FnOnce(&mut Selection)) -> bool {
        let mut selection = Selection::default();
        change(&mut selection);
        selection.takes(&sample_letter(&[pair(header::RECORD_TYPES, "PROJECT,NOTE")]))
    }

    #[test]
    fn a_letter_is_chosen_by_place_kind_reason_record_type_or_module() {
        assert!(takes(|_| {}));
        assert!(takes(|s| s.at = [At { partition: 1, offset: 5 }].into()));
        assert!(!takes(|s| s.at = [At { partition: 0, offset: 5 }].into()));
        assert!(takes(|s| s.kind = Some(DeadKind::Rejected)) && !takes(|s| s.kind = Some(DeadKind::Trapped)));
        assert!(takes(|s| s.reason = Some("no KEY".into())) && !takes(|s| s.reason = Some("audit".into())));
        assert!(takes(|s| s.record_type = Some("note".into())) && !takes(|s| s.record_type = Some("PROJ".into())));
        for (module, taken) in [("m", true), ("m 1.0", true), ("m 2.0", false), ("abcdef01", true), ("abcde", false)] {
            assert_eq!(takes(|s| s.module = Some(module.into())), taken, "{module}");
        }
        assert!(!takes(|s| (s.kind, s.record_type) = (Some(DeadKind::Rejected), Some("VENDOR".into()))));
    }
}
