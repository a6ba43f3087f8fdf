//! How to reach Kafka: brokers and librdkafka properties, less those the promises rest on.

use rdkafka::config::ClientConfig;

use crate::fault::{Fault, Faulty};

/// Properties that are not the user's to set, and what to do instead.
const RESERVED: &[(&[&str], &str)] = &[
    (&["bootstrap.servers", "metadata.broker.list"], "use --kafka"),
    (&["group.id"], "use --consumer-group"),
    (&["delivery.timeout.ms", "message.timeout.ms"], "use --delivery-timeout"),
    (&["acks", "request.required.acks"], "200 means stored by all in-sync replicas"),
    (
        &["enable.idempotence", "enable.gapless.guarantee"],
        "without it a retry may store a record twice or out of order",
    ),
    (
        &["max.in.flight", "max.in.flight.requests.per.connection"],
        "more than the idempotent producer allows loses order",
    ),
    (&["retries", "message.send.max.retries"], "the delivery timeout bounds retries"),
    (&["transactional.id", "transaction.timeout.ms"], "ps-stream makes its own Kafka transactions"),
    (
        &["enable.auto.commit", "auto.commit.enable", "enable.auto.offset.store"],
        "offsets are committed with what they stand for",
    ),
    (&["auto.offset.reset"], "a new consumer group starts at the earliest offset"),
    (&["isolation.level"], "only committed transactions are read"),
    (&["partitioner", "sticky.partitioning.linger.ms"], "the order of a row's changes rests on its partition"),
    (&["queue.buffering.max.messages", "queue.buffering.max.kbytes"], "the host bounds what it holds itself"),
    (&["statistics.interval.ms", "enable.partition.eof"], "ps-stream sets it for its own use"),
];

/// librdkafka's `message.max.bytes`, unless the user says otherwise.
const RECORD_LIMIT: usize = 1_000_000;

/// Whether topics can be asked for and made. Librdkafka's mock cluster knows neither request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TopicCreation {
    Managed,
    ByBroker,
}

#[derive(Debug, Clone)]
pub struct Settings {
    brokers: String,
    properties: Vec<(String, String)>,
    pub topic_creation: TopicCreation,
}

#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("--kafka-config \"{0}\" is not KEY=VALUE")]
    NotAPair(String),
    #[error("--kafka-config {key} is refused: {why}")]
    Reserved { key: String, why: &'static str },
    #[error("--kafka-config is refused by librdkafka: {0}")]
    Invalid(String),
}

impl Faulty for SettingsError {
    fn fault(&self) -> Fault {
        Fault::Host
    }
}

impl Settings {
    pub fn new(brokers: &[String], pairs: &[String]) -> Result<Self, SettingsError> {
        let properties = pairs.iter().map(|pair| property(pair)).collect::<Result<Vec<_>, _>>()?;
        let settings = Settings { brokers: brokers.join(","), properties, topic_creation: TopicCreation::Managed };
        settings.client().create_native_config().map_err(|e| SettingsError::Invalid(reason(&e)))?;
        Ok(settings)
    }

    pub fn brokers(&self) -> &str {
        &self.brokers
    }

    /// The base every client is made from; what follows it wins.
    pub(super) fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("client.id", "ps-stream");
        config.set("socket.keepalive.enable", "true");
        config.set("reconnect.backoff.max.ms", "2000");
        config.set("bootstrap.servers", &self.brokers);
        for (key, value) in &self.properties {
            config.set(key, value);
        }
        config
    }

    /// The base of every producer.
    pub(super) fn producer(&self) -> ClientConfig {
        let mut config = self.client();
        if self.property("compression.type").or(self.property("compression.codec")).is_none() {
            config.set("compression.type", "lz4");
        }
        config
    }

    /// The largest record that is sent, in bytes.
    pub(super) fn record_limit(&self) -> usize {
        let limit = self.property("message.max.bytes").and_then(|limit| limit.parse().ok());
        limit.unwrap_or(RECORD_LIMIT)
    }

    /// A user's property, for what must agree with it.
    pub(super) fn property(&self, key: &str) -> Option<&str> {
        self.properties.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

/// Whether the value of a property is nobody's business.
pub fn is_secret(property: &str) -> bool {
    const SECRETS: [&str; 6] = ["password", "passphrase", "secret", "private.key", "key.pem", "oauthbearer.config"];
    let property = property.to_ascii_lowercase();
    SECRETS.iter().any(|secret| property.contains(secret))
}

fn property(pair: &str) -> Result<(String, String), SettingsError> {
    let (key, value) = pair.split_once('=').ok_or_else(|| SettingsError::NotAPair(pair.into()))?;
    let key = key.trim().to_owned();
    match RESERVED.iter().find(|(keys, _)| keys.contains(&key.as_str())) {
        Some((_, why)) => Err(SettingsError::Reserved { key, why }),
        None => Ok((key, value.to_owned())),
    }
}

fn reason(error: &rdkafka::error::KafkaError) -> String {
    match error {
        rdkafka::error::KafkaError::ClientConfig(_, why, key, _) => format!("{key}: {why}"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn settings(pair: &str) -> Result<Settings, SettingsError> {
        Settings::new(&["localhost:9092".into()], &[pair.into()])
    }

    #[test]
    fn what_the_promises_rest_on_is_refused_by_name() {
        for (keys, _) in RESERVED {
            for key in *keys {
                let text = settings(&format!("{key}=1")).unwrap_err().to_string();
                assert!(text.contains(key), "{text}");
            }
        }
    }

    #[test]
    fn tls_and_scram_properties_are_taken() {
        assert!(settings("security.protocol=SASL_SSL").is_ok());
        assert!(settings("sasl.mechanism=SCRAM-SHA-512").is_ok());
        assert!(settings("sasl.password=a=b").is_ok());
    }

    #[test]
    fn passwords_and_keys_are_secrets_and_what_names_their_files_is_not() {
        for property in ["sasl.password", "ssl.key.password", "ssl.keystore.password", "ssl.key.pem"] {
            assert!(is_secret(property), "{property}");
        }
        for property in ["sasl.oauthbearer.client.secret", "sasl.oauthbearer.config"] {
            assert!(is_secret(property), "{property}");
        }
        for property in ["sasl.username", "ssl.key.location", "ssl.ca.pem", "sasl.oauthbearer.token.endpoint.url"] {
            assert!(!is_secret(property), "{property}");
        }
    }

    #[test]
    fn an_unknown_property_is_refused_by_name() {
        assert!(settings("compresion.type=lz4").unwrap_err().to_string().contains("compresion.type"));
        assert!(settings("compression").unwrap_err().to_string().contains("KEY=VALUE"));
    }
}
