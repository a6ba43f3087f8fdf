//! `ps-stream transform bench`, as typed.

use std::io::{self, Write};

use clap::Args;

use super::Subject;
use crate::cli::Failure;
use crate::cli::headers::TypedHeaders;
use crate::workbench::{self, Input, Measured, WorkbenchError, Workpiece};

/// Measure how fast a module is on a message, read from standard input, with all limits on
#[derive(Debug, Args)]
pub struct Bench {
    /// How long to measure
    #[arg(long, value_name = "TIME", default_value = "2s")]
    time: humantime::Duration,

    /// Write JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    headers: TypedHeaders,

    #[command(flatten)]
    subject: Subject,
}

impl Bench {
    pub fn execute(self) -> Result<(), Failure> {
        let workpiece = self.subject.workpiece()?;
        let measured = self.measure(&workpiece).map_err(Failure::run)?;
        self.tell(&measured).map_err(Failure::run)
    }

    fn measure(&self, workpiece: &Workpiece) -> Result<Measured, WorkbenchError> {
        let headers = self.headers.read();
        let document = Input::posted(&headers, &mut io::stdin().lock()).whole()?;
        match workpiece {
            Workpiece::Splitter(splitters) => {
                workbench::measure_splitter(splitters, &headers, &document, self.time.into())
            }
            Workpiece::Mapper(mapper, stock) => {
                let transactions = workbench::transactions(stock, &headers, &document)?;
                workbench::measure_mapper(mapper, &transactions, self.time.into())
            }
        }
    }

    #[allow(clippy::cast_precision_loss)]
    fn tell(&self, measured: &Measured) -> io::Result<()> {
        let Measured { rounds, transactions, bytes, seconds, calls, memory } = *measured;
        let mut out = io::stdout().lock();
        if self.json {
            let figures = serde_json::json!({
                "rounds": rounds, "transactions": transactions, "bytes": bytes, "seconds": seconds,
                "calls": calls, "memory_bytes": memory,
            });
            return writeln!(out, "{figures}");
        }
        let (megabytes, each) = (bytes as f64 / 1e6 / seconds, transactions as f64 / seconds);
        let (call, memory) = (seconds * 1e6 / calls.max(1) as f64, memory as f64 / f64::from(1 << 20));
        writeln!(out, "{megabytes:.0} MB/s, {each:.0} transactions/s ({rounds} rounds in {seconds:.2} s)")?;
        writeln!(out, "{calls} calls of {call:.1} µs; an instance had {memory:.1} MiB at most")
    }
}
