//! The admin address: what whoever runs this can ask.

use crate::harness::http;
use crate::harness::pipeline::{Collect, Parse, project};
use crate::harness::{eventually, kafka, process, unique};

#[test]
fn collect_counts_messages_by_what_became_of_them() {
    let collect = start(&["--accept-from", "PSFT_EP"]);
    let admin = admin_address(&collect);
    collect.take("one", "PROJECT_SYNC", "project_added_with_activities.xml");
    collect.take("one", "PROJECT_SYNC", "project_added_with_activities.xml");
    assert_eq!(collect.post("bad", "PROJECT_SYNC", b"<a>").status, 400);
    assert_eq!(http::post(&collect.address, &[("From", "OTHER"), ("TransactionID", "x")], b"<a/>").status, 403);
    let metrics = http::get_path(&admin, "/metrics");
    assert!(metrics.header("content-type").unwrap().starts_with("application/openmetrics-text"), "{metrics:?}");
    for line in [
        "ps_stream_messages_total{outcome=\"stored\"} 1",
        "ps_stream_messages_total{outcome=\"repeat\"} 1",
        "ps_stream_messages_total{outcome=\"rejected\"} 1",
        "ps_stream_messages_total{outcome=\"refused\"} 1",
        "ps_stream_messages_total{outcome=\"failed\"} 0",
        "ps_stream_message_seconds_count 4",
        "ps_stream_delivery_seconds_count 2",
        "ps_stream_messages_underway 0",
        "ps_stream_kafka_commit_seconds_count{outcome=\"committed\"} ",
        "ps_stream_ready ",
        "ps_stream_build_info{version=",
    ] {
        assert!(metrics.body.contains(line), "{line} is not in\n{}", metrics.body);
    }
    assert!(metrics.body.ends_with("# EOF\n"));
}

#[test]
fn it_says_whether_the_process_lives_and_can_work() {
    let collect = start(&[]);
    let admin = admin_address(&collect);
    assert_eq!(http::get_path(&admin, "/healthz").status, 200);
    eventually("it is ready", || (http::get_path(&admin, "/readyz").status == 200).then_some(()));
    assert_eq!(http::get_path(&admin, "/elsewhere").status, 404);
}

#[test]
fn the_health_command_asks_for_who_has_no_curl() {
    let collect = start(&[]);
    let admin = admin_address(&collect);
    let everywhere = admin.replace("127.0.0.1", "0.0.0.0");
    let ask = |address: &str, more: &[&str]| process::run(&[&["--admin", address, "health"], more].concat());
    assert_eq!(ask(&admin, &[]).code, Some(0));
    assert_eq!(ask(&everywhere, &[]).code, Some(0));
    eventually("it is ready", || (ask(&admin, &["--ready"]).code == Some(0)).then_some(()));
    collect.process.terminate();
    let gone = ask(&admin, &[]);
    assert!(gone.code == Some(1) && gone.stderr_text().contains(&admin), "{gone:?}");
    let nowhere = process::run(&["health"]);
    assert!(nowhere.code == Some(2) && nowhere.stderr_text().contains("--admin"), "{nowhere:?}");
}

#[test]
fn top_shows_what_each_is_doing_and_who_does_not_answer() {
    let collect = start(&[]);
    let nowhere = format!("127.0.0.1:{}", kafka::free_port());
    let prefix = unique("t");
    let parse = Parse::start_on(kafka::shared(), &["--admin", "127.0.0.1:0"], &prefix, &prefix, &[]);
    let (of_collect, of_parse) =
        (admin_address(&collect), address_in(&parse.process.line_with("/healthz and /readyz on ")));
    let top = process::start(&["top", &of_collect, &of_parse, &nowhere, "--every", "3s", "--once"]);
    for number in 0..5 {
        collect.take(&format!("{number}"), "PROJECT_SYNC", "project_added_with_activities.xml");
    }
    parse.feed("bad", "<Order/>");
    let reply = collect.post("unclosed", "PROJECT_SYNC", b"<PROJECT_SYNC><MsgData>");
    assert_eq!(reply.status, 400, "{reply:?}");
    let ended = top.wait();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for part in [
        &format!("{of_collect}  ready, "),
        "  messages      rejected ",
        " stored ",
        "/s (5)",
        "  acknowledged  ",
        "  module        stock-splitter",
        " message rejected: ",
        " transaction_id=\"unclosed\"",
        &format!("{of_parse}  ready, "),
        "  dead letters  rejected 1 (+",
        " transaction at ",
        "  module        stock-mapper",
        &format!("{nowhere}  does not answer: "),
    ] {
        assert!(ended.stdout.contains(part), "{part} is not in\n{}", ended.stdout);
    }
}

#[test]
fn while_kafka_is_away_it_lives_and_is_not_ready() {
    let general = ["--admin", "127.0.0.1:0"];
    let collect = Collect::start_on(&format!("127.0.0.1:{}", kafka::free_port()), &general, &unique("t"), &[]);
    let admin = admin_address(&collect);
    assert_eq!(process::run(&["--admin", &admin, "health"]).code, Some(0));
    let ready = process::run(&["--admin", &admin, "health", "--ready"]);
    assert!(ready.code == Some(1) && ready.stderr_text().contains("not ready"), "{ready:?}");
    assert!(http::get_path(&admin, "/metrics").body.contains("ps_stream_ready 0"));
}

#[test]
fn parse_counts_rows_by_topic_and_what_it_set_aside() {
    let prefix = unique("t");
    let parse = Parse::start_on(kafka::shared(), &["--admin", "127.0.0.1:0"], &prefix, &prefix, &[]);
    parse.store(&[("a", &project("P1", "A", "")), ("b", &project("P1", "D", "")), ("c", "<Order/>")]);
    parse.settle();
    let admin = address_in(&parse.process.line_with("/healthz and /readyz on "));
    assert_eq!(http::get_path(&admin, "/readyz").status, 200);
    let metrics = http::get_path(&admin, "/metrics").body;
    for line in [
        format!("ps_stream_rows_total{{topic=\"{prefix}.PROJECT\",kind=\"upsert\"}} 1"),
        format!("ps_stream_rows_total{{topic=\"{prefix}.PROJECT\",kind=\"tombstone\"}} 1"),
        "ps_stream_dead_letters_total{kind=\"rejected\"} 1".to_owned(),
        "ps_stream_dead_letters_total{kind=\"trapped\"} 0".to_owned(),
        "ps_stream_kafka_commit_seconds_count{outcome=\"failed\"} 0".to_owned(),
        "ps_stream_batches_retried_total 0".to_owned(),
        "ps_stream_lag ".to_owned(),
        "ps_stream_transactions_parsed_total 3".to_owned(),
    ] {
        assert!(metrics.contains(&line), "{line} is not in\n{metrics}");
    }
}

#[test]
fn an_admin_address_that_is_taken_is_named() {
    let collect = start(&[]);
    let admin = admin_address(&collect);
    let ended = process::run(&["--kafka", kafka::shared(), "--admin", &admin, "collect", "--port", "0"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr_text().contains(&admin), "{}", ended.stderr_text());
}

fn start(options: &[&str]) -> Collect {
    Collect::start_on(kafka::shared(), &["--admin", "127.0.0.1:0"], &unique("t"), options)
}

fn admin_address(collect: &Collect) -> String {
    address_in(&collect.process.line_with("/healthz and /readyz on "))
}

fn address_in(line: &str) -> String {
    line.rsplit(' ').next().unwrap().to_owned()
}
