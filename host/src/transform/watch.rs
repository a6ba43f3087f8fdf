//! Modules are exchanged when their files change.
//!
//! Files are looked at, not read, until they look otherwise than before; then until they look the same twice, so that one
//! that is still being written is waited for. What was refused is not tried again until it changes again.

use std::time::Duration;

use super::slot::{Exchange, Slot};
use super::source::Look;
use crate::reload::Reload;

/// Time between two looks.
const EVERY: Duration = Duration::from_secs(1);
/// The same when a look was asked for.
const SOON: Duration = Duration::from_millis(100);

/// A slot and how its files looked.
struct Watched<T: Exchange> {
    slot: Slot<T>,
    /// When they were last read.
    read: Look,
    last: Look,
}

/// Watches the files of these slots in a thread of its own, until the process ends.
pub fn watch<T: Exchange>(slots: impl IntoIterator<Item = Slot<T>>, reload: Reload) -> std::io::Result<()> {
    let slots = slots.into_iter().filter(|slot| slot.source.has_files());
    let mut watched: Vec<_> = slots.map(Watched::new).collect();
    if watched.is_empty() {
        return Ok(());
    }
    std::thread::Builder::new().name("module-watch".into()).spawn(move || {
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

impl<T: Exchange> Watched<T> {
    fn new(slot: Slot<T>) -> Self {
        let first = slot.first_look.clone();
        Watched { slot, read: first.clone(), last: first }
    }

    fn look(&mut self) {
        let now = self.slot.source.look();
        let still = now == self.last;
        self.last = now;
        if still && self.last != self.read {
            self.read = self.last.clone();
            self.slot.exchange();
        }
    }
}
