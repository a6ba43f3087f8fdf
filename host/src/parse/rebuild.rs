//! A table made anew: the stored transactions are read again, up to the last there is at the start, and go through the
//! modules as they are now into a topic beside the live one.
//!
//! It is the same parser with another consumer group and one table, so it is exact, and goes on where it was when it is
//! started again. What would be a dead letter is left out: the live parser has seen to it.

use std::time::{Duration, Instant};

use super::{BACK_OFF, Config, ParseError, Parser, Routes};
use crate::fault;
use crate::kafka::{Comparison, Goal, Parts, Reached, Reader, Settings, StartAt};
use crate::service::Service;

/// How often it is looked and told how far it is.
const EVERY: Duration = Duration::from_secs(1);
const TOLD_EVERY: Duration = Duration::from_secs(5);

/// What is to be rebuilt, besides what [`Config`] says.
#[derive(Debug, Clone)]
pub struct Rebuild {
    /// Full name of the topic to rebuild into.
    pub topic: String,
    pub start: StartAt,
    /// The live table, where it is to be compared with.
    pub compare_with: Option<String>,
}

/// How it ended.
#[derive(Debug)]
pub enum Rebuilt {
    Wholly(Option<Comparison>),
    /// It was told to stop.
    Partly,
}

/// Blocks its thread.
pub fn rebuild(
    config: Config,
    rebuild: &Rebuild,
    settings: &Settings,
    routes: Routes,
    service: &Service,
) -> Result<Rebuilt, ParseError> {
    let mut parser = Parser::new(config, settings, routes, service)?;
    parser.prepare(&service.shutdown)?;
    let config = &parser.config;
    let goal = Goal::set(settings, &config.member.group, &config.source_topics, rebuild.start)?;
    let topic = &rebuild.topic;
    if goal.is_new {
        if !Parts::open(settings, topic)?.is_new() {
            return Err(ParseError::NotFresh(topic.clone()));
        }
        goal.begin()?;
    }
    let reader = Reader::new(settings, &parser.config.member, &parser.config.source_topics)?;
    parser.announce(settings);
    let reached = parser.rebuild_to(&goal, &reader, service);
    reader.leave();
    let reached = reached?;
    if !reached.is_all() {
        tracing::info!("stopped after {reached}: the same command goes on from there");
        return Ok(Rebuilt::Partly);
    }
    tracing::info!("topic \"{topic}\" is rebuilt from {} offsets", reached.all);
    let compare = |live: &String| Comparison::of(settings, live, topic, &goal);
    Ok(Rebuilt::Wholly(rebuild.compare_with.as_ref().map(compare).transpose()?))
}

impl Parser {
    fn rebuild_to(&mut self, goal: &Goal, reader: &Reader, service: &Service) -> Result<Reached, ParseError> {
        let mut pace = Pace::start(goal.reached()?);
        while !service.shutdown.is_asked() && !pace.reached.is_all() {
            let mut batch = reader.next_batch()?;
            self.repeats.lose(&batch.lost);
            self.full_syncs.forget(batch.lost.iter());
            batch.records.retain(|record| goal.wants(record));
            if !batch.is_empty() {
                self.deal_with(reader, batch, &service.shutdown)?;
            }
            if pace.is_due() {
                match goal.reached() {
                    Ok(reached) => pace.go_on(reached),
                    Err(error) => {
                        tracing::warn!("waiting for Kafka: {}", fault::chain(&error));
                        std::thread::sleep(BACK_OFF);
                    }
                }
            }
        }
        Ok(pace.reached)
    }
}

/// How fast it goes.
struct Pace {
    began: Instant,
    at_first: Reached,
    reached: Reached,
    looked: Instant,
    told: Instant,
}

impl Pace {
    fn start(reached: Reached) -> Self {
        let now = Instant::now();
        Pace { began: now, at_first: reached, reached, looked: now, told: now }
    }

    fn is_due(&self) -> bool {
        self.looked.elapsed() >= EVERY
    }

    fn go_on(&mut self, reached: Reached) {
        (self.reached, self.looked) = (reached, Instant::now());
        if self.told.elapsed() >= TOLD_EVERY && !reached.is_all() {
            self.told = Instant::now();
            match self.left() {
                Some(left) => tracing::info!("{reached}, about {} left", humantime::format_duration(left)),
                None => tracing::info!("{reached}"),
            }
        }
    }

    /// At the speed it had so far, in whole seconds.
    fn left(&self) -> Option<Duration> {
        let done = u64::try_from(self.reached.done - self.at_first.done).ok().filter(|done| *done > 0)?;
        let to_do = u64::try_from(self.reached.all - self.reached.done).ok()?;
        let milliseconds = self.began.elapsed().as_millis() * u128::from(to_do) / u128::from(done);
        Some(Duration::from_secs(u64::try_from(milliseconds / 1000).ok()?))
    }
}
