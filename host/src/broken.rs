//! Promises switched off, to show that the checker of `make faults` notices. Only a build with the feature `break-promises`
//! can do it; in every other this is a constant, and the compiler takes the broken ways out.

/// What `PSSTREAM_BREAK` may name.
#[derive(Debug, Clone, Copy)]
pub enum Promise {
    /// 200 is said whatever Kafka says.
    EarlyReply,
    /// Records go out one by one, without a Kafka transaction.
    WholeMessages,
    /// `parse` commits its offsets by a timer, apart from its output.
    Offsets,
}

#[cfg(not(feature = "break-promises"))]
pub const fn is(_: Promise) -> bool {
    false
}

#[cfg(feature = "break-promises")]
pub fn is(promise: Promise) -> bool {
    static BROKEN: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    let name = match promise {
        Promise::EarlyReply => "early-reply",
        Promise::WholeMessages => "whole-messages",
        Promise::Offsets => "offsets",
    };
    BROKEN.get_or_init(|| std::env::var("PSSTREAM_BREAK").unwrap_or_default()) == name
}
