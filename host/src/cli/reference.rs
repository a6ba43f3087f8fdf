//! What is made of the definition of the command line: completions for shells, man pages, the table of all options.

mod options;

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

use super::{Failure, definition};

/// The program in the script for bash. clap_complete 4.6 takes the hyphen in it for one between commands, in half of the places.
const NAME: &str = "ps__stream";
const MISTAKEN_NAME: &str = "ps__subcmd__stream";

#[derive(Debug, Args)]
pub struct Completions {
    /// The shell; put what is written where its completions are, such as /etc/bash_completion.d/ps-stream
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

#[derive(Debug, Args)]
pub struct Man {
    /// Directory to write the pages to, such as /usr/local/share/man/man1; it is made when it is missing
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

impl Completions {
    pub fn execute(self) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut definition(), "ps-stream", &mut script);
        let script = String::from_utf8_lossy(&script).replace(MISTAKEN_NAME, NAME);
        io::stdout().write_all(script.as_bytes()).map_err(Failure::run)
    }
}

impl Man {
    pub fn execute(self) -> Result<(), Failure> {
        let failed = |error| Failure::Run(format!("man pages in \"{}\": {error}", self.directory.display()));
        std::fs::create_dir_all(&self.directory).map_err(failed)?;
        clap_mangen::generate_to(definition(), &self.directory).map_err(failed)
    }
}

/// docs/options.md.
pub fn tell_options() -> Result<(), Failure> {
    io::stdout().write_all(options::markdown(definition()).as_bytes()).map_err(Failure::run)
}
