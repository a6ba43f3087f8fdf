//! `ps-stream transform new`, as typed.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use super::printed;
use super::subject::TypedKind;
use crate::cli::Failure;
use crate::workbench::NewCrate;

/// Begin a module of your own: a Rust crate that builds, with a test, a message and a golden case
///
/// The SDK comes with it, as this program has it: nothing else of ps-stream is needed.
#[derive(Debug, Args)]
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
}

impl New {
    pub fn execute(self) -> Result<(), Failure> {
        let folder = self.folder.unwrap_or_else(|| PathBuf::from(&self.name));
        let new = NewCrate::new(&self.name, self.kind.into()).map_err(Failure::usage)?;
        new.write(&folder).map_err(Failure::usage)?;
        printed(writeln!(io::stdout(), "{} is ready; its README.md says how to go on", folder.display()))
    }
}
