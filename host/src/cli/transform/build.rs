//! `ps-stream transform build`, as typed.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::printed;
use crate::cli::Failure;
use crate::workbench::{self, Lines};

/// Make a WebAssembly module of a Rust crate
///
/// By the Rust that is installed, where `rustup target add wasm32-unknown-unknown` has been run, or else by Debian's
/// compiler; what is missing is said. A module that is in use may be built over: it is put into its place whole.
#[derive(Debug, Args)]
#[command(after_long_help = "Exit status: 0 when it was built, 1 when not, 2 when it was typed wrongly.")]
pub struct Build {
    /// The crate's folder
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,

    /// Where to put the module; into the crate's folder, named as its library, when not given
    #[arg(long, value_name = "FILE.wasm")]
    to: Option<PathBuf>,

    /// With line numbers for backtraces: ten times as large
    #[arg(long)]
    lines: bool,

    /// Write JSON
    #[arg(long)]
    json: bool,
}

impl Build {
    pub fn execute(self) -> Result<(), Failure> {
        let lines = if self.lines { Lines::With } else { Lines::Without };
        let built = workbench::build(&self.folder, self.to.as_deref(), lines).map_err(Failure::run)?;
        let file = built.display().to_string();
        printed(match self.json {
            true => writeln!(io::stdout(), "{}", json!({ "module": file })),
            false => writeln!(io::stdout(), "{file}"),
        })
    }
}
