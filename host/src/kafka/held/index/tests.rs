#![allow(clippy::unwrap_used)]
use super::*;
use crate::kafka::held::segment::{self, Segment};

const NOW: i64 = 1_000_000;

/// A topic of one partition, as it grows.
struct Topic {
    index: Index,
    offset: i64,
}

impl Topic {
    fn new() -> Self {
        Topic { index: Index::new(), offset: 0 }
    }

    fn see(&mut self, id: &str, count: u32, says: Says) {
        let entry = Entry { message: segment::message(id, count), count, says };
        self.index.see(&entry, Seen { partition: 0, offset: self.offset, time: NOW, name: id });
        self.offset += 1;
    }

    /// A whole segment of so many transactions.
    fn store(&mut self, id: &str, count: u32, segment: u32, transactions: u32) {
        for index in 1..=transactions {
            self.see(id, count, Says::Transaction { segment, index });
        }
        self.see(id, count, Says::End { segment, transactions });
    }

    fn state(&self, id: &str, count: u32, number: u32) -> State {
        self.index.state(Part::new(id, Segment { number, count }))
    }

    fn is_complete(&self, id: &str, count: u32, number: u32) -> bool {
        matches!(self.state(id, count, number), State::Complete { .. })
    }
}

#[test]
fn a_message_is_complete_when_the_end_of_its_last_segment_is_seen_in_whatever_order_they_come() {
    for order in [[1, 2, 3], [3, 1, 2], [2, 3, 1]] {
        let mut topic = Topic::new();
        for (place, segment) in order.into_iter().enumerate() {
            assert_eq!(topic.state("a", 3, segment), State::Unseen);
            topic.see("a", 3, Says::Transaction { segment, index: 1 });
            assert_eq!(topic.state("a", 3, segment), State::Unseen, "its end is not there");
            topic.see("a", 3, Says::End { segment, transactions: 1 });
            assert_eq!(topic.is_complete("a", 3, segment), place == 2);
        }
        assert_eq!(topic.index.plan(segment::message("a", 3)).unwrap().sizes, [1, 1, 1]);
    }
}

#[test]
fn two_copies_of_a_segment_are_one_and_the_first_that_ends_counts() {
    let mut topic = Topic::new();
    for says in [
        Says::Transaction { segment: 1, index: 1 },
        Says::Transaction { segment: 1, index: 1 },
        Says::End { segment: 1, transactions: 1 },
        Says::End { segment: 1, transactions: 1 },
    ] {
        topic.see("a", 2, says);
    }
    assert_eq!(topic.state("a", 2, 1), State::Incomplete);
    topic.store("a", 2, 2, 0);
    let plan = topic.index.plan(segment::message("a", 2)).unwrap();
    assert_eq!((plan.sizes, plan.runs[0].start, plan.runs[0].end), (vec![1, 0], 0, 4));
}

#[test]
fn what_comes_after_a_message_was_released_opens_nothing() {
    let mut topic = Topic::new();
    topic.store("a", 2, 1, 1);
    topic.store("a", 2, 2, 1);
    topic.see("a", 2, Says::Released);
    topic.store("a", 2, 1, 1);
    assert_eq!(topic.state("a", 2, 1), State::Released);
    assert_eq!((topic.index.count(i64::MAX, 0), topic.index.segments), ((0, 0), 0));
    assert_eq!(topic.index.due(i64::MAX), []);
}

#[test]
fn the_same_id_in_another_count_of_segments_is_another_message() {
    let mut topic = Topic::new();
    topic.store("a", 2, 1, 1);
    topic.store("a", 3, 2, 1);
    assert_eq!(topic.index.count(NOW, 0).0, 2);
    assert_eq!(topic.state("a", 2, 2), State::Unseen);
}

#[test]
fn a_complete_message_is_left_to_its_own_collector_for_a_while_and_to_who_has_taken_it_over() {
    let mut topic = Topic::new();
    let message = segment::message("a", 2);
    topic.store("a", 2, 1, 10);
    topic.store("a", 2, 2, 10);
    let patience = PATIENCE + 20 / PACE;
    assert_eq!(topic.index.due(NOW + patience - 1), []);
    assert_eq!(topic.index.due(NOW + patience), [(message, "a".to_owned())]);
    topic.index.overtaken(message, NOW + patience);
    assert_eq!(topic.index.due(NOW + 2 * patience - 1), []);
}

#[test]
fn a_message_that_could_not_be_released_rests_unless_one_of_its_segments_comes_again() {
    let mut topic = Topic::new();
    topic.store("a", 2, 1, 1);
    topic.store("a", 2, 2, 1);
    topic.index.rest(segment::message("a", 2), NOW, 5);
    assert_eq!(topic.state("a", 2, 1), State::Complete { open_to_all: NOW });
    assert_eq!((topic.index.due(NOW + 4).len(), topic.index.due(NOW + 5).len()), (0, 1));
}

#[test]
fn an_incomplete_message_is_reported_when_its_time_is_over_and_once_an_hour() {
    let mut topic = Topic::new();
    topic.store("a", 4, 2, 1);
    topic.see("a", 4, Says::Transaction { segment: 3, index: 1 });
    assert_eq!(topic.index.report(NOW + 100, 100), []);
    let report = topic.index.report(NOW + 101, 100);
    let overdue = Overdue { transaction_id: "a".into(), count: 4, missing: "1, 3-4".into(), since: NOW };
    assert_eq!(report, [overdue]);
    assert_eq!(topic.index.report(NOW + 100 + REPORT_AGAIN, 100), []);
    assert_eq!(topic.index.report(NOW + 101 + REPORT_AGAIN, 100).len(), 1);
    assert_eq!((topic.index.count(NOW + 100, 100), topic.index.count(NOW + 101, 100)), ((1, 0), (1, 1)));
}

#[test]
fn a_message_that_its_topic_has_lost_a_part_of_is_given_up() {
    let mut topic = Topic::new();
    topic.store("a", 2, 1, 1);
    topic.store("b", 2, 1, 1);
    topic.store("a", 2, 2, 1);
    assert_eq!((topic.index.lose(0, 0), topic.index.lose(1, 9)), (vec![], vec![]));
    assert_eq!(topic.index.lose(0, 1), ["a"]);
    assert_eq!((topic.index.count(NOW, 0).0, topic.index.segments), (1, 1));
}

/// Copies of segments of two messages, each whole and in its order, in among each other at random.
#[test]
fn however_segments_and_copies_of_them_interleave_a_message_is_complete_from_the_last_first_end_on() {
    let mut seed = 1u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    for _ in 0..300 {
        let (mut topic, mut ended) = (Topic::new(), BTreeMap::<&str, std::collections::BTreeSet<u32>>::new());
        let copies = ["a", "b"].into_iter().flat_map(|id| [1, 2, 3, 1, 3].map(|segment| (id, segment, 1)));
        let mut underway: Vec<(&str, u32, u32)> = copies.collect();
        while !underway.is_empty() {
            let place = random(underway.len());
            let (id, segment, index) = underway[place];
            if index <= segment {
                topic.see(id, 3, Says::Transaction { segment, index });
                underway[place].2 += 1;
            } else {
                topic.see(id, 3, Says::End { segment, transactions: segment });
                underway.swap_remove(place);
                ended.entry(id).or_default().insert(segment);
            }
            for (id, ended) in &ended {
                let plan = topic.index.plan(segment::message(id, 3));
                assert_eq!(plan.is_some(), ended.len() == 3);
                assert!(plan.is_none_or(|plan| plan.sizes == [1, 2, 3]));
            }
        }
    }
}

#[test]
fn past_the_bound_only_messages_that_are_known_are_taken() {
    let mut topic = Topic::new();
    (0..MOST_MESSAGES).for_each(|number| topic.store(&number.to_string(), 2, 1, 0));
    assert_eq!(topic.index.admit(segment::message("new", 2)), Err(MOST_MESSAGES));
    assert_eq!(topic.index.admit(segment::message("7", 2)), Ok(()));
    topic.see("7", 2, Says::Released);
    assert_eq!(topic.index.admit(segment::message("new", 2)), Ok(()));
}
