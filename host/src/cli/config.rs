//! `ps-stream config`: what is in effect and who said so, and whether it will do.

mod schema;
mod show;

use std::io::{self, Write};

use clap::{Args, Subcommand};

use super::check::Check;
use super::collect::Collect;
use super::parse::Parse;
use super::topics::{self, Use};
use super::{Common, Effective, Failure, definition, read, runtime};
use crate::kafka;

#[derive(Debug, Args)]
pub struct Config {
    /// Write JSON: an object a command
    #[arg(long, global = true)]
    json: bool,

    /// Ask Kafka as well: brokers, credentials, topics
    #[arg(long, global = true)]
    connect: bool,

    #[command(subcommand)]
    of: Option<Of>,
}

#[derive(Debug, Subcommand)]
enum Of {
    /// Of collect, as it would be started with these options
    Collect(Box<Collect>),
    /// Of parse, as it would be started with these options
    Parse(Box<Parse>),
    /// Write the JSON Schema of the configuration file, for editors
    Schema,
}

/// What a command would do with its options.
struct Report<'e> {
    effective: &'e Effective,
    checks: Vec<Check>,
}

impl Config {
    pub fn execute(self, common: &Common, effective: &Effective) -> Result<(), Failure> {
        match &self.of {
            None => self.of_both(),
            Some(Of::Schema) => writeln!(io::stdout(), "{:#}", schema::of(definition())).map_err(Failure::run),
            Some(Of::Collect(collect)) => self.report(common, effective, collect.checks(common), &collect.topics()),
            Some(Of::Parse(parse)) => self.report(common, effective, parse.checks(common), &parse.topics()),
        }
    }

    /// Both, as if each had been asked for. What is wrong with the first does not keep the second from being told.
    fn of_both(&self) -> Result<(), Failure> {
        let of = |command: &str| {
            let arguments: Vec<_> = std::env::args_os().chain([command.into()]).collect();
            read(&arguments)?.execute()
        };
        let (collect, parse) = (of("collect"), of("parse"));
        collect.and(parse)
    }

    fn report(
        &self,
        common: &Common,
        effective: &Effective,
        mut checks: Vec<Check>,
        topics: &[Use],
    ) -> Result<(), Failure> {
        if self.connect {
            checks.extend(connect(common, topics)?);
        }
        let report = Report { effective, checks };
        let mut out = io::stdout().lock();
        let told = if self.json { report.json(&mut out) } else { report.text(&mut out) };
        told.map_err(Failure::run)?;
        report.verdict()
    }
}

fn connect(common: &Common, topics: &[Use]) -> Result<Vec<Check>, Failure> {
    // What is wrong with the settings has been told.
    let Ok(settings) = common.settings() else { return Ok(Vec::new()) };
    let cluster = runtime()?.block_on(kafka::inspect(&settings, |name| topics.iter().any(|it| it.is_about(name))));
    Ok(match cluster {
        Ok(cluster) => topics::checks(topics, &cluster),
        Err(error) => vec![Check::of("Kafka", Err(Failure::run(error)))],
    })
}

impl Report<'_> {
    /// As the command itself would end.
    fn verdict(&self) -> Result<(), Failure> {
        let wrong = self.checks.iter().filter(|check| check.is_wrong()).count();
        match wrong {
            0 => Ok(()),
            1 => Err(Failure::Usage(format!("{} would fail: one thing is wrong", self.effective.command))),
            many => Err(Failure::Usage(format!("{} would fail: {many} things are wrong", self.effective.command))),
        }
    }
}
