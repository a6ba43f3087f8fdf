//! A module's failure, as opposed to its rejecting an input: a trap, a limit passed, a broken contract.

use wasmtime::Trap;

use super::guest::Guest;
use super::identity::Identity;
use super::limits::{Limit, Limits};
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

    /// The module answered, but with too much.
    pub(super) fn past(limit: Limit, module: &Identity, limits: &Limits) -> Self {
        Crash { module: module.clone(), cause: limits.passed(limit), backtrace: String::new() }
    }

    pub(super) fn from_wasmtime(guest: &Guest, error: &wasmtime::Error) -> Self {
        let backtrace = error.downcast_ref::<wasmtime::WasmBacktrace>().map(ToString::to_string).unwrap_or_default();
        let cause = cause(guest, error);
        Crash { module: guest.module.clone(), cause, backtrace }
    }
}

fn cause(guest: &Guest, error: &wasmtime::Error) -> String {
    let limits = &guest.limits;
    match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => limits.passed(Limit::Time),
        Some(Trap::StackOverflow) => limits.passed(Limit::Stack),
        Some(Trap::UnreachableCodeReached) => {
            let asked_for =
                guest.outside.asked_for().map(|things| format!("; it had asked for {things}, which no module gets"));
            format!("it trapped (panicked or reached unreachable code){}", asked_for.unwrap_or_default())
        }
        Some(trap) => format!("it trapped: {trap}"),
        None => match error.root_cause().to_string() {
            // wasmtime's error has no public type: what it counts is the bytes that go from the guest to the host.
            text if text.contains("fuel allocated for hostcalls") => limits.passed(Limit::Output),
            text => text,
        },
    }
}
