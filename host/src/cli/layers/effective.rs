//! What is in effect, and who said so.

use std::ffi::OsStr;

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches};

use super::additions::Addition;
use super::file::Place;
use super::options::{Shape, shape, written};

/// All options of a command.
#[derive(Debug)]
pub struct Effective {
    pub command: String,
    pub file: Option<String>,
    pub values: Vec<Valued>,
}

/// An option and a value of it; one with several values comes several times.
#[derive(Debug)]
pub struct Valued {
    pub option: String,
    pub shape: Shape,
    /// None where it has none.
    pub value: Option<String>,
    pub origin: Origin,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Flag,
    /// Of that name.
    Environment(String),
    File(Place),
    Default,
}

/// `matches`: with the additions; `typed`: without them.
pub fn values(options: &[&Arg], matches: &ArgMatches, typed: &ArgMatches, additions: &[Addition]) -> Vec<Valued> {
    options.iter().flat_map(|arg| values_of(arg, matches, typed, additions)).collect()
}

fn values_of(arg: &Arg, matches: &ArgMatches, typed: &ArgMatches, additions: &[Addition]) -> Vec<Valued> {
    let valued = |value: Option<&OsStr>| Valued {
        option: written(arg).to_owned(),
        shape: shape(arg),
        value: value.map(|value| value.to_string_lossy().into_owned()),
        origin: origin(arg, value, typed, additions),
    };
    match matches.get_raw(arg.get_id().as_str()) {
        Some(values) => values.map(|value| valued(Some(value))).collect(),
        None => vec![valued(None)],
    }
}

fn origin(arg: &Arg, value: Option<&OsStr>, typed: &ArgMatches, additions: &[Addition]) -> Origin {
    let says = |addition: &&Addition| {
        addition.id == *arg.get_id() && (addition.value.is_none() || addition.value.as_deref() == value)
    };
    if let Some(place) = additions.iter().find(says).and_then(|addition| addition.place.clone()) {
        return Origin::File(place);
    }
    match typed.value_source(arg.get_id().as_str()) {
        Some(ValueSource::CommandLine) => Origin::Flag,
        Some(ValueSource::EnvVariable) => {
            Origin::Environment(arg.get_env().unwrap_or_default().to_string_lossy().into_owned())
        }
        _ => Origin::Default,
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Origin::Flag => out.write_str("command line"),
            Origin::Environment(name) => out.write_str(name),
            Origin::File(place) => place.fmt(out),
            Origin::Default => out.write_str("default"),
        }
    }
}
