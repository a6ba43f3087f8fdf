//! The latest warnings and errors, for who has no log at hand.

use std::collections::VecDeque;
use std::fmt::{self, Write};
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// So many are kept.
const MOST: usize = 50;
/// And so much of each text, in characters: a backtrace belongs in the log.
const LONGEST: usize = 600;

/// As the log is, the process has one.
static KEPT: Mutex<VecDeque<Value>> = Mutex::new(VecDeque::new());

/// Keeps what passes through it.
pub struct Keeper;

/// Objects of `timestamp`, `level`, `message` and what belongs to it, the newest last.
pub fn warnings() -> Vec<Value> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
}

impl<S: Subscriber> Layer<S> for Keeper {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = Fields(Map::new());
        fields.add("timestamp", super::now());
        fields.add("level", event.metadata().level().to_string());
        event.record(&mut fields);
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back(Value::Object(fields.0));
        if kept.len() > MOST {
            kept.pop_front();
        }
    }
}

struct Fields(Map<String, Value>);

impl Fields {
    fn add(&mut self, name: &str, text: String) {
        self.0.insert(name.to_owned(), text.into());
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, text: &str) {
        self.add(field.name(), text.chars().take(LONGEST).collect());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut text = Beginning { text: String::new(), room: LONGEST };
        // Ends with an error where there is no more room: what is there by then is what is wanted.
        let _ = write!(text, "{value:?}");
        self.add(field.name(), text.text);
    }
}

/// Takes no more than there is room for, so that nothing large is ever written out to be cut.
struct Beginning {
    text: String,
    room: usize,
}

impl Write for Beginning {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        for letter in more.chars() {
            self.room = self.room.checked_sub(1).ok_or(fmt::Error)?;
            self.text.push(letter);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[test]
    fn the_latest_are_kept_with_their_fields_and_cut() {
        tracing::subscriber::with_default(tracing_subscriber::registry().with(Keeper), || {
            (0..MOST).for_each(|number| tracing::warn!(number, "one of many"));
            tracing::error!(transaction_id = "T1", "not stored: {}", "é".repeat(10_000));
        });
        let kept = warnings();
        assert_eq!(kept.len(), MOST);
        let last = kept.last().map(Value::to_string).unwrap_or_default();
        assert!(last.contains(r#""level":"ERROR""#) && last.contains(r#""transaction_id":"T1""#), "{last}");
        assert_eq!(last.matches('é').count(), LONGEST - "not stored: ".len());
        assert_eq!(kept.first().and_then(|line| line.get("number")), Some(&Value::from("1")));
    }
}
