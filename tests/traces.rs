//! Traces: from a message's sender through both commands to the row, and never in the way of either.

use std::time::{Duration, Instant};

use crate::harness::otlp::{CLIENT, CONSUMER, Mood, Receiver, SERVER, Span};
use crate::harness::pipeline::{Collect, Parse, headers, project};
use crate::harness::tls::{Authority, text};
use crate::harness::{eventually, http, kafka, message, process, unique};

const ADDED: &str = "project_added_with_activities.xml";
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SENDER: &str = "b7ad6b7169203331";
/// What no answer in these tests takes unless it waits for a receiver.
const PROMPT: Duration = Duration::from_secs(5);
const ADMIN: [&str; 2] = ["--admin", "127.0.0.1:0"];

/// Posts as part of the sender's trace, `01` for one that is wanted.
fn post(collect: &Collect, id: &str, flags: &str, body: &[u8]) -> u16 {
    let trace = format!("00-{TRACE}-{SENDER}-{flags}");
    let headers = [&headers(id, "PROJECT_SYNC")[..], &[("traceparent", &trace)]].concat();
    http::post(&collect.address, &headers, body).status
}

/// The span of the message with that id.
fn of_message(receiver: &Receiver, id: &str) -> Span {
    receiver.the(&format!("the span of {id}"), |span| span.tells("ps_stream.transaction.id") == Some(id))
}

#[test]
fn a_trace_goes_from_the_sender_through_collect_and_parse_to_the_row() {
    let receiver = Receiver::start(Mood::Takes);
    let collect = Collect::start(&receiver.options());
    assert_eq!(post(&collect, "traced", "01", &message(ADDED)), 200);
    let posted = of_message(&receiver, "traced");
    assert_eq!((posted.name.as_str(), posted.kind), ("POST", SERVER));
    assert_eq!((posted.trace.as_str(), posted.parent.as_str()), (TRACE, SENDER));
    assert_eq!(posted.service, "ps-stream-collect");
    let stored = &collect.transactions()[0];
    assert_eq!(stored.header("traceparent"), Some(posted.traceparent().as_str()));
    let sent = receiver.the("the wait for Kafka", |span| span.name == "send");
    assert!(sent.is_below(&posted) && sent.kind == CLIENT, "{sent:#?}");
    assert!(posted.from <= sent.from && sent.from < sent.until && sent.until <= posted.until, "{posted:#?} {sent:#?}");

    let parse = Parse::start_for(&collect.prefix, &receiver.options());
    parse.settle();
    let processed = receiver.the("the span of parse", |span| span.kind == CONSUMER);
    assert_eq!(processed.name, format!("process {}", collect.topic()));
    assert!(processed.is_below(&posted), "{processed:#?}");
    assert_eq!(processed.service, "ps-stream-parse");
    for step in ["map", "prepare", "commit"] {
        let step = receiver.the(step, |span| span.name == step);
        assert!(step.is_below(&processed), "{step:#?}");
        assert!(processed.from <= step.from && step.until <= processed.until, "{processed:#?} {step:#?}");
    }
    for row in ["PROJECT", "PROJ_ACTIVITY"].iter().flat_map(|table| parse.records(table)) {
        assert_eq!(row.header("traceparent"), Some(processed.traceparent().as_str()));
    }
}

#[test]
fn a_span_tells_what_its_message_is_and_what_became_of_it() {
    let receiver = Receiver::start(Mood::Takes);
    let collect = Collect::start(&receiver.options());
    let body = message(ADDED);
    assert_eq!(post(&collect, "told", "01", &body), 200);
    let told = of_message(&receiver, "told");
    let size = body.len().to_string();
    for (name, value) in [
        ("http.request.method", "POST"),
        ("http.response.status_code", "200"),
        ("http.request.body.size", &size),
        ("url.scheme", "http"),
        ("url.path", "/"),
        ("client.address", "127.0.0.1"),
        ("ps_stream.message.name", "PROJECT_SYNC"),
        ("ps_stream.message.from", "PSFT_EP"),
        ("ps_stream.transactions", "1"),
        ("ps_stream.outcome", "stored"),
    ] {
        assert_eq!(told.tells(name), Some(value), "{name} in {told:#?}");
    }
    let sent = receiver.the("the wait for Kafka", |span| span.name == "send");
    assert_eq!(sent.tells("messaging.destination.name"), Some(collect.topic().as_str()));
    assert_eq!(sent.tells("messaging.batch.message_count"), Some("1"));
    assert_eq!(post(&collect, "cut-off", "01", &message("cut_off.xml")), 400);
    let refused = of_message(&receiver, "cut-off");
    assert_eq!((refused.tells("ps_stream.outcome"), refused.tells("error.type")), (Some("rejected"), Some("rejected")));
    assert!(!refused.failed, "it is the sender's error: {refused:#?}");

    let bad = project("P1", "?", "");
    assert_eq!(post(&collect, "dead", "01", format!("<S><MsgData>{bad}</MsgData></S>").as_bytes()), 200);
    let parse = Parse::start_for(&collect.prefix, &receiver.options());
    parse.settle();
    let (dead, told) = (of_message(&receiver, "dead"), of_message(&receiver, "told"));
    let below = |above: &Span| receiver.the("the span of parse", |span| span.kind == CONSUMER && span.is_below(above));
    let (dead, told) = (below(&dead), below(&told));
    assert!(dead.failed && dead.tells("ps_stream.dead_letters") == Some("1"), "{dead:#?}");
    let rows = parse.records("PROJECT").len() + parse.records("PROJ_ACTIVITY").len();
    assert_eq!(told.tells("ps_stream.rows"), Some(rows.to_string().as_str()));
    assert_eq!(told.tells("messaging.consumer.group.name"), Some(parse.group.as_str()));
    assert!(!told.failed, "{told:#?}");
}

#[test]
fn a_trace_that_its_sender_does_not_want_is_not_sent_and_goes_on_as_it_came() {
    let receiver = Receiver::start(Mood::Takes);
    let collect = Collect::start(&receiver.options());
    assert_eq!(post(&collect, "unwanted", "00", &message(ADDED)), 200);
    let parse = Parse::start_for(&collect.prefix, &receiver.options());
    parse.settle();
    let carried = format!("00-{TRACE}-{SENDER}-00");
    assert_eq!(collect.transactions()[0].header("traceparent"), Some(carried.as_str()));
    assert_eq!(parse.records("PROJECT")[0].header("traceparent"), Some(carried.as_str()));
    // What comes after it shows that it would have come.
    assert_eq!(post(&collect, "wanted", "01", &message("no_field_types.xml")), 200);
    of_message(&receiver, "wanted");
    receiver.the("the span of parse", |span| span.kind == CONSUMER);
    let spans = receiver.spans();
    assert!(spans.iter().all(|span| span.tells("ps_stream.transaction.id") != Some("unwanted")), "{spans:#?}");
}

#[test]
fn the_share_of_messages_without_a_trace_that_begin_one_is_given() {
    let receiver = Receiver::start(Mood::Takes);
    let [flag, url] = receiver.options();
    let all = Collect::start(&[flag, url]);
    all.take("mine", "PROJECT_SYNC", ADDED);
    let begun = of_message(&receiver, "mine");
    assert_eq!(begun.parent, "");
    assert_eq!(all.transactions()[0].header("traceparent"), Some(begun.traceparent().as_str()));
    for options in [["--traces-ratio", "0"], ["--traces-sampler", "parentbased_always_off"]] {
        let none = Collect::start(&[&[flag, url], &options[..]].concat());
        none.take("nobodys", "PROJECT_SYNC", ADDED);
        assert_eq!(none.transactions()[0].header("traceparent"), None, "{options:?}");
        assert_eq!(post(&none, options[0], "01", &message(ADDED)), 200);
        of_message(&receiver, options[0]);
    }
    assert!(receiver.spans().iter().all(|span| span.tells("ps_stream.transaction.id") != Some("nobodys")));
}

/// Posts, and insists that nobody waits for it.
fn insist_on_prompt_posts(collect: &Collect, ids: std::ops::Range<usize>) {
    for id in ids {
        let began = Instant::now();
        assert_eq!(post(collect, &format!("id-{id}"), "01", &message(ADDED)), 200);
        assert!(began.elapsed() < PROMPT, "{:?}", began.elapsed());
    }
}

/// So many spans had that outcome, by its own figures.
fn spans(collect: &Collect, outcome: &str) -> u64 {
    let line = collect.process.line_with("/healthz and /readyz on ");
    let text = http::get_path(line.rsplit(' ').next().unwrap(), "/metrics").body;
    let name = format!("ps_stream_trace_spans_total{{outcome=\"{outcome}\"}} ");
    let figure = text.lines().find_map(|line| line.strip_prefix(&name));
    figure.unwrap_or_else(|| panic!("no {name} in\n{text}")).parse().unwrap()
}

fn lines_with(collect: &Collect, text: &str) -> usize {
    collect.process.said().iter().filter(|line| line.contains(text)).count()
}

#[test]
fn a_receiver_that_is_away_costs_one_line_and_no_message() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{nobody}");
    let collect = Collect::start_on(kafka::shared(), &ADMIN, &unique("t"), &["--traces", &url]);
    let mut failed = 0;
    for round in 0..3 {
        insist_on_prompt_posts(&collect, round * 5..round * 5 + 5);
        failed = eventually("spans are given up", || Some(spans(&collect, "failed")).filter(|now| *now > failed));
    }
    assert_eq!(spans(&collect, "sent"), 0);
    assert_eq!(lines_with(&collect, "traces are not taken by"), 1, "{}", collect.process.tail());
    assert_eq!(lines_with(&collect, "WARN"), 1, "{}", collect.process.tail());
    assert_eq!(collect.transactions().len(), 15);
    assert_eq!(collect.process.terminate().code, Some(0));
}

#[test]
fn a_receiver_that_refuses_and_comes_back_is_sent_what_is_new() {
    let receiver = Receiver::start(Mood::Refuses);
    let collect = Collect::start_on(kafka::shared(), &ADMIN, &unique("t"), &receiver.options());
    insist_on_prompt_posts(&collect, 0..5);
    collect.process.line_with("traces are not taken by");
    receiver.change(Mood::Takes);
    insist_on_prompt_posts(&collect, 5..6);
    collect.process.line_with("traces are taken again");
    assert_eq!(lines_with(&collect, "traces are"), 2, "{}", collect.process.tail());
    assert!(spans(&collect, "failed") >= 2 && spans(&collect, "sent") >= 2);
}

#[test]
fn a_receiver_that_hangs_holds_up_neither_messages_nor_the_end() {
    let receiver = Receiver::start(Mood::Hangs);
    let collect = Collect::start(&receiver.options());
    insist_on_prompt_posts(&collect, 0..5);
    let parse = Parse::start_for(&collect.prefix, &receiver.options());
    parse.settle();
    eventually("both wait for an answer", || (receiver.calls() >= 2).then_some(()));
    insist_on_prompt_posts(&collect, 5..6);
    parse.settle();
    for process in [collect.process, parse.process] {
        let began = Instant::now();
        let ended = process.terminate();
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
        assert!(ended.stderr_text().contains("before the last spans"), "{ended:?}");
    }
}

#[test]
fn what_ended_just_before_the_end_is_sent_as_well() {
    let receiver = Receiver::start(Mood::Takes);
    let collect = Collect::start(&receiver.options());
    collect.take("last", "PROJECT_SYNC", ADDED);
    assert_eq!(collect.process.terminate().code, Some(0));
    let sent = receiver.spans().iter().filter(|span| span.tells("ps_stream.transaction.id") == Some("last")).count();
    assert_eq!(sent, 1);
}

#[test]
fn the_environment_says_what_it_says_to_every_program_with_opentelemetry() {
    let authority = Authority::new();
    let receiver = Receiver::start_secured(&authority.server());
    let prefix = unique("t");
    let options = ["--kafka", kafka::shared(), "collect", "--address", "127.0.0.1", "--port", "0"];
    let process = process::start_with(
        &[&options[..], &["--target-prefix", &prefix]].concat(),
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url),
            ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20abc"),
            ("OTEL_SERVICE_NAME", "north"),
            ("SSL_CERT_FILE", text(&authority.file)),
        ],
    );
    let collect = Collect { address: process.address(), process, prefix, kafka: kafka::shared().to_owned() };
    collect.take("secured", "PROJECT_SYNC", ADDED);
    assert_eq!(of_message(&receiver, "secured").service, "north");
    assert_eq!(receiver.authorizations(), [Some("Bearer abc".to_owned())]);
}

#[test]
fn an_address_or_a_protocol_that_will_not_do_is_refused_at_the_start() {
    let wrong = process::run(&["collect", "--traces", "localhost:4318"]);
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
    assert!(wrong.stderr_text().contains("\"localhost:4318\" is no address for traces"), "{wrong:?}");
    for (name, value, text) in [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "OTEL_EXPORTER_OTLP_PROTOCOL asks for \"grpc\""),
        ("OTEL_TRACES_SAMPLER_ARG", "5%", "\"5%\" is no number from 0 to 1"),
        ("OTEL_TRACES_SAMPLER", "xray", "\"xray\" is not known"),
    ] {
        let start = |arguments: &[&str]| process::start_with(arguments, &[(name, value)]).wait();
        let refused = start(&["parse", "--traces", "http://localhost:4317"]);
        assert_eq!(refused.code, Some(2), "{refused:?}");
        assert!(refused.stderr_text().contains(text), "{refused:?}");
        let tried = start(&["config", "collect", "--traces", "http://localhost:4317"]);
        assert!(tried.code == Some(2) && tried.stdout.contains("wrong traces: "), "{tried:?}");
        let unwanted = start(&["config", "collect"]);
        assert!(unwanted.code == Some(0) && !unwanted.stdout.contains("wrong"), "{unwanted:?}");
    }
}
