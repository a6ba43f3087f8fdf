//! `ps-stream`: PeopleSoft messages into compacted Kafka topics, through WebAssembly modules.
//!
//! [`cli`] reads what was typed and starts one of the commands: [`collect`] takes messages in over HTTP, [`parse`] makes
//! rows of what collect stored, [`dead_letters`] is for what parse had to set aside, [`demo`] shows it all without a Kafka,
//! [`top`] what those that run are doing. For who writes modules there is the [`workbench`], with [`keys`] and [`capture`].
//! They stand on [`message`], which reads what was posted, on [`transform`], which runs the modules, and on [`kafka`].
//! [`contract`] is `wit/` in Rust.

mod admin;
mod broken;
mod capture;
mod cli;
mod collect;
mod contract;
mod dead_letters;
mod demo;
mod fault;
mod glob;
mod heap;
mod json;
mod kafka;
mod keys;
mod message;
mod metrics;
mod parse;
mod reload;
mod service;
mod shutdown;
mod telemetry;
mod top;
mod traces;
mod transform;
mod watch;
mod workbench;

use std::process::ExitCode;

fn main() -> ExitCode {
    heap::bound();
    cli::execute()
}
