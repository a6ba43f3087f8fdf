//! A span, or none.

use std::borrow::Cow;
use std::time::SystemTime;

use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{Span as _, SpanBuilder, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue, Value};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracer, Span as SdkSpan};

use super::Kind;

/// Most bytes of a text that is told: senders write some of them.
const LONGEST: usize = 256;

/// What is told of something that takes its time, or nothing where nobody wants to know. It ends when it is dropped.
#[derive(Debug, Default)]
pub struct Span(Option<Box<Begun>>);

#[derive(Debug)]
struct Begun {
    span: SdkSpan,
    tracer: SdkTracer,
}

impl Span {
    pub fn none() -> Self {
        Span(None)
    }

    /// None where the sampler says so.
    pub(super) fn begin(tracer: &SdkTracer, name: Cow<'static, str>, kind: Kind, parent: &Context) -> Self {
        Self::build(tracer, SpanBuilder::from_name(name).with_kind(kind), parent)
    }

    fn build(tracer: &SdkTracer, builder: SpanBuilder, parent: &Context) -> Self {
        let span = tracer.build_with_context(builder, parent);
        Span(span.is_recording().then(|| Box::new(Begun { span, tracer: tracer.clone() })))
    }

    pub fn is_wanted(&self) -> bool {
        self.0.is_some()
    }

    /// Itself as a `traceparent`, for who goes on below it.
    pub fn traceparent(&self) -> Option<String> {
        let context = self.0.as_ref()?.span.span_context();
        let (trace, span, flags) = (context.trace_id(), context.span_id(), context.trace_flags());
        Some(format!("00-{trace}-{span}-{flags:02x}"))
    }

    /// Another below it.
    pub fn child(&self, name: impl Into<Cow<'static, str>>, kind: Kind) -> Span {
        self.below(SpanBuilder::from_name(name).with_kind(kind))
    }

    /// The same, of what is over already.
    pub fn past_child(&self, name: &'static str, kind: Kind, from: SystemTime, until: SystemTime) -> Span {
        let mut child = self.below(SpanBuilder::from_name(name).with_kind(kind).with_start_time(from));
        if let Some(begun) = &mut child.0 {
            begun.span.end_with_timestamp(until);
        }
        child
    }

    fn below(&self, builder: SpanBuilder) -> Span {
        let Some(begun) = &self.0 else { return Span::none() };
        let parent = Context::new().with_remote_span_context(begun.span.span_context().clone());
        Self::build(&begun.tracer, builder, &parent)
    }

    /// The beginning of this text, where it is long.
    pub fn tell(&mut self, name: &'static str, text: &str) {
        self.set(name, || cut(text).into());
    }

    pub fn count(&mut self, name: &'static str, number: i64) {
        self.set(name, || number.into());
    }

    /// What it is about has gone wrong. `kind` is one of few, `why` for a person.
    pub fn fail(&mut self, kind: &'static str, why: &str) {
        self.tell("error.type", kind);
        if let Some(begun) = &mut self.0 {
            begun.span.set_status(Status::error(cut(why)));
        }
    }

    fn set(&mut self, name: &'static str, value: impl FnOnce() -> Value) {
        if let Some(begun) = &mut self.0 {
            begun.span.set_attribute(KeyValue::new(name, value()));
        }
    }
}

fn cut(text: &str) -> String {
    text.get(..text.floor_char_boundary(LONGEST)).unwrap_or_default().to_owned()
}

/// The span elsewhere that a `traceparent` names, as what spans here are below.
pub(super) fn remote(traceparent: Option<&str>) -> Context {
    match traceparent {
        Some(text) => TraceContextPropagator::new().extract_with_context(&Context::new(), &Carried(text)),
        None => Context::new(),
    }
}

/// A `traceparent` as the library looks for one.
struct Carried<'t>(&'t str);

impl Extractor for Carried<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        (key == "traceparent").then_some(self.0)
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent"]
    }
}
