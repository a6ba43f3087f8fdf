//! `ps-stream transform bench`, as typed.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

use super::{Subject, printed};
use crate::cli::Failure;
use crate::cli::headers::TypedHeaders;
use crate::workbench::{self, Compared, Measured, Native, ROUNDS, Spread, Work};

/// Measure how fast a module is on a message, read from standard input, with all limits on
#[derive(Debug, Args)]
#[command(after_long_help = "\
Exit status: 0 when it was measured, 1 when the module failed or the crate could not be built, 2 when it was typed wrongly.")]
pub struct Bench {
    /// How long to measure
    #[arg(long, value_name = "TIME", default_value = "2s")]
    time: humantime::Duration,

    /// Measure the module's crate natively as well, as long, in turn with the module
    ///
    /// Its program examples/native.rs is built for that, as transform new has written it. What the module has more to do is told
    /// by the ratio: it runs in the sandbox with its limits, and the host hands over what goes in and looks at what comes out.
    #[arg(long, value_name = "DIR")]
    native: Option<PathBuf>,

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
        let native = self.native.as_deref().map(Native::build).transpose().map_err(Failure::run)?;
        let work = Work::read(&workpiece, &self.headers.read(), &mut io::stdin().lock()).map_err(Failure::run)?;
        let time = self.time.into();
        match native {
            None => {
                let measured = work.measure(time).map_err(Failure::run)?;
                printed(if self.json { writeln!(io::stdout(), "{}", json!(measured)) } else { tell(&measured) })
            }
            Some(native) => {
                let compared = workbench::compare(&work, &native, time).map_err(Failure::run)?;
                printed(match self.json {
                    true => writeln!(io::stdout(), "{}", compared_json(&compared)),
                    false => tell(&compared.module).and_then(|()| tell_rates(&compared)),
                })
            }
        }
    }
}

#[allow(clippy::cast_precision_loss)]
fn tell(measured: &Measured) -> io::Result<()> {
    let Measured { rounds, transactions, seconds, calls, memory, .. } = *measured;
    let mut out = io::stdout().lock();
    let (megabytes, each) = (measured.rate() / 1e6, transactions as f64 / seconds);
    let (call, memory) = (seconds * 1e6 / calls.max(1) as f64, memory as f64 / f64::from(1 << 20));
    writeln!(out, "{megabytes:.0} MB/s, {each:.0} transactions/s ({rounds} rounds in {seconds:.2} s)")?;
    writeln!(out, "{calls} calls of {call:.1} µs; an instance had {memory:.1} MiB at most")
}

fn tell_rates(compared: &Compared) -> io::Result<()> {
    let Compared { module_rate, native_rate, ratio, .. } = compared;
    let mut out = io::stdout().lock();
    writeln!(out, "in {ROUNDS} rounds in turn, minimum / median / maximum:")?;
    writeln!(out, "  module           {} MB/s", module_rate.text(1e6, 0))?;
    writeln!(out, "  native           {} MB/s", native_rate.text(1e6, 0))?;
    writeln!(out, "  native / module  {}", ratio.text(1.0, 2))
}

/// The figures of the module stand where they do without a native run.
#[derive(Serialize)]
struct Beside<'c> {
    #[serde(flatten)]
    module: &'c Measured,
    native: Value,
    bytes_per_second: Value,
    native_per_module: Spread,
}

fn compared_json(compared: &Compared) -> Value {
    let Compared { module, native, module_rate, native_rate, ratio } = compared;
    let Measured { rounds, transactions, bytes, seconds, .. } = native;
    json!(Beside {
        module,
        native: json!({ "rounds": rounds, "transactions": transactions, "bytes": bytes, "seconds": seconds }),
        bytes_per_second: json!({ "module": module_rate, "native": native_rate }),
        native_per_module: *ratio,
    })
}
