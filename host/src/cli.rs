//! The command line: what was typed becomes configurations that cannot be invalid, or one line of what is wrong.

mod collect;
mod dead_letters;
mod demo;
mod diff;
mod limits;
mod modules;
mod parse;
mod segments;
mod transform;

use std::error::Error;
use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::admin;
use crate::fault;
use crate::kafka::Settings;
use crate::reload;
use crate::service::Service;
use crate::shutdown;
use crate::telemetry::{self, Detail};

/// PeopleSoft messages into compacted Kafka topics, through WebAssembly modules.
#[derive(Debug, Parser)]
#[command(name = "ps-stream", version, about)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct Common {
    /// Kafka bootstrap server; may be given several times
    #[arg(short, long, global = true, value_name = "HOST:PORT", env = "PSSTREAM_KAFKA", default_value = "kafka:9092")]
    kafka: Vec<String>,

    /// Any property of librdkafka, such as security.protocol=SASL_SSL; may be given several times (in the environment: one a line)
    #[arg(long, global = true, value_name = "KEY=VALUE", env = "PSSTREAM_KAFKA_CONFIG", value_delimiter = '\n')]
    kafka_config: Vec<String>,

    /// Address for metrics (/metrics, for Prometheus), /healthz and /readyz; none when not given
    #[arg(long, global = true, value_name = "HOST:PORT", env = "PSSTREAM_ADMIN")]
    admin: Option<SocketAddr>,

    /// Show more output (PSSTREAM_LOG takes a filter such as "ps_stream=trace" instead)
    #[arg(long, global = true, env = "PSSTREAM_VERBOSE")]
    verbose: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Take PeopleSoft messages in over HTTP and store their transactions in Kafka
    Collect(Box<collect::Collect>),
    /// Turn stored transactions into rows, one compacted topic per record type
    #[command(visible_alias = "publish")]
    Parse(Box<parse::Parse>),
    /// Look at the transactions that were set aside, put them back, throw them away
    DeadLetters(dead_letters::DeadLetters),
    /// For those who write modules: run them as production does
    Transform(transform::Transform),
    /// Watch it work, without a Kafka: sample messages in, tables out
    Demo(demo::Demo),
}

/// Why a command did not do what it was asked.
#[derive(Debug)]
enum Failure {
    /// What was typed cannot be meant: status 2.
    Usage(String),
    /// It was started and failed: status 1.
    Run(String),
}

pub fn execute() -> ExitCode {
    let cli = Cli::parse();
    telemetry::start(cli.detail());
    let done = match cli.command {
        Command::Collect(collect) => collect.execute(&cli.common),
        Command::Parse(parse) => parse.execute(&cli.common),
        Command::DeadLetters(dead_letters) => dead_letters.execute(&cli.common),
        Command::Transform(transform) => transform.execute(),
        Command::Demo(demo) => demo.execute(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.tell(),
    }
}

impl Cli {
    /// The demonstration prints its own story.
    fn detail(&self) -> Detail {
        match self.command {
            _ if self.common.verbose => Detail::Verbose,
            Command::Demo(_) => Detail::Errors,
            _ => Detail::Normal,
        }
    }
}

impl Common {
    fn settings(&self) -> Result<Settings, Failure> {
        Settings::new(&words(&self.kafka), &self.kafka_config).map_err(Failure::usage)
    }

    /// What every command that goes on running has: it listens to signals and may be looked at.
    async fn start_service(&self) -> Result<Service, Failure> {
        let (stop, shutdown) = shutdown::channel();
        shutdown::on_signal(stop).map_err(Failure::run)?;
        let service = Service::new(shutdown);
        reload::on_signal(service.reload.clone()).map_err(Failure::run)?;
        if let Some(address) = self.admin {
            admin::serve(address, service.clone()).await.map_err(Failure::run)?;
        }
        Ok(service)
    }
}

impl Failure {
    #[allow(clippy::needless_pass_by_value)]
    fn usage(error: impl Error) -> Self {
        Failure::Usage(fault::chain(&error))
    }

    #[allow(clippy::needless_pass_by_value)]
    fn run(error: impl Error) -> Self {
        Failure::Run(fault::chain(&error))
    }

    fn tell(&self) -> ExitCode {
        let (text, status) = match self {
            Failure::Usage(text) => (text, 2),
            Failure::Run(text) => (text, 1),
        };
        // Nowhere else to say it when standard error is gone.
        let _ = writeln!(std::io::stderr(), "error: {text}");
        ExitCode::from(status)
    }
}

/// Values given one by one, or several at a time with commas or spaces between them, as the environment does.
fn words(values: &[String]) -> Vec<String> {
    let words = values.iter().flat_map(|value| value.split([',', ' ', '\t', '\n']));
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::run)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_of_the_command_line_is_sound() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn lists_are_split_at_commas_and_spaces() {
        assert_eq!(words(&["a:1,b:2".into(), " c:3  d:4 ".into()]), ["a:1", "b:2", "c:3", "d:4"]);
    }
}
