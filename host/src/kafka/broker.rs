//! An embedded broker for the demonstration: librdkafka's mock cluster. In memory, gone at exit, never compacts.

use rdkafka::error::KafkaError;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;

use super::settings::{Settings, SettingsError, TopicCreation};

pub struct EmbeddedBroker {
    cluster: MockCluster<'static, DefaultProducerContext>,
}

impl EmbeddedBroker {
    pub fn start(topics: &[&str]) -> Result<Self, KafkaError> {
        let cluster = MockCluster::new(1)?;
        for topic in topics {
            cluster.create_topic(topic, 1, 1)?;
        }
        Ok(EmbeddedBroker { cluster })
    }

    pub fn address(&self) -> String {
        self.cluster.bootstrap_servers()
    }

    pub fn settings(&self) -> Result<Settings, SettingsError> {
        let mut settings = Settings::new(&[self.address()], &[])?;
        settings.topic_creation = TopicCreation::ByBroker;
        Ok(settings)
    }
}

impl std::fmt::Debug for EmbeddedBroker {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("EmbeddedBroker").field("address", &self.address()).finish()
    }
}
