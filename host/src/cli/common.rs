//! Options that every command has.

use std::net::SocketAddr;

use clap::{Args, ValueEnum};

use super::Failure;
use crate::admin;
use crate::kafka::{self, Settings};
use crate::reload;
use crate::service::Service;
use crate::shutdown;
use crate::telemetry::Format;
use crate::traces::{self, Traces};

#[derive(Debug, Args)]
pub struct Common {
    /// Kafka bootstrap server; may be given several times
    #[arg(short, long, global = true, value_name = "HOST:PORT", env = "PSSTREAM_KAFKA", default_value = "kafka:9092")]
    kafka: Vec<String>,

    /// Any property of librdkafka, such as security.protocol=SASL_SSL; may be given several times (in the environment: one a line)
    #[arg(
        long,
        global = true,
        value_name = "KEY=VALUE",
        env = "PSSTREAM_KAFKA_CONFIG",
        value_delimiter = '\n',
        hide_env_values = true
    )]
    kafka_config: Vec<String>,

    /// Address for metrics (/metrics, for Prometheus), /healthz, /readyz and /warnings; none when not given
    #[arg(long, global = true, value_name = "HOST:PORT", env = "PSSTREAM_ADMIN")]
    pub admin: Option<SocketAddr>,

    /// Show more output (PSSTREAM_LOG takes a filter such as "ps_stream=trace" instead)
    #[arg(long, global = true, env = "PSSTREAM_VERBOSE")]
    pub verbose: bool,

    /// How the log is written: lines of text, or a JSON object a line
    #[arg(long, global = true, value_name = "FORMAT", env = "PSSTREAM_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    log_format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

impl Common {
    pub fn log_format(&self) -> Format {
        match self.log_format {
            LogFormat::Text => Format::Text,
            LogFormat::Json => Format::Json,
        }
    }

    pub fn settings(&self) -> Result<Settings, Failure> {
        Settings::new(&words(&self.kafka), &self.kafka_config).map_err(Failure::usage)
    }

    /// What every command that goes on running has: it listens to signals and may be looked at.
    pub async fn start_service(&self, traces: Option<traces::Config>) -> Result<Service, Failure> {
        let (stop, shutdown) = shutdown::channel();
        shutdown::on_signal(stop).map_err(Failure::run)?;
        let mut service = Service::new(shutdown);
        if let Some(config) = traces {
            service.traces = Traces::start(config, &service.metrics).map_err(Failure::usage)?;
        }
        kafka::tell(&service.metrics);
        reload::on_signal(service.reload.clone()).map_err(Failure::run)?;
        if let Some(address) = self.admin {
            admin::serve(address, service.clone()).await.map_err(Failure::run)?;
        }
        Ok(service)
    }
}

/// Values given one by one, or several at a time with commas or spaces between them, as the environment does.
pub fn words(values: &[String]) -> Vec<String> {
    let words = values.iter().flat_map(|value| value.split([',', ' ', '\t', '\n']));
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_split_at_commas_and_spaces() {
        assert_eq!(words(&["a:1,b:2".into(), " c:3  d:4 ".into()]), ["a:1", "b:2", "c:3", "d:4"]);
    }
}
