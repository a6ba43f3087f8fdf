//! `ps-stream parse`: transactions in from Kafka, changes of keyed rows out to one compacted topic per record type.
//!
//! [`Parser::parse_batch`] is the program: a batch is mapped by the modules its routes choose, and what came of it (rows,
//! tombstones, dead letters) is stored together with the fact that the batch is dealt with, in one Kafka transaction.

mod figures;
mod full_sync;
mod health;
mod input;
mod misdirected;
mod output;
mod progress;
mod rebuild;
mod reconcile;
mod replay;
mod replayed;
mod routes;
mod selector;
mod share;
mod spans;
mod tables;

use std::time::{Duration, Instant};

use crate::fault::{self, Fault, Faulty};
use crate::kafka::{
    self, Batch, ClientError, Dealt, GoalError, Member, NotReadBack, ReadError, Reader, Repeats, Settings, Standing,
    StandingError, Starts, TopicError, Topics, WriteError, Writer,
};
use crate::service::Service;
use crate::shutdown::Shutdown;
use crate::traces::{Kind, Traces};

use figures::Figures;
use full_sync::{Mark, Partitions};
use health::{Health, MostlyFailing};
use input::Input;
use output::Output;
use progress::Progress;
use replay::Judge;
use routes::Outcome;
use spans::Spans;

pub use full_sync::{FullSync, MaxDelete};
pub use health::CrashLimit;
pub use rebuild::{Rebuild, Rebuilt, rebuild};
pub use routes::Routes;
pub use selector::{Assignment, Selector};
pub use tables::Tables;

/// How long to wait before a batch that Kafka did not take is tried again.
const BACK_OFF: Duration = Duration::from_secs(1);
/// How long Kafka may take to look up or make a topic.
const TOPIC_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub struct Config {
    /// Full names of the topics to read.
    pub source_topics: Vec<String>,
    pub member: Member,
    /// How far to read back for transactions that have had their effect; zero for not at all.
    pub repeats_within: Duration,
    pub tables: Tables,
    /// Full name. Where there is none, what would be a dead letter is left out.
    pub dead_letter_topic: Option<String>,
    /// The consumer group whose dead letters are taken when they are put back.
    pub replays_of: String,
    /// How many tables may be written to.
    pub max_tables: usize,
    pub crash_limit: CrashLimit,
    pub full_sync: FullSync,
}

#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Topic(#[from] TopicError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    NotReadBack(#[from] NotReadBack),
    #[error(transparent)]
    Standing(#[from] StandingError),
    #[error(transparent)]
    Goal(#[from] GoalError),
    #[error("topic \"{0}\" holds records already; name another with --to, or delete it")]
    NotFresh(String),
    #[error(transparent)]
    MostlyFailing(#[from] MostlyFailing),
}

impl Faulty for ParseError {
    fn fault(&self) -> Fault {
        match self {
            ParseError::Client(_) | ParseError::NotFresh(_) => Fault::Host,
            ParseError::Goal(error) => error.fault(),
            // A name no topic can have comes from the configuration here, never from a sender.
            ParseError::Topic(error) if error.fault() == Fault::Sender => Fault::Host,
            ParseError::Topic(error) => error.fault(),
            ParseError::Write(error) => error.fault(),
            ParseError::Read(error) => error.fault(),
            ParseError::NotReadBack(error) => error.fault(),
            ParseError::Standing(error) => error.fault(),
            ParseError::MostlyFailing(error) => error.fault(),
        }
    }
}

/// Parses until told to stop, or until something fails that trying again does not mend. Blocks its thread.
pub fn run(config: Config, settings: &Settings, routes: Routes, service: &Service) -> Result<(), ParseError> {
    let mut parser = Parser::new(config, settings, routes, service)?;
    parser.prepare(&service.shutdown)?;
    let reader = Reader::new(settings, &parser.config.member, &parser.config.source_topics)?;
    parser.announce(settings);
    let done = parser.parse_until_told(&reader, service);
    parser.progress.report(reader.lag(), &parser.routes);
    reader.leave();
    done
}

struct Parser {
    config: Config,
    settings: Settings,
    routes: Routes,
    topics: Topics,
    writer: Writer,
    repeats: Repeats,
    health: Health,
    full_syncs: Partitions,
    progress: Progress,
    figures: Figures,
    traces: Traces,
}

impl Parser {
    fn new(config: Config, settings: &Settings, routes: Routes, service: &Service) -> Result<Self, ClientError> {
        Ok(Parser {
            topics: Topics::new(settings, TOPIC_TIMEOUT)?.with_most_tables(config.max_tables),
            writer: Writer::new(settings, &config.member),
            repeats: Repeats::new(settings, config.repeats_within),
            health: Health::new(config.crash_limit),
            progress: Progress::new(),
            figures: Figures::new(&service.metrics),
            traces: service.traces.clone(),
            full_syncs: Partitions::default(),
            settings: settings.clone(),
            routes,
            config,
        })
    }

    fn parse_until_told(&mut self, reader: &Reader, service: &Service) -> Result<(), ParseError> {
        while !service.shutdown.is_asked() {
            let batch = reader.next_batch()?;
            if reader.is_member() {
                service.set_ready();
            }
            self.repeats.lose(&batch.lost);
            self.full_syncs.forget(batch.lost.iter());
            if !batch.is_empty() {
                self.deal_with(reader, batch, &service.shutdown)?;
            }
            self.figures.set_lag(reader.lag());
            self.progress.report_if_due(reader.lag(), &self.routes);
        }
        Ok(())
    }

    /// A trailer at which something is to be done is dealt with by itself, once all before it is stored.
    fn parse_all(&mut self, reader: &Reader, batch: Batch) -> Result<(), ParseError> {
        if self.config.full_sync == FullSync::Recognise {
            return self.parse_batch(reader, &batch);
        }
        self.full_syncs.know(reader.notes(&self.full_syncs.unknown(&batch))?);
        batch.cut_at(Mark::is_trailer_in).iter().try_for_each(|part| self.parse_batch(reader, part))
    }

    fn parse_batch(&mut self, reader: &Reader, batch: &Batch) -> Result<(), ParseError> {
        let began = Instant::now();
        let judged = self.repeats.judge(batch)?;
        let news = batch.records.iter().zip(&judged.repeats).filter(|(_, repeat)| !**repeat);
        let ours = news.filter(|(record, _)| replayed::is_for(record, &self.config.replays_of));
        let mut inputs: Vec<Input> = ours.map(|(record, _)| Input::read(record)).collect();
        let mut spans = Spans::begin(&self.traces, &self.config.member.group, &mut inputs);
        let outcomes = self.routes.map(&mut inputs);
        spans.did("map", Kind::Internal);
        let outcomes = self.only_to_tables(outcomes)?;
        let health = self.health.after(&outcomes)?;
        let judge = self.judge_of_replayed(&inputs, &outcomes)?;
        let output = Output::of(&inputs, outcomes, &self.config, self.writer.record_limit(), judge);
        self.see_to_dead_letters(&output)?;
        self.reconcile(reader, batch, &inputs)?;
        let mut full_syncs = self.full_syncs.after(batch, &inputs, &output, &self.config.tables);
        spans.did("prepare", Kind::Internal);
        self.writer.commit(reader, batch, &output.records, Dealt::Wholly, &full_syncs.notes())?;
        spans.did("commit", Kind::Client);
        spans.stored(&inputs, &output);
        self.full_syncs.take(full_syncs);
        self.tell_marks(&inputs);
        self.health = health;
        self.progress.add(&output, judged.count());
        self.figures.add(&output, judged.count(), began.elapsed());
        self.repeats.remember(judged);
        Ok(())
    }

    /// The one place where a failure becomes a decision.
    fn deal_with(&mut self, reader: &Reader, batch: Batch, shutdown: &Shutdown) -> Result<(), ParseError> {
        let starts = batch.starts();
        let mut done = self.parse_all(reader, batch);
        while let Err(error) = &done {
            if error.fault() != Fault::Broker {
                return done;
            }
            if shutdown.is_asked() {
                return Ok(()); // who reads it next goes on where the group is
            }
            self.figures.retried();
            tracing::warn!("this batch is not known to be stored, trying again: {}", fault::chain(error));
            std::thread::sleep(BACK_OFF);
            done = self.settle(reader, &starts);
        }
        done
    }

    /// Goes on where the group is: at the start of the batch, or further on, with what Kafka has of it after all.
    fn settle(&mut self, reader: &Reader, starts: &Starts) -> Result<(), ParseError> {
        self.full_syncs.forget(starts.keys());
        self.writer.settle()?;
        Ok(reader.settle(starts)?)
    }

    /// Who knows what stands where replayed transactions would write.
    fn judge_of_replayed(&self, inputs: &[Input<'_>], outcomes: &[Outcome]) -> Result<Judge, ParseError> {
        let now = kafka::now();
        let mut judge = Judge::new(now);
        for (topic, question) in replay::questions(inputs, outcomes, &self.config.tables) {
            wait(self.topics.table(&topic))?;
            let kept = wait(self.topics.tombstones_kept(&topic))?;
            let standing = Standing::read(&self.settings, &topic, &question.keys, question.since(kept, now))?;
            judge.know(topic, standing, kept);
        }
        Ok(judge)
    }

    /// Makes the tables there are rows for. A module that names one that cannot be has failed on that transaction.
    fn only_to_tables(&self, outcomes: Vec<Outcome>) -> Result<Vec<Outcome>, TopicError> {
        let topics = misdirected::topics(&outcomes, &self.config);
        let mut refused = misdirected::refused(&topics, &self.config);
        for topic in topics {
            if !refused.contains_key(&topic)
                && let Err(error) = wait(self.topics.table(&topic))
            {
                match error {
                    TopicError::Refused { why, .. } if self.config.tables.are_named_by_modules() => {
                        refused.insert(topic, why.to_string());
                    }
                    other => return Err(other),
                }
            }
        }
        Ok(misdirected::stopped(outcomes, &refused, &self.config))
    }

    fn see_to_dead_letters(&self, output: &Output) -> Result<(), TopicError> {
        match &self.config.dead_letter_topic {
            Some(topic) if output.dead_letters > 0 => wait(self.topics.dead_letters(topic)),
            _ => Ok(()),
        }
    }

    /// The topics to read must be there: a group that subscribes to a missing one learns of it minutes later.
    fn prepare(&self, shutdown: &Shutdown) -> Result<(), ParseError> {
        for topic in &self.config.source_topics {
            while !shutdown.is_asked()
                && let Err(error) = wait(self.topics.partitions(topic))
            {
                if error.fault() != Fault::Broker {
                    return Err(error.into());
                }
                tracing::warn!("waiting for Kafka: {}", fault::chain(&error));
                std::thread::sleep(BACK_OFF);
            }
        }
        Ok(())
    }

    fn announce(&self, settings: &Settings) {
        let (topics, group) = (self.config.source_topics.join(", "), &self.config.member.group);
        tracing::info!("reading {topics} from Kafka at {} as consumer group \"{group}\"", settings.brokers());
        for line in self.routes.describe() {
            tracing::info!("{line}");
        }
    }
}

/// This thread is not one of the runtime's: it may wait.
fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Handle::current().block_on(future)
}
