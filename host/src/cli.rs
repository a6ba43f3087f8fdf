//! The command line: what was typed becomes configurations that cannot be invalid, or one line of what is wrong.

mod check;
mod collect;
mod common;
mod config;
mod dead_letters;
mod demo;
mod diff;
mod headers;
mod health;
mod keys;
mod layers;
mod limits;
mod modules;
mod parse;
mod reference;
mod segments;
mod top;
mod topics;
mod traces;
mod transform;

use std::error::Error;
use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::fault;
use crate::telemetry::{self, Detail, Format};
use common::{Common, words};
use layers::Effective;

/// PeopleSoft messages into compacted Kafka topics, through WebAssembly modules.
#[derive(Debug, Parser)]
#[command(name = "ps-stream", version, about)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Take PeopleSoft messages in over HTTP and store their transactions in Kafka
    Collect(Box<collect::Collect>),
    /// Turn stored transactions into rows, one compacted topic per record type
    #[command(visible_alias = "publish")]
    Parse(Box<parse::Parse>),
    /// Look at the transactions that were set aside, put them back, throw them away
    DeadLetters(dead_letters::DeadLetters),
    /// Tell which options are in effect and where they come from, and try whether they will do
    Config(config::Config),
    /// For those who write modules: run them as production does
    Transform(transform::Transform),
    /// Key rules: hold them against messages, guess them from messages
    Keys(keys::Keys),
    /// Watch it work, without a Kafka: sample messages in, tables out
    Demo(demo::Demo),
    /// Ask a running collect or parse, at the address in --admin, whether it is well: status 0 or 1
    Health(health::Health),
    /// Show what running collectors and parsers are doing
    Top(top::Top),
    /// Write the completions of a shell
    Completions(reference::Completions),
    /// Write man pages, one a command
    Man(reference::Man),
    /// Write docs/options.md
    #[command(hide = true)]
    Options,
}

/// Why a command did not do what it was asked.
#[derive(Debug)]
enum Failure {
    /// What was typed cannot be meant: status 2.
    Usage(String),
    /// It was started and failed: status 1.
    Run(String),
    /// The same, where it was told already.
    Said,
}

/// A command line, and what is in effect by it.
struct Typed {
    cli: Cli,
    effective: Effective,
}

pub fn execute() -> ExitCode {
    let typed = match read(&std::env::args_os().collect::<Vec<_>>()) {
        Ok(typed) => typed,
        Err(failure) => return failure.tell(Format::Text),
    };
    let format = typed.cli.common.log_format();
    match typed.execute() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.tell(format),
    }
}

fn definition() -> clap::Command {
    layers::with_file_option(Cli::command())
}

fn read(arguments: &[OsString]) -> Result<Typed, Failure> {
    let given = layers::read(&definition(), arguments)?;
    let cli = Cli::from_arg_matches(&given.matches).unwrap_or_else(|error| error.exit());
    Ok(Typed { cli, effective: given.effective })
}

impl Typed {
    fn execute(self) -> Result<(), Failure> {
        let Typed { cli, effective } = self;
        telemetry::start(cli.detail(), cli.common.log_format());
        match cli.command {
            Command::Collect(collect) => collect.execute(&cli.common),
            Command::Parse(parse) => parse.execute(&cli.common),
            Command::DeadLetters(dead_letters) => dead_letters.execute(&cli.common),
            Command::Config(config) => config.execute(&cli.common, &effective),
            Command::Transform(transform) => transform.execute(&cli.common),
            Command::Keys(keys) => keys.execute(),
            Command::Demo(demo) => demo.execute(),
            Command::Health(health) => health.execute(&cli.common),
            Command::Top(top) => top.execute(),
            Command::Completions(completions) => completions.execute(),
            Command::Man(man) => man.execute(),
            Command::Options => reference::tell_options(),
        }
    }
}

impl Cli {
    /// The demonstration prints its own story.
    fn detail(&self) -> Detail {
        match self.command {
            _ if self.common.verbose => Detail::Verbose,
            Command::Demo(_) | Command::Config(_) => Detail::Errors,
            _ => Detail::Normal,
        }
    }
}

impl Failure {
    #[allow(clippy::needless_pass_by_value)]
    fn usage(error: impl Error) -> Self {
        Failure::Usage(fault::chain(&error))
    }

    #[allow(clippy::needless_pass_by_value)]
    fn run(error: impl Error) -> Self {
        Failure::Run(fault::chain(&error))
    }

    fn tell(&self, format: Format) -> ExitCode {
        let (text, status) = match self {
            Failure::Usage(text) => (text, 2),
            Failure::Run(text) => (text, 1),
            Failure::Said => return ExitCode::FAILURE,
        };
        match format {
            Format::Json => tracing::error!("{text}"),
            // Nowhere else to say it when standard error is gone.
            Format::Text => drop(writeln!(std::io::stderr(), "error: {text}")),
        }
        ExitCode::from(status)
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::run)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_of_the_command_line_is_sound() {
        definition().debug_assert();
    }
}
