//! `ps-stream transform run`, as typed.

use std::io::{self, BufWriter, Write};

use clap::Args;

use super::{Subject, unless_closed};
use crate::cli::Failure;
use crate::cli::headers::TypedHeaders;
use crate::workbench::{self, Input, Line, WorkbenchError};

/// Give a module the input on standard input, and see what comes of it
///
/// A splitter takes a message and gives its transactions, a JSON line each. A mapper takes such lines, the values of a
/// transactions topic, or a message, which the stock splitter cuts for it. It gives keyed rows, a JSON line each; the value of
/// a row that is gone is null. What is rejected is told on standard error.
#[derive(Debug, Args)]
#[command(after_long_help = WHOLE_WAY)]
pub struct Run {
    /// Write JSON on standard error, too: an object for each input that was rejected or that the module failed on
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    headers: TypedHeaders,

    #[command(flatten)]
    subject: Subject,
}

const WHOLE_WAY: &str = "\
The whole way of a message:
  ps-stream transform run --kind splitter < message.xml | ps-stream transform run rows.wasm

The message is as PeopleSoft posts it, in whatever it is packed in; what HTTP said of it is told with --header:
  ps-stream transform run routes.wasm --header 'MessageName: PROJECT_SYNC' < message.b64

Exit status: 0 when all of the input was taken, 1 when something was rejected or the module failed, 2 when it was typed
wrongly.";

impl Run {
    pub fn execute(self) -> Result<(), Failure> {
        let workpiece = self.subject.workpiece()?;
        let mut out = BufWriter::new(io::stdout().lock());
        let mut troubles = 0_u64;
        let mut see = |line: Line| {
            let done = match &line {
                Line::Trouble(trouble) => {
                    troubles += 1;
                    let text = if self.json { line.json() } else { trouble.to_string() };
                    // In the order in which they came, where both are shown in one place.
                    out.flush().and_then(|()| writeln!(io::stderr(), "{text}"))
                }
                _ => writeln!(out, "{}", line.json()),
            };
            done.map_err(WorkbenchError::Output)
        };
        let (headers, mut stdin) = (self.headers.read(), io::stdin().lock());
        let done = workbench::run(&workpiece, &mut Input::posted(&headers, &mut stdin), &mut see);
        unless_closed(done.and_then(|()| out.flush().map_err(WorkbenchError::Output)))?;
        if troubles == 0 { Ok(()) } else { Err(Failure::Said) }
    }
}
