//! `collect` and `parse` on topics and a consumer group of the test's own.

use serde_json::{Value, json};

use super::http::{self, Reply};
use super::process::{self, Process};
use super::topics::{self, Plain, Record};
use super::{eventually, kafka, message, unique};

/// A running `collect`.
pub struct Collect {
    pub process: Process,
    pub address: String,
    pub prefix: String,
    pub kafka: String,
}

/// A running `parse`, reading `PREFIX.transactions` and writing `PREFIX.RECORD`.
pub struct Parse {
    pub process: Process,
    pub prefix: String,
    pub group: String,
    pub kafka: String,
}

impl Collect {
    pub fn start(options: &[&str]) -> Self {
        Self::start_on(kafka::shared(), &[], &unique("t"), options)
    }

    pub fn start_on(kafka: &str, general: &[&str], prefix: &str, options: &[&str]) -> Self {
        let arguments = [
            &["--kafka", kafka],
            general,
            &["collect", "--address", "127.0.0.1", "--port", "0", "--target-prefix", prefix],
            options,
        ];
        let process = process::start(&arguments.concat());
        let address = process.address();
        Self { process, address, prefix: prefix.to_owned(), kafka: kafka.to_owned() }
    }

    /// Posts with the headers PeopleSoft sends.
    pub fn post(&self, transaction_id: &str, message_name: &str, body: &[u8]) -> Reply {
        http::post(&self.address, &headers(transaction_id, message_name), body)
    }

    /// Posts a document of `messages/` and insists on its being taken.
    pub fn take(&self, transaction_id: &str, message_name: &str, file: &str) {
        let reply = self.post(transaction_id, message_name, &message(file));
        assert_eq!(reply.status, 200, "{file}: {reply:?}");
    }

    /// Until messages can be taken: those that wait for it go on in any order.
    pub fn await_ready(&self) {
        eventually("messages can be taken", || (http::get_path(&self.address, "/readyz").status == 200).then_some(()));
    }

    pub fn topic(&self) -> String {
        format!("{}.transactions", self.prefix)
    }

    /// What is stored now, in the order of the transactions of each message.
    pub fn transactions(&self) -> Vec<Record> {
        let mut records = topics::read(&self.kafka, &self.topic());
        records.sort_by_key(|record| {
            let value = record.json();
            (record.key.clone(), value["TransactionIndex"].as_u64())
        });
        records
    }

    /// The documents of what is stored now.
    pub fn documents(&self) -> Vec<String> {
        self.transactions().iter().map(document).collect()
    }
}

impl Parse {
    pub fn start(options: &[&str]) -> Self {
        Self::start_for(&unique("t"), options)
    }

    /// On the topics of that prefix, in the consumer group of that name.
    pub fn start_for(prefix: &str, options: &[&str]) -> Self {
        Self::start_on(kafka::shared(), &[], prefix, prefix, options)
    }

    pub fn start_on(kafka: &str, general: &[&str], prefix: &str, group: &str, options: &[&str]) -> Self {
        let process = process::start(&[general, &Self::arguments(kafka, prefix, group, options)].concat());
        process.line_with("reading ");
        Self { process, prefix: prefix.to_owned(), group: group.to_owned(), kafka: kafka.to_owned() }
    }

    pub fn arguments<'a>(kafka: &'a str, prefix: &'a str, group: &'a str, options: &[&'a str]) -> Vec<&'a str> {
        let prefixes = ["--source-prefix", prefix, "--target-prefix", prefix];
        [&["--kafka", kafka, "parse"], &prefixes[..], &["--consumer-group", group], options].concat()
    }

    pub fn source(&self) -> String {
        format!("{}.transactions", self.prefix)
    }

    /// Stores one transaction as the original Python collector did, and waits until it has had its effect.
    pub fn feed(&self, transaction_id: &str, document: &str) {
        self.store(&[(transaction_id, document)]);
        self.settle();
    }

    /// Stores transactions as the original Python collector did, in order, in one partition.
    pub fn store(&self, transactions: &[(&str, &str)]) {
        store(&self.kafka, &self.source(), transactions);
    }

    /// Waits until all that is stored has had its effect.
    pub fn settle(&self) {
        topics::await_group(&self.kafka, &self.group, &self.source());
    }

    /// The records of `PREFIX.NAME`.
    pub fn records(&self, name: &str) -> Vec<Record> {
        topics::read(&self.kafka, &format!("{}.{name}", self.prefix))
    }

    /// So many PROJECT rows, each under a key of its own: none lost, none doubled.
    pub fn insist_each_project_once(&self, projects: usize) {
        let mut times: std::collections::BTreeMap<String, u32> = std::collections::BTreeMap::new();
        for row in self.records("PROJECT") {
            *times.entry(row.key_text()).or_default() += 1;
        }
        assert_eq!(times.len(), projects);
        assert!(times.values().all(|count| *count == 1), "doubled: {:?}", times.iter().find(|(_, count)| **count > 1));
    }

    pub fn dead_letters(&self) -> Vec<Record> {
        self.records("dead-letters")
    }

    /// What the rows of a record type are now: JSON key to value.
    pub fn table(&self, record_type: &str) -> std::collections::BTreeMap<String, Value> {
        topics::table(&self.records(record_type))
    }
}

/// Posts documents of `messages/` through `collect` and lets `parse` finish with them.
pub fn through_both(files: &[&str], parse_options: &[&str]) -> Parse {
    let collect = Collect::start(&[]);
    for (place, file) in files.iter().enumerate() {
        collect.take(&format!("id-{place}"), "PROJECT_SYNC", file);
    }
    let parse = Parse::start_for(&collect.prefix, parse_options);
    parse.settle();
    parse
}

/// As PeopleSoft writes them.
pub fn headers<'a>(transaction_id: &'a str, message_name: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("TransactionID", transaction_id),
        ("MessageName", message_name),
        ("From", "PSFT_EP"),
        ("To", "PS_STREAM"),
        ("OperationType", "async"),
        ("OrigTimeStamp", "2026-11-23T08:15:30.000000-0600"),
        ("NonRepudiation", "N"),
        ("DataChunk", "1"),
        ("DataChunkCount", "1"),
    ]
}

/// The document a stored transaction holds.
pub fn document(record: &Record) -> String {
    record.json()["Transaction"].as_str().expect("Transaction is text").to_owned()
}

/// Stores transactions as the original Python collector did: this value, no headers.
pub fn store(kafka: &str, topic: &str, transactions: &[(&str, &str)]) {
    let values: Vec<String> = transactions.iter().map(|(id, document)| python_value(id, 1, document)).collect();
    let records: Vec<Plain<'_>> = transactions
        .iter()
        .zip(&values)
        .map(|((id, _), value)| Plain {
            key: Some(id),
            value: value.as_bytes(),
            partition: Some(0),
            ..Plain::default()
        })
        .collect();
    topics::produce(kafka, topic, &records);
}

/// The value the original Python collector wrote.
pub fn python_value(transaction_id: &str, index: u32, document: &str) -> String {
    json!({
        "TransactionID": transaction_id,
        "TransactionIndex": index,
        "OrigTimeStamp": "2018-02-19T17:54:29.000000-0600",
        "CollectTimeStamp": "2018-02-19T23:54:30.123456+00:00",
        "Transaction": document,
    })
    .to_string()
}

/// A transaction of one PROJECT row with a PSCAMA.
pub fn project(project_id: &str, action: &str, fields: &str) -> String {
    format!(
        "<Transaction><PROJECT class=\"R\"><BUSINESS_UNIT>US004</BUSINESS_UNIT><PROJECT_ID>{project_id}</PROJECT_ID>\
         {fields}</PROJECT><PSCAMA class=\"R\"><AUDIT_ACTN>{action}</AUDIT_ACTN></PSCAMA></Transaction>"
    )
}

/// The key of such a row under the shipped rules.
pub fn project_key(project_id: &str) -> String {
    format!(r#"{{"BUSINESS_UNIT":"US004","PROJECT_ID":"{project_id}"}}"#)
}

/// A message of so many transactions, each a PROJECT row of its own.
pub fn projects(count: usize) -> String {
    let descr = format!("<DESCR>{}</DESCR>", "d".repeat(200));
    let projects: String = (0..count).map(|n| project(&format!("P{n}"), "A", &descr)).collect();
    format!("<PROJECT_SYNC><MsgData>{projects}</MsgData></PROJECT_SYNC>")
}

/// How many transactions of each message there are.
pub fn by_message(records: &[Record]) -> std::collections::BTreeMap<String, usize> {
    let mut messages = std::collections::BTreeMap::new();
    for record in records {
        *messages.entry(record.key_text()).or_insert(0) += 1;
    }
    messages
}
