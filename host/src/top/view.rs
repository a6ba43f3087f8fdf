//! How one process is shown: a few lines of text. Pure.

use std::fmt::Write;
use std::time::Duration;

use serde_json::{Map, Value};

use super::figures::{Of, Span};

/// Topics of rows that are shown, those with the most first.
const MOST_TOPICS: usize = 8;
/// Warnings that are shown, the newest, and how much of each, in characters.
const MOST_WARNINGS: usize = 5;
const LONGEST_WARNING: usize = 160;

/// The rest of its first line, and lines of what it does.
pub fn text(span: &Span<'_>) -> String {
    let ready = if span.last.sum("ps_stream_ready", &[]) > 0.0 { "ready" } else { "not ready" };
    let version = span.last.values("ps_stream_build_info", "version").into_iter().collect::<Vec<_>>().join(", ");
    let mut text = format!("{ready}, {version}\n");
    if span.last.has("ps_stream_messages_total") {
        collect(&mut text, span);
    }
    if span.last.has("ps_stream_transactions_parsed_total") {
        parse(&mut text, span);
    }
    modules(&mut text, span);
    text
}

/// The newest of its log.
pub fn warnings(lines: &str) -> String {
    let lines: Vec<&str> = lines.lines().collect();
    let newest = lines.get(lines.len().saturating_sub(MOST_WARNINGS)..).unwrap_or_default();
    let mut text = String::new();
    newest.iter().filter_map(|told| warning(told)).for_each(|warning| line(&mut text, "warned", &warning));
    text
}

/// The time, the message, and what belongs to it, as much as fits a line.
fn warning(told: &str) -> Option<String> {
    let mut fields: Map<String, Value> = serde_json::from_str(told).ok()?;
    let mut take = |name| fields.remove(name).and_then(|value| Some(value.as_str()?.to_owned())).unwrap_or_default();
    let (timestamp, _, message) = (take("timestamp"), take("level"), take("message"));
    let time = timestamp.get(11..19).unwrap_or(&timestamp);
    let more: String = fields.iter().map(|(name, value)| format!(" {name}={value}")).collect();
    // What a module or a sender wrote does not get to steer the terminal.
    let shown = message.chars().chain(more.chars()).map(|c| if c.is_control() { ' ' } else { c });
    Some(format!("{time} {}", shown.take(LONGEST_WARNING).collect::<String>()))
}

fn collect(text: &mut String, span: &Span<'_>) {
    let outcomes = span.last.values("ps_stream_messages_total", "outcome");
    let each = outcomes.into_iter().map(|outcome| {
        let of: [Of<'_>; 1] = [("outcome", outcome)];
        let (rate, all) = (span.rate("ps_stream_messages_total", &of), span.last.sum("ps_stream_messages_total", &of));
        (all > 0.0).then(|| format!("{outcome} {rate:.1}/s ({all})"))
    });
    line(text, "messages", &or_none(&each.flatten().collect::<Vec<_>>()));
    let rate = span.rate("ps_stream_transactions_stored_total", &[]);
    let megabytes = span.rate("ps_stream_message_bytes_total", &[]) / 1e6;
    let underway = span.last.sum("ps_stream_messages_underway", &[]);
    line(text, "stored", &format!("{rate:.0} transactions/s, {megabytes:.2} MB/s; {underway} messages under way"));
    line(text, "acknowledged", &times(span, "ps_stream_delivery_seconds", &[]));
}

fn parse(text: &mut String, span: &Span<'_>) {
    let rate = span.rate("ps_stream_transactions_parsed_total", &[]);
    let lag = span.last.sum("ps_stream_lag", &[]);
    line(text, "parsed", &format!("{rate:.0} transactions/s; {lag} wait"));
    line(text, "rows", &or_none(&busiest(span)));
    let kinds = span.last.values("ps_stream_dead_letters_total", "kind");
    let each = kinds.into_iter().map(|kind| {
        let all = span.last.sum("ps_stream_dead_letters_total", &[("kind", kind)]);
        let more = span.more("ps_stream_dead_letters_total", &[("kind", kind)]);
        (all > 0.0).then(|| format!("{kind} {all} (+{more})"))
    });
    line(text, "dead letters", &or_none(&each.flatten().collect::<Vec<_>>()));
    line(text, "batches", &times(span, "ps_stream_batch_seconds", &[]));
}

fn busiest(span: &Span<'_>) -> Vec<String> {
    let topics = span.last.values("ps_stream_rows_total", "topic");
    let rates = topics.into_iter().map(|topic| (span.rate("ps_stream_rows_total", &[("topic", topic)]), topic));
    let mut rates: Vec<(f64, &str)> = rates.filter(|(rate, _)| *rate > 0.0).collect();
    rates.sort_by(|a, b| b.0.total_cmp(&a.0));
    rates.into_iter().take(MOST_TOPICS).map(|(rate, topic)| format!("{topic} {rate:.0}/s")).collect()
}

fn modules(text: &mut String, span: &Span<'_>) {
    for module in span.last.values("ps_stream_module_calls_total", "module") {
        let of: [Of<'_>; 1] = [("module", module)];
        let (inputs, outputs) =
            (span.rate("ps_stream_module_inputs_total", &of), span.rate("ps_stream_module_outputs_total", &of));
        let refused = span.last.sum("ps_stream_module_rejections_total", &of);
        let crashed = span.last.sum("ps_stream_module_crashes_total", &of);
        let calls = times(span, "ps_stream_module_call_seconds", &of);
        let figures = format!(
            "{module}: {inputs:.0}/s in, {outputs:.0}/s out, {refused} refused, {crashed} crashed; calls {calls}"
        );
        line(text, "module", &figures);
    }
}

fn times(span: &Span<'_>, name: &str, of: &[Of<'_>]) -> String {
    match (span.within(0.5, name, of), span.within(0.99, name, of)) {
        (Some(half), Some(most)) => format!("half within {}, 99% within {}", time(half), time(most)),
        _ => "none".to_owned(),
    }
}

fn time(seconds: f64) -> String {
    match Duration::try_from_secs_f64(seconds) {
        Ok(time) => format!("{time:?}"),
        Err(_) => "no bound".to_owned(),
    }
}

fn line(text: &mut String, name: &str, what: &str) {
    // Writing into memory cannot fail.
    let _ = writeln!(text, "  {name:12}  {what}");
}

fn or_none(each: &[String]) -> String {
    if each.is_empty() { "none".to_owned() } else { each.join(", ") }
}
