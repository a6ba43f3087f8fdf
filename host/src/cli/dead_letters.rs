//! `ps-stream dead-letters`, as typed.

use std::io::{self, BufWriter, ErrorKind};

use clap::{Args, Subcommand};

use super::{Common, Failure};
use crate::dead_letters::{self, Config, DeadLettersError, Format, Scope, Selection};
use crate::kafka::record::DeadKind;
use crate::kafka::{At, Deed, is_topic_name, topic_name};

#[derive(Debug, Args)]
pub struct DeadLetters {
    /// Prefix of the dead-letter topic's name, as parse has it
    #[arg(long, global = true, value_name = "PREFIX", env = "PSSTREAM_TARGET_PREFIX", default_value = "ps")]
    target_prefix: String,

    /// Topic of the dead letters, as parse has it
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        env = "PSSTREAM_DEAD_LETTER_TOPIC",
        default_value = "dead-letters"
    )]
    dead_letter_topic: String,

    /// Write JSON: an object a line
    #[arg(long, global = true)]
    json: bool,

    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// One line a letter: where it is, when and why it was set aside, what it is of
    List {
        #[command(flatten)]
        selectors: Selectors,

        /// Those as well that were replayed or discarded
        #[arg(long)]
        resolved: bool,
    },
    /// Everything about one letter, with the document
    Show {
        /// Where it is, as list says
        #[arg(value_name = "PARTITION/OFFSET", value_parser = place)]
        at: At,
    },
    /// Put letters back to where they came from, for parse to try again with the modules it has now
    Replay {
        #[command(flatten)]
        chosen: Chosen,

        /// Even where it cannot be told any more whether a row was deleted since
        #[arg(long)]
        force: bool,
    },
    /// Throw letters away: they stay in the topic, but are not listed any more
    Discard {
        #[command(flatten)]
        chosen: Chosen,
    },
}

/// A letter must be all of what is given.
#[derive(Debug, Args)]
struct Selectors {
    /// The letter there; may be given several times
    #[arg(long, value_name = "PARTITION/OFFSET", value_parser = place)]
    at: Vec<At>,

    /// Why it was set aside: rejected, trapped or unreadable
    #[arg(long, value_name = "KIND", value_parser = kind)]
    kind: Option<DeadKind>,

    /// A part of the reason
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,

    /// A record type of the transaction
    #[arg(long, value_name = "TYPE")]
    record_type: Option<String>,

    /// The module that was asked: its name, its name and version, or the beginning of its hash
    #[arg(long, value_name = "NAME")]
    module: Option<String>,
}

#[derive(Debug, Args)]
struct Chosen {
    #[command(flatten)]
    selectors: Selectors,

    /// Every letter
    #[arg(long, conflicts_with_all = ["at", "kind", "reason", "record_type", "module"])]
    all: bool,
}

impl DeadLetters {
    pub fn execute(self, common: &Common) -> Result<(), Failure> {
        let settings = common.settings()?;
        let config = self.config()?;
        let mut out = BufWriter::new(io::stdout().lock());
        let done = match self.action {
            Action::List { selectors, resolved } => {
                let scope = if resolved { Scope::All } else { Scope::Open };
                dead_letters::list(&config, &settings, &selectors.into(), scope, &mut out)
            }
            Action::Show { at } => dead_letters::show(&config, &settings, at, &mut out),
            Action::Replay { chosen, force } => {
                dead_letters::resolve(&config, &settings, &chosen.selection()?, Deed::Replay { force }, &mut out)
            }
            Action::Discard { chosen } => {
                dead_letters::resolve(&config, &settings, &chosen.selection()?, Deed::Discard, &mut out)
            }
        };
        match done {
            // Who listened has heard enough, as `head` does.
            Err(DeadLettersError::Output(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            done => done.map_err(Failure::run),
        }
    }

    fn config(&self) -> Result<Config, Failure> {
        let topic = topic_name(&self.target_prefix, &self.dead_letter_topic);
        if !is_topic_name(&topic) {
            return Err(Failure::Usage(format!("\"{topic}\" is not a topic name Kafka takes")));
        }
        Ok(Config { topic, format: if self.json { Format::Json } else { Format::Text } })
    }
}

impl Chosen {
    fn selection(self) -> Result<Selection, Failure> {
        let selection = Selection::from(self.selectors);
        match self.all || selection != Selection::default() {
            true => Ok(selection),
            false => Err(Failure::Usage(
                "which letters? give --at, --kind, --reason, --record-type or --module, or else --all".into(),
            )),
        }
    }
}

impl From<Selectors> for Selection {
    fn from(typed: Selectors) -> Self {
        let Selectors { at, kind, reason, record_type, module } = typed;
        Selection { at: at.into_iter().collect(), kind, reason, record_type, module }
    }
}

fn place(text: &str) -> Result<At, String> {
    At::parse(text).ok_or_else(|| "it is PARTITION/OFFSET, as `dead-letters list` says".to_owned())
}

fn kind(text: &str) -> Result<DeadKind, String> {
    DeadKind::parse(text).ok_or_else(|| "it is rejected, trapped or unreadable".to_owned())
}
