//! Compiled modules, kept on disk: starting with one that is there takes no compiling.
//!
//! A file is named for the module's content, what is added to it, the compiler with its settings and the processor, and
//! begins with a digest of its name and of what follows. wasmtime runs what it is given there without a look, so the
//! directory has to be safe from other users: it and its files are this user's, and nobody else may write to them. What does
//! not hold to that is not used.

use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::hash::{Hash, Hasher};
use std::io::{Error, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use wasmtime::component::Component;

use super::component;
use crate::fault;

const WRITABLE_BY_OTHERS: u32 = 0o022;
const DIGEST: usize = 32;

#[derive(Debug)]
pub(super) struct Cache {
    directory: PathBuf,
    /// This user, as the file system knows it.
    owner: u32,
}

#[derive(Debug, thiserror::Error)]
enum Unusable {
    #[error("it is not there or cannot be used")]
    Unreachable(#[from] Error),
    #[error("it belongs to another user")]
    Foreign,
    #[error("other users may write to it (mode {0:o}); take that from them with chmod go-w")]
    Writable(u32),
    #[error("it is no directory or no plain file")]
    WrongKind,
    #[error("it is cut off or damaged")]
    Damaged,
}

impl Cache {
    /// Makes the directory when it is missing. `None`, and a warning, when it cannot be trusted.
    pub fn open(directory: &Path) -> Option<Self> {
        let opened = Cache::try_open(directory);
        opened.inspect_err(|why| warn("directory of compiled modules", directory, why)).ok()
    }

    fn try_open(directory: &Path) -> Result<Self, Unusable> {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        let found = directory.symlink_metadata()?;
        let probe = Scratch::new(directory)?;
        let owner = probe.file.metadata()?.uid();
        if !found.is_dir() {
            return Err(Unusable::WrongKind);
        }
        trust(&found, owner)?;
        Ok(Cache { directory: directory.to_owned(), owner })
    }

    /// The compiled form of the module with this hash, if it is here and whole.
    pub fn load(&self, engine: &wasmtime::Engine, hash: &str) -> Option<Component> {
        let path = self.path(engine, hash);
        match self.try_load(engine, &path) {
            Err(Unusable::Unreachable(error)) if error.kind() == ErrorKind::NotFound => None,
            loaded => loaded.inspect_err(|why| warn("compiled module", &path, why)).ok(),
        }
    }

    #[expect(unsafe_code, reason = "wasmtime cannot check compiled code")]
    fn try_load(&self, engine: &wasmtime::Engine, path: &Path) -> Result<Component, Unusable> {
        let content = read(path, self.owner)?;
        let (digest, code) = content.split_at_checked(DIGEST).ok_or(Unusable::Damaged)?;
        if digest != digest_of(path, code) {
            return Err(Unusable::Damaged);
        }
        // SAFETY: the code must be what `Component::serialize` made and nobody changed since. `store` writes nothing else
        // under this name; the digest holds for this name and every byte; and the file just read, like its directory, is
        // this user's and writable by nobody else, so whoever could have forged it could as well have replaced this program.
        let component = unsafe { Component::deserialize(engine, code) };
        component.map_err(|_| Unusable::Damaged)
    }

    /// Keeps it for the next start. A failure costs only time then.
    pub fn store(&self, engine: &wasmtime::Engine, hash: &str, component: &Component) {
        let path = self.path(engine, hash);
        let code = component.serialize().map_err(|error| Error::other(format!("{error:#}")));
        let stored = code.and_then(|code| {
            let mut scratch = Scratch::new(&self.directory)?;
            scratch.file.write_all(&digest_of(&path, &code))?;
            scratch.file.write_all(&code)?;
            std::fs::rename(&scratch.path, &path)
        });
        if let Err(error) = stored {
            warn("compiled module", &path, &error.into());
        }
    }

    fn path(&self, engine: &wasmtime::Engine, hash: &str) -> PathBuf {
        let mut name = Name(Sha256::new_with_prefix(hash).chain_update(component::ADAPTER));
        engine.precompile_compatibility_hash().hash(&mut name);
        self.directory.join(format!("{}.compiled", hex(&name.0.finalize())))
    }
}

/// Reads what was opened and looked at, so that it cannot be exchanged in between.
fn read(path: &Path, owner: u32) -> Result<Vec<u8>, Unusable> {
    if path.symlink_metadata()?.is_symlink() {
        return Err(Unusable::WrongKind);
    }
    let mut file = File::open(path)?;
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(Unusable::WrongKind);
    }
    trust(&found, owner)?;
    let mut content = Vec::new();
    file.read_to_end(&mut content)?;
    Ok(content)
}

fn trust(found: &Metadata, owner: u32) -> Result<(), Unusable> {
    if found.uid() != owner {
        return Err(Unusable::Foreign);
    }
    match found.mode() & WRITABLE_BY_OTHERS {
        0 => Ok(()),
        _ => Err(Unusable::Writable(found.mode() & 0o7777)),
    }
}

fn digest_of(path: &Path, code: &[u8]) -> [u8; DIGEST] {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    Sha256::new_with_prefix(name).chain_update(code).finalize().into()
}

fn warn(what: &str, path: &Path, why: &Unusable) {
    tracing::warn!("{what} \"{}\" is not used: {}", path.display(), fault::chain(why));
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A new file of this user's alone, gone when dropped unless it has been renamed.
struct Scratch {
    path: PathBuf,
    file: File,
}

impl Scratch {
    fn new(directory: &Path) -> Result<Self, Error> {
        let path = directory.join(format!(".{}", uuid::Uuid::new_v4()));
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        Ok(Scratch { path, file })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Not there any more when all went well.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Everything that is hashed goes into the name: 64 bits would not tell forgeries apart.
struct Name(Sha256);

impl Hasher for Name {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}
