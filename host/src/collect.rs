//! `ps-stream collect`: messages in over HTTP, transactions out to Kafka.
//!
//! [`collect_message`] is the program: a body is read, recoded and split piece by piece, each transaction is handed to
//! Kafka as it ends, and the answer waits for Kafka's word on all of them.

mod accept;
mod body;
mod encoding;
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
use crate::kafka::{ClientError, DeliveryError, Producer, Settings};
use crate::shutdown::Shutdown;
use crate::transform::{Crash, SplitError, Splitters};

use accept::Refused;
use body::{Body, BodyError};
use outgoing::Outgoing;
use request::Request;
use server::Server;

pub use accept::Accept;
pub use target::Target;

/// Most messages being split at one time: each has an instance of the splitter of its own.
const MESSAGES_AT_ONCE: usize = 128;

#[derive(Debug)]
pub struct Config {
    pub address: SocketAddr,
    pub target: Target,
    pub accept: Accept,
    pub delivery_timeout: Duration,
}

/// What all requests share.
#[derive(Debug)]
struct Collector {
    accept: Accept,
    target: Target,
    splitters: Splitters,
    producer: Producer,
    places: Semaphore,
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
    splitters: Splitters,
    shutdown: Shutdown,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), StartError> {
    let producer = Producer::new(settings, config.delivery_timeout)?;
    let places = Semaphore::new(MESSAGES_AT_ONCE);
    let collector = Collector { accept: config.accept, target: config.target, splitters, producer, places };
    let collector = Arc::new(collector);
    let server = Server::bind(config.address, collector.clone()).await?;
    tracing::info!("splitting with {} into Kafka at {}", collector.splitters.identity(), settings.brokers());
    tracing::info!("listening on {}", server.address());
    ready(server.address());
    tokio::spawn(look_ahead(collector.clone()));
    server.run(shutdown).await
}

/// Makes the topic before the first message comes, so that a wrong address shows at the start.
async fn look_ahead(collector: Arc<Collector>) {
    if let Some(topic) = collector.target.fixed()
        && let Err(error) = collector.producer.prepare(&topic).await
    {
        tracing::warn!("messages will be answered 503 until this is mended: {}", fault::chain(&error));
    }
}

/// The whole way of a message. Answers with the number of its transactions once Kafka holds them all.
async fn collect_message(collector: &Collector, request: &Request, body: &mut Body) -> Result<u32, CollectError> {
    collector.accept.admit(request)?;
    let _place = collector.places.acquire().await;
    let mut splitting = collector.splitters.open(&request.message)?;
    let mut outgoing = Outgoing::new(collector, request);
    while let Some(bytes) = body.next().await? {
        let found = tokio::task::block_in_place(|| splitting.push(&bytes))?;
        outgoing.send(splitting.message_name(), found).await?;
    }
    let found = tokio::task::block_in_place(|| splitting.finish())?;
    outgoing.send(splitting.message_name(), found).await?;
    Ok(outgoing.confirmed().await?)
}
