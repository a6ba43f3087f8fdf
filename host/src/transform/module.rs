//! A module: a file of WebAssembly, compiled, identified and asked what it is.

use std::fmt;
use std::path::Path;
use std::time::Instant;

use sha2::{Digest, Sha256};
use wasmtime::component::{Component, types::ComponentItem};

use super::cache::hex;
use super::component::{self, NoComponent};
use super::config::ConfigError;
use super::engine::Engine;
use super::figures::Tallying;
use super::identity::Identity;
use super::size::Size;
use crate::fault::{Fault, Faulty};
use crate::heap;

pub(super) const PACKAGE: &str = "ps-stream:transform/";
pub(super) const VERSION: &str = "@0.1.0";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Splitter,
    Mapper,
}

/// A compiled file, of a known kind.
#[derive(Clone)]
pub struct Module {
    pub identity: Identity,
    pub kind: Kind,
    pub(super) tally: Tallying,
    pub(super) engine: Engine,
    pub(super) component: Component,
}

#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("module file \"{0}\" does not exist")]
    Missing(String),
    #[error("module file \"{0}\" is a directory; name the .wasm file in it")]
    Directory(String),
    #[error("module file \"{file}\" cannot be read")]
    Unreadable { file: String, source: std::io::Error },
    #[error("module file \"{0}\" is not WebAssembly")]
    NotWasm(String),
    #[error("module file \"{file}\" cannot be made a component ({why}); build it with the guest SDK of this version")]
    NotComponent { file: String, why: String },
    #[error(
        "module file \"{file}\" needs more than it may have: {why}. the limit of its memory is {memory} (--module-memory)"
    )]
    TooLarge { file: String, why: String, memory: Size },
    #[error("module file \"{0}\" is neither a splitter nor a mapper of contract ps-stream:transform{VERSION}")]
    NoWorld(String),
    #[error("module file \"{file}\" is a {found}, but a {wanted} is needed here")]
    WrongKind { file: String, found: Kind, wanted: Kind },
    #[error("module file \"{file}\" imports {import}, which no module is given")]
    Import { file: String, import: String },
    #[error(
        "there is no place for module file \"{file}\": {instances} instances of modules are in use, which is all there may be"
    )]
    NoPlace { file: String, instances: u32 },
    #[error("module file \"{file}\" does not start: {why}")]
    Start { file: String, why: String },
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("{origin} is refused by module \"{module}\": {why}")]
    Configuration { origin: String, module: String, why: String },
}

impl Faulty for LoadError {
    fn fault(&self) -> Fault {
        Fault::Host
    }
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
    exports("splitting").map(|()| Kind::Splitter).or_else(|| exports("mapping").map(|()| Kind::Mapper))
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Kind::Splitter => "splitter",
            Kind::Mapper => "mapper",
        })
    }
}

impl fmt::Debug for Module {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Module").field("identity", &self.identity).field("kind", &self.kind).finish_non_exhaustive()
    }
}
