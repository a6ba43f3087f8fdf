//! `ps-stream keys`, as typed.

use std::io::{self, Read, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::Failure;
use super::headers::TypedHeaders;
use super::modules::Modules;
use crate::keys::{self, Finding, Guess, KeyFile, Survey, Weight};
use crate::transform::Engine;

#[derive(Debug, Args)]
pub struct Keys {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    Check(Check),
    Suggest(Suggest),
    Schema(Schema),
}

/// Hold a file of key rules against messages
///
/// Tells which record types have no rule, which rules name fields that no row has or that some lack, and which no row came
/// for.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Exit status: 0 when every transaction would have its keys, 1 when some would be dead letters or could not be read, 2 when it
was typed wrongly.")]
struct Check {
    /// The rules, as parse --keys takes them
    #[arg(value_name = "FILE")]
    rules: PathBuf,

    #[command(flatten)]
    input: Input,
}

/// Guess key rules from messages, and write them as a file of key rules
///
/// A guess is the first fields of a record type that tell all its rows apart. They are unique in these messages, which is not
/// to say in PeopleSoft.
#[derive(Debug, Args)]
#[command(after_long_help = "Exit status: 0 when all could be read, 1 when not, 2 when it was typed wrongly.")]
struct Suggest {
    #[command(flatten)]
    input: Input,
}

/// Write a JSON Schema of files of key rules, for editors
#[derive(Debug, Args)]
struct Schema {
    #[command(flatten)]
    modules: Modules,
}

#[derive(Debug, Args)]
struct Input {
    /// Files with messages in whatever they were posted in, one or several in each, or with the lines that transform run of a
    /// splitter writes; standard input when not given
    #[arg(value_name = "MESSAGES")]
    messages: Vec<PathBuf>,

    #[command(flatten)]
    headers: TypedHeaders,

    /// Write JSON: an object a line
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    modules: Modules,
}

impl Keys {
    pub fn execute(self) -> Result<(), Failure> {
        match self.action {
            Action::Check(check) => check.execute(),
            Action::Suggest(suggest) => suggest.execute(),
            Action::Schema(schema) => {
                let schema = KeyFile::schema(&schema.modules.engine()?).map_err(Failure::run)?;
                said(writeln!(io::stdout(), "{schema:#}"))
            }
        }
    }
}

impl Check {
    fn execute(self) -> Result<(), Failure> {
        let engine = self.input.modules.engine()?;
        let rules = KeyFile::load(&engine, &self.rules).map_err(Failure::usage)?;
        let survey = self.input.survey(&engine)?;
        let findings = keys::check(&rules, &survey);
        said(self.tell(&findings, &survey))?;
        let is_wrong = findings.iter().any(|finding| finding.weight() == Weight::Wrong);
        if is_wrong || !survey.troubles.is_empty() { Err(Failure::Said) } else { Ok(()) }
    }

    fn tell(&self, findings: &[Finding], survey: &Survey) -> io::Result<()> {
        let mut out = io::stdout().lock();
        for finding in findings {
            match (self.input.json, finding.weight()) {
                (true, _) => writeln!(out, "{}", finding_json(finding))?,
                (false, Weight::Wrong) => writeln!(out, "wrong  {finding}")?,
                (false, Weight::Note) => writeln!(out, "note   {finding}")?,
            }
        }
        if self.input.json {
            return Ok(());
        }
        let wrong = findings.iter().filter(|finding| finding.weight() == Weight::Wrong).count();
        writeln!(out, "{} rows of {} record types, {wrong} wrong", survey.rows(), survey.tables().len())
    }
}

fn finding_json(finding: &Finding) -> Value {
    json!({
        "finding": finding.name(),
        "wrong": finding.weight() == Weight::Wrong,
        "record_type": finding.record_type(),
        "field": finding.field(),
        "text": finding.to_string(),
    })
}

impl Suggest {
    fn execute(self) -> Result<(), Failure> {
        let survey = self.input.survey(&self.input.modules.engine()?)?;
        let guesses = keys::suggest(&survey);
        said(if self.input.json { guesses.iter().try_for_each(guess_json) } else { key_file(&guesses) })?;
        if survey.troubles.is_empty() { Ok(()) } else { Err(Failure::Said) }
    }
}

fn guess_json(guess: &Guess) -> io::Result<()> {
    let Guess { record_type, rows, fields, others } = guess;
    writeln!(io::stdout(), "{}", json!({ "record_type": record_type, "rows": rows, "guess": fields, "others": others }))
}

fn key_file(guesses: &[Guess]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "# Guessed by `ps-stream keys suggest`: fields that tell the rows of some messages apart. Hold each against the"
    )?;
    writeln!(out, "# key that the record has in PeopleSoft: rows with the same key overwrite one another.")?;
    writeln!(out, "\n[keys]")?;
    guesses.iter().try_for_each(|guess| rule(&mut out, guess))
}

fn rule(out: &mut impl Write, guess: &Guess) -> io::Result<()> {
    let rows = if guess.rows == 1 { "1 row, too few to tell".into() } else { format!("{} different rows", guess.rows) };
    let Some(fields) = &guess.fields else {
        writeln!(out, "# {}: {rows}; no three of its fields tell them apart.\n", guess.record_type)?;
        return Ok(());
    };
    write!(out, "# {rows}.")?;
    if guess.rows > 1 && !guess.others.is_empty() {
        let others: Vec<String> = guess.others.iter().map(|set| set.join(" + ")).collect();
        write!(out, " Unique as well: {}.", others.join("; "))?;
    }
    // One row is told apart by whatever it has: nobody should take that for a rule unawares.
    let unless_one = if guess.rows == 1 { "# " } else { "" };
    let fields: Vec<String> = fields.iter().map(|field| json!(field).to_string()).collect();
    writeln!(out, "\n{unless_one}{} = [{}]\n", name(&guess.record_type), fields.join(", "))
}

/// In quotes where TOML wants them.
fn name(record_type: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if record_type.bytes().all(is_bare) { record_type.to_owned() } else { json!(record_type).to_string() }
}

impl Input {
    fn survey(&self, engine: &Engine) -> Result<Survey, Failure> {
        let (mut survey, headers) = (Survey::new(engine).map_err(Failure::run)?, self.headers.read());
        for file in &self.messages {
            let name = file.display().to_string();
            let content = std::fs::read(file).map_err(|error| Failure::Usage(format!("\"{name}\": {error}")))?;
            survey.add(&name, &headers, &content).map_err(Failure::run)?;
        }
        if self.messages.is_empty() {
            let mut content = Vec::new();
            io::stdin().read_to_end(&mut content).map_err(Failure::run)?;
            survey.add("standard input", &headers, &content).map_err(Failure::run)?;
        }
        for trouble in &survey.troubles {
            // Nowhere else to say it when standard error is gone.
            let _ = writeln!(io::stderr(), "{trouble}");
        }
        Ok(survey)
    }
}

fn said(done: io::Result<()>) -> Result<(), Failure> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done.map_err(Failure::run),
    }
}
