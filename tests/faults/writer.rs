//! A sender as PeopleSoft's ordered queues are: message after message, the next one only when this one is taken.
//!
//! It has its bad habits: it cuts messages off, hangs up, sends the same one twice at once, again at once and again much
//! later. Aside from its order it posts messages that are malformed, never whole, or that it never asks after.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::content::{Author, Content};
use super::history::{Attempt, Message, Outcome};
use super::post::{self, Manner};
use super::rng::Rng;
use super::services::Addresses;
use crate::harness::PATIENCE;

/// Most messages of a writer in a round.
const MOST: u64 = 20_000;
/// So many messages ago may one be that is sent again.
const AGES_AGO: u64 = 20;

pub struct Writer<'a> {
    pub seed: u64,
    pub writer: usize,
    pub collectors: Addresses,
    pub started: Instant,
    /// When it is set all runs again, and the message under way is the last.
    pub stop: &'a AtomicBool,
}

impl Writer<'_> {
    pub fn write(&self) -> Vec<Message> {
        let (mut ordered, mut aside) = (Vec::new(), Vec::new());
        for number in 1..=MOST {
            if self.stop.load(Ordering::Relaxed) {
                break;
            }
            let mut rng = self.rng(number);
            let content = self.content(number, None, &mut rng);
            ordered.push(self.ordered(&content, &mut rng));
            if rng.percent(5) {
                self.again(&mut ordered, number.saturating_sub(rng.between(1, AGES_AGO)).max(1), &mut rng);
            }
            if rng.percent(10) {
                aside.push(self.aside(number, &mut rng));
            }
            std::thread::sleep(Duration::from_millis(rng.between(5, 60)));
        }
        ordered.append(&mut aside);
        ordered
    }

    pub fn rng(&self, number: u64) -> Rng {
        Rng::of(&[self.seed, self.writer as u64 + 1, number])
    }

    fn content(&self, number: u64, aside: Option<&str>, rng: &mut Rng) -> Content {
        Content::of(&Author { writer: self.writer, number, aside }, rng)
    }

    /// Posts it in one of its ways, until it is taken.
    pub fn ordered(&self, content: &Content, rng: &mut Rng) -> Message {
        let mut message = message(content, true);
        match rng.below(100) {
            0..8 => self.post(&mut message, content, Manner::CutOff(rng.below(content.body.len())), rng),
            8..14 => self.post(&mut message, content, Manner::HangUp, rng),
            14..22 => self.post_twice_at_once(&mut message, content, rng),
            _ => {}
        }
        self.post_until_taken(&mut message, content, rng);
        if rng.percent(8) {
            self.post(&mut message, content, Manner::Whole, rng);
        }
        message
    }

    /// A message that was taken long ago.
    fn again(&self, ordered: &mut [Message], number: u64, rng: &mut Rng) {
        let content = self.content(number, None, &mut self.rng(number));
        self.post(&mut ordered[number as usize - 1], &content, Manner::Whole, rng);
    }

    fn aside(&self, number: u64, rng: &mut Rng) -> Message {
        let (name, well_formed) = *rng.pick(&[("malformed", false), ("cut", true), ("gone", true)]);
        let mut content = self.content(number, Some(name), rng);
        if !well_formed {
            content.body.pop();
        }
        let mut message = message(&content, well_formed);
        for _ in 0..rng.between(1, 2) {
            let manner = match name {
                "cut" => Manner::CutOff(rng.below(content.body.len())),
                "gone" => Manner::HangUp,
                _ => Manner::Whole,
            };
            self.post(&mut message, &content, manner, rng);
        }
        message
    }

    fn post_until_taken(&self, message: &mut Message, content: &Content, rng: &mut Rng) {
        let mut patience: Option<Instant> = None;
        // A refusal is a violation: the judge will say so, and trying on would not end.
        while !message.attempts.iter().any(|one| matches!(one.outcome, Outcome::Stored | Outcome::Refused(_))) {
            self.post(message, content, Manner::Whole, rng);
            if self.stop.load(Ordering::Relaxed) {
                let since = *patience.get_or_insert_with(Instant::now);
                assert!(since.elapsed() < PATIENCE, "all runs again, and nobody takes message {}", message.id);
            }
        }
    }

    fn post(&self, message: &mut Message, content: &Content, manner: Manner, rng: &mut Rng) {
        let attempt = self.attempt(content, manner, &self.collectors.any(rng));
        if attempt.as_ref().is_none_or(|attempt| attempt.outcome == Outcome::Unknown) {
            std::thread::sleep(Duration::from_millis(rng.between(50, 300)));
        }
        message.attempts.extend(attempt);
    }

    fn post_twice_at_once(&self, message: &mut Message, content: &Content, rng: &mut Rng) {
        let [one, other] = [self.collectors.any(rng), self.collectors.any(rng)];
        std::thread::scope(|scope| {
            let beside = scope.spawn(|| self.attempt(content, Manner::Whole, &one));
            message.attempts.extend(self.attempt(content, Manner::Whole, &other));
            message.attempts.extend(beside.join().unwrap());
        });
    }

    fn attempt(&self, content: &Content, manner: Manner, address: &str) -> Option<Attempt> {
        let began = self.started.elapsed();
        let outcome = post::attempt(address, content, manner)?;
        Some(Attempt { began, ended: self.started.elapsed(), outcome })
    }
}

fn message(content: &Content, well_formed: bool) -> Message {
    let Content { id, transactions, .. } = content;
    Message { id: id.clone(), well_formed, transactions: transactions.clone(), attempts: Vec::new() }
}
