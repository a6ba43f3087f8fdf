//! What PeopleSoft says happened to a row, and what that means for a table of keyed rows.

use crate::Rejection;

/// The `AUDIT_ACTN` of a row.
///
/// ```
/// use ps_stream_sdk::{AuditAction, Effect};
///
/// assert_eq!(AuditAction::from_text("K"), Some(AuditAction::OldKey));
/// assert_eq!(AuditAction::OldKey.effect(), Effect::Tombstone);
/// assert_eq!(AuditAction::NewKey.effect(), Effect::Upsert);
/// assert_eq!(AuditAction::from_text(" "), Some(AuditAction::Blank));
/// assert!(AuditAction::of_row("X", "PROJECT").unwrap_err().reason.contains("\"X\""));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AuditAction {
    /// None, or blank: a row of a full copy, a row sent for context, and in some publishers an added one.
    #[default]
    Blank,
    /// `A`: the row was added.
    Added,
    /// `C`: the row changed and kept its key; it holds the new values.
    Changed,
    /// `D`: the row was deleted.
    Deleted,
    /// `K`: the key of the row changed; this is the row under its old key.
    OldKey,
    /// `N`: the key of the row changed; this is the row under its new key.
    NewKey,
    /// `O`: the values before the change in the `C` row beside it.
    Original,
}

/// What a row does to the table of its record type.
///
/// ```
/// use ps_stream_sdk::{Effect, rowset};
///
/// // A changed key comes as two rows: the old one goes, the new one is as it says.
/// let rowset = rowset::read(
///     "<Transaction>
///        <PROJECT><PROJECT_ID>P1</PROJECT_ID></PROJECT><PSCAMA><AUDIT_ACTN>K</AUDIT_ACTN></PSCAMA>
///        <PROJECT><PROJECT_ID>P2</PROJECT_ID></PROJECT><PSCAMA><AUDIT_ACTN>N</AUDIT_ACTN></PSCAMA>
///      </Transaction>",
/// )?;
/// let effects: Vec<Effect> = rowset.rows.iter().map(|row| row.control.action.effect()).collect();
/// assert_eq!(effects, [Effect::Tombstone, Effect::Upsert]);
/// # Ok::<(), ps_stream_sdk::Rejection>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// The row is now this.
    Upsert,
    /// The row under this key is gone.
    Tombstone,
    /// Nothing.
    Nothing,
}

impl AuditAction {
    /// Reads the text of `AUDIT_ACTN`; nothing when it is no action PeopleSoft has.
    pub fn from_text(text: &str) -> Option<Self> {
        match text {
            "A" => Some(Self::Added),
            "C" => Some(Self::Changed),
            "D" => Some(Self::Deleted),
            "K" => Some(Self::OldKey),
            "N" => Some(Self::NewKey),
            "O" => Some(Self::Original),
            blank if blank.trim().is_empty() => Some(Self::Blank),
            _ => None,
        }
    }

    /// Reads the action of a row; the rejection names its record type.
    pub fn of_row(text: &str, record_type: &str) -> Result<Self, Rejection> {
        Self::from_text(text).ok_or_else(|| {
            let shown: String = text.chars().take(10).collect();
            Rejection::invalid(format!(
                "audit action \"{}\" of record type \"{record_type}\" is not one of A, C, D, K, N, O",
                shown.escape_debug()
            ))
        })
    }

    /// What it means.
    pub fn effect(self) -> Effect {
        match self {
            Self::Blank | Self::Added | Self::Changed | Self::NewKey => Effect::Upsert,
            Self::Deleted | Self::OldKey => Effect::Tombstone,
            Self::Original => Effect::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn effect_of(text: &str) -> Effect {
        AuditAction::from_text(text).unwrap().effect()
    }

    #[test]
    fn added_changed_new_key_and_blank_are_upserts() {
        for text in ["A", "C", "N", "", " "] {
            assert_eq!(effect_of(text), Effect::Upsert, "{text:?}");
        }
    }

    #[test]
    fn deleted_and_old_key_are_tombstones() {
        assert_eq!(effect_of("D"), Effect::Tombstone);
        assert_eq!(effect_of("K"), Effect::Tombstone);
    }

    #[test]
    fn original_values_do_nothing() {
        assert_eq!(effect_of("O"), Effect::Nothing);
    }

    #[test]
    fn any_other_action_is_rejected_by_name() {
        for text in ["X", "a", "AA", "Ä"] {
            let rejection = AuditAction::of_row(text, "PROJECT").unwrap_err();
            let reason = format!("audit action \"{text}\" of record type \"PROJECT\" is not one of A, C, D, K, N, O");
            assert_eq!(rejection, Rejection::invalid(reason));
        }
    }
}
