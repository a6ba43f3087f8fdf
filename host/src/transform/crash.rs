//! A module's failure, as opposed to its rejecting an input: a trap, a limit passed, a broken contract.

use wasmtime::Trap;

use super::guest::{Guest, line};
use super::identity::Identity;
use super::limits::{Limit, Limits};
use super::wasi::Denied;
use crate::fault::{Fault, Faulty};

#[derive(Debug, Clone, thiserror::Error)]
#[error("module {module} failed: {cause}")]
pub struct Crash {
    pub module: Identity,
    pub kind: Kind,
    pub cause: String,
    /// Where in the guest, innermost frame first; empty when it was not in the guest.
    pub backtrace: String,
}

/// What kind of failure it was, to count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Trap,
    Past(Limit),
    Contract,
    /// It reached for what no module is given.
    Denied,
    Other,
}

impl Faulty for Crash {
    fn fault(&self) -> Fault {
        Fault::Module
    }
}

impl Kind {
    pub(super) const ALL: [Self; 9] = [
        Kind::Trap,
        Kind::Past(Limit::Time),
        Kind::Past(Limit::Memory),
        Kind::Past(Limit::Output),
        Kind::Past(Limit::Items),
        Kind::Past(Limit::Stack),
        Kind::Contract,
        Kind::Denied,
        Kind::Other,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Trap => "trap",
            Kind::Past(limit) => limit.name(),
            Kind::Contract => "contract",
            Kind::Denied => "denied",
            Kind::Other => "other",
        }
    }
}

impl Crash {
    /// The module answered, but not as the contract says.
    pub fn breach(module: &Identity, what: impl Into<String>) -> Self {
        let cause = format!("it broke the contract: {}", line(&what.into()));
        Crash { module: module.clone(), kind: Kind::Contract, cause, backtrace: String::new() }
    }

    /// The module answered, but with too much.
    pub(super) fn past(limit: Limit, module: &Identity, limits: &Limits) -> Self {
        let (kind, cause) = (Kind::Past(limit), limits.passed(limit));
        Crash { module: module.clone(), kind, cause, backtrace: String::new() }
    }

    pub(super) fn from_wasmtime(guest: &Guest, error: &wasmtime::Error) -> Self {
        let backtrace = error.downcast_ref::<wasmtime::WasmBacktrace>().map(ToString::to_string).unwrap_or_default();
        let (kind, cause) = cause(guest, error);
        Crash { module: guest.module.clone(), kind, cause, backtrace }
    }
}

fn cause(guest: &Guest, error: &wasmtime::Error) -> (Kind, String) {
    let past = |limit| (Kind::Past(limit), guest.limits.passed(limit));
    match error.downcast_ref::<Trap>() {
        Some(Trap::Interrupt) => past(Limit::Time),
        Some(Trap::StackOverflow) => past(Limit::Stack),
        Some(Trap::UnreachableCodeReached) => {
            let asked_for =
                guest.outside.asked_for().map(|things| format!("; it had asked for {things}, which no module gets"));
            let asked_for = asked_for.unwrap_or_default();
            (Kind::Trap, format!("it trapped (panicked or reached unreachable code){asked_for}"))
        }
        Some(trap) => (Kind::Trap, format!("it trapped: {trap}")),
        None if error.is::<Denied>() => (Kind::Denied, error.root_cause().to_string()),
        None => match error.root_cause().to_string() {
            // wasmtime's error has no public type: what it counts is the bytes that go from the guest to the host.
            text if text.contains("fuel allocated for hostcalls") => past(Limit::Output),
            text if text == guest.limits.passed(Limit::Memory) => past(Limit::Memory),
            text => (Kind::Other, text),
        },
    }
}
