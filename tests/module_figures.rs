//! What is counted of modules, at the admin address.

use crate::harness::guests::{stock_mapper, unruly_mapper};
use crate::harness::pipeline::{Collect, Parse, project};
use crate::harness::{http, kafka, unique};

#[test]
fn a_mapper_is_counted_with_its_failures_by_cause_and_what_it_counts_itself() {
    let (parse, admin) = start(&["--transform", unruly_mapper(), "--module-time", "2s"]);
    for id in ["good-1", "panic-1", "good-2", "loop-1", "few-1", "swell-1"] {
        parse.feed(id, &project("P1", "A", ""));
    }
    let metrics = metrics(&admin);
    let module = r#"module="unruly-mapper 0.0.1",hash=""#;
    for (name, labels, value) in [
        ("inputs_total", "", 6),
        ("outputs_total", "", 2),
        ("rejections_total", "", 0),
        ("crashes_total", r#",cause="trap""#, 1),
        ("crashes_total", r#",cause="time""#, 1),
        ("crashes_total", r#",cause="contract""#, 1),
        ("crashes_total", r#",cause="memory""#, 1),
        ("counter_total", r#",name="told""#, 6),
        ("instances_total", "", 4),
        ("calls_total", "", 9),
        ("call_seconds_count", "", 9),
    ] {
        assert_eq!(value_of(&metrics, name, module, labels), Some(value), "{name}{labels} in\n{metrics}");
    }
    let memory = value_of(&metrics, "memory_bytes", module, "").unwrap();
    assert!((200 << 20..=256 << 20).contains(&memory), "{memory} bytes");
    assert!(metrics.contains(r#"le="1e-6""#) || metrics.contains(r#"le="0.000001""#), "no microsecond in\n{metrics}");
}

#[test]
fn rejections_are_counted_of_a_mapper_and_of_a_splitter() {
    let (parse, admin) = start(&["--transform", stock_mapper()]);
    parse.feed("good", &project("P1", "A", ""));
    parse.feed("bad", "<Order/>");
    let metrics_of_parse = metrics(&admin);
    let module = "module=\"stock-mapper";
    for (name, value) in [("inputs_total", 2), ("outputs_total", 1), ("rejections_total", 1)] {
        assert_eq!(value_of(&metrics_of_parse, name, module, ""), Some(value), "{name} in\n{metrics_of_parse}");
    }

    let collect = Collect::start_on(kafka::shared(), &["--admin", "127.0.0.1:0"], &unique("t"), &[]);
    let admin = address_in(&collect.process.line_with("/healthz and /readyz on "));
    collect.take("good", "CURRENCY_SYNC", "currencies.xml");
    assert_eq!(collect.post("bad", "PROJECT_SYNC", b"<a>").status, 400);
    let metrics_of_collect = metrics(&admin);
    let transactions = collect.transactions().len() as u64;
    for (name, value) in [("inputs_total", 2), ("outputs_total", transactions), ("rejections_total", 1)] {
        let told = value_of(&metrics_of_collect, name, "module=\"stock-splitter", "");
        assert_eq!(told, Some(value), "{name} in\n{metrics_of_collect}");
    }
}

fn start(options: &[&str]) -> (Parse, String) {
    let prefix = unique("t");
    let parse = Parse::start_on(kafka::shared(), &["--admin", "127.0.0.1:0"], &prefix, &prefix, options);
    let admin = address_in(&parse.process.line_with("/healthz and /readyz on "));
    (parse, admin)
}

fn address_in(line: &str) -> String {
    line.rsplit(' ').next().unwrap().to_owned()
}

fn metrics(admin: &str) -> String {
    http::get_path(admin, "/metrics").body
}

/// Of the figure `ps_stream_module_NAME` of the module, with these labels at its end.
fn value_of(metrics: &str, name: &str, module: &str, labels: &str) -> Option<u64> {
    let (begin, end) = (format!("ps_stream_module_{name}{{{module}"), format!("{labels}}}"));
    let line = metrics.lines().find(|line| line.starts_with(&begin) && line.contains(&end))?;
    line.rsplit(' ').next()?.parse().ok()
}
