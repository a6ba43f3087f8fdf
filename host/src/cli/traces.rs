//! Options of traces. Their names in the environment are those of OpenTelemetry, which may be set for other programs too: so
//! what they say is looked at where traces are wanted, and nowhere else.

use clap::Args;

use super::Failure;
use super::check::Check;
use crate::traces::{Config, Endpoint, Ratio, Sampling};

#[derive(Debug, Args)]
#[command(next_help_heading = "Traces")]
pub struct TraceOptions {
    /// Address of an OTLP receiver for HTTP to send traces to, such as http://localhost:4318; none are sent when not given
    #[arg(long, value_name = "URL", env = "OTEL_EXPORTER_OTLP_ENDPOINT")]
    traces: Option<String>,

    /// The name they are sent under; ps-stream-collect or ps-stream-parse when not given
    #[arg(long, value_name = "NAME", env = "OTEL_SERVICE_NAME")]
    traces_service: Option<String>,

    /// The share of messages that are traced though their senders have no trace, from 0 to 1
    #[arg(long, value_name = "RATIO", env = "OTEL_TRACES_SAMPLER_ARG", default_value = "1")]
    traces_ratio: String,

    /// Another rule for which are: parentbased_always_on, parentbased_always_off, or where it does not matter what senders say,
    /// traceidratio, always_on, always_off
    #[arg(long, value_name = "RULE", env = "OTEL_TRACES_SAMPLER", default_value = "parentbased_traceidratio")]
    traces_sampler: String,
}

impl TraceOptions {
    /// None where no traces are wanted. `service`: what they are sent under where nothing else is said.
    pub fn config(&self, service: &str) -> Result<Option<Config>, Failure> {
        let Some(address) = said(self.traces.as_deref()) else { return Ok(None) };
        let ratio = Ratio::parse(&self.traces_ratio).map_err(Failure::usage)?;
        Ok(Some(Config {
            endpoint: Endpoint::at(address).map_err(Failure::usage)?,
            service: said(self.traces_service.as_deref()).unwrap_or(service).to_owned(),
            sampling: Sampling::named(&self.traces_sampler, ratio).map_err(Failure::usage)?,
        }))
    }

    /// None where there is nothing to try.
    pub fn check(&self, service: &str) -> Option<Check> {
        let tried = |config: Config| config.check().map(|()| config.endpoint.to_string()).map_err(Failure::usage);
        let tried = self.config(service).and_then(|config| config.map(tried).transpose());
        tried.transpose().map(|tried| Check::of("traces", tried))
    }
}

/// A variable that is set to nothing says nothing.
fn said(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}
