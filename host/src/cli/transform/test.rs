//! `ps-stream transform test`, as typed.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::printed;
use super::subject::{self, TypedKind};
use crate::cli::Failure;
use crate::cli::modules::Modules;
use crate::workbench::{self, Case, Verdict, When};

/// Hold what comes of golden cases against what is expected of them
///
/// A case is a folder with a message.xml, or a message.body that is packed as it was posted (or, for a mapper, a
/// transactions.jsonl as `run` of a splitter writes it), with a headers.txt where HTTP said something of the message, with a
/// config.toml, .yaml or .json where the module is to have one, and with an expected.jsonl: the lines that `run` writes, and
/// an object for each input that is rejected.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Exit status: 0 when all is as expected or was updated, 1 when something differs or could not be tried, 2 when it was typed
wrongly.")]
pub struct Test {
    /// A case, or the folder of the cases
    #[arg(value_name = "DIR", default_value = "cases")]
    directory: PathBuf,

    /// The module; the stock one of a --kind when not given
    #[arg(long, value_name = "FILE.wasm")]
    transform: Option<PathBuf>,

    /// What it is; a file tells by itself
    #[arg(long, value_enum)]
    kind: Option<TypedKind>,

    /// Key rules for the stock module, in the cases that have no configuration: a TOML, YAML or JSON file
    #[arg(long, value_name = "FILE", conflicts_with = "transform")]
    keys: Option<PathBuf>,

    /// Write what came where it differs: it is what is expected from now on
    #[arg(long)]
    update: bool,

    /// Write JSON: an object a case
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    modules: Modules,
}

/// How many cases ended how.
#[derive(Default)]
struct Tally {
    fine: usize,
    updated: usize,
    wrong: usize,
}

impl Test {
    pub fn execute(self) -> Result<(), Failure> {
        let engine = self.modules.engine()?;
        let cases = Case::all_in(&self.directory).map_err(Failure::usage)?;
        let cases: Vec<Case> = cases.into_iter().map(|case| case.with_config(self.keys.as_deref())).collect();
        let module = subject::module(&engine, self.transform.as_deref(), self.kind)?;
        let differs = if self.update { When::Update } else { When::Tell };
        let mut tally = Tally::default();
        for case in &cases {
            let verdict = workbench::test(&engine, &module, case, differs);
            tally.add(&verdict);
            printed(self.tell(case, &verdict))?;
        }
        if !self.json {
            printed(tally.tell())?;
        }
        if tally.wrong == 0 { Ok(()) } else { Err(Failure::Said) }
    }

    fn tell(&self, case: &Case, verdict: &Verdict) -> io::Result<()> {
        let (word, name, text) = match verdict {
            Verdict::AsExpected => ("ok", "as-expected", None),
            Verdict::Differs(difference) => ("differs", "differs", Some(difference)),
            Verdict::Updated(difference) => ("updated", "updated", Some(difference)),
            Verdict::Failed(why) => ("failed", "failed", Some(why)),
        };
        let mut out = io::stdout().lock();
        if self.json {
            return writeln!(out, "{}", json!({ "case": case.name, "verdict": name, "why": text }));
        }
        writeln!(out, "{word:<9}{}", case.name)?;
        text.into_iter().flat_map(|text| text.lines()).try_for_each(|line| writeln!(out, "    {line}"))
    }
}

impl Tally {
    fn add(&mut self, verdict: &Verdict) {
        *match verdict {
            Verdict::AsExpected => &mut self.fine,
            Verdict::Updated(_) => &mut self.updated,
            Verdict::Differs(_) | Verdict::Failed(_) => &mut self.wrong,
        } += 1;
    }

    fn tell(&self) -> io::Result<()> {
        let Tally { fine, updated, wrong } = self;
        writeln!(io::stdout(), "{fine} as expected, {updated} updated, {wrong} not")
    }
}
