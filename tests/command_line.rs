//! What is typed wrongly: one line that says what and what to do, exit status 2.

use crate::harness::guests::{mask_project, stock_mapper, stock_splitter};
use crate::harness::process::{self, Ended};
use crate::harness::{eventually, kafka, scratch_file, unique};

/// Runs `collect` or `parse` with options that must be refused, and answers with the one line.
fn refusal(command: &str, options: &[&str]) -> String {
    refusal_of(&[&["--kafka", kafka::shared(), command], options].concat())
}

fn refusal_of(arguments: &[&str]) -> String {
    let ended: Ended = process::run(arguments);
    assert_eq!(ended.code, Some(2), "{arguments:?}: {ended:?}");
    assert_eq!(ended.stdout, "", "{arguments:?}");
    let errors: Vec<&String> = ended.stderr.iter().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(errors.len(), 1, "{arguments:?} wants one line: {ended:?}");
    errors[0].clone()
}

#[test]
fn a_missing_file_is_named() {
    for command in ["collect", "parse"] {
        let line = refusal(command, &["--transform", "no/such/module.wasm"]);
        assert!(line.contains("no/such/module.wasm"), "{line}");
        let line = refusal(command, &["--transform-config", "no/such/rules.toml"]);
        assert!(line.contains("no/such/rules.toml"), "{line}");
    }
}

#[test]
fn a_directory_is_no_module() {
    for command in ["collect", "parse"] {
        let directory = env!("CARGO_TARGET_TMPDIR");
        let line = refusal(command, &["--transform", directory]);
        assert!(line.contains(directory) && line.contains("directory"), "{line}");
    }
}

#[test]
fn a_file_that_is_no_module_is_named() {
    let files = [
        ("text.wasm", &b"this is not WebAssembly"[..]),
        ("empty.wasm", b""),
        ("cut.wasm", b"\0asm\x01\0\0\0\x01\x7f"),
        ("bare.wasm", b"\0asm\x01\0\0\0"),
        ("component.wasm", b"\0asm\x0d\0\x01\0"),
    ];
    for (name, content) in files {
        let path = scratch_file(name, content);
        for command in ["collect", "parse"] {
            let line = refusal(command, &["--transform", path.to_str().unwrap()]);
            assert!(line.contains(name), "{line}");
        }
    }
}

#[test]
fn a_module_of_the_wrong_world_is_told_where_it_belongs() {
    let line = refusal("collect", &["--transform", stock_mapper()]);
    assert!(line.contains("mapper") && line.contains("splitter"), "{line}");
    let line = refusal("parse", &["--transform", &format!("PROJECT={}", stock_splitter())]);
    assert!(line.contains("mapper") && line.contains("splitter"), "{line}");
}

#[test]
fn a_broken_configuration_is_refused_with_its_file() {
    let files = [
        ("broken.toml", "[keys\n"),
        ("broken.yaml", "keys: [unclosed\n"),
        ("broken.json", "{\"keys\": "),
        ("unknown.ini", "keys=PROJECT"),
        ("misspelt.json", "{\"key\": {\"PROJECT\": [\"PROJECT_ID\"]}}"),
        ("mistyped.json", "{\"keys\": {\"PROJECT\": 5}}"),
        ("empty-rule.json", "{\"keys\": {\"PROJECT\": []}}"),
        ("list.json", "[1, 2]"),
    ];
    for (name, content) in files {
        let path = scratch_file(name, content);
        let line = refusal("parse", &["--transform-config", path.to_str().unwrap()]);
        assert!(line.contains(name), "{line}");
    }
    let path = scratch_file("splitter.json", "{\"key\": 1}");
    assert!(refusal("collect", &["--transform-config", path.to_str().unwrap()]).contains("splitter.json"));
}

#[test]
fn a_configuration_for_a_selector_nobody_has_or_a_selector_that_is_none_is_refused() {
    let rules = scratch_file("rules.json", "{\"keys\": {\"PROJECT\": [\"PROJECT_ID\"]}}");
    refusal("parse", &["--transform", &format!("={}", mask_project())]);
    refusal("parse", &["--transform", "PROJECT="]);
    refusal("parse", &["--transform-config", &format!("VENDOR/={}", rules.display())]);
}

#[test]
fn the_properties_the_promises_rest_on_are_refused_by_name() {
    for property in [
        "acks=1",
        "request.required.acks=0",
        "enable.idempotence=false",
        "transactional.id=mine",
        "enable.auto.commit=true",
        "enable.auto.offset.store=true",
        "isolation.level=read_uncommitted",
        "bootstrap.servers=elsewhere:9092",
        "metadata.broker.list=elsewhere:9092",
        "group.id=mine",
    ] {
        let name = property.split('=').next().unwrap();
        for command in ["collect", "parse"] {
            let line = refusal_of(&["--kafka", kafka::shared(), "--kafka-config", property, command]);
            assert!(line.contains(name), "{line}");
        }
    }
}

#[test]
fn a_property_kafka_does_not_know_is_refused_by_name() {
    for property in ["no.such.property=1", "linger.ms=soon"] {
        let name = property.split('=').next().unwrap();
        for command in ["collect", "parse"] {
            let line = refusal_of(&["--kafka", kafka::shared(), "--kafka-config", property, command]);
            assert!(line.contains(name), "{line}");
        }
    }
    assert!(refusal_of(&["--kafka-config", "no-equals-sign", "collect"]).contains("no-equals-sign"));
}

#[test]
fn an_ordinary_property_is_taken() {
    let options = ["--kafka-config", "client.id=proof", "--kafka-config", "linger.ms=1"];
    let prefix = unique("t");
    let collect = crate::harness::pipeline::Collect::start_on(kafka::shared(), &options, &prefix, &[]);
    collect.take("a", "PROJECT_SYNC", "no_field_types.xml");
}

#[test]
fn security_needs_no_other_build() {
    let scram = [
        "--kafka-config",
        "security.protocol=SASL_SSL",
        "--kafka-config",
        "sasl.mechanism=SCRAM-SHA-512",
        "--kafka-config",
        "sasl.username=u",
        "--kafka-config",
        "sasl.password=not a secret",
    ];
    let collect = ["collect", "--address", "127.0.0.1", "--port", "0"];
    let process = process::start(&[&["--kafka", "127.0.0.1:9"], &scram[..], &collect].concat());
    process.address();
    let said = process.terminate().stderr_text();
    assert!(!said.contains("not a secret"), "{said}");
}

#[test]
fn an_unknown_option_or_command_is_refused() {
    assert_eq!(process::run(&["collect", "--no-such-option"]).code, Some(2));
    assert_eq!(process::run(&["no-such-command"]).code, Some(2));
    assert_eq!(process::run(&["collect", "--port", "70000"]).code, Some(2));
    let line = refusal("collect", &["--target-topic", "{NoSuchField}"]);
    assert!(line.contains("NoSuchField"), "{line}");
}

#[test]
fn a_port_in_use_is_named() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let ended = process::run(&["--kafka", kafka::shared(), "collect", "--address", "127.0.0.1", "--port", &port]);
    assert!(matches!(ended.code, Some(1 | 2)), "{ended:?}");
    assert!(ended.stderr_text().contains(&port), "{ended:?}");
}

#[test]
fn help_and_version_are_answered_on_standard_output() {
    for arguments in
        [&["--help"][..], &["--version"], &["collect", "--help"], &["parse", "--help"], &["publish", "--help"]]
    {
        let ended = process::run(arguments);
        assert_eq!((ended.code, ended.stdout.is_empty()), (Some(0), false), "{arguments:?}");
    }
}

#[test]
fn a_log_in_json_is_an_object_a_line_and_a_message_is_one_line_at_debug() {
    let general = ["--log-format", "json", "--verbose"];
    let collect = crate::harness::pipeline::Collect::start_on(
        kafka::shared(),
        &general,
        &unique("t"),
        &["--accept-from", "PSFT_EP"],
    );
    collect.take("of-one-line", "PROJECT_SYNC", "project_added_with_activities.xml");
    let ended = collect.process.terminate();
    let lines: Vec<serde_json::Value> =
        ended.stderr.iter().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect();
    let of_it: Vec<_> = lines.iter().filter(|line| line["transaction_id"] == "of-one-line").collect();
    assert_eq!(of_it.len(), 1, "{of_it:?}");
    assert_eq!((of_it[0]["level"].as_str(), of_it[0]["message"].as_str()), (Some("DEBUG"), Some("message stored")));
    assert!(of_it[0]["timestamp"].is_string() && of_it[0]["transactions"].is_number(), "{:?}", of_it[0]);
}

#[test]
fn at_the_usual_detail_messages_leave_no_line_and_a_failure_is_json_too() {
    let general = ["--log-format", "json"];
    let collect = crate::harness::pipeline::Collect::start_on(kafka::shared(), &general, &unique("t"), &[]);
    for number in 0..20 {
        collect.take(&format!("quiet-{number}"), "PROJECT_SYNC", "no_field_types.xml");
    }
    let address = collect.address.clone();
    let port = address.rsplit(':').next().unwrap();
    let other =
        ["--log-format", "json", "--kafka", kafka::shared(), "collect", "--address", "127.0.0.1", "--port", port];
    let failed = process::run(&other);
    let last: serde_json::Value = serde_json::from_str(failed.stderr.last().unwrap()).unwrap();
    assert_eq!((failed.code, last["level"].as_str()), (Some(1), Some("ERROR")), "{failed:?}");
    let said = collect.process.terminate().stderr_text();
    assert!(!said.contains("quiet-"), "{said}");
}

#[test]
fn a_log_that_nobody_reads_any_more_does_not_keep_it_from_ending() {
    let mut collect = std::process::Command::new(env!("CARGO_BIN_EXE_ps-stream"))
        .args(["--kafka", kafka::shared(), "collect", "--port", "0", "--target-prefix", &unique("t")])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let log = std::io::BufReader::new(collect.stderr.take().unwrap());
    let listening = std::io::BufRead::lines(log).any(|line| line.unwrap().contains("listening on"));
    assert!(listening); // and the log is closed
    std::process::Command::new("kill").args(["-TERM", &collect.id().to_string()]).status().unwrap();
    let ended = eventually("collect ends", || collect.try_wait().unwrap());
    assert_eq!(ended.code(), Some(0));
}
