//! docs/operating: what is there for those who run it names things that exist.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::harness::guests::{stock_mapper, unruly_mapper};
use crate::harness::pipeline::{Collect, Parse, project};
use crate::harness::{http, kafka, process, unique, workspace};

/// Endings that a metric has on top of its name.
const ENDINGS: [&str; 4] = ["_total", "_bucket", "_count", "_sum"];

#[test]
fn every_figure_that_the_dashboard_and_the_alarms_name_is_told() {
    let told = figures();
    for file in ["grafana.json", "alerts.yml"] {
        let text = document(&format!("operating/{file}"));
        let named = named(&text);
        assert!(named.len() >= 10, "{file} names only {named:?}");
        for name in named {
            let is_told = told
                .lines()
                .any(|line| line.starts_with(&format!("{name}{{")) || line.starts_with(&format!("{name} ")));
            assert!(is_told, "{file} names {name}, which is not in\n{told}");
        }
    }
}

#[test]
fn every_label_that_an_alarm_chooses_by_is_told() {
    let told = figures();
    let alarms: Value = serde_yaml_ng::from_str(&document("operating/alerts.yml")).unwrap();
    let mut chosen = 0;
    for rule in alarms["groups"][0]["rules"].as_array().unwrap() {
        let expression = rule["expr"].as_str().unwrap();
        for (name, labels) in expression.split("ps_stream_").skip(1).filter_map(|rest| rest.split_once('{')) {
            let Some((label, values)) = labels.split('}').next().unwrap().split_once("=") else { continue };
            let metric = name.trim_end_matches("_bucket");
            if !metric.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
                continue; // the brace belongs to another one
            }
            for value in values.trim_start_matches('~').trim_matches('"').split('|') {
                let wanted = format!("{label}=\"{value}\"");
                let found =
                    told.lines().any(|line| line.starts_with(&format!("ps_stream_{metric}")) && line.contains(&wanted));
                assert!(found, "{}: {metric} with {wanted} is not in\n{told}", rule["alert"]);
                chosen += 1;
            }
        }
    }
    assert!(chosen >= 7, "{chosen} of them");
}

#[test]
fn every_figure_is_in_the_guide_and_every_alarm_explained() {
    let guide = document("operating.md") + &document("modules.md");
    for line in figures().lines().filter_map(|line| line.strip_prefix("# HELP ps_stream_")) {
        let name = line.split(' ').next().unwrap();
        assert!(guide.contains(&format!("`{name}")), "{name} is neither in docs/operating.md nor in docs/modules.md");
    }
    let alarms: Value = serde_yaml_ng::from_str(&document("operating/alerts.yml")).unwrap();
    for rule in alarms["groups"][0]["rules"].as_array().unwrap() {
        let name = rule["alert"].as_str().unwrap();
        assert!(guide.contains(&format!("`{name}`")), "{name} is not explained in docs/operating.md");
    }
}

#[test]
fn the_commands_of_the_containers_and_the_files_of_the_examples_are_taken() {
    let cache = unique("cache");
    let cache = format!("{}/{cache}", env!("CARGO_TARGET_TMPDIR"));
    let compose: Value =
        serde_yaml_ng::from_str(&std::fs::read_to_string(workspace().join("docker-compose.yml")).unwrap()).unwrap();
    for service in ["collect", "parse"] {
        let typed =
            compose["services"][service]["command"].as_array().unwrap().iter().map(|word| word.as_str().unwrap());
        let mut words: Vec<&str> = typed.collect();
        words.insert(2, "config");
        let ended = process::run(&words);
        assert!(ended.code == Some(0) && words.contains(&service), "{words:?}: {ended:?}");
        let file = workspace().join("docs/operating/kubernetes/ps-stream.toml");
        let options = ["--config", file.to_str().unwrap(), "config", service, "--module-cache", &cache];
        let ended = process::run(&options);
        assert!(ended.stdout.contains("sasl.username=ps-stream"), "{ended:?}");
        assert!(
            ended.stdout.lines().filter(|line| line.starts_with("  wrong")).all(|line| line.contains("/etc/ps-stream")),
            "{ended:?}"
        );
    }
}

/// The names of figures in a text, as Prometheus stores them.
fn named(text: &str) -> BTreeSet<String> {
    let name = |rest: &str| rest.split(|c: char| !(c.is_ascii_lowercase() || c == '_')).next().unwrap().to_owned();
    text.split("ps_stream_").skip(1).map(|rest| format!("ps_stream_{}", name(rest))).collect()
}

fn document(name: &str) -> String {
    std::fs::read_to_string(workspace().join("docs").join(name)).unwrap()
}

/// All that a collector and a parser tell once something of each kind has happened to them.
fn figures() -> String {
    let general = ["--admin", "127.0.0.1:0"];
    let collect = Collect::start_on(kafka::shared(), &general, &unique("t"), &[]);
    collect.take("one", "PROJECT_SYNC", "project_added_with_activities.xml");
    let of_collect = metrics(&collect.process.line_with("/healthz and /readyz on "));
    let prefix = unique("t");
    let unruly = format!("PROJECT={}", unruly_mapper());
    let modules = ["--transform", stock_mapper(), "--transform", &unruly];
    let parse = Parse::start_on(kafka::shared(), &general, &prefix, &prefix, &modules);
    parse.feed("panic-1", &project("P1", "A", ""));
    parse.feed("good-1", &project("P1", "A", ""));
    of_collect + &metrics(&parse.process.line_with("/healthz and /readyz on "))
}

fn metrics(line: &str) -> String {
    let text = http::get_path(line.rsplit(' ').next().unwrap(), "/metrics").body;
    assert!(ENDINGS.iter().all(|ending| text.contains(ending)), "{text}");
    text
}
