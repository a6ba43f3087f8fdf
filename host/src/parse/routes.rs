//! Which module a transaction goes to, and getting it there in batches.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use super::input::Input;
use super::selector::{Assignment, Selector};
use crate::contract::{Change, Message, Rejection, Transaction};
use crate::fault::{Fault, Faulty};
use crate::kafka::record::message_of;
use crate::transform::{self, Crash, Engine, Exchange, Identity, Kind, LoadError, Mapper, Slot, Source, Splitters};

/// A mapper and what it is for.
#[derive(Debug)]
struct Route {
    selector: Selector,
    mapper: Slot<Mapper>,
}

#[derive(Debug)]
pub struct Routes {
    /// The most specific first; the last takes everything.
    routes: Vec<Route>,
    /// Tells the record types of a transaction whose record does not.
    splitters: Slot<Splitters>,
    /// How source topics are named on the command line, by their full names.
    short_names: HashMap<String, String>,
}

#[derive(Debug, thiserror::Error)]
pub enum RouteError {
    #[error("two {0}s are given for the selector {1}; which one is meant?")]
    Twice(&'static str, Selector),
    #[error(transparent)]
    Load(#[from] LoadError),
}

impl Faulty for RouteError {
    fn fault(&self) -> Fault {
        Fault::Host
    }
}

/// What became of one input.
#[derive(Debug)]
pub enum Outcome {
    Changes(Vec<Change>, Identity),
    Rejected(Rejection, Identity),
    Crashed(Crash),
    /// No module has seen it.
    Unreadable(String),
    /// Of a full sync, with no rows.
    Mark,
}

impl Outcome {
    fn of(module: &Identity, outcome: transform::Outcome) -> Self {
        match outcome {
            Ok(Ok(changes)) => Outcome::Changes(changes, module.clone()),
            Ok(Err(rejection)) => Outcome::Rejected(rejection, module.clone()),
            Err(crash) => Outcome::Crashed(crash),
        }
    }
}

impl Routes {
    /// A selector with a configuration and no module of its own is the stock mapper's, configured so.
    pub fn load(
        engine: &Engine,
        modules: &[Assignment],
        configs: &[Assignment],
        short_names: HashMap<String, String>,
    ) -> Result<Self, RouteError> {
        each_once("--transform", modules)?;
        each_once("--transform-config", configs)?;
        let mut routes = Vec::new();
        for selector in selectors(modules, configs) {
            let source = Source::new(Kind::Mapper, file(modules, &selector), file(configs, &selector));
            let mapper = Slot::load(engine, source)?;
            warn_of_others(&selector, &mapper.get());
            routes.push(Route { selector, mapper });
        }
        routes.sort_by(|a, b| b.selector.specificity(&a.selector));
        let splitters = Slot::load(engine, Source::new(Kind::Splitter, None, None))?;
        Ok(Routes { routes, splitters, short_names })
    }

    /// One outcome an input, in their order. Each module gets its inputs of the batch in one call.
    pub fn map(&self, inputs: &mut [Input<'_>]) -> Vec<Outcome> {
        let mut outcomes: Vec<Option<Outcome>> = inputs.iter().map(|_| None).collect();
        for (route, places) in self.by_route(inputs) {
            let given = |&place: &usize| inputs.get_mut(place)?.transaction.as_mut().ok()?.take();
            let batch: Vec<Transaction> = places.iter().filter_map(given).collect();
            let (module, mapped) = route.mapper.map(&batch);
            for (place, outcome) in places.into_iter().zip(mapped) {
                if let Some(slot) = outcomes.get_mut(place) {
                    *slot = Some(Outcome::of(&module, outcome));
                }
            }
        }
        let unread = |input: &Input<'_>| match &input.transaction {
            Err(why) => Outcome::Unreadable(why.clone()),
            Ok(_) if input.mark.is_some() => Outcome::Mark,
            Ok(_) => Outcome::Unreadable("no module took it".into()),
        };
        outcomes.into_iter().zip(inputs).map(|(outcome, input)| outcome.unwrap_or_else(|| unread(input))).collect()
    }

    /// One line a route, for the log.
    pub fn describe(&self) -> impl Iterator<Item = String> {
        self.routes.iter().map(|route| format!("mapping {} with {}", route.selector, route.mapper.get().identity()))
    }

    /// To be watched.
    pub fn mappers(&self) -> Vec<Slot<Mapper>> {
        self.routes.iter().map(|route| route.mapper.clone()).collect()
    }

    /// What the modules have counted: module, counter, value.
    pub fn counters(&self) -> impl Iterator<Item = (String, String, u64)> {
        self.routes.iter().flat_map(|route| {
            let mapper = route.mapper.get();
            let name = mapper.identity().name.to_string();
            mapper.counters().into_iter().map(move |(counter, value)| (name.clone(), counter, value))
        })
    }

    fn by_route(&self, inputs: &[Input<'_>]) -> Vec<(&Route, Vec<usize>)> {
        let mut places: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (place, input) in inputs.iter().enumerate() {
            if let Ok(Some(transaction)) = &input.transaction {
                places.entry(self.choose(input, transaction)).or_default().push(place);
            }
        }
        places.into_iter().filter_map(|(n, places)| Some((self.routes.get(n)?, places))).collect()
    }

    /// The number of the most specific route that one of the transaction's record types matches.
    fn choose(&self, input: &Input<'_>, transaction: &Transaction) -> usize {
        let last = self.routes.len().saturating_sub(1);
        if last == 0 {
            return 0;
        }
        let found;
        let record_types: Vec<&str> = match input.source.record_types() {
            Some(record_types) => record_types.collect(),
            None => {
                found = self.record_types(transaction);
                found.iter().map(String::as_str).collect()
            }
        };
        let topic = self.short_names.get(&input.source.topic).unwrap_or(&input.source.topic);
        let matches = |route: &Route| record_types.iter().any(|t| route.selector.matches(topic, t));
        self.routes.iter().position(matches).unwrap_or(last)
    }

    /// As the stock splitter reads them. A document it refuses has none, and goes to the mapper that takes everything.
    fn record_types(&self, transaction: &Transaction) -> Vec<String> {
        let message = Message {
            transaction_id: transaction.transaction_id.clone(),
            name: None,
            from: None,
            to: None,
            headers: Vec::new(),
        };
        let document = message_of(&transaction.document);
        let found =
            self.splitters.open(&message).ok().and_then(|mut splitting| splitting.push(document.as_bytes()).ok());
        found.into_iter().flatten().flat_map(|found| found.record_types).collect()
    }
}

/// The file that is given for the selector.
fn file<'l>(list: &'l [Assignment], selector: &Selector) -> Option<&'l Path> {
    list.iter().find(|assignment| assignment.selector == *selector).map(|assignment| assignment.file.as_path())
}

fn warn_of_others(selector: &Selector, mapper: &Mapper) {
    if !selector.is_within(mapper.record_types()) {
        let wanted = mapper.record_types().join(", ");
        tracing::warn!("mapper {} is for {wanted} only, but is chosen for {selector}", mapper.identity());
    }
}

/// Every selector once, and the one that takes everything in any case.
fn selectors(modules: &[Assignment], configs: &[Assignment]) -> Vec<Selector> {
    let mut selectors = vec![Selector::any()];
    for assignment in modules.iter().chain(configs) {
        if !selectors.contains(&assignment.selector) {
            selectors.push(assignment.selector.clone());
        }
    }
    selectors
}

fn each_once(option: &'static str, list: &[Assignment]) -> Result<(), RouteError> {
    for (n, assignment) in list.iter().enumerate() {
        if list.iter().skip(n + 1).any(|other| other.selector == assignment.selector) {
            return Err(RouteError::Twice(option, assignment.selector.clone()));
        }
    }
    Ok(())
}
