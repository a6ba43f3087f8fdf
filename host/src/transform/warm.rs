//! Warm instances of one module: made once, configured once, used for many inputs, replaced when spent or crashed.

use std::sync::{Arc, Mutex, PoisonError};

use super::config::Config;
use super::crash::Crash;
use super::figures::Tally;
use super::guest::line;
use super::identity::Identity;
use super::limits::Limits;
use super::live::Live;
use super::load_error::LoadError;
use super::module::Module;
use super::places::Place;
use super::world::World;
use crate::contract::Description;

/// Longest name of a module, and longest version, in bytes.
const LONGEST_NAME: usize = 100;

/// A module, ready to be used, and its idle instances.
pub(super) struct Warm<W: World> {
    module: Arc<Module>,
    pre: W::Pre,
    config: String,
    /// The record types the module says it is for; none for any.
    pub record_types: Vec<String>,
    idle: Mutex<Vec<Live<W>>>,
}

impl<W: World> Warm<W> {
    /// Asks the module what it is, checks the configuration against the schema it gives and has a first instance take it.
    pub fn new(mut module: Module, config: &Config) -> Result<Self, LoadError> {
        let file = module.identity.name.to_string();
        let pre = prepare::<W>(&module)?;
        let (description, _) = ask::<W>(&pre, &module)?;
        let place = place(&module)?;
        module.identity.name = format!("{} {}", description.name, description.version).into();
        config.check(&description)?;
        let warm = Warm {
            module: Arc::new(module),
            pre,
            config: config.value.to_string(),
            record_types: description.record_types.clone(),
            idle: Mutex::default(),
        };
        let first = warm.configured(place).map_err(|error| match error {
            NotReady::Crashed(crash) => LoadError::Start { file, why: crash.cause },
            NotReady::Refused(why) => config.refused(&description, &line(&why)),
        })?;
        warm.give(first);
        Ok(warm)
    }

    pub fn identity(&self) -> &Identity {
        &self.module.identity
    }

    /// It is in use from now on, and counted.
    pub fn take_up(&self) {
        self.module.tally.get_or_init(|| {
            let tally = self.module.engine.figures.tally(self.identity());
            tally.instances.inc_by(self.idle.lock().unwrap_or_else(PoisonError::into_inner).len() as u64);
            tally
        });
    }

    /// Counts, once it is in use.
    pub fn count(&self, count: impl FnOnce(&Tally)) {
        if let Some(tally) = self.module.tally.get() {
            count(tally);
        }
    }

    /// The configuration it has taken.
    pub fn config(&self) -> &str {
        &self.config
    }

    pub fn limits(&self) -> &Limits {
        &self.module.engine.limits
    }

    /// An idle instance or a new one. Waits while there is no place for one, so its thread must not hold another.
    pub fn take(&self) -> Result<Live<W>, Crash> {
        if let Some(live) = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop() {
            return Ok(live);
        }
        self.configured(self.module.engine.places.take()).map_err(|error| match error {
            NotReady::Crashed(crash) => crash,
            NotReady::Refused(why) => {
                Crash::breach(self.identity(), format!("it refused a configuration it had taken before: {why}"))
            }
        })
    }

    /// Takes an instance back; a spent one is dropped, and its memory with it.
    pub fn give(&self, live: Live<W>) {
        if live.is_spent() {
            return;
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < self.limits().idle {
            idle.push(live);
        }
    }

    fn configured(&self, place: Place) -> Result<Live<W>, NotReady> {
        let mut live = Live::<W>::start(&self.pre, &self.module, place).map_err(NotReady::Crashed)?;
        live.call(|world, store| world.configure(store, &self.config))
            .map_err(NotReady::Crashed)?
            .map_err(NotReady::Refused)?;
        live.begin_counting();
        self.count(|tally| _ = tally.instances.inc());
        Ok(live)
    }
}

enum NotReady {
    Crashed(Crash),
    Refused(String),
}

/// What a module says of itself, and the memory it had taken by then, in bytes.
pub(super) fn describe<W: World>(module: &Module) -> Result<(Description, usize), LoadError> {
    ask::<W>(&prepare::<W>(module)?, module)
}

fn prepare<W: World>(module: &Module) -> Result<W::Pre, LoadError> {
    W::prepare(module).map_err(|error| not_linked(&module.identity.name, &error))
}

fn place(module: &Module) -> Result<Place, LoadError> {
    let instances = module.engine.limits.instances;
    let file = module.identity.name.to_string();
    module.engine.places.try_take().ok_or(LoadError::NoPlace { file, instances })
}

fn ask<W: World>(pre: &W::Pre, module: &Module) -> Result<(Description, usize), LoadError> {
    let broken = |why: String| LoadError::Start { file: module.identity.name.to_string(), why };
    let mut live = Live::<W>::start(pre, &Arc::new(module.clone()), place(module)?).map_err(|c| broken(c.cause))?;
    let description = live.call(W::describe).map_err(|crash| broken(crash.cause))?;
    match misnamed(&description) {
        Some(why) => Err(broken(why.into())),
        None => Ok((description, live.memory())),
    }
}

/// Name and version go into every record that comes of it, and into the log.
fn misnamed(description: &Description) -> Option<&'static str> {
    let words = [&description.name, &description.version];
    if description.name.is_empty() {
        return Some("it describes itself without a name");
    }
    if words.iter().any(|word| word.len() > LONGEST_NAME) {
        return Some("it describes itself with a name or version of more than 100 bytes");
    }
    let odd = words.iter().any(|word| word.chars().any(char::is_control));
    odd.then_some("it describes itself with a name or version of more than one line")
}

fn not_linked(file: &str, error: &wasmtime::Error) -> LoadError {
    let text = format!("{error:#}");
    match text.split('`').nth(1) {
        Some(import) if text.contains("import") || text.contains("implementation") => {
            LoadError::Import { file: file.into(), import: import.into() }
        }
        _ => LoadError::NotComponent { file: file.into(), why: text },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(name: &str, version: &str) -> Option<&'static str> {
        misnamed(&Description {
            name: name.into(),
            version: version.into(),
            summary: String::new(),
            record_types: Vec::new(),
            config_schema: String::new(),
        })
    }

    #[test]
    fn a_module_has_a_name_that_fits_a_line_of_the_log_and_a_header() {
        assert_eq!(described("vendors", "1.0.0"), None);
        assert_eq!(described("Fakturen-Übersetzer", ""), None);
        for (name, version) in
            [("", "1"), ("a\nb", "1"), ("a", "\u{1b}[31m"), (&"x".repeat(101), "1"), ("a", &"1".repeat(101))]
        {
            assert!(described(name, version).is_some(), "{name:?} {version:?}");
        }
    }
}
