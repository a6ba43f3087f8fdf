//! The program of a module's crate that measures it natively (`ps_stream_sdk::native`): built by the crate's own cargo, asked over
//! its standard streams.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ps_stream_guest_build::{BuildError, build_native, target_dir};
use serde_json::{Value, json};

use super::bench::{Measured, Work};
use super::line::CutTransaction;
use crate::contract::{Header, Message};
use crate::transform::Exchange;

#[derive(Debug)]
pub struct Native {
    program: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub enum NativeError {
    #[error(transparent)]
    Build(#[from] BuildError),
    #[error("native program \"{program}\" cannot be run")]
    NotRun { program: String, source: io::Error },
    #[error("native program \"{0}\" failed: what it said is above")]
    Failed(String),
    #[error("native program \"{0}\" gave no figures: its crate's SDK is of another version")]
    NoFigures(String),
}

impl Native {
    /// Of the crate in that folder.
    pub fn build(folder: &Path) -> Result<Self, NativeError> {
        Ok(Native { program: build_native(folder, &target_dir(folder))? })
    }

    /// Gives it the same work.
    pub fn measure(&self, work: &Work<'_>, time: Duration) -> Result<Measured, NativeError> {
        let name = || self.program.display().to_string();
        let not_run = |source| NativeError::NotRun { program: name(), source };
        let mut program = Command::new(&self.program);
        let mut asked = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(not_run)?;
        // One that ends before it has read everything has said why.
        let _ = ask(&mut asked, work, time);
        let output = asked.wait_with_output().map_err(not_run)?;
        if !output.status.success() {
            return Err(NativeError::Failed(name()));
        }
        serde_json::from_slice(&output.stdout).map_err(|_| NativeError::NoFigures(name()))
    }
}

/// A line, and then what the module is given.
fn ask(program: &mut Child, work: &Work<'_>, time: Duration) -> io::Result<()> {
    let Some(mut to) = program.stdin.take().map(io::BufWriter::new) else { return Ok(()) };
    writeln!(to, "{}", question(work, time))?;
    match work {
        Work::Split { document, .. } => to.write_all(document)?,
        Work::Map { transactions, .. } => {
            transactions
                .iter()
                .try_for_each(|transaction| writeln!(to, "{}", CutTransaction::of(transaction).json()))?;
        }
    }
    to.flush()
}

fn question(work: &Work<'_>, time: Duration) -> Value {
    let seconds = time.as_secs_f64();
    match work {
        Work::Split { splitters, message, .. } => json!({
            "kind": "splitter", "seconds": seconds, "config": splitters.config(), "message": known(message),
        }),
        Work::Map { mapper, .. } => json!({ "kind": "mapper", "seconds": seconds, "config": mapper.config() }),
    }
}

fn known(message: &Message) -> Value {
    let Message { transaction_id, name, from, to, headers } = message;
    let headers: Vec<_> = headers.iter().map(|Header { name, value }| (name, value)).collect();
    json!({ "transaction_id": transaction_id, "name": name, "from": from, "to": to, "headers": headers })
}
