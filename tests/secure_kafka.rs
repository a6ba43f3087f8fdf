//! A Kafka that asks for TLS and a password (SASL/SCRAM), reached through `--kafka-config` alone; and what is said, and
//! what is not, when the password is wrong or the broker's certificate is not trusted.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::OnceLock;

use crate::harness::kafka::{Broker, Listener, free_port};
use crate::harness::pipeline::{Collect, Parse, project_key};
use crate::harness::{message, scratch_file, topics, unique};

const USER: &str = "ps";
const PASSWORD: &str = "open-sesame";
const WRONG_PASSWORD: &str = "open-barley";
const KEYSTORE_PASSWORD: &str = "of-the-keystore";
const QUICK: [&str; 2] = ["--delivery-timeout", "2s"];

/// The broker of this file: the raw reader uses its plain listener, ps-stream the secure one.
struct Secure {
    broker: Broker,
    address: String,
    certificate: PathBuf,
}

#[test]
fn through_tls_and_scram_a_message_becomes_a_row() {
    let secure = secure();
    let general = options(PASSWORD, Some(&secure.certificate));
    let general = words(&general);
    let collect = Collect::start_on(&secure.address, &general, &unique("t"), &[]);
    collect.take("secret", "PROJECT_SYNC", "no_field_types.xml");
    let parse = Parse::start_on(&secure.address, &general, &collect.prefix, &collect.prefix, &[]);
    let rows = topics::wait(&secure.broker.address, &format!("{}.PROJECT", parse.prefix), 1);
    assert_eq!(rows[0].key_text(), project_key("000000000000861"));
    assert_eq!(rows[0].json()["DESCR"], "No FieldTypes");
    for ended in [collect.process.terminate(), parse.process.terminate()] {
        assert_eq!(ended.code, Some(0));
        assert!(!ended.stderr_text().contains(PASSWORD), "{ended:?}");
    }
}

#[test]
fn with_a_wrong_password_collect_answers_503_and_names_it_without_showing_it() {
    let general = options(WRONG_PASSWORD, Some(&secure().certificate));
    refused(&general, "Authentication failed");
    refused(&[&general[..], &["--verbose".to_owned()]].concat(), "Authentication failed");
}

#[test]
fn when_the_certificate_is_not_trusted_collect_answers_503_and_says_so() {
    refused(&options(PASSWORD, None), "certificate verify failed");
}

#[test]
fn config_connect_tells_credentials_that_are_taken_from_those_that_are_not() {
    let secure = secure();
    for (password, code, said) in [(PASSWORD, 0, "reached, 1 brokers"), (WRONG_PASSWORD, 2, "Authentication failed")] {
        let general = options(password, Some(&secure.certificate));
        let arguments =
            [&words(&general)[..], &["--kafka", &secure.address, "config", "collect", "--connect"]].concat();
        let ended = crate::harness::process::run(&arguments);
        assert_eq!(ended.code, Some(code), "{ended:?}");
        assert!(ended.stdout.contains(said) && !ended.stdout.contains(password), "{}", ended.stdout);
    }
}

/// `collect` with these options starts, answers 503, says why in its log, and shows no password to anyone.
fn refused(general: &[String], why: &str) {
    let collect = Collect::start_on(&secure().address, &words(general), &unique("t"), &QUICK);
    let reply = collect.post("refused", "PROJECT_SYNC", &message("no_field_types.xml"));
    assert_eq!((reply.status, reply.header("retry-after").is_some()), (503, true), "{reply:?}");
    collect.process.line_with(why);
    let ended = collect.process.terminate();
    assert_eq!(ended.code, Some(0));
    let said = format!("{reply:?}{}{}", ended.stdout, ended.stderr_text());
    for password in [PASSWORD, WRONG_PASSWORD] {
        assert!(!said.contains(password), "a password is shown: {said}");
    }
}

fn options(password: &str, certificate: Option<&PathBuf>) -> Vec<String> {
    let mut pairs = vec![
        "security.protocol=SASL_SSL".to_owned(),
        "sasl.mechanism=SCRAM-SHA-512".to_owned(),
        format!("sasl.username={USER}"),
        format!("sasl.password={password}"),
    ];
    pairs.extend(certificate.map(|file| format!("ssl.ca.location={}", file.display())));
    pairs.into_iter().flat_map(|pair| ["--kafka-config".to_owned(), pair]).collect()
}

fn words(options: &[String]) -> Vec<&str> {
    options.iter().map(String::as_str).collect()
}

fn secure() -> &'static Secure {
    static SECURE: OnceLock<Secure> = OnceLock::new();
    SECURE.get_or_init(Secure::start)
}

impl Secure {
    fn start() -> Self {
        let address = format!("127.0.0.1:{}", free_port());
        let keystore = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(unique("kafka.p12"));
        let certificate = certify(&keystore.display().to_string());
        let listener = Listener {
            address: format!("SASL_SSL://{address}"),
            properties: format!(
                "sasl.enabled.mechanisms=SCRAM-SHA-512\n\
                 listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=\
                 org.apache.kafka.common.security.scram.ScramLoginModule required;\n\
                 ssl.keystore.type=PKCS12\n\
                 ssl.keystore.location={}\n\
                 ssl.keystore.password={KEYSTORE_PASSWORD}\n",
                keystore.display()
            ),
            scram_users: vec![format!("SCRAM-SHA-512=[name={USER},password={PASSWORD}]")],
        };
        Self { broker: Broker::start_with(Some(&listener)), address, certificate }
    }
}

/// Makes a key for 127.0.0.1 in a new keystore, and its certificate in a file of its own.
fn certify(keystore: &str) -> PathBuf {
    let named = ["-dname", "CN=localhost", "-ext", "SAN=dns:localhost,ip:127.0.0.1", "-validity", "2"];
    keytool(keystore, &[&["-genkeypair", "-keyalg", "RSA", "-storetype", "PKCS12"], &named[..]].concat());
    scratch_file("ca.pem", keytool(keystore, &["-exportcert", "-rfc"]).stdout)
}

/// Runs the keytool that every Java brings along.
fn keytool(keystore: &str, arguments: &[&str]) -> Output {
    let output = Command::new("keytool")
        .args(arguments)
        .args(["-alias", "kafka", "-keystore", keystore, "-storepass", KEYSTORE_PASSWORD])
        .output()
        .unwrap_or_else(|fault| panic!("keytool cannot be run ({fault}): it lies beside java"));
    // It explains its failures on standard output.
    assert!(output.status.success(), "keytool failed: {}", String::from_utf8_lossy(&output.stdout));
    output
}
