//! `ps-stream dead-letters`: what was set aside, for a person to look at, to put back and to throw away.
//!
//! Everything is in the dead-letter topic, also what became of a letter. [`Survey`] reads it once and keeps numbers only;
//! the letters that are wanted are read again, some hundred at a time. Knows nothing of collect and parse.

mod json;
mod selection;
mod survey;
mod text;

use std::io::{self, Write};
use std::time::Duration;

use crate::fault::{Fault, Faulty};
use crate::kafka::{At, Deed, Extent, Letter, LetterLog, LettersError, Resolution, Resolver, Settings};

use survey::{Found, Order, Survey};

pub use selection::Selection;

/// How long to wait for what is undecided, where it is only shown.
const GLANCE: Duration = Duration::from_secs(5);
/// The same before something is done: longer than Kafka leaves the Kafka transaction of a parser that was killed open.
const PATIENCE: Duration = Duration::from_secs(90);

/// Where letters are, and how what is found is written.
#[derive(Debug, Clone)]
pub struct Config {
    /// Full name.
    pub topic: String,
    pub format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Text,
    Json,
}

/// Which letters there are to be chosen from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Those that nobody has seen to.
    Open,
    All,
}

#[derive(Debug, thiserror::Error)]
pub enum DeadLettersError {
    #[error(transparent)]
    Letters(#[from] LettersError),
    #[error("topic \"{topic}\" has no dead letter at {at}")]
    NoLetter { at: At, topic: String },
    #[error("the dead letter at {at} of topic \"{topic}\" was {} before", resolution.name())]
    Resolved { at: At, topic: String, resolution: Resolution },
    #[error("{done} of {all} dead letters are dealt with; `dead-letters list` shows what is left")]
    Partly { done: usize, all: usize, source: LettersError },
    #[error("standard output")]
    Output(#[from] io::Error),
}

impl Faulty for DeadLettersError {
    fn fault(&self) -> Fault {
        match self {
            DeadLettersError::Letters(error) | DeadLettersError::Partly { source: error, .. } => error.fault(),
            DeadLettersError::NoLetter { .. } | DeadLettersError::Resolved { .. } => Fault::Sender,
            DeadLettersError::Output(_) => Fault::Host,
        }
    }
}

/// One line a letter, in the order they were written.
pub fn list(
    config: &Config,
    settings: &Settings,
    selection: &Selection,
    scope: Scope,
    out: &mut impl Write,
) -> Result<(), DeadLettersError> {
    let log = LetterLog::open(settings, &config.topic)?;
    let survey = Survey::read(&log, &config.topic, selection, scope, GLANCE)?;
    if survey.extent == Extent::SomeUndecided {
        tracing::warn!("the newest may be missing: a Kafka transaction in topic \"{}\" is undecided", config.topic);
    }
    if survey.is_empty() {
        tracing::info!("topic \"{}\" holds no such dead letter", config.topic);
    }
    for turn in survey.turns(Order::Written) {
        for (letter, found) in fetch(&log, &turn)?.iter().zip(&turn) {
            match config.format {
                Format::Text => text::line(out, letter, found.resolution)?,
                Format::Json => json::line(out, letter, found.resolution)?,
            }
        }
    }
    Ok(out.flush()?)
}

/// Everything about one letter.
pub fn show(config: &Config, settings: &Settings, at: At, out: &mut impl Write) -> Result<(), DeadLettersError> {
    let log = LetterLog::open(settings, &config.topic)?;
    let survey = Survey::read(&log, &config.topic, &Selection::of(at), Scope::All, GLANCE)?;
    for turn in survey.turns(Order::Written) {
        for (letter, found) in fetch(&log, &turn)?.iter().zip(&turn) {
            match config.format {
                Format::Text => text::page(out, letter, found.resolution)?,
                Format::Json => json::page(out, letter, found.resolution)?,
            }
        }
    }
    Ok(out.flush()?)
}

/// Puts letters back to where they came from, or throws them away: each of them once, whoever does the same meanwhile.
pub fn resolve(
    config: &Config,
    settings: &Settings,
    selection: &Selection,
    deed: Deed,
    out: &mut impl Write,
) -> Result<(), DeadLettersError> {
    let resolver = Resolver::connect(settings, &config.topic)?;
    let log = LetterLog::open(settings, &config.topic)?;
    let survey = Survey::read(&log, &config.topic, selection, Scope::Open, PATIENCE)?;
    if survey.extent == Extent::SomeUndecided {
        return Err(LettersError::Undecided(config.topic.clone()).into());
    }
    let (mut done, turns) = (0, survey.turns(Order::Origin));
    let all = turns.iter().map(Vec::len).sum();
    for turn in turns {
        match resolve_some(&log, &resolver, &turn, deed) {
            Ok(()) => done += turn.len(),
            Err(error) if done == 0 => return Err(error.into()),
            Err(source) => return Err(DeadLettersError::Partly { done, all, source }),
        }
        tracing::info!("{done} of {all} dead letters are dealt with");
    }
    match config.format {
        Format::Text => text::summary(out, &config.topic, deed, done)?,
        Format::Json => json::summary(out, &config.topic, deed, done)?,
    }
    Ok(out.flush()?)
}

fn resolve_some(log: &LetterLog, resolver: &Resolver, turn: &[Found], deed: Deed) -> Result<(), LettersError> {
    let letters = fetch(log, turn)?;
    if deed != Deed::Discard {
        log.insist_on_sources(&letters)?;
    }
    resolver.resolve(&letters, deed)
}

fn fetch(log: &LetterLog, turn: &[Found]) -> Result<Vec<Letter>, LettersError> {
    log.fetch(&turn.iter().map(|found| found.at).collect::<Vec<_>>())
}
