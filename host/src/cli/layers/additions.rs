//! What is put on the command line because the file says it.

use std::ffi::{OsStr, OsString};

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Id};

use super::file::{Entry, File, Place, Value};
use super::options::{COMMON, Shape, shape, written};

#[derive(Debug)]
pub struct Addition {
    pub id: Id,
    option: String,
    /// None of a switch.
    pub value: Option<OsString>,
    /// None of what the environment says and must be typed beside what the file says, or it would not be heard.
    pub place: Option<Place>,
}

/// All that the file says of this command and nobody nearer contradicts.
pub fn of(file: &File, options: &[&Arg], section: &str, typed: &ArgMatches) -> Vec<Addition> {
    let entry = |arg: &Arg, section: &str| {
        file.entries.iter().find(|entry| entry.section == section && entry.option == written(arg))
    };
    let found = options.iter().filter_map(|arg| Some((*arg, entry(arg, section).or_else(|| entry(arg, COMMON))?)));
    found.flat_map(|(arg, entry)| of_option(arg, entry, typed)).collect()
}

fn of_option(arg: &Arg, entry: &Entry, typed: &ArgMatches) -> Vec<Addition> {
    let nearer =
        matches!(typed.value_source(arg.get_id().as_str()), Some(ValueSource::CommandLine | ValueSource::EnvVariable));
    match (shape(arg), nearer) {
        (Shape::Switch, false) => {
            entry.values.iter().filter(|value| value.text == "true").map(|value| switch(arg, value)).collect()
        }
        (_, false) => entry.values.iter().flat_map(|value| valued(arg, value)).collect(),
        (Shape::Pairs, true) => beside(arg, entry, typed),
        (_, true) => Vec::new(),
    }
}

/// Of pairs each key stands for itself: those are added that nobody nearer has.
fn beside(arg: &Arg, entry: &Entry, typed: &ArgMatches) -> Vec<Addition> {
    let id = arg.get_id().as_str();
    let near: Vec<&OsStr> = typed.get_raw(id).into_iter().flatten().collect();
    let has = |value: &&Value| near.iter().any(|near| key(&near.to_string_lossy()) == key(&value.text));
    let missing = entry.values.iter().filter(|value| !has(value));
    let missing: Vec<Addition> = missing.flat_map(|value| valued(arg, value)).collect();
    if missing.is_empty() || typed.value_source(id) != Some(ValueSource::EnvVariable) {
        return missing;
    }
    let carried = near.iter().map(|near| addition(arg, Some((*near).to_owned()), None));
    carried.chain(missing).collect()
}

/// Nothing where it is no pair: what is for everything.
fn key(pair: &str) -> &str {
    pair.split_once('=').map_or("", |(key, _)| key.trim())
}

fn switch(arg: &Arg, value: &Value) -> Addition {
    addition(arg, None, Some(value.place.clone()))
}

/// Several where the option takes several with something between them.
fn valued(arg: &Arg, value: &Value) -> Vec<Addition> {
    let add = |text: &str| addition(arg, Some(text.into()), Some(value.place.clone()));
    match arg.get_value_delimiter() {
        Some(delimiter) => value.text.split(delimiter).map(add).collect(),
        None => vec![add(&value.text)],
    }
}

fn addition(arg: &Arg, value: Option<OsString>, place: Option<Place>) -> Addition {
    Addition { id: arg.get_id().clone(), option: written(arg).to_owned(), value, place }
}

/// The command line with them.
pub fn put(arguments: &[OsString], additions: &[Addition]) -> Vec<OsString> {
    let end = arguments.iter().position(|argument| argument == "--").unwrap_or(arguments.len());
    let (before, after) = arguments.split_at(end);
    let added = additions.iter().map(Addition::typed);
    before.iter().cloned().chain(added).chain(after.iter().cloned()).collect()
}

impl Addition {
    fn typed(&self) -> OsString {
        let mut typed = OsString::from(format!("--{}", self.option));
        if let Some(value) = &self.value {
            typed.push("=");
            typed.push(value);
        }
        typed
    }

    /// Whether clap means this option by such a text: `--port <PORT>`.
    pub fn is(&self, text: &str) -> bool {
        text.split_whitespace().next().and_then(|word| word.strip_prefix("--")) == Some(&self.option)
    }
}
