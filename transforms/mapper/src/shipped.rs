//! The key rules that ship: those of `keys.toml`, for a mapper without configuration.

use ps_stream_sdk::KeyRules;

/// `keys.toml`'s rules.
pub(crate) fn keys() -> Result<KeyRules, String> {
    KeyRules::new([
        ("PROJECT", vec!["BUSINESS_UNIT", "PROJECT_ID"]),
        ("PROJ_ACTIVITY", vec!["BUSINESS_UNIT", "PROJECT_ID", "ACTIVITY_ID"]),
        ("CURRENCY_CD_TBL", vec!["CURRENCY_CD", "EFFDT"]),
    ])
}
