//! `ps-stream transform bench`, as typed.

use std::io::{Read, Write};

use clap::Args;

use super::Subject;
use crate::cli::Failure;
use crate::workbench::{self, Measured, WorkbenchError, Workpiece};

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
    subject: Subject,
}

impl Bench {
    pub fn execute(self) -> Result<(), Failure> {
        let workpiece = self.subject.workpiece()?;
        let mut message = Vec::new();
        std::io::stdin().read_to_end(&mut message).map_err(Failure::run)?;
        let measured = self.measure(&workpiece, &message).map_err(Failure::run)?;
        self.tell(&measured).map_err(Failure::run)
    }

    fn measure(&self, workpiece: &Workpiece, message: &[u8]) -> Result<Measured, WorkbenchError> {
        match workpiece {
            Workpiece::Splitter(splitters) => workbench::measure_splitter(splitters, message, self.time.into()),
            Workpiece::Mapper(mapper, stock) => {
                let transactions = workbench::transactions(stock, message)?;
                workbench::measure_mapper(mapper, &transactions, self.time.into())
            }
        }
    }

    #[allow(clippy::cast_precision_loss)]
    fn tell(&self, measured: &Measured) -> std::io::Result<()> {
        let Measured { rounds, transactions, bytes, seconds, calls, memory } = *measured;
        let mut out = std::io::stdout().lock();
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
