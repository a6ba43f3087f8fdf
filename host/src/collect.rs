//! `ps-stream collect`: messages in over HTTP, transactions out to Kafka.
//!
//! [`collect_message`] is the program: a body is read, recoded and split piece by piece, each transaction is handed to
//! Kafka as it ends, and the answer waits for Kafka's word on all of them.

mod accept;
mod body;
mod connection;
mod figures;
mod idle;
mod kept;
mod limits;
mod listener;
mod network;
mod outgoing;
mod peer;
mod reply;
mod request;
mod secrets;
mod segments;
mod senders;
mod server;
mod spans;
mod subject;
mod taken;
mod target;
mod tls;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::fault::{self, Fault, Faulty};
use crate::kafka::{ClientError, DeliveryConfig, DeliveryError, Producer, SegmentError, Settings};
use crate::service::Service;
use crate::transform::{Crash, Exchange, Slot, SplitError, Splitters};
use crate::watch;

use accept::Refused;
use body::{Body, BodyError, Bounds};
use figures::Figures;
use limits::{Excess, Room};
use listener::Listener;
use outgoing::Outgoing;
use request::Request;
use segments::Segments;
use senders::Stranger;
use taken::Taken;

pub use accept::Accept;
pub use kept::Kept;
pub use limits::Limits;
pub use network::Network;
pub use secrets::Secrets;
pub use segments::Holding;
pub use senders::{Certificates, Senders};
pub use target::{Target, TargetError};
pub use tls::{Tls, TlsFiles};

/// How long to wait before Kafka is asked again for the topic.
const BACK_OFF: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub struct Config {
    pub address: SocketAddr,
    pub tls: Option<Secure>,
    pub target: Target,
    pub holding: Holding,
    pub senders: Senders,
    pub accept: Accept,
    pub limits: Limits,
    pub delivery: DeliveryConfig,
    /// How long what is under way may take once the wish to stop is known.
    pub shutdown_timeout: Duration,
}

/// HTTPS: at the address, or at a port beside that then speaks plain HTTP.
#[derive(Debug)]
pub struct Secure {
    pub tls: Tls,
    pub beside: Option<u16>,
}

/// What all requests share.
#[derive(Debug)]
struct Collector {
    senders: Senders,
    accept: Accept,
    target: Target,
    splitters: Slot<Splitters>,
    producer: Producer,
    segments: Segments,
    limits: Limits,
    room: Room,
    /// How long a message may wait for its turn.
    patience: Duration,
    /// How long the body of a message may take to come.
    longest: Duration,
    /// Messages can be taken when their topic is there and read back.
    service: Service,
    figures: Figures,
}

#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    #[error(transparent)]
    Stranger(#[from] Stranger),
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Segment(#[from] SegmentError),
    #[error(transparent)]
    Excess(#[from] Excess),
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
    #[error("the files of certificates and secrets cannot be watched")]
    Watch(#[source] std::io::Error),
}

impl Faulty for CollectError {
    fn fault(&self) -> Fault {
        match self {
            CollectError::Stranger(_) | CollectError::Refused(_) => Fault::Sender,
            CollectError::Segment(error) => error.fault(),
            CollectError::Excess(error) => error.fault(),
            CollectError::Body(error) => error.fault(),
            CollectError::Split(error) => error.fault(),
            CollectError::Crashed(error) => error.fault(),
            CollectError::Delivery(error) => error.fault(),
        }
    }
}

impl Collector {
    fn bounds(&self) -> Bounds {
        let limits = &self.limits;
        Bounds { bytes: limits.body, unpacked: limits.unpacked, time: self.longest, silence: limits.silence }
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
    let listeners = listen(&config).await?;
    watch_files(&config, service)?;
    let collector = Arc::new(Collector {
        producer: Producer::new(settings, &config.delivery)?,
        segments: Segments::start(config.holding, settings, &config.delivery)?,
        senders: config.senders,
        accept: config.accept,
        target: config.target,
        splitters,
        limits: config.limits.clone(),
        room: Room::new(config.limits),
        patience: config.delivery.timeout,
        longest: config.delivery.longest,
        service: service.clone(),
        figures: Figures::new(&service.metrics),
    });
    tracing::info!("splitting with {} into Kafka at {}", collector.splitters.get().identity(), settings.brokers());
    listeners.iter().for_each(|listener| tracing::info!("listening on {listener}"));
    if let Some(first) = listeners.first() {
        ready(first.address);
    }
    tokio::spawn(look_ahead(collector.clone()));
    let looking_after = tokio::spawn(segments::look_after(collector.clone()));
    server::run(listeners, collector, config.shutdown_timeout).await;
    // What it does not end in time, the next one will.
    _ = tokio::time::timeout(config.shutdown_timeout, looking_after).await;
    Ok(())
}

/// The plain port, or the secured one, or both in this order.
async fn listen(config: &Config) -> Result<Vec<Listener>, StartError> {
    let address = config.address;
    Ok(match &config.tls {
        None => vec![Listener::bind(address, None).await?],
        Some(Secure { tls, beside: None }) => vec![Listener::bind(address, Some(tls.clone())).await?],
        Some(Secure { tls, beside: Some(port) }) => {
            let other = SocketAddr::new(address.ip(), *port);
            vec![Listener::bind(address, None).await?, Listener::bind(other, Some(tls.clone())).await?]
        }
    })
}

fn watch_files(config: &Config, service: &Service) -> Result<(), StartError> {
    let certificate = config.tls.as_ref().map(|secure| secure.tls.0.watched());
    let secrets = config.senders.secrets.as_ref().map(Kept::watched);
    let files = certificate.into_iter().chain(secrets);
    watch::watch("file-watch", files, service.reload.clone()).map_err(StartError::Watch)
}

/// Makes the topics and reads them back before the first message comes, so that a wrong address shows at the start.
async fn look_ahead(collector: Arc<Collector>) {
    let mut warned = false;
    while let Err(error) = prepare(&collector).await {
        if !warned {
            tracing::warn!("messages will be answered 503 until this is mended: {}", fault::chain(&error));
        }
        warned = true;
        tokio::time::sleep(BACK_OFF).await;
    }
    collector.service.set_ready();
}

async fn prepare(collector: &Collector) -> Result<(), DeliveryError> {
    if let Some(topic) = collector.target.fixed() {
        collector.producer.prepare(&topic).await?;
    }
    if let Some(held) = collector.segments.held() {
        held.prepare().await?;
        collector.producer.prepare(held.topic()).await?;
    }
    Ok(())
}

/// The whole way of a message, which ends once Kafka holds all of it.
async fn collect_message(collector: &Collector, request: &Request, body: &mut Body) -> Result<Taken, CollectError> {
    collector.accept.admit(request)?;
    let mut outgoing = Outgoing::begin(collector, request).await?;
    let _turn = collector.room.turn(collector.patience).await?;
    let mut share = collector.room.share();
    let mut splitting = tokio::task::block_in_place(|| collector.splitters.open(&request.message))?;
    while let Some(bytes) = body.next().await? {
        collector.figures.read(bytes.len());
        if outgoing.is_repeat() {
            continue; // to the end: a sender that is answered in the middle may not see it
        }
        let found = tokio::task::block_in_place(|| splitting.push(&bytes))?;
        share.hold(splitting.held())?;
        outgoing.send(splitting.module(), splitting.message_name(), found).await?;
    }
    if !outgoing.is_repeat() {
        let found = tokio::task::block_in_place(|| splitting.finish())?;
        outgoing.send(splitting.module(), splitting.message_name(), found).await?;
        outgoing.close(splitting.module()).await?;
    }
    Ok(collector.figures.delivered(outgoing.confirmed()).await?)
}
