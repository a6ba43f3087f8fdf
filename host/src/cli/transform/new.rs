//! `ps-stream transform new`, as typed.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::printed;
use super::subject::TypedKind;
use crate::cli::Failure;
use crate::workbench::NewCrate;

/// Begin a module of your own: a Rust crate that builds, with a test, a message and a golden case
///
/// The SDK comes with it, as this program has it: nothing else of ps-stream is needed.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Exit status: 0 when it was made, 2 when not: it was typed wrongly, the folder exists already or cannot be written.")]
pub struct New {
    /// What it is to be called; also the folder that is made, unless --folder names another
    #[arg(value_name = "NAME")]
    name: String,

    /// What it is to be
    #[arg(long, value_enum)]
    kind: TypedKind,

    /// The folder to make
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,

    /// Write JSON
    #[arg(long)]
    json: bool,
}

impl New {
    pub fn execute(self) -> Result<(), Failure> {
        let folder = self.folder.unwrap_or_else(|| PathBuf::from(&self.name));
        let new = NewCrate::new(&self.name, self.kind.into()).map_err(Failure::usage)?;
        new.write(&folder).map_err(Failure::usage)?;
        let folder = folder.display();
        printed(match self.json {
            true => writeln!(io::stdout(), "{}", json!({ "folder": folder.to_string(), "files": new.files() })),
            false => writeln!(io::stdout(), "{folder} is ready; its README.md says how to go on"),
        })
    }
}
