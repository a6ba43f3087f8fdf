//! Traces, for those who want to see what happens to a message from its sender's call to the row in its table: spans of
//! OpenTelemetry, sent away as OTLP over HTTP.
//!
//! Nothing of it holds up or fails a message. A span that has ended waits in a queue of bounded length; where that is full, or
//! nobody takes what is sent, spans are dropped and counted. Where no traces are wanted there are no spans, and to ask for
//! one costs a look at an `Option`. Which spans there are and what they tell is for the rooms that begin them to say.

mod client;
mod export;
mod figures;
mod sampling;
mod span;

use std::borrow::Cow;
use std::sync::Arc;

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};

use crate::metrics::Metrics;
use export::Queue;

pub use client::Endpoint;
pub use opentelemetry::trace::SpanKind as Kind;
pub use sampling::{Ratio, Sampling};
pub use span::Span;

#[derive(Debug, Clone)]
pub struct Config {
    pub endpoint: Endpoint,
    /// Whose spans they are: `service.name`.
    pub service: String,
    pub sampling: Sampling,
}

impl Config {
    /// Whether traces could be sent so.
    pub fn check(&self) -> Result<(), TracesError> {
        self.endpoint.exporter().map(drop)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum TracesError {
    #[error(
        "\"{0}\" is no address for traces; it is the one of an OTLP receiver for HTTP, such as http://localhost:4318"
    )]
    Address(String),
    #[error("--traces-ratio \"{0}\" is no number from 0 to 1, such as 0.05")]
    Ratio(String),
    #[error(
        "--traces-sampler \"{0}\" is not known; parentbased_traceidratio, parentbased_always_on, parentbased_always_off, \
         traceidratio, always_on and always_off are"
    )]
    Sampler(String),
    #[error("{name} asks for \"{protocol}\"; traces are sent as http/protobuf alone, to port 4318 as a rule")]
    Protocol { name: &'static str, protocol: String },
    #[error(
        "no certificates are known by which to trust \"{0}\"; install ca-certificates, or name a file in SSL_CERT_FILE"
    )]
    Roots(String, #[source] std::io::Error),
    #[error("traces cannot be sent to \"{0}\"")]
    Exporter(String, #[source] opentelemetry_otlp::ExporterBuildError),
}

/// Where spans begin; nowhere by default.
#[derive(Debug, Clone, Default)]
pub struct Traces(Option<Arc<Wanted>>);

#[derive(Debug)]
struct Wanted {
    tracer: SdkTracer,
    queue: Queue,
}

impl Traces {
    /// Sends in the background, as a task of this runtime.
    pub fn start(config: Config, metrics: &Metrics) -> Result<Self, TracesError> {
        let resource = Resource::builder()
            .with_service_name(config.service)
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let queue = export::start(&config.endpoint, &resource, metrics)?;
        let provider = SdkTracerProvider::builder()
            .with_resource(resource)
            .with_sampler(Sampler::from(config.sampling))
            .with_span_processor(queue.clone())
            .build();
        tracing::info!("sending traces to {}", config.endpoint);
        Ok(Traces(Some(Arc::new(Wanted { tracer: provider.tracer(env!("CARGO_PKG_NAME")), queue }))))
    }

    pub fn are_wanted(&self) -> bool {
        self.0.is_some()
    }

    /// Begins a span where one is wanted; below the one that this `traceparent` names, or at the top of a new trace.
    pub fn begin(&self, name: impl Into<Cow<'static, str>>, kind: Kind, traceparent: Option<&str>) -> Span {
        match &self.0 {
            Some(wanted) => Span::begin(&wanted.tracer, name.into(), kind, &span::remote(traceparent)),
            None => Span::none(),
        }
    }

    /// So many spans would have been too many.
    pub fn left_out(&self, spans: usize) {
        if let Some(wanted) = &self.0 {
            wanted.queue.left_out(spans);
        }
    }

    /// Sends what has ended, for a few seconds at most. Spans that end later are dropped.
    pub async fn finish(&self) {
        if let Some(wanted) = &self.0 {
            wanted.queue.finish().await;
        }
    }
}
