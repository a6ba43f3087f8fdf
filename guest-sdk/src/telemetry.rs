//! A module's only ways to be heard besides its answers: the host's log and the host's counters.

pub use crate::bindings::module::ps_stream::transform::telemetry::Level;

/// Writes one line to the host's log, with the module's name. Run natively, in a test, it goes to standard error.
///
/// ```
/// use ps_stream_sdk::telemetry::{self, Level};
///
/// telemetry::log(Level::Debug, "a project without activities");
/// telemetry::count("projects_without_activities", 1);
/// ```
pub fn log(level: Level, text: &str) {
    #[cfg(target_arch = "wasm32")]
    crate::bindings::module::ps_stream::transform::telemetry::log(level, text);
    #[cfg(not(target_arch = "wasm32"))]
    #[expect(clippy::print_stderr, reason = "natively there is no host to log to")]
    {
        eprintln!("{level:?}: {text}");
    }
}

/// Adds `by` to the module's counter `name`: `[a-z0-9_]`, at most 64 characters. Run natively, it goes nowhere.
pub fn count(name: &str, by: u64) {
    #[cfg(target_arch = "wasm32")]
    crate::bindings::module::ps_stream::transform::telemetry::count(name, by);
    #[cfg(not(target_arch = "wasm32"))]
    let _ = (name, by);
}
