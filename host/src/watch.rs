//! Files that are read again when they change.
//!
//! They are looked at, not read, until they look otherwise than before; then until they look the same twice, so that one
//! that is still being written is waited for. What was refused is not tried again until it changes again.

use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::Duration;

use crate::reload::Reload;

/// Time between two looks.
const EVERY: Duration = Duration::from_secs(1);
/// The same when a look was asked for.
const SOON: Duration = Duration::from_millis(100);

/// How files look from outside: whoever changes one changes this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look(Vec<Option<(i64, i64, u64, u64)>>);

/// Files, how they looked, and what is done when they look otherwise.
pub struct Watched {
    files: Vec<PathBuf>,
    /// When they were last read.
    read: Look,
    last: Look,
    read_again: Box<dyn FnMut() + Send>,
}

pub fn look(files: &[PathBuf]) -> Look {
    let looks = files.iter().map(|file| {
        let found = file.metadata().ok()?;
        Some((found.mtime(), found.mtime_nsec(), found.size(), found.ino()))
    });
    Look(looks.collect())
}

/// Watches all of them in a thread of that name, until the process ends.
pub fn watch(thread: &str, watched: impl IntoIterator<Item = Watched>, mut reload: Reload) -> std::io::Result<()> {
    let mut watched: Vec<_> = watched.into_iter().filter(|watched| !watched.files.is_empty()).collect();
    if watched.is_empty() {
        return Ok(());
    }
    std::thread::Builder::new().name(thread.into()).spawn(move || {
        loop {
            if reload.wait(EVERY) {
                watched.iter_mut().for_each(Watched::look);
                std::thread::sleep(SOON);
            }
            watched.iter_mut().for_each(Watched::look);
        }
    })?;
    Ok(())
}

impl Watched {
    /// `first`: how they looked before they were read for the first time.
    pub fn new(files: Vec<PathBuf>, first: Look, read_again: impl FnMut() + Send + 'static) -> Self {
        Watched { files, read: first.clone(), last: first, read_again: Box::new(read_again) }
    }

    fn look(&mut self) {
        let now = look(&self.files);
        let still = now == self.last;
        self.last = now;
        if still && self.last != self.read {
            self.read = self.last.clone();
            (self.read_again)();
        }
    }
}

impl std::fmt::Debug for Watched {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Watched").field("files", &self.files).finish_non_exhaustive()
    }
}
