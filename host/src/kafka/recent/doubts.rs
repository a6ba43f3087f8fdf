//! Messages of which Kafka's word was lost, so that nobody knows whether they are stored. When one comes again, its topic
//! is looked at first.

use std::collections::HashMap;
use std::time::Instant;

use crate::kafka::identity::MessageIdentity;
use crate::kafka::memory::Memory;

/// Messages that are kept in mind. Each was answered 503, so that it comes again.
const MOST: usize = 20_000;

#[derive(Debug)]
pub struct Doubts {
    messages: Memory<MessageIdentity>,
    /// The topics that were not looked at since.
    topics: HashMap<String, Doubt>,
}

#[derive(Debug, Clone, Copy)]
struct Doubt {
    /// When the first of the messages came, in milliseconds since 1970.
    since: i64,
    last: Instant,
}

impl Doubts {
    pub fn new() -> Self {
        Doubts { messages: Memory::new(MOST), topics: HashMap::new() }
    }

    pub fn add<'t>(&mut self, message: MessageIdentity, topics: impl Iterator<Item = &'t String>, since: i64) {
        self.messages.add(message, 0);
        let last = Instant::now();
        for topic in topics {
            let doubt = self.topics.entry(topic.clone()).or_insert(Doubt { since, last });
            *doubt = Doubt { since: since.min(doubt.since), last };
        }
    }

    /// From when on the topic is to be looked at, before it can be said that it does not hold the message.
    pub fn of(&self, message: MessageIdentity, topic: &str) -> Option<i64> {
        self.messages.highest(message).and_then(|_| self.topics.get(topic)).map(|doubt| doubt.since)
    }

    /// The topic has been looked at, beginning at that moment.
    pub fn settled(&mut self, topic: &str, began: Instant) {
        if self.topics.get(topic).is_some_and(|doubt| doubt.last < began) {
            self.topics.remove(topic);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(n: u32) -> MessageIdentity {
        MessageIdentity::new(&n.to_string(), None, None)
    }

    #[test]
    fn a_topic_is_looked_at_once_for_all_that_were_doubtful_before() {
        let (mut doubts, topic) = (Doubts::new(), "t".to_owned());
        doubts.add(message(1), [&topic].into_iter(), 70);
        doubts.add(message(2), [&topic].into_iter(), 50);
        assert_eq!(doubts.of(message(1), "t"), Some(50));
        assert_eq!((doubts.of(message(1), "other"), doubts.of(message(3), "t")), (None, None));
        let began = Instant::now();
        doubts.settled("t", began);
        assert_eq!((doubts.of(message(1), "t"), doubts.of(message(2), "t")), (None, None));
    }

    #[test]
    fn a_doubt_that_came_while_its_topic_was_looked_at_stays() {
        let (mut doubts, topic) = (Doubts::new(), "t".to_owned());
        let began = Instant::now();
        doubts.add(message(1), [&topic].into_iter(), 70);
        doubts.settled("t", began);
        assert_eq!(doubts.of(message(1), "t"), Some(70));
    }
}
