//! The messages that are being delivered now: one copy of each. Another waits to see what becomes of the first.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex};

use tokio::sync::watch;

use crate::kafka::identity::MessageIdentity;
use crate::kafka::lock;

type Held = Arc<Mutex<HashMap<MessageIdentity, watch::Receiver<()>>>>;

#[derive(Debug, Default)]
pub struct Underway(Held);

/// The right to deliver a message, until it is dropped.
#[derive(Debug)]
pub struct Turn {
    held: Held,
    message: MessageIdentity,
    /// Who waits learns of the end by this being dropped.
    _done: watch::Sender<()>,
}

impl Underway {
    /// Waits while another copy of the message is being delivered.
    pub async fn turn(&self, message: MessageIdentity) -> Turn {
        loop {
            match self.try_turn(message) {
                Ok(turn) => return turn,
                // An error says that it is over.
                Err(mut other) => _ = other.changed().await,
            }
        }
    }

    fn try_turn(&self, message: MessageIdentity) -> Result<Turn, watch::Receiver<()>> {
        match lock(&self.0).entry(message) {
            Entry::Occupied(other) => Err(other.get().clone()),
            Entry::Vacant(place) => {
                let (done, over) = watch::channel(());
                place.insert(over);
                Ok(Turn { held: self.0.clone(), message, _done: done })
            }
        }
    }
}

impl Turn {
    pub fn message(&self) -> MessageIdentity {
        self.message
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        lock(&self.held).remove(&self.message);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn the_second_copy_of_a_message_waits_for_the_first_and_other_messages_do_not() {
        let (underway, message) = (Underway::default(), |id| MessageIdentity::new(id, None, None));
        let first = underway.turn(message("a")).await;
        let _other = underway.turn(message("b")).await;
        let second = underway.turn(message("a"));
        tokio::pin!(second);
        assert!(tokio::time::timeout(Duration::from_millis(20), &mut second).await.is_err());
        drop(first);
        assert!(tokio::time::timeout(Duration::from_secs(5), second).await.is_ok());
        assert_eq!(lock(&underway.0).len(), 1, "it is forgotten when it is over");
    }
}
