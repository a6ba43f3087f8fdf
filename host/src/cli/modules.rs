//! What modules may use and how they are started: options that `collect` and `parse` have in common.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::Failure;
use crate::transform::{Engine, Limits, Size};

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;
const GIB: usize = 1 << 30;

#[derive(Debug, Args)]
#[command(next_help_heading = "Modules")]
pub struct Modules {
    /// Longest time of one call
    #[arg(long, value_name = "TIME", env = "PSSTREAM_MODULE_TIME", default_value = "5s", value_parser = time)]
    module_time: Duration,

    /// Most memory of one instance
    #[arg(long, value_name = "SIZE", env = "PSSTREAM_MODULE_MEMORY", default_value = "256MiB", value_parser = memory)]
    module_memory: Size,

    /// Most bytes of one answer, and of a message that a splitter may make collect hold
    #[arg(long, value_name = "SIZE", env = "PSSTREAM_MODULE_OUTPUT", default_value = "64MiB", value_parser = output)]
    module_output: Size,

    /// Most transactions or changes in one answer
    #[arg(long, value_name = "NUMBER", env = "PSSTREAM_MODULE_ITEMS", default_value = "1000000", value_parser = items)]
    module_items: usize,

    /// Most stack of one call
    #[arg(long, value_name = "SIZE", env = "PSSTREAM_MODULE_STACK", default_value = "512KiB", value_parser = stack)]
    module_stack: Size,

    /// Directory to keep compiled modules in, for a faster start; none when not given. It is made when it is missing, and only
    /// used when nobody else may write to it
    #[arg(long, value_name = "DIR", env = "PSSTREAM_MODULE_CACHE")]
    module_cache: Option<PathBuf>,
}

impl Modules {
    pub fn engine(&self) -> Result<Engine, Failure> {
        let engine =
            Engine::new(self.limits()).map_err(|error| Failure::Run(format!("the module engine: {error:#}")))?;
        Ok(match &self.module_cache {
            Some(directory) => engine.with_cache(directory),
            None => engine,
        })
    }

    fn limits(&self) -> Limits {
        Limits {
            call_time: self.module_time,
            memory: self.module_memory,
            output: self.module_output,
            items: self.module_items,
            stack: self.module_stack,
            ..Limits::default()
        }
    }
}

fn time(text: &str) -> Result<Duration, String> {
    let time = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    let allowed = Duration::from_millis(10)..=Duration::from_secs(3600);
    if allowed.contains(&time) { Ok(time) } else { Err("a call may take between 10ms and 1h".into()) }
}

/// The largest a module of 32-bit addresses can have.
fn memory(text: &str) -> Result<Size, String> {
    between(text, Size(MIB), Size(4 * GIB))
}

fn output(text: &str) -> Result<Size, String> {
    between(text, Size(64 * KIB), Size(4 * GIB))
}

/// Modules run on threads of 2 MiB.
fn stack(text: &str) -> Result<Size, String> {
    between(text, Size(64 * KIB), Size(MIB))
}

pub(super) fn between(text: &str, least: Size, most: Size) -> Result<Size, String> {
    let size: Size = text.parse().map_err(|error: crate::transform::NoSize| error.to_string())?;
    if (least..=most).contains(&size) { Ok(size) } else { Err(format!("it must be between {least} and {most}")) }
}

fn items(text: &str) -> Result<usize, String> {
    let allowed = 1..=100_000_000;
    let number = text.parse().ok().filter(|number| allowed.contains(number));
    number.ok_or_else(|| "it must be a number between 1 and 100000000".into())
}
