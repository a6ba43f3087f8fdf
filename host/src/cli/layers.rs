//! One configuration, three ways in: flags over the environment over a file over the defaults.
//!
//! What the file says and nobody nearer contradicts is put on the command line as if it had been typed, so the command line
//! alone decides what is valid. Which options the file may hold is read from the definition of the command line too: those
//! that have a name in the environment.

mod additions;
mod effective;
mod file;
mod options;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue};
use clap::{Arg, ArgMatches, Command, value_parser};

use super::Failure;
use additions::Addition;
use file::File;

pub use effective::{Effective, Origin, Valued};
pub use options::{COMMON, SECTIONS, Shape, of_section, shape, written};

const FILE: &str = "config_file";

/// What was asked for, and where each value of it comes from.
#[derive(Debug)]
pub struct Given {
    pub matches: ArgMatches,
    pub effective: Effective,
}

/// Gives `--config` to the program, to each command that has a section in the file, and to `config`, which tells of them.
pub fn with_file_option(command: Command) -> Command {
    command.arg(file_option()).mut_subcommands(|command| match command.get_name() {
        "config" => with_file_option(command),
        name if SECTIONS.contains(&name) => command.arg(file_option()),
        _ => command,
    })
}

fn file_option() -> Arg {
    Arg::new(FILE)
        .long("config")
        .value_name("FILE")
        .help_heading(None::<&str>)
        .env("PSSTREAM_CONFIG")
        .value_parser(value_parser!(PathBuf))
        .help("TOML file of options, by their names here: in [common], [collect], [parse], [dead-letters]. What the environment or the command line says wins over it")
}

/// Reads all layers. Where what was typed is wrong, or asks for help, the process ends as with clap alone.
pub fn read(definition: &Command, arguments: &[OsString]) -> Result<Given, Failure> {
    let typed = definition.clone().ignore_errors(true).try_get_matches_from(arguments);
    let typed = typed.unwrap_or_else(|error| error.exit());
    let mut built = definition.clone();
    built.build();
    let section = section(&typed);
    let file = file_given(&typed).filter(|_| section.is_some());
    let file = file.map(|file| File::read(&file, &built)).transpose().map_err(Failure::usage)?;
    let (section, near) = (section.unwrap_or_default(), deepest(&typed));
    let additions = file.as_ref().map(|file| additions::of(file, &of_section(&built, section), section, near));
    let additions = additions.unwrap_or_default();
    let matches = definition.clone().try_get_matches_from(additions::put(arguments, &additions));
    let matches = matches.map_err(|error| explained(&error, &additions))?;
    let effective = Effective {
        command: section.to_owned(),
        file: file.map(|file| file.name),
        values: effective::values(&of_section(&built, section), deepest(&matches), near, &additions),
    };
    Ok(Given { matches, effective })
}

/// The section of the command that was typed.
fn section(matches: &ArgMatches) -> Option<&'static str> {
    let (name, matches) = matches.subcommand()?;
    SECTIONS.iter().find(|section| **section == name).copied().or_else(|| section(matches))
}

fn deepest(matches: &ArgMatches) -> &ArgMatches {
    matches.subcommand().map_or(matches, |(_, matches)| deepest(matches))
}

/// The one that was typed last.
fn file_given(matches: &ArgMatches) -> Option<PathBuf> {
    let here = matches.try_get_one::<PathBuf>(FILE).ok().flatten().cloned();
    matches.subcommand().and_then(|(_, matches)| file_given(matches)).or(here)
}

/// Says where in the file it is, where it is about something in the file.
fn explained(error: &clap::Error, additions: &[Addition]) -> Failure {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.as_str(),
        _ => "",
    };
    let (option, value) = (text(ContextKind::InvalidArg), text(ContextKind::InvalidValue));
    let about = |addition: &&Addition| addition.is(option) && addition.value.as_deref().is_some_and(|it| it == value);
    let Some(place) = additions.iter().find(about).and_then(|addition| addition.place.as_ref()) else { error.exit() };
    let said = error.render().to_string();
    let said = said.split("\n\n").next().unwrap_or_default().trim_start_matches("error: ");
    Failure::Usage(format!("{place}: {}", said.split_whitespace().collect::<Vec<_>>().join(" ")))
}
