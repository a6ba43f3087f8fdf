//! `ps-stream transform capture`, as typed.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::printed;
use crate::capture::{self, Wanted};
use crate::cli::modules::Modules;
use crate::cli::{Common, Failure};
use crate::kafka::is_topic_name;

/// Make golden cases of transactions that are stored in Kafka, or that were set aside as dead letters
///
/// The newest are taken. What is expected of them is not known: look at it, and have it written by `transform test --update`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Exit status: 0 when there was something to capture, 1 when not or Kafka could not be read, 2 when it was typed wrongly.")]
pub struct Capture {
    /// The topic, with its prefix
    #[arg(value_name = "TOPIC", default_value = "ps.transactions")]
    topic: String,

    /// The folder of the cases
    #[arg(long, value_name = "DIR", default_value = "cases")]
    to: PathBuf,

    /// How many
    #[arg(long, value_name = "NUMBER", default_value_t = 10)]
    most: u16,

    /// A record type of the transaction
    #[arg(long, value_name = "TYPE")]
    record_type: Option<String>,

    /// A field whose texts are masked: digits become 0 and letters x; may be given several times
    #[arg(long, value_name = "FIELD")]
    mask: Vec<String>,

    /// Write JSON: an object a case
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    modules: Modules,
}

impl Capture {
    pub fn execute(self, common: &Common) -> Result<(), Failure> {
        if !is_topic_name(&self.topic) {
            return Err(Failure::Usage(format!("\"{}\" is not a topic name Kafka takes", self.topic)));
        }
        let (settings, engine) = (common.settings()?, self.modules.engine()?);
        let Capture { topic, to: folder, most, record_type, mask, json, .. } = self;
        let wanted = Wanted { topic, most: most.into(), record_type, mask, folder };
        let cases = capture::capture(&engine, &settings, &wanted).map_err(Failure::run)?;
        let mut out = io::stdout().lock();
        printed(cases.iter().map(|case| case.display()).try_for_each(|case| match json {
            true => writeln!(out, "{}", json!({ "case": case.to_string() })),
            false => writeln!(out, "{case}"),
        }))
    }
}
