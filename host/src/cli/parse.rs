//! `ps-stream parse`, as typed.

use std::collections::HashMap;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::check::Check;
use super::modules::Modules;
use super::topics::Use;
use super::traces::TraceOptions;
use super::{Common, Failure, diff, runtime, words};
use crate::kafka::{Comparison, Member, StartAt, is_topic_name, topic_name};
use crate::parse::{self, Assignment, CrashLimit, FullSync, MaxDelete, Rebuild, Rebuilt, Routes, Selector, Tables};
use crate::telemetry;
use crate::traces;
use crate::transform::Engine;
use crate::watch;

/// Who its traces are of.
const SERVICE: &str = "ps-stream-parse";

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

    /// Tables that may be written to; a transaction with a row for one more is set aside
    #[arg(long, value_name = "COUNT", env = "PSSTREAM_MAX_TABLES", default_value_t = 2000)]
    max_tables: usize,

    /// What is done about rows that a full sync leaves out: nothing (recognise), or they are deleted at its trailer (reconcile)
    #[arg(long, value_enum, value_name = "MODE", env = "PSSTREAM_FULL_SYNC", default_value = "recognise")]
    full_sync: FullSyncMode,

    /// The share of a table's rows that one full sync may delete; beyond it none is
    #[arg(long, value_name = "PERCENT", env = "PSSTREAM_FULL_SYNC_MAX_DELETE", default_value = "20%", value_parser = MaxDelete::parse)]
    full_sync_max_delete: MaxDelete,

    /// Make the table of this record type anew: read the stored transactions again, up to the last there is now, into the topic
    /// --to, and end. Started again, it goes on where it was
    #[arg(long, value_name = "RECORD_TYPE", requires = "to", conflicts_with = "target_topic")]
    rebuild: Option<String>,

    /// The full name of the topic to rebuild into; it must be new
    #[arg(long, value_name = "TOPIC", requires = "rebuild")]
    to: Option<String>,

    /// The first transaction to rebuild from: an offset, or a time such as 2026-11-23T08:00:00Z; the earliest when not given
    #[arg(long, value_name = "OFFSET|TIME", requires = "rebuild", value_parser = start_at)]
    from: Option<StartAt>,

    /// Compare the rebuilt table with the live one at the end
    #[arg(long, value_enum, value_name = "FORMAT", requires = "rebuild", num_args = 0..=1, default_missing_value = "text")]
    diff: Option<DiffFormat>,

    /// Mapper for the transactions SELECTOR ([SOURCE_TOPIC/]RECORD_TYPE, * for any characters) matches, the most specific
    /// first; the stock mapper for all others. May be given several times
    #[arg(long, value_name = "[SELECTOR=]FILE.wasm", env = "PSSTREAM_TRANSFORM", value_parser = Assignment::parse, value_delimiter = ',')]
    transform: Vec<Assignment>,

    /// The configuration (TOML, YAML or JSON) of the mapper with the same SELECTOR. May be given several times
    #[arg(long, value_name = "[SELECTOR=]FILE", env = "PSSTREAM_TRANSFORM_CONFIG", value_parser = Assignment::parse, value_delimiter = ',')]
    transform_config: Vec<Assignment>,

    /// Key rules for the stock mapper, in place of those that are built in: a TOML, YAML or JSON file (ps-stream keys helps)
    #[arg(long, value_name = "FILE", env = "PSSTREAM_KEYS")]
    keys: Option<PathBuf>,

    #[command(flatten)]
    modules: Modules,

    #[command(flatten)]
    traces: TraceOptions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DiffFormat {
    Text,
    Json,
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
        let routes = self.routes(&engine)?;
        let (config, traces) = (self.config()?, self.traces()?);
        runtime()?.block_on(async {
            let service = common.start_service(traces).await?;
            let traces = service.traces.clone();
            engine.tell(&service.metrics);
            let files = routes.mappers().into_iter().map(|mapper| mapper.watched());
            watch::watch("module-watch", files, service.reload.clone()).map_err(Failure::run)?;
            let rebuild = self.rebuild();
            let parsing = tokio::task::spawn_blocking(move || match rebuild {
                None => parse::run(config, &settings, routes, &service).map(|()| None),
                Some(rebuild) => parse::rebuild(config, &rebuild, &settings, routes, &service).map(Some),
            });
            let parsed = parsing.await;
            traces.finish().await;
            match parsed.map_err(Failure::run)?.map_err(Failure::run)? {
                Some(Rebuilt::Wholly(Some(comparison))) => self.tell(&comparison).map_err(Failure::run),
                _ => Ok(()),
            }
        })
    }

    /// What is read again was traced when it came.
    fn traces(&self) -> Result<Option<traces::Config>, Failure> {
        match self.rebuild {
            Some(_) => Ok(None),
            None => self.traces.config(SERVICE),
        }
    }

    fn rebuild(&self) -> Option<Rebuild> {
        let (record_type, topic) = (self.rebuild.as_ref()?, self.to.clone()?);
        let compare_with = self.diff.map(|_| self.live_table(record_type));
        Some(Rebuild { topic, start: self.from.unwrap_or(StartAt::Earliest), compare_with })
    }

    fn live_table(&self, record_type: &str) -> String {
        topic_name(&self.target_prefix, self.target_topic.as_deref().unwrap_or(record_type))
    }

    fn tell(&self, comparison: &Comparison) -> std::io::Result<()> {
        let record_type = self.rebuild.as_deref().unwrap_or_default();
        let (old, new) = (self.live_table(record_type), self.to.as_deref().unwrap_or_default());
        let mut out = std::io::stdout().lock();
        match self.diff {
            Some(DiffFormat::Json) => diff::json(&mut out, &old, new, comparison),
            _ => diff::text(&mut out, &old, new, comparison),
        }
    }

    /// What can be tried before it is started.
    pub fn checks(&self, common: &Common) -> Vec<Check> {
        let routes = self.modules.engine().and_then(|engine| self.routes(&engine));
        let settings = Check::of("Kafka's properties", common.settings().map(|_| String::new()));
        let names = Check::of("topics' names", self.config().map(|_| String::new()));
        let mappers = match routes {
            Ok(routes) => routes.describe().map(|line| Check::of("modules", Ok(line))).collect::<Vec<_>>(),
            Err(failure) => vec![Check::of("modules", Err(failure))],
        };
        [settings, names].into_iter().chain(mappers).chain(self.traces.check(SERVICE)).collect()
    }

    pub fn topics(&self) -> Vec<Use> {
        let Ok(config) = self.config() else { return Vec::new() };
        let tables = match &self.target_topic {
            Some(one) => Use::Table(topic_name(&self.target_prefix, one)),
            None => Use::Tables(self.target_prefix.clone()),
        };
        let sources = config.source_topics.into_iter().map(Use::Transactions);
        sources.chain(config.dead_letter_topic.map(Use::DeadLetters)).chain([tables]).collect()
    }

    fn routes(&self, engine: &Engine) -> Result<Routes, Failure> {
        let routes = Routes::load(engine, &self.transform, &self.configs()?, self.short_names());
        routes.map_err(Failure::usage)
    }

    /// Key rules are the configuration of the stock mapper where it takes everything.
    fn configs(&self) -> Result<Vec<Assignment>, Failure> {
        let Some(file) = self.keys.clone() else { return Ok(self.transform_config.clone()) };
        let keys = Assignment { selector: Selector::any(), file };
        let is_any = |other: &Assignment| other.selector == keys.selector;
        if self.transform_config.iter().any(is_any) {
            let both =
                "--keys and --transform-config are both for the stock mapper; put the rules into the configuration";
            return Err(Failure::Usage(both.into()));
        }
        if self.transform.iter().any(is_any) {
            let other = "--keys is for the stock mapper, and --transform puts another in its place; that one takes --transform-config";
            return Err(Failure::Usage(other.into()));
        }
        Ok(self.transform_config.iter().cloned().chain([keys]).collect())
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
        let sources: Vec<_> =
            words(&self.source_topic).iter().map(|name| topic_name(&self.source_prefix, name)).collect();
        let (table, to) = (self.live_table("X"), self.to.clone());
        for name in sources.iter().chain([&dead_letter_topic, &table]).chain(&to) {
            if !is_topic_name(name) {
                return Err(Failure::Usage(format!("\"{name}\" is not a topic name Kafka takes")));
            }
        }
        if let (Some(record_type), Some(topic)) = (&self.rebuild, &to) {
            return self.rebuilding(record_type, topic, sources, &dead_letter_topic);
        }
        Ok(parse::Config {
            source_topics: sources,
            member: Member { group: self.consumer_group.clone(), instance: self.instance.clone() },
            repeats_within: self.repeats_within.into(),
            tables: match &self.target_topic {
                Some(_) => Tables::One { topic: table },
                None => Tables::Each { prefix: self.target_prefix.clone() },
            },
            dead_letter_topic: Some(dead_letter_topic),
            replays_of: self.consumer_group.clone(),
            max_tables: self.max_tables,
            crash_limit: self.crash_limit,
            full_sync: self.full_sync()?,
        })
    }

    /// The same, for one table, in a consumer group of its own.
    fn rebuilding(
        &self,
        record_type: &str,
        topic: &str,
        sources: Vec<String>,
        dead_letter_topic: &String,
    ) -> Result<parse::Config, Failure> {
        let live = self.live_table(record_type);
        if topic == live || topic == dead_letter_topic || sources.iter().any(|source| source == topic) {
            return Err(Failure::Usage(format!("--to \"{topic}\" is in use; name a new topic, beside \"{live}\"")));
        }
        Ok(parse::Config {
            source_topics: sources,
            member: Member {
                group: format!("{}-rebuild-{topic}", self.consumer_group),
                instance: Some("rebuild".into()), // one that is started again need not wait until a killed one is given up
            },
            repeats_within: self.repeats_within.into(),
            tables: Tables::Only { record_type: record_type.to_owned(), topic: topic.to_owned() },
            dead_letter_topic: None,
            replays_of: self.consumer_group.clone(),
            max_tables: self.max_tables,
            crash_limit: self.crash_limit,
            full_sync: self.full_sync()?,
        })
    }
}

fn start_at(text: &str) -> Result<StartAt, String> {
    if let Some(offset) = text.parse().ok().filter(|offset| *offset >= 0) {
        return Ok(StartAt::Offset(offset));
    }
    let wrong = || "it is neither an offset nor a time such as 2026-11-23T08:00:00Z".to_owned();
    telemetry::milliseconds(text).map(StartAt::Time).ok_or_else(wrong)
}
