//! `ps-stream demo`: the whole of it in one process, with sample messages, for someone who wants to see what it does.
//!
//! The broker is librdkafka's mock cluster: in memory, gone at the end. Everything else is what runs in production.

mod samples;
mod show;
mod watch;

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context;
use tokio::sync::oneshot;

use crate::collect::{self, Accept, Holding, Limits as Bounds, Senders, Target};
use crate::kafka::broker::EmbeddedBroker;
use crate::kafka::{DeliveryConfig, Member, Settings};
use crate::parse::{self, CrashLimit, FullSync, Routes, Tables};
use crate::service::Service;
use crate::shutdown::{Shutdown, Stop};
use crate::transform::{Engine, Kind, Limits, Slot, Source};

use watch::Watch;

const TRANSACTIONS: &str = "ps.transactions";
const DEAD_LETTERS: &str = "ps.dead-letters";
/// Those of the stock mapper's rules.
const TABLES: [&str; 3] = ["ps.PROJECT", "ps.PROJ_ACTIVITY", "ps.CURRENCY_CD_TBL"];
/// How long the samples may take to come through.
const PATIENCE: Duration = Duration::from_secs(60);

pub async fn run(port: u16, once: bool, stop: Stop, shutdown: Shutdown) -> anyhow::Result<()> {
    let broker = EmbeddedBroker::start(&[TRANSACTIONS, DEAD_LETTERS, TABLES[0], TABLES[1], TABLES[2]])
        .context("the embedded broker does not start")?;
    // It stays until the process ends: a client that is just leaving would complain that nobody is there.
    let broker = Box::leak(Box::new(broker));
    show::opening(&broker.address())?;
    let settings = broker.settings()?;
    let engine = Engine::new(Limits::default()).map_err(anyhow::Error::msg)?;
    let (address, collecting) = start_collect(port, &settings, &engine, shutdown.clone()).await?;
    let parsing = start_parse(&settings, &engine, shutdown.clone())?;

    let mut watch = Watch::new(settings);
    let expected = samples::post_all(address).await?;
    tokio::task::block_in_place(|| watch.until(expected, PATIENCE, &shutdown))?;
    show::tables(&watch)?;
    if !once {
        show::your_turn(address)?;
        while !shutdown.is_asked() {
            let news = tokio::task::block_in_place(|| watch.news())?;
            news.iter().try_for_each(|(topic, record)| show::news(topic, record))?;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
    stop.ask();
    parsing.await??;
    collecting.await??;
    Ok(())
}

type Running<E> = tokio::task::JoinHandle<Result<(), E>>;

async fn start_collect(
    port: u16,
    settings: &Settings,
    engine: &Engine,
    shutdown: Shutdown,
) -> anyhow::Result<(SocketAddr, Running<collect::StartError>)> {
    let config = collect::Config {
        address: SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port),
        tls: None,
        target: Target::new("ps", "transactions")?,
        holding: Holding::Store,
        senders: Senders::default(),
        accept: Accept::default(),
        limits: Bounds::default(),
        delivery: DeliveryConfig {
            timeout: Duration::from_secs(10),
            longest: Duration::from_secs(60),
            instance: "demo".into(),
            repeats_within: Duration::from_secs(3600),
        },
        shutdown_timeout: Duration::from_secs(10),
    };
    let splitters = Slot::load(engine, Source::new(Kind::Splitter, None, None))?;
    let (ready, listening) = oneshot::channel();
    let settings = settings.clone();
    let collecting = tokio::spawn(async move {
        collect::run(config, &settings, splitters, &Service::new(shutdown), |address| {
            _ = ready.send(address);
        })
        .await
    });
    match listening.await {
        Ok(address) => Ok((address, collecting)),
        Err(_) => {
            collecting.await?.with_context(|| format!("port {port} may be taken: choose another with --port"))?;
            anyhow::bail!("collect ended before it listened")
        }
    }
}

fn start_parse(settings: &Settings, engine: &Engine, shutdown: Shutdown) -> anyhow::Result<Running<parse::ParseError>> {
    let routes = Routes::load(engine, &[], &[], HashMap::new())?;
    let config = parse::Config {
        source_topics: vec![TRANSACTIONS.into()],
        member: Member { group: "ps-stream".into(), instance: None },
        repeats_within: Duration::from_secs(3600),
        tables: Tables::Each { prefix: "ps".into() },
        dead_letter_topic: Some(DEAD_LETTERS.into()),
        replays_of: "ps-stream".into(),
        crash_limit: CrashLimit::default(),
        max_tables: 100,
        full_sync: FullSync::Recognise,
    };
    let settings = settings.clone();
    Ok(tokio::task::spawn_blocking(move || parse::run(config, &settings, routes, &Service::new(shutdown))))
}
