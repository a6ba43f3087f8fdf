//! Every option of every command, as Markdown.

use std::fmt::Write;

use clap::{Arg, Command};

const HEAD: &str = "# Options

Made by `make docs` of what the program says of itself; a test holds it against that. What has a name in the environment may
also stand in a configuration file, by its name here without the dashes: [operating.md](operating.md#configuration). The command
line wins over the environment, that over the file, and that over the default.
";

pub fn markdown(mut definition: Command) -> String {
    definition.build();
    let mut text = HEAD.to_owned();
    let common: Vec<&Arg> = definition.get_arguments().filter(|arg| is_told(arg)).collect();
    section(&mut text, "Of every command", &common);
    for command in definition.get_subcommands().filter(|command| !command.is_hide_set()) {
        commands(&mut text, "ps-stream", command, &common);
    }
    text
}

/// Those of a command's parents are told there.
fn commands(text: &mut String, parent: &str, command: &Command, told: &[&Arg]) {
    let name = format!("{parent} {}", command.get_name());
    let own: Vec<&Arg> = command
        .get_arguments()
        .filter(|arg| {
            is_told(arg)
                && told.iter().all(|other| other.get_id() != arg.get_id() || other.get_long() != arg.get_long())
        })
        .collect();
    if !own.is_empty() {
        section(text, &format!("`{name}`"), &own);
    }
    let told: Vec<&Arg> = told.iter().copied().chain(own).collect();
    // A command of `config` has the options of the command it is about.
    let below = command.get_subcommands().filter(|_| command.get_name() != "config");
    for command in below.filter(|command| command.get_name() != "help") {
        commands(text, &name, command, &told);
    }
}

fn is_told(arg: &Arg) -> bool {
    !arg.is_hide_set() && !matches!(arg.get_id().as_str(), "help" | "version")
}

fn section(text: &mut String, title: &str, options: &[&Arg]) {
    // Writing into memory cannot fail.
    let _ = write!(text, "\n## {title}\n\n| option | environment | default | |\n|---|---|---|---|\n");
    for arg in options {
        let _ = writeln!(text, "| {} | {} | {} | {} |", name(arg), environment(arg), default(arg), help(arg));
    }
}

fn name(arg: &Arg) -> String {
    let value = match arg.get_value_names() {
        Some(names) if arg.get_action().takes_values() => {
            names.iter().map(|name| format!(" {}", named(arg, name))).collect()
        }
        _ => String::new(),
    };
    let short = arg.get_short().map(|short| format!("-{short}, ")).unwrap_or_default();
    match arg.get_long() {
        Some(long) => format!("`{short}--{long}{value}`"),
        None => format!("`{}`", value.trim()),
    }
}

/// The values themselves where there are few to choose from.
fn named(arg: &Arg, name: &str) -> String {
    let values = arg.get_possible_values();
    let text = match values.is_empty() {
        true => name.to_owned(),
        false => values.iter().map(clap::builder::PossibleValue::get_name).collect::<Vec<_>>().join("|"),
    };
    text.replace('|', "\\|")
}

fn environment(arg: &Arg) -> String {
    arg.get_env().map(|name| format!("`{}`", name.to_string_lossy())).unwrap_or_default()
}

fn default(arg: &Arg) -> String {
    let values: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    match values.is_empty() || !arg.get_action().takes_values() {
        true => String::new(),
        false => format!("`{}`", values.join(" ")),
    }
}

fn help(arg: &Arg) -> String {
    arg.get_help().map(ToString::to_string).unwrap_or_default().replace('|', "\\|")
}
