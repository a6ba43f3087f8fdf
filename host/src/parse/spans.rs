//! What a trace tells of a batch, by OpenTelemetry's conventions for messaging.
//!
//! A batch has transactions of many messages, each with a trace of its own. So each message that is traced has a span for its
//! transactions of the batch, below the one in which `collect` stored them; and what was done for all of the batch at once
//! is told below each of them: whoever follows a message sees what it waited for.

use std::collections::HashMap;
use std::time::SystemTime;

use bytes::Bytes;

use super::input::Input;
use super::output::{Fate, Output};
use crate::kafka::record::header;
use crate::traces::{Kind, Span, Traces};

/// Messages of one batch that are traced. Each has a few spans, and all of them end at once.
const MOST: usize = 500;

/// The spans of a batch. What has not been stored when they are dropped has failed.
pub struct Spans {
    /// By what the transactions say of their trace.
    messages: HashMap<String, Message>,
    done: Vec<Step>,
    /// When the step that is not done yet began.
    since: SystemTime,
}

/// One message's transactions in the batch.
struct Message {
    span: Span,
    /// The span as its rows tell it.
    trace: Option<Bytes>,
    transactions: i64,
    rows: i64,
    dead_letters: i64,
}

/// Something that was done for all of them.
struct Step {
    name: &'static str,
    kind: Kind,
    from: SystemTime,
    until: SystemTime,
}

impl Spans {
    /// The rows of what is traced go on below its span.
    pub fn begin(traces: &Traces, group: &str, inputs: &mut [Input<'_>]) -> Self {
        let mut spans = Spans { messages: HashMap::new(), done: Vec::new(), since: SystemTime::now() };
        if traces.are_wanted() {
            inputs.iter_mut().for_each(|input| spans.add(traces, group, input));
            spans.since = SystemTime::now(); // after the beginning of all that it is told below
        }
        spans
    }

    fn add(&mut self, traces: &Traces, group: &str, input: &mut Input<'_>) {
        let Some(trace) = input.source.header(header::TRACE) else { return };
        if !self.messages.contains_key(trace) {
            if self.messages.len() == MOST {
                return traces.left_out(1);
            }
            self.messages.insert(trace.to_owned(), Message::begin(traces, trace, group, input));
        }
        if let Some(message) = self.messages.get_mut(trace) {
            message.transactions += 1;
            input.trace = message.trace.clone();
        }
    }

    /// This step is done.
    pub fn did(&mut self, name: &'static str, kind: Kind) {
        let (from, until) = (self.since, SystemTime::now());
        self.done.push(Step { name, kind, from, until });
        self.since = until;
    }

    /// What came of the batch is stored.
    pub fn stored(mut self, inputs: &[Input<'_>], output: &Output) {
        for (input, fate) in inputs.iter().zip(&output.fates) {
            let trace = input.source.header(header::TRACE);
            if let Some(message) = trace.and_then(|trace| self.messages.get_mut(trace)) {
                message.count(*fate);
            }
        }
        let messages = std::mem::take(&mut self.messages);
        messages.into_values().for_each(|message| message.end(&self.done));
    }
}

impl Drop for Spans {
    fn drop(&mut self) {
        let failed = "the batch is not known to be stored";
        self.messages.values_mut().for_each(|message| message.span.fail("not_stored", failed));
    }
}

impl Message {
    fn begin(traces: &Traces, trace: &str, group: &str, input: &Input<'_>) -> Self {
        let source = input.source;
        let mut span = traces.begin(format!("process {}", source.topic), Kind::Consumer, Some(trace));
        if span.is_wanted() {
            span.tell("messaging.system", "kafka");
            span.tell("messaging.operation.name", "process");
            span.tell("messaging.operation.type", "process");
            span.tell("messaging.destination.name", &source.topic);
            span.tell("messaging.destination.partition.id", &source.partition.to_string());
            span.tell("messaging.consumer.group.name", group);
            span.count("messaging.kafka.offset", source.offset);
        }
        let trace = span.traceparent().map(Bytes::from);
        Message { span, trace, transactions: 0, rows: 0, dead_letters: 0 }
    }

    fn count(&mut self, fate: Fate) {
        match fate {
            Fate::Rows(rows) => self.rows += i64::try_from(rows).unwrap_or(i64::MAX),
            Fate::SetAside | Fate::LeftOut => self.dead_letters += 1,
        }
    }

    fn end(mut self, done: &[Step]) {
        for step in done {
            drop(self.span.past_child(step.name, step.kind.clone(), step.from, step.until));
        }
        self.span.count("messaging.batch.message_count", self.transactions);
        self.span.count("ps_stream.rows", self.rows);
        self.span.count("ps_stream.dead_letters", self.dead_letters);
        if self.dead_letters > 0 {
            self.span.fail("dead_letter", "transactions are set aside: ps-stream dead-letters list");
        }
    }
}
