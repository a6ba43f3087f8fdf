//! A module's failure, as opposed to its rejecting an input: a trap, a limit passed, a broken contract.

use wasmtime::Trap;

use super::identity::Identity;
use super::limits::Limits;
use crate::fault::{Fault, Faulty};

#[derive(Debug, Clone, thiserror::Error)]
#[error("module {module} failed: {cause}")]
pub struct Crash {
    pub module: Identity,
    pub cause: String,
    /// Where in the guest, innermost frame first; empty when it was not in the guest.
    pub backtrace: String,
}

impl Faulty for Crash {
    fn fault(&self) -> Fault {
        Fault::Module
    }
}

impl Crash {
    /// The module answered, but not as the contract says.
    pub fn breach(module: &Identity, what: impl Into<String>) -> Self {
        let cause = format!("it broke the contract: {}", what.into());
        Crash { module: module.clone(), cause, backtrace: String::new() }
    }

    pub(super) fn from_wasmtime(module: &Identity, limits: &Limits, error: &wasmtime::Error) -> Self {
        let backtrace = error.downcast_ref::<wasmtime::WasmBacktrace>().map(ToString::to_string).unwrap_or_default();
        Crash { module: module.clone(), cause: cause(limits, error), backtrace }
    }
}

fn cause(limits: &Limits, error: &wasmtime::Error) -> String {
    match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => {
            format!("one call took longer than its time limit of {}", humantime::format_duration(limits.call_time))
        }
        Some(Trap::StackOverflow) => "it ran out of its stack".into(),
        Some(Trap::UnreachableCodeReached) => "it trapped (panicked or reached unreachable code)".into(),
        Some(trap) => format!("it trapped: {trap}"),
        None => error.root_cause().to_string(),
    }
}
