//! `ps-stream transform`, as typed.

use std::io::{Read, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::Failure;
use super::modules::Modules;
use crate::transform::{Engine, Kind, Mapper, Slot, Source, Splitters};
use crate::workbench::{self, Measured};

#[derive(Debug, Args)]
pub struct Transform {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Measure how fast a module is on a message, read from standard input, with all limits on
    Bench(Bench),
}

#[derive(Debug, Args)]
struct Bench {
    /// The module; the stock one of its kind when not given
    #[arg(value_name = "FILE.wasm")]
    file: Option<PathBuf>,

    /// What it is
    #[arg(long, value_enum)]
    kind: TypedKind,

    /// The module's configuration: a TOML, YAML or JSON file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// How long to measure
    #[arg(long, value_name = "TIME", default_value = "2s")]
    time: humantime::Duration,

    /// Write JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    modules: Modules,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TypedKind {
    Splitter,
    Mapper,
}

impl Transform {
    pub fn execute(self) -> Result<(), Failure> {
        match self.action {
            Action::Bench(bench) => bench.execute(),
        }
    }
}

impl Bench {
    fn execute(self) -> Result<(), Failure> {
        let engine = self.modules.engine()?;
        let mut message = Vec::new();
        std::io::stdin().read_to_end(&mut message).map_err(Failure::run)?;
        let measured = match self.kind {
            TypedKind::Splitter => self.splitter(&engine, &message)?,
            TypedKind::Mapper => self.mapper(&engine, &message)?,
        };
        self.tell(&measured).map_err(Failure::run)
    }

    fn splitter(&self, engine: &Engine, message: &[u8]) -> Result<Measured, Failure> {
        let source = Source::new(Kind::Splitter, self.file.as_deref(), self.config.as_deref());
        let splitters: Slot<Splitters> = Slot::load(engine, source).map_err(Failure::usage)?;
        workbench::measure_splitter(&splitters.get(), message, self.time.into()).map_err(Failure::run)
    }

    fn mapper(&self, engine: &Engine, message: &[u8]) -> Result<Measured, Failure> {
        let stock: Slot<Splitters> =
            Slot::load(engine, Source::new(Kind::Splitter, None, None)).map_err(Failure::usage)?;
        let transactions = workbench::transactions(&stock.get(), message).map_err(Failure::run)?;
        let source = Source::new(Kind::Mapper, self.file.as_deref(), self.config.as_deref());
        let mapper: Slot<Mapper> = Slot::load(engine, source).map_err(Failure::usage)?;
        workbench::measure_mapper(&mapper.get(), &transactions, self.time.into()).map_err(Failure::run)
    }

    #[allow(clippy::cast_precision_loss)]
    fn tell(&self, measured: &Measured) -> std::io::Result<()> {
        let Measured { rounds, transactions, bytes, seconds } = *measured;
        let mut out = std::io::stdout().lock();
        if self.json {
            let figures = serde_json::json!({
                "rounds": rounds, "transactions": transactions, "bytes": bytes, "seconds": seconds,
            });
            return writeln!(out, "{figures}");
        }
        let (megabytes, each) = (bytes as f64 / 1e6 / seconds, transactions as f64 / seconds);
        writeln!(out, "{megabytes:.0} MB/s, {each:.0} transactions/s ({rounds} rounds in {seconds:.2} s)")
    }
}
