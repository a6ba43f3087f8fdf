//! `ps-stream transform check`, as typed.

use std::fmt::Display;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::inspect::{described, form};
use super::{not_loaded, printed};
use crate::cli::Failure;
use crate::cli::modules::Modules;
use crate::fault;
use crate::transform::{Access, Inspection, LoadError, Size};
use crate::workbench::{self, Checked, Configuration};

/// Go through all that is asked of a module when it is loaded, and of its configuration
///
/// Is it WebAssembly, of a world and version this program knows; does it import only what a module is given; does it start and
/// say what it is; is its configuration schema one; does the configuration fit it, and does the module take it.
#[derive(Debug, Args)]
#[command(
    after_long_help = "Exit status: 0 when it would be taken, 1 when not, with the reason, 2 when it was typed wrongly."
)]
pub struct Check {
    /// The module
    #[arg(value_name = "FILE.wasm")]
    file: PathBuf,

    /// Its configuration: a TOML, YAML or JSON file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Write JSON, also of what is wrong
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    modules: Modules,
}

impl Check {
    pub fn execute(self) -> Result<(), Failure> {
        let engine = self.modules.engine()?;
        match workbench::check(&engine, &self.file, self.config.as_deref()) {
            Ok(checked) if self.json => printed(writeln!(io::stdout(), "{}", passed(&checked))),
            Ok(checked) => printed(self.tell(&checked)),
            Err(error) if self.json => refused(error),
            Err(error) => Err(not_loaded(error)),
        }
    }

    fn tell(&self, checked: &Checked) -> io::Result<()> {
        let inspection = &checked.inspection;
        let mut lines = Lines(io::stdout().lock());
        lines.fine(format_args!("{} of {}", form(inspection), Size(inspection.length)))?;
        lines.fine(format_args!("a {} of {}", inspection.module.kind, Inspection::contract()))?;
        for import in &inspection.imports {
            match import.access {
                Access::Given => lines.fine(format_args!("imports {}", import.name))?,
                Access::Denied => lines.note(format_args!("imports {}, of which it gets nothing", import.name))?,
            }
        }
        lines.fine(format_args!("says of itself that it is {}", described(&inspection.description)))?;
        match (&checked.configuration, &self.config) {
            (Configuration::Taken, Some(file)) => {
                lines.fine(format_args!("takes configuration \"{}\"", file.display()))
            }
            (Configuration::Taken, None) => lines.fine("starts without a configuration"),
            (Configuration::Missing(why), _) => lines.note(format_args!("needs a configuration (--config): {why}")),
        }
    }
}

/// What is as it must be, and what a person should know of.
struct Lines<'o>(io::StdoutLock<'o>);

impl Lines<'_> {
    fn fine(&mut self, what: impl Display) -> io::Result<()> {
        writeln!(self.0, "ok    {what}")
    }

    fn note(&mut self, what: impl Display) -> io::Result<()> {
        writeln!(self.0, "note  {what}")
    }
}

fn passed(checked: &Checked) -> serde_json::Value {
    let missing = match &checked.configuration {
        Configuration::Taken => None,
        Configuration::Missing(why) => Some(why),
    };
    json!({ "taken": true, "configuration_missing": missing, "module": super::inspect::json(&checked.inspection) })
}

fn refused(error: LoadError) -> Result<(), Failure> {
    let reason = fault::chain(&error);
    match not_loaded(error) {
        Failure::Run(_) => {
            printed(writeln!(io::stdout(), "{}", json!({ "taken": false, "reason": reason })))?;
            Err(Failure::Said)
        }
        typed_wrongly => Err(typed_wrongly),
    }
}
