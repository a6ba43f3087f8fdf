//! One configuration, three ways in: a file, the environment, flags. And `ps-stream config`, which tells what is in effect.

use std::path::PathBuf;

use serde_json::Value;

use crate::harness::process::{self, Ended};
use crate::harness::topics::Plain;
use crate::harness::{http, kafka, scratch_file, topics, unique, workspace};

const PASSWORD: &str = "open-sesame";

#[test]
fn flags_win_over_the_environment_and_that_over_the_file_and_that_over_defaults() {
    let file = file(
        "[common]\nkafka = \"common:1\"\nadmin = \"127.0.0.1:1\"\n\n[collect]\nport = 1\naddress = \"::1\"\nadmin = \"127.0.0.1:2\"\n",
    );
    let environment =
        [("PSSTREAM_CONFIG", file.to_str().unwrap()), ("PSSTREAM_PORT", "2"), ("PSSTREAM_ADDRESS", "::2")];
    let ended = process::start_with(&["config", "collect", "--json", "--port", "3"], &environment).wait();
    let report = json(&ended);
    assert_eq!(option(&report, "port"), ("3", "flag"));
    assert_eq!(option(&report, "address"), ("::2", "environment"));
    assert_eq!(option(&report, "kafka"), ("common:1", "file"));
    assert_eq!(option(&report, "admin"), ("127.0.0.1:2", "file"), "a command's own section wins");
    assert_eq!(option(&report, "target-prefix"), ("ps", "default"));
    assert_eq!((ended.code, report["checks"][0]["verdict"].as_str()), (Some(0), Some("ok")));
    let place = report["options"].as_array().unwrap().iter().find(|it| it["option"] == "admin").unwrap();
    assert_eq!(place["line"], 8);
}

#[test]
fn a_collector_is_started_by_a_file_alone() {
    let prefix = unique("t");
    let text = format!(
        "[common]\nkafka = [\"{}\"]\n[collect]\naddress = \"127.0.0.1\"\nport = 0\ntarget-prefix = \"{prefix}\"\n",
        kafka::shared()
    );
    for arguments in [["--config", "FILE", "collect"], ["collect", "--config", "FILE"]] {
        let file = file(&text);
        let arguments = arguments.map(|it| if it == "FILE" { file.to_str().unwrap() } else { it });
        let collect = process::start(&arguments);
        let reply = http::post(
            &collect.address(),
            &[("TransactionID", arguments[0])],
            &crate::harness::message("no_field_types.xml"),
        );
        assert_eq!(reply.status, 200, "{reply:?}");
        assert_eq!(collect.terminate().code, Some(0));
    }
    assert_eq!(topics::read(kafka::shared(), &format!("{prefix}.transactions")).len(), 2);
}

#[test]
fn what_the_file_says_wrongly_is_refused_with_its_line_and_what_was_meant() {
    for (text, wanted) in [
        (
            "[common]\n\n[collect]\ntarget-prefx = \"x\"\n",
            ":4: [collect] has no option \"target-prefx\"; did you mean \"target-prefix\"?",
        ),
        (
            "[parse]\nconsumer_group = \"x\"\n",
            ":2: [parse] has no option \"consumer_group\"; did you mean \"consumer-group\"?",
        ),
        ("[colect]\n", ":1: there is no section [colect]; did you mean \"collect\"?"),
        ("port = 1\n", ":1: there is no section [port]; it may be one of: common, collect, parse, dead-letters"),
        ("[collect]\nport = \"8000\"\n", ":2: collect.port takes a number without quotes, not text in quotes"),
        ("[collect]\nport = 70000\n", ":2: invalid value '70000' for '--port <PORT>': 70000 is not in 0..=65535"),
        ("[collect]\n\nmax-body = \"4 gigabytes\"\n", ":3: invalid value '4 gigabytes' for '--max-body <SIZE>'"),
        ("[collect]\nmax-body = 5\n", ":2: collect.max-body takes text in quotes, not a number"),
        ("[common]\nverbose = 1\n", ":2: common.verbose takes true or false"),
        ("[collect]\naccept-from = [\"A\", 5]\n", ":2: collect.accept-from takes text in quotes"),
        ("[collect]\nport = [1]\n", ":2: collect.port takes a number without quotes, not a list"),
        ("[collect\n", ":1: this is not TOML"),
        ("[parse]\nadmin = \"nowhere\"\n[collect]\nadmin = \"nowhere\"\n", ":4: invalid value 'nowhere'"),
    ] {
        let file = file(text);
        let ended = process::run(&["--config", file.to_str().unwrap(), "collect"]);
        let said = ended.stderr_text();
        assert_eq!(ended.code, Some(2), "{text}: {said}");
        assert!(said.starts_with(&format!("error: {}{wanted}", file.display())), "{text} wants {wanted}: {said}");
        assert_eq!(ended.stderr.len(), 1, "{said}");
    }
    let ended = process::run(&["--config", "no/such/ps-stream.toml", "parse"]);
    assert!(ended.code == Some(2) && ended.stderr_text().contains("no/such/ps-stream.toml"), "{ended:?}");
}

#[test]
fn what_one_option_requires_may_stand_in_another_layer() {
    let file = file("[collect]\ntls-cert = \"no/such.pem\"\ntls-key = \"no/such.key\"\n");
    let ended = process::run(&["--config", file.to_str().unwrap(), "config", "collect", "--tls-port", "8443"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.stdout.contains("wrong certificate, secrets, topic: ") && ended.stdout.contains("no/such.pem"));
    let alone = process::run(&["config", "collect", "--tls-port", "8443"]);
    assert!(alone.stderr_text().contains("required"), "{alone:?}");
}

#[test]
fn of_kafkas_properties_each_stands_for_itself_and_secrets_are_masked() {
    let file = file(
        "[common.kafka-config]\nsecurity.protocol = \"SASL_SSL\"\nsasl.mechanism = \"PLAIN\"\nlinger.ms = 3\n\"sasl.password\" = \"of-the-file\"\n",
    );
    let password = format!("sasl.password={PASSWORD}\nsasl.mechanism=SCRAM-SHA-512");
    let environment = [("PSSTREAM_CONFIG", file.to_str().unwrap()), ("PSSTREAM_KAFKA_CONFIG", &password)];
    let told = process::start_with(&["config", "parse", "--json"], &environment).wait();
    let report = json(&told);
    let of_kafka = |it: &&Value| it["option"] == "kafka-config";
    let mut pairs: Vec<(&str, &str)> = report["options"]
        .as_array()
        .unwrap()
        .iter()
        .filter(of_kafka)
        .map(|it| (it["value"].as_str().unwrap(), it["from"].as_str().unwrap()))
        .collect();
    pairs.sort_unstable();
    assert_eq!(
        pairs,
        [
            ("linger.ms=3", "file"),
            ("sasl.mechanism=SCRAM-SHA-512", "environment"),
            ("sasl.password=***", "environment"),
            ("security.protocol=SASL_SSL", "file"),
        ]
    );
    for arguments in [&["config"][..], &["config", "--json"], &["collect", "--help"]] {
        let ended = process::start_with(arguments, &environment).wait();
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let said = format!("{}{}", ended.stdout, ended.stderr_text());
        assert!(!said.contains(PASSWORD) && !said.contains("of-the-file"), "{said}");
    }
}

#[test]
fn config_without_a_command_tells_of_both_and_fails_as_one_of_them_would() {
    let sound = process::run(&["config"]);
    assert_eq!(sound.code, Some(0), "{sound:?}");
    let words = sound.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in
        ["target-topic transactions default", "consumer-group ps-stream default", "stock-splitter", "mapping * with"]
    {
        assert!(words.contains(part), "{part}: {}", sound.stdout);
    }
    let file =
        file("[parse]\ntransform-config = \"no/such/rules.toml\"\n[parse.transform]\nPROJECT = \"no/such.wasm\"\n");
    let broken = process::run(&["--config", file.to_str().unwrap(), "config"]);
    assert_eq!(broken.code, Some(2));
    assert!(broken.stdout.contains("wrong modules: ") && broken.stdout.contains("no/such.wasm"), "{}", broken.stdout);
    assert!(broken.stderr_text().contains("parse would fail: one thing is wrong"), "{}", broken.stderr_text());
}

#[test]
fn connect_tells_what_topics_are_like_and_makes_none() {
    let (kafka, prefix) = (kafka::shared(), unique("t"));
    let names = ["--source-prefix", &prefix, "--target-prefix", &prefix];
    let run = || process::run(&[&["--kafka", kafka, "config", "parse", "--connect"], &names[..]].concat());
    for _ in 0..2 {
        let ended = run();
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let line = format!("ok    topic \"{prefix}.transactions\": is not there yet");
        assert!(ended.stdout.contains(&line), "{}", ended.stdout);
    }
    topics::create(kafka, &format!("{prefix}.transactions"), 1, &[("cleanup.policy", "compact")]);
    topics::produce(kafka, &format!("{prefix}.OTHER"), &[Plain { value: b"x", ..Plain::default() }]);
    let ended = run();
    assert_eq!(ended.code, Some(2), "{ended:?}");
    let wrong = format!("wrong topic \"{prefix}.transactions\": cleanup.policy=compact");
    let note = format!("note  topic \"{prefix}.OTHER\": is not compacted");
    assert!(ended.stdout.contains(&wrong) && ended.stdout.contains(&note), "{}", ended.stdout);
}

#[test]
fn connect_names_a_kafka_that_does_not_answer() {
    let address = format!("127.0.0.1:{}", kafka::free_port());
    let ended = process::run(&["--kafka", &address, "config", "collect", "--connect"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.stdout.contains(&format!("wrong Kafka: no broker at {address} answered")), "{}", ended.stdout);
}

#[test]
fn the_schema_takes_the_example_and_refuses_what_is_misspelt() {
    let ended = process::run(&["config", "schema"]);
    let schema: Value = serde_json::from_str(&ended.stdout).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let example = std::fs::read_to_string(workspace().join("docs/operating/ps-stream.toml")).unwrap();
    let value = |text: &str| toml::from_str::<Value>(text).unwrap();
    assert!(validator.validate(&value(&example)).is_ok(), "{:?}", validator.validate(&value(&example)));
    for text in ["[collect]\nprt = 1", "[colect]", "[collect]\nport = \"x\"", "[common]\nkafka = 5"] {
        assert!(!validator.is_valid(&value(text)), "{text}");
    }
    let read = process::run(&["--config", scratch_file("example.toml", &example).to_str().unwrap(), "config", "parse"]);
    assert!(read.stdout.contains("sasl.username=ps-stream"), "{read:?}");
}

fn file(text: &str) -> PathBuf {
    scratch_file("ps-stream.toml", text)
}

fn json(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{ended:?}"))
}

/// Its value, and who said so.
fn option<'r>(report: &'r Value, name: &str) -> (&'r str, &'r str) {
    let options = report["options"].as_array().unwrap();
    let found = options.iter().find(|it| it["option"] == name).unwrap();
    (found["value"].as_str().unwrap(), found["from"].as_str().unwrap())
}
