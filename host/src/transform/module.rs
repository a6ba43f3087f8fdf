//! A module: a file of WebAssembly, compiled, identified and asked what it is.

use std::fmt;
use std::path::Path;
use std::time::Instant;

use sha2::{Digest, Sha256};
use wasmtime::component::{Component, types::ComponentItem};

use super::cache::hex;
use super::component::{self, NoComponent};
use super::engine::Engine;
use super::figures::Tallying;
use super::identity::Identity;
use super::kind::{Kind, PACKAGE, VERSION};
use super::load_error::LoadError;
use crate::heap;

/// A compiled file, of a known kind.
#[derive(Clone)]
pub struct Module {
    pub identity: Identity,
    pub kind: Kind,
    pub(super) tally: Tallying,
    pub(super) engine: Engine,
    pub(super) component: Component,
}

impl Module {
    /// Of whichever kind is in the file.
    pub fn open(engine: &Engine, path: &Path) -> Result<Self, LoadError> {
        Self::compile(engine, &path.display().to_string(), &read(path)?)
    }

    pub(super) fn compile(engine: &Engine, file: &str, bytes: &[u8]) -> Result<Self, LoadError> {
        let hash = hash(bytes);
        let component = compiled(engine, file, bytes, &hash)?;
        let kind = kind(engine, &component).ok_or_else(|| LoadError::NoWorld(file.into()))?;
        let identity = Identity { name: file.into(), hash: hash.into() };
        Ok(Module { identity, kind, tally: Tallying::default(), engine: engine.clone(), component })
    }

    pub fn insist_on(self, wanted: Kind) -> Result<Self, LoadError> {
        match self.kind == wanted {
            true => Ok(self),
            false => Err(LoadError::WrongKind { file: self.identity.name.to_string(), found: self.kind, wanted }),
        }
    }
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, LoadError> {
    let file = path.display().to_string();
    if path.is_dir() {
        return Err(LoadError::Directory(file));
    }
    std::fs::read(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => LoadError::Missing(file),
        _ => LoadError::Unreadable { file, source },
    })
}

pub(super) fn hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Compiles it, or takes what was compiled before.
fn compiled(engine: &Engine, file: &str, bytes: &[u8], hash: &str) -> Result<Component, LoadError> {
    let begun = Instant::now();
    let kept = engine.cache.as_ref().and_then(|cache| cache.load(&engine.inner, hash));
    let way = if kept.is_some() { "taken from the cache" } else { "compiled" };
    let component = match kept {
        Some(component) => component,
        None => {
            let component = Component::new(&engine.inner, made(engine, file, bytes)?)
                .map_err(|error| not_compiled(engine, file, &format!("{error:#}")))?;
            if let Some(cache) = &engine.cache {
                cache.store(&engine.inner, hash, &component);
            }
            heap::trim();
            component
        }
    };
    tracing::debug!("module file \"{file}\" {way} in {} µs", begun.elapsed().as_micros());
    Ok(component)
}

fn not_compiled(engine: &Engine, file: &str, why: &str) -> LoadError {
    let (file, why) = (file.into(), first_line(why));
    match why.contains("pooling allocator") {
        true => LoadError::TooLarge { file, why, memory: engine.limits.memory },
        false => LoadError::NotComponent { file, why },
    }
}

fn made(engine: &Engine, file: &str, bytes: &[u8]) -> Result<Vec<u8>, LoadError> {
    component::of(&engine.inner, bytes).map_err(|error| match error {
        NoComponent::NotWasm => LoadError::NotWasm(file.into()),
        NoComponent::Unsound(why) => LoadError::NotComponent { file: file.into(), why: first_line(&why) },
    })
}

fn kind(engine: &Engine, component: &Component) -> Option<Kind> {
    let world = component.component_type();
    let exports = |interface: &str| {
        let item = world.get_export(&engine.inner, &format!("{PACKAGE}{interface}{VERSION}"))?;
        matches!(item.ty, ComponentItem::ComponentInstance(_)).then_some(())
    };
    exports("module")?;
    Kind::known_by(|interface| exports(interface).is_some())
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

impl fmt::Debug for Module {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Module").field("identity", &self.identity).field("kind", &self.kind).finish_non_exhaustive()
    }
}
