//! What the configuration file may hold: every option that has a name in the environment.

use std::any::TypeId;

use clap::{Arg, ArgAction, Command};

use super::FILE;

/// The section of options that several commands have.
pub const COMMON: &str = "common";
/// The commands that have a section of their own.
pub const SECTIONS: [&str; 3] = ["collect", "parse", "dead-letters"];

/// What an option takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// True or false.
    Switch,
    Number,
    Text,
    /// One or more texts.
    Texts,
    /// Texts such as KEY=VALUE, which may be written as a table.
    Pairs,
}

/// The options of a section. The definition has been built, so each command has the common options as well.
pub fn of_section<'d>(built: &'d Command, section: &str) -> Vec<&'d Arg> {
    if section != COMMON {
        return built.find_subcommand(section).map(of_command).unwrap_or_default();
    }
    let mut shared: Vec<&Arg> = Vec::new();
    let all: Vec<&Arg> = SECTIONS.iter().flat_map(|name| of_section(built, name)).collect();
    for arg in &all {
        let commands = all.iter().filter(|other| written(other) == written(arg)).count();
        if commands > 1 && !shared.iter().any(|other| written(other) == written(arg)) {
            shared.push(arg);
        }
    }
    shared
}

fn of_command(command: &Command) -> Vec<&Arg> {
    command.get_arguments().filter(|arg| arg.get_env().is_some() && arg.get_id() != FILE).collect()
}

/// The name of an option, on the command line and in the file.
pub fn written(arg: &Arg) -> &str {
    arg.get_long().unwrap_or_else(|| arg.get_id().as_str())
}

pub fn shape(arg: &Arg) -> Shape {
    let pairs = arg.get_value_names().is_some_and(|names| names.iter().any(|name| name.contains('=')));
    match arg.get_action() {
        ArgAction::SetTrue => Shape::Switch,
        ArgAction::Append if pairs => Shape::Pairs,
        ArgAction::Append => Shape::Texts,
        _ if is_number(arg) => Shape::Number,
        _ => Shape::Text,
    }
}

fn is_number(arg: &Arg) -> bool {
    let numbers = [TypeId::of::<u16>(), TypeId::of::<u32>(), TypeId::of::<u64>(), TypeId::of::<usize>()];
    numbers.iter().any(|number| arg.get_value_parser().type_id() == *number)
}
