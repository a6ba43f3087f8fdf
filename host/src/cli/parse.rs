//! `ps-stream parse`, as typed.

use std::collections::HashMap;

use clap::{Args, ValueEnum};

use super::modules::Modules;
use super::{Common, Failure, runtime, words};
use crate::kafka::{Member, is_topic_name, topic_name};
use crate::parse::{self, Assignment, CrashLimit, FullSync, MaxDelete, Routes, Tables};
use crate::watch;

#[derive(Debug, Args)]
pub struct Parse {
    /// Prefix of the source topics' names
    #[arg(long, value_name = "PREFIX", env = "PSSTREAM_SOURCE_PREFIX", default_value = "ps")]
    source_prefix: String,

    /// Topic to read transactions from; may be given several times
    #[arg(long, value_name = "NAME", env = "PSSTREAM_SOURCE_TOPIC", default_value = "transactions")]
    source_topic: Vec<String>,

    /// Prefix of the target topics' names
    #[arg(long, value_name = "PREFIX", env = "PSSTREAM_TARGET_PREFIX", default_value = "ps")]
    target_prefix: String,

    /// One topic to write all rows to; each record type's own when not given
    #[arg(long, value_name = "NAME", env = "PSSTREAM_TARGET_TOPIC")]
    target_topic: Option<String>,

    /// Topic for transactions that are set aside, under the target prefix
    #[arg(long, value_name = "NAME", env = "PSSTREAM_DEAD_LETTER_TOPIC", default_value = "dead-letters")]
    dead_letter_topic: String,

    /// Kafka consumer group; a new one starts at the earliest transaction
    #[arg(long, value_name = "GROUP", env = "PSSTREAM_CONSUMER_GROUP", default_value = "ps-stream")]
    consumer_group: String,

    /// A name that no other running parser has and that this one keeps when it is started again: it then keeps its partitions
    /// through a restart (a static member of the group)
    #[arg(long, value_name = "NAME", env = "PSSTREAM_INSTANCE")]
    instance: Option<String>,

    /// How far to read back at the start, to know transactions that have had their effect; 0s to know none
    #[arg(long, value_name = "TIME", env = "PSSTREAM_REPEATS_WITHIN", default_value = "1d")]
    repeats_within: humantime::Duration,

    /// Stop when more than this share of the latest 100 transactions made a module crash; 100% for never
    #[arg(long, value_name = "PERCENT", env = "PSSTREAM_CRASH_LIMIT", default_value = "50%", value_parser = CrashLimit::parse)]
    crash_limit: CrashLimit,

    /// What is done about rows that a full sync leaves out: nothing (recognise), or they are deleted at its trailer (reconcile)
    #[arg(long, value_enum, value_name = "MODE", env = "PSSTREAM_FULL_SYNC", default_value = "recognise")]
    full_sync: FullSyncMode,

    /// The share of a table's rows that one full sync may delete; beyond it none is
    #[arg(long, value_name = "PERCENT", env = "PSSTREAM_FULL_SYNC_MAX_DELETE", default_value = "20%", value_parser = MaxDelete::parse)]
    full_sync_max_delete: MaxDelete,

    /// Mapper for the transactions SELECTOR ([SOURCE_TOPIC/]RECORD_TYPE, * for any characters) matches, the most specific
    /// first; the stock mapper for all others. May be given several times
    #[arg(long, value_name = "[SELECTOR=]FILE.wasm", env = "PSSTREAM_TRANSFORM", value_parser = Assignment::parse, value_delimiter = ',')]
    transform: Vec<Assignment>,

    /// The configuration (TOML, YAML or JSON) of the mapper with the same SELECTOR. May be given several times
    #[arg(long, value_name = "[SELECTOR=]FILE", env = "PSSTREAM_TRANSFORM_CONFIG", value_parser = Assignment::parse, value_delimiter = ',')]
    transform_config: Vec<Assignment>,

    #[command(flatten)]
    modules: Modules,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FullSyncMode {
    Recognise,
    Reconcile,
}

impl Parse {
    pub fn execute(self, common: &Common) -> Result<(), Failure> {
        let settings = common.settings()?;
        let engine = self.modules.engine()?;
        let routes = Routes::load(&engine, &self.transform, &self.transform_config, self.short_names());
        let routes = routes.map_err(Failure::usage)?;
        let config = self.config()?;
        runtime()?.block_on(async {
            let service = common.start_service().await?;
            engine.tell(&service.metrics);
            let files = routes.mappers().into_iter().map(|mapper| mapper.watched());
            watch::watch("module-watch", files, service.reload.clone()).map_err(Failure::run)?;
            let parsing = tokio::task::spawn_blocking(move || parse::run(config, &settings, routes, &service));
            parsing.await.map_err(Failure::run)?.map_err(Failure::run)
        })
    }

    fn short_names(&self) -> HashMap<String, String> {
        words(&self.source_topic).into_iter().map(|name| (topic_name(&self.source_prefix, &name), name)).collect()
    }

    /// Where one topic takes all rows nobody can tell which of them a full sync is of.
    fn full_sync(&self) -> Result<FullSync, Failure> {
        match (self.full_sync, &self.target_topic) {
            (FullSyncMode::Recognise, _) => Ok(FullSync::Recognise),
            (FullSyncMode::Reconcile, None) => Ok(FullSync::Reconcile(self.full_sync_max_delete)),
            (FullSyncMode::Reconcile, Some(_)) => Err(Failure::Usage(
                "--full-sync reconcile needs a topic for each record type, so --target-topic cannot be given".into(),
            )),
        }
    }

    fn config(&self) -> Result<parse::Config, Failure> {
        let dead_letter_topic = topic_name(&self.target_prefix, &self.dead_letter_topic);
        let one = self.target_topic.as_deref();
        let sources: Vec<_> =
            words(&self.source_topic).iter().map(|name| topic_name(&self.source_prefix, name)).collect();
        let table = topic_name(&self.target_prefix, one.unwrap_or("X"));
        for name in sources.iter().chain([&dead_letter_topic, &table]) {
            if !is_topic_name(name) {
                return Err(Failure::Usage(format!("\"{name}\" is not a topic name Kafka takes")));
            }
        }
        Ok(parse::Config {
            source_topics: sources,
            member: Member { group: self.consumer_group.clone(), instance: self.instance.clone() },
            repeats_within: self.repeats_within.into(),
            tables: Tables { prefix: self.target_prefix.clone(), one: one.map(str::to_owned) },
            dead_letter_topic,
            crash_limit: self.crash_limit,
            full_sync: self.full_sync()?,
        })
    }
}
