//! A module in use, which may be exchanged for another while it is.
//!
//! The successor is compiled, asked, configured and tried aside; whoever works takes [`Slot::get`] once for a batch or a
//! message and stays with it, so nothing is ever half of one and half of the other.

use std::sync::{Arc, Mutex, PoisonError};

use super::config::Config;
use super::crash::Crash;
use super::engine::Engine;
use super::identity::Identity;
use super::latest::Latest;
use super::load_error::LoadError;
use super::module::Module;
use super::source::Source;
use crate::fault;
use crate::metrics::labels;
use crate::watch::{self, Look, Watched};

/// What can be in a slot.
pub trait Exchange: Clone + Send + Sync + 'static {
    type Input: Clone + Send;
    /// Inputs, and bytes of them, that a successor is tried on.
    const LATEST: (usize, usize);
    fn start(module: Module, config: &Config) -> Result<Self, LoadError>;
    fn identity(&self) -> &Identity;
    /// The configuration it has taken.
    fn config(&self) -> &str;
    /// It is in use from now on, and counted.
    fn take_up(&self);
    fn try_on(&self, inputs: &[Self::Input]) -> Result<(), Crash>;
}

#[derive(Debug, Clone)]
pub struct Slot<T: Exchange> {
    engine: Engine,
    pub(super) source: Source,
    /// How the files looked before they were read.
    first_look: Look,
    current: Arc<Mutex<T>>,
    pub(super) latest: Arc<Latest<T::Input>>,
}

/// Why a successor is not taken.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error("tried on the latest inputs, it failed where the one in use did not: {}", .0.cause)]
    Crashed(#[from] Crash),
}

impl<T: Exchange> Slot<T> {
    pub fn load(engine: &Engine, source: Source) -> Result<Self, LoadError> {
        let first_look = watch::look(&source.files());
        let (module, config) = source.compile(engine, &source.read()?)?;
        let first = T::start(module, &config)?;
        first.take_up();
        let (most, most_bytes) = T::LATEST;
        let (current, latest) = (Arc::new(Mutex::new(first)), Arc::new(Latest::new(most, most_bytes)));
        Ok(Slot { engine: engine.clone(), source, first_look, current, latest })
    }

    /// What is in use now.
    pub fn get(&self) -> T {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// To be watched: what is in the slot is exchanged when its files change.
    pub fn watched(&self) -> Watched {
        let slot = self.clone();
        Watched::new(self.source.files(), self.first_look.clone(), move || slot.exchange())
    }

    /// Takes what is in the files now, if it is another module or configuration and any good, and says so in one line.
    fn exchange(&self) {
        let old = self.get();
        let (hash, successor) = match self.source.read() {
            Ok(content) => (content.hash.clone(), self.source.compile(&self.engine, &content)),
            Err(why) => ("no hash".into(), Err(why)),
        };
        let tried = successor.map_err(Refused::from).and_then(|(module, config)| self.tried(&old, module, &config));
        let outcome = match tried {
            Ok(None) => "unchanged",
            Ok(Some(new)) => {
                self.put_in(&old, new);
                "swapped"
            }
            Err(why) => {
                let (files, hash) = (self.source.names(), hash.get(..12).unwrap_or(&hash));
                tracing::error!("{files} ({hash}) is refused, {} stays: {}", old.identity(), fault::chain(&why));
                "refused"
            }
        };
        self.engine.figures.swaps.get_or_create(&labels([("outcome", outcome)])).inc();
    }

    fn put_in(&self, old: &T, new: T) {
        let (files, identity) = (self.source.names(), new.identity().clone());
        new.take_up();
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = new;
        // Said when it is so: whoever reads it may count on the new one.
        tracing::info!("{identity} takes the place of {}, from {files}", old.identity());
    }

    /// `None` where it is what is in use already.
    fn tried(&self, old: &T, module: Module, config: &Config) -> Result<Option<T>, Refused> {
        let new = T::start(module, config)?;
        if new.identity() == old.identity() && new.config() == old.config() {
            return Ok(None);
        }
        new.try_on(&self.latest.all())?;
        Ok(Some(new))
    }
}
