//! WASI for modules that were made for it, and that get none of it.
//!
//! The tools of many languages import WASI whether the module needs it or not. What those ask at their start is answered as
//! if there were nothing: no arguments, no environment, no directory, a clock that stands still, numbers that are the same
//! in every call. What is written to standard output and error becomes lines of the log. Everything else is a failure of
//! the module that names what it tried to reach.

mod answers;
mod console;

use std::collections::BTreeSet;

use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Linker, LinkerInstance, ResourceType};

use super::guest::Guest;
use crate::contract::telemetry::Level;
use answers::Nothing;
use console::Unfinished;

const PACKAGES: &str = "wasi:";

/// What an instance has of the world outside.
#[derive(Debug, Default)]
pub(super) struct Outside {
    output: Unfinished,
    error: Unfinished,
    /// How many numbers it has been given in this call.
    numbers: u64,
    /// What it asked for and was told there is none of.
    asked_for: BTreeSet<&'static str>,
}

#[derive(Debug, thiserror::Error)]
#[error("it tried to reach {0}, which no module is given")]
pub(super) struct Denied(String);

impl Outside {
    pub fn call_begins(&mut self) {
        self.numbers = 0;
    }

    /// What was written without an end of line.
    pub fn unfinished_lines(&mut self) -> impl Iterator<Item = (Level, String)> + use<> {
        let output = self.output.end().map(|line| (Level::Info, line));
        let error = self.error.end().map(|line| (Level::Warn, line));
        output.into_iter().chain(error)
    }

    /// For the person who wonders why it failed.
    pub fn asked_for(&self) -> Option<String> {
        let things: Vec<&str> = self.asked_for.iter().copied().collect();
        (!things.is_empty()).then(|| things.join(", "))
    }
}

/// Defines every import of WASI 0.2 that the component has.
pub(super) fn deny(linker: &mut Linker<Guest>, component: &Component) -> wasmtime::Result<()> {
    let engine = linker.engine().clone();
    for (interface, item) in component.component_type().imports(&engine) {
        let ComponentItem::ComponentInstance(instance) = item.ty else { continue };
        if interface.starts_with(PACKAGES) {
            let mut linker = linker.instance(interface)?;
            for (name, item) in instance.exports(&engine) {
                define(&mut linker, interface, name, &item.ty)?;
            }
        }
    }
    Ok(())
}

fn define(
    linker: &mut LinkerInstance<'_, Guest>,
    interface: &str,
    name: &str,
    item: &ComponentItem,
) -> wasmtime::Result<()> {
    match item {
        ComponentItem::Resource(_) => linker.resource(name, ResourceType::host::<Nothing>(), |_, _| Ok(())),
        ComponentItem::ComponentFunc(_) if !answers::define(linker, interface, name)? => {
            let what = format!("{interface} ({name})");
            linker.func_new(name, move |_, _, _, _| Err(wasmtime::Error::new(Denied(what.clone()))))
        }
        _ => Ok(()),
    }
}
