//! Why a module cannot be used.

use super::config::ConfigError;
use super::kind::{Kind, VERSION};
use super::size::Size;
use crate::fault::{Fault, Faulty};

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
