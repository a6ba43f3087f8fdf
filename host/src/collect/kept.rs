//! What is read from files when `collect` starts, and again when they change. What is no good then leaves the old in use.

use std::error::Error;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::fault;
use crate::watch::{self, Look, Watched};

pub struct Kept<T>(Arc<Inner<T>>);

struct Inner<T> {
    /// For the log: `certificate`.
    what: &'static str,
    files: Vec<PathBuf>,
    /// How the files looked before they were read.
    first_look: Look,
    read: Box<dyn Fn() -> Result<T, String> + Send + Sync>,
    current: Mutex<Arc<T>>,
}

impl<T: Send + Sync + 'static> Kept<T> {
    pub fn read<E: Error>(
        what: &'static str,
        files: Vec<PathBuf>,
        read: impl Fn() -> Result<T, E> + Send + Sync + 'static,
    ) -> Result<Self, E> {
        let first_look = watch::look(&files);
        let current = Mutex::new(Arc::new(read()?));
        let read = Box::new(move || read().map_err(|error| fault::chain(&error)));
        Ok(Kept(Arc::new(Inner { what, files, first_look, read, current })))
    }

    /// What is in use now.
    pub fn get(&self) -> Arc<T> {
        self.0.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// To be watched: it is read again when its files change.
    pub fn watched(&self) -> Watched {
        let kept = self.clone();
        Watched::new(self.0.files.clone(), self.0.first_look.clone(), move || kept.read_again())
    }

    fn read_again(&self) {
        let Inner { what, read, current, .. } = &*self.0;
        match read() {
            Ok(new) => {
                *current.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
                tracing::info!("a new {what} is in use");
            }
            Err(why) => tracing::error!("the new {what} is refused, the old one stays in use: {why}"),
        }
    }
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Kept(self.0.clone())
    }
}

impl<T> std::fmt::Debug for Kept<T> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Kept").field("what", &self.0.what).field("files", &self.0.files).finish_non_exhaustive()
    }
}
