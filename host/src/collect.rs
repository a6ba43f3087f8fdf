//! `ps-stream collect`: messages in over HTTP, transactions out to Kafka.
//!
//! [`collect_message`] is the program: a body is read, recoded and split piece by piece, each transaction is handed to
//! Kafka as it ends, and the answer waits for Kafka's word on all of them.

mod accept;
mod body;
mod figures;
mod outgoing;
mod reply;
mod request;
mod server;
mod target;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::fault::{self, Fault, Faulty};
use crate::kafka::{ClientError, DeliveryConfig, DeliveryError, Producer, Settings};
use crate::service::Service;
use crate::transform::{Crash, Exchange, Slot, SplitError, Splitters};

use accept::Refused;
use body::{Body, BodyError};
use figures::Figures;
use outgoing::{Outgoing, Taken};
use request::Request;
use server::Server;

pub use accept::Accept;
pub use target::Target;

/// How long to wait before Kafka is asked again for the topic.
const BACK_OFF: Duration = Duration::from_secs(2);
/// Most messages being split at one time: each has an instance of the splitter of its own.
const MESSAGES_AT_ONCE: usize = 128;

#[derive(Debug)]
pub struct Config {
    pub address: SocketAddr,
    pub target: Target,
    pub accept: Accept,
    pub delivery: DeliveryConfig,
    /// How long what is under way may take once the wish to stop is known.
    pub shutdown_timeout: Duration,
}

/// What all requests share.
#[derive(Debug)]
struct Collector {
    accept: Accept,
    target: Target,
    splitters: Slot<Splitters>,
    producer: Producer,
    places: Semaphore,
    /// How long the body of a message may take to come.
    longest: Duration,
    /// Messages can be taken when their topic is there and read back.
    service: Service,
    figures: Figures,
}

#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Body(#[from] BodyError),
    #[error(transparent)]
    Split(#[from] SplitError),
    #[error(transparent)]
    Crashed(#[from] Crash),
    #[error(transparent)]
    Delivery(#[from] DeliveryError),
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("cannot listen on {address}")]
    Listen { address: SocketAddr, source: std::io::Error },
    #[error(transparent)]
    Kafka(#[from] ClientError),
    #[error("serving failed")]
    Serve(#[source] std::io::Error),
}

impl Faulty for CollectError {
    fn fault(&self) -> Fault {
        match self {
            CollectError::Refused(_) | CollectError::Body(_) => Fault::Sender,
            CollectError::Split(error) => error.fault(),
            CollectError::Crashed(error) => error.fault(),
            CollectError::Delivery(error) => error.fault(),
        }
    }
}

/// Serves until told to stop, then finishes what it holds. Tells `ready` the address it listens on.
pub async fn run(
    config: Config,
    settings: &Settings,
    splitters: Slot<Splitters>,
    service: &Service,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), StartError> {
    let collector = Arc::new(Collector {
        producer: Producer::new(settings, &config.delivery)?,
        accept: config.accept,
        target: config.target,
        splitters,
        places: Semaphore::new(MESSAGES_AT_ONCE),
        longest: config.delivery.longest,
        service: service.clone(),
        figures: Figures::new(&service.metrics),
    });
    let server = Server::bind(config.address, collector.clone(), config.shutdown_timeout).await?;
    tracing::info!("splitting with {} into Kafka at {}", collector.splitters.get().identity(), settings.brokers());
    tracing::info!("listening on {}", server.address());
    ready(server.address());
    tokio::spawn(look_ahead(collector.clone()));
    server.run().await
}

/// Makes the topic and reads it back before the first message comes, so that a wrong address shows at the start.
async fn look_ahead(collector: Arc<Collector>) {
    let mut warned = false;
    if let Some(topic) = collector.target.fixed() {
        while let Err(error) = collector.producer.prepare(&topic).await {
            if !warned {
                tracing::warn!("messages will be answered 503 until this is mended: {}", fault::chain(&error));
            }
            warned = true;
            tokio::time::sleep(BACK_OFF).await;
        }
    }
    collector.service.set_ready();
}

/// The whole way of a message, which ends once Kafka holds all of it.
async fn collect_message(collector: &Collector, request: &Request, body: &mut Body) -> Result<Taken, CollectError> {
    collector.accept.admit(request)?;
    let mut outgoing = Outgoing::begin(collector, request).await?;
    let _place = collector.places.acquire().await;
    let mut splitting = tokio::task::block_in_place(|| collector.splitters.open(&request.message))?;
    while let Some(bytes) = body.next().await? {
        collector.figures.read(bytes.len());
        if outgoing.is_repeat() {
            continue; // to the end: a sender that is answered in the middle may not see it
        }
        let found = tokio::task::block_in_place(|| splitting.push(&bytes))?;
        outgoing.send(splitting.module(), splitting.message_name(), found).await?;
    }
    if !outgoing.is_repeat() {
        let found = tokio::task::block_in_place(|| splitting.finish())?;
        outgoing.send(splitting.module(), splitting.message_name(), found).await?;
    }
    Ok(outgoing.confirmed().await?)
}
