//! The way out: spans that have ended wait in a queue, and a task of its own sends them, many at a time.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{Span, SpanData, SpanExporter as _, SpanProcessor};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

use super::TracesError;
use super::client::Endpoint;
use super::figures::Figures;
use crate::metrics::Metrics;

/// Spans that may wait, of a kilobyte or two each.
const QUEUE: usize = 4096;
/// Spans that are sent at a time, and how long they may wait for others.
const BATCH: usize = 512;
const LINGER: Duration = Duration::from_secs(1);
/// How long to be silent about a receiver that comes and goes.
const SILENCE: Duration = Duration::from_secs(600);
/// How long the last spans may take once the process is to end.
const LAST: Duration = Duration::from_secs(3);

/// What is waited for.
enum Next {
    Span(Box<SpanData>),
    /// Nothing any more.
    End,
}

/// Where spans wait.
#[derive(Debug, Clone)]
pub struct Queue {
    places: mpsc::Sender<Next>,
    figures: Figures,
    sending: Arc<Mutex<Option<JoinHandle<()>>>>,
}

/// Who sends them.
struct Sending {
    spans: mpsc::Receiver<Next>,
    exporter: SpanExporter,
    endpoint: String,
    figures: Figures,
    /// When it was last said that they are not taken.
    said: Option<Instant>,
    /// And not yet that they are again.
    is_owed: bool,
}

enum More {
    Yes,
    No,
}

/// Begins to send, as a task of this runtime.
pub fn start(endpoint: &Endpoint, resource: &Resource, metrics: &Metrics) -> Result<Queue, TracesError> {
    let mut exporter = endpoint.exporter()?;
    exporter.set_resource(resource);
    let (places, spans) = mpsc::channel(QUEUE);
    let figures = Figures::new(metrics);
    let sending = Sending {
        spans,
        exporter,
        endpoint: endpoint.to_string(),
        figures: figures.clone(),
        said: None,
        is_owed: false,
    };
    let sending = Arc::new(Mutex::new(Some(tokio::spawn(sending.run()))));
    Ok(Queue { places, figures, sending })
}

impl Queue {
    pub fn left_out(&self, spans: usize) {
        self.figures.dropped.inc_by(spans as u64);
    }

    pub async fn finish(&self) {
        let sending = self.sending.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(sending) = sending else { return };
        let last = async {
            _ = self.places.send(Next::End).await;
            _ = sending.await;
        };
        if timeout(LAST, last).await.is_err() {
            tracing::warn!("stopping before the last spans are taken");
        }
    }
}

impl SpanProcessor for Queue {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if self.places.try_send(Next::Span(Box::new(span))).is_err() {
            self.figures.dropped.inc();
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

impl Sending {
    async fn run(mut self) {
        loop {
            let (batch, more) = self.next().await;
            if !batch.is_empty() {
                self.send(batch).await;
            }
            if let More::No = more {
                return;
            }
        }
    }

    /// As many as come within a moment.
    async fn next(&mut self) -> (Vec<SpanData>, More) {
        let (mut batch, mut next) = (Vec::new(), self.spans.recv().await);
        let until = Instant::now() + LINGER;
        loop {
            match next {
                Some(Next::Span(span)) => batch.push(*span),
                Some(Next::End) | None => return (batch, More::No),
            }
            if batch.len() == BATCH {
                return (batch, More::Yes);
            }
            match timeout_at(until, self.spans.recv()).await {
                Ok(another) => next = another,
                Err(_) => return (batch, More::Yes),
            }
        }
    }

    async fn send(&mut self, batch: Vec<SpanData>) {
        let spans = batch.len() as u64;
        match self.exporter.export(batch).await {
            Ok(()) => {
                self.figures.sent.inc_by(spans);
                if std::mem::take(&mut self.is_owed) {
                    tracing::info!("traces are taken again");
                }
            }
            Err(error) => {
                self.figures.failed.inc_by(spans);
                self.say(&error);
            }
        }
    }

    /// Once, and not again with all that follow until some are taken.
    fn say(&mut self, error: &OTelSdkError) {
        if !self.is_owed && self.said.is_none_or(|said| said.elapsed() > SILENCE) {
            (self.said, self.is_owed) = (Some(Instant::now()), true);
            tracing::warn!("traces are not taken by {}, and dropped until they are: {error}", self.endpoint);
        }
    }
}
