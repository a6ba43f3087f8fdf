//! Looking at Kafka before anything is started: whether it answers, and what its topics are like. Makes and changes nothing.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, ConfigResource, OwnedResourceSpecifier, ResourceSpecifier};
use rdkafka::client::{ClientContext, DefaultClientContext};
use rdkafka::error::KafkaError;
use rdkafka::message::DeliveryResult;
use rdkafka::metadata::Metadata;
use rdkafka::producer::{Producer, ProducerContext, ThreadedProducer};

use super::settings::Settings;
use super::{ClientError, lock};
use crate::fault::{Fault, Faulty};

/// How long Kafka may take for each answer.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub struct Cluster {
    pub brokers: usize,
    pub topics: Vec<Topic>,
}

#[derive(Debug)]
pub struct Topic {
    pub name: String,
    pub partitions: usize,
    pub replicas: usize,
    /// None where it may not be asked for.
    pub cleanup_policy: Option<String>,
    pub min_in_sync: Option<u32>,
}

#[derive(Debug, thiserror::Error)]
pub enum InspectionError {
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("no broker at {brokers} answered within {PATIENCE:?}{said}")]
    Unreachable { brokers: String, said: String, source: Box<KafkaError> },
    #[error("the settings of topics cannot be asked for")]
    Settings(#[source] KafkaError),
}

impl Faulty for InspectionError {
    fn fault(&self) -> Fault {
        match self {
            InspectionError::Client(_) => Fault::Host,
            InspectionError::Unreachable { .. } | InspectionError::Settings(_) => Fault::Broker,
        }
    }
}

/// Keeps the last thing that stood in the way.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<String>>);

impl ClientContext for Heard {
    fn error(&self, error: KafkaError, reason: &str) {
        super::said(&error, reason);
        // That all are down comes last and says nothing of why.
        if error.rdkafka_error_code() != Some(rdkafka::error::RDKafkaErrorCode::AllBrokersDown) {
            *lock(&self.0) = format!(": {reason}");
        }
    }
}

impl ProducerContext for Heard {
    type DeliveryOpaque = ();

    fn delivery(&self, _: &DeliveryResult<'_>, (): ()) {}
}

/// Which topics are asked about more closely is `about`'s to say, by their names.
pub async fn inspect(settings: &Settings, about: impl Fn(&str) -> bool) -> Result<Cluster, InspectionError> {
    let metadata = metadata(settings)?;
    let mut topics: Vec<Topic> = metadata.topics().iter().filter(|topic| about(topic.name())).map(outline).collect();
    if !topics.is_empty() {
        let admin = settings.client().create().map_err(ClientError)?;
        ask_for_settings(&admin, &mut topics).await.map_err(InspectionError::Settings)?;
    }
    Ok(Cluster { brokers: metadata.brokers().len(), topics })
}

fn metadata(settings: &Settings) -> Result<Metadata, InspectionError> {
    let heard = Heard::default();
    let client: ThreadedProducer<Heard> = settings.client().create_with_context(heard.clone()).map_err(ClientError)?;
    client.client().fetch_metadata(None, PATIENCE).map_err(|source| {
        let (brokers, said) = (settings.brokers().to_owned(), lock(&heard.0).clone());
        InspectionError::Unreachable { brokers, said, source: Box::new(source) }
    })
}

fn outline(topic: &rdkafka::metadata::MetadataTopic) -> Topic {
    Topic {
        name: topic.name().to_owned(),
        partitions: topic.partitions().len(),
        replicas: topic.partitions().iter().map(|partition| partition.replicas().len()).min().unwrap_or_default(),
        cleanup_policy: None,
        min_in_sync: None,
    }
}

/// Of those that may be asked about; of the others nothing is known.
async fn ask_for_settings(admin: &AdminClient<DefaultClientContext>, topics: &mut [Topic]) -> Result<(), KafkaError> {
    let wanted: Vec<ResourceSpecifier<'_>> = topics.iter().map(|topic| ResourceSpecifier::Topic(&topic.name)).collect();
    let options = AdminOptions::new().request_timeout(Some(PATIENCE));
    let answers: Vec<ConfigResource> =
        admin.describe_configs(&wanted, &options).await?.into_iter().filter_map(Result::ok).collect();
    for topic in topics {
        let of_it = |answer: &&ConfigResource| answer.specifier == OwnedResourceSpecifier::Topic(topic.name.clone());
        let answer = answers.iter().find(of_it);
        let value = |name| answer.and_then(|answer| answer.get(name)).and_then(|entry| entry.value.clone());
        (topic.cleanup_policy, topic.min_in_sync) =
            (value("cleanup.policy"), value("min.insync.replicas").and_then(|number| number.parse().ok()));
    }
    Ok(())
}
