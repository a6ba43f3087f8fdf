//! The proof: the real binary, real modules, a real Kafka.
//!
//! One test binary, so that all tests share one broker; every test uses topics and consumer groups of its own and runs
//! beside the others. What comes out is read with a raw consumer, never through ps-stream's own code. `messages/` holds
//! documents named for what they show.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::cast_possible_truncation
)]

#[allow(dead_code, reason = "three test binaries share it, each uses a part")]
mod harness;

mod admin;
mod collect;
mod collect_shapes;
mod command_line;
mod configuration;
mod dead_letters;
mod demo;
mod full_sync;
mod go_bindings;
mod hang_up;
mod hostile;
mod kafka_away;
mod keys;
mod limits;
mod limits_elsewhere;
mod many_messages;
mod memory;
mod module_cache;
mod module_figures;
mod module_limits;
mod modules;
mod operating;
mod order;
mod other_languages;
mod parse;
mod parse_dead_letters;
mod parse_rules;
mod parse_shapes;
mod parse_topics;
mod python_sender;
mod rebuild;
mod reference;
mod repeats;
mod rooms;
mod sandbox;
mod secure_kafka;
mod segments;
mod senders;
mod stopping;
mod swap;
mod tls;
mod traces;
mod transform_bench;
mod transform_capture;
mod transform_check;
mod transform_new;
mod transform_run;
mod transform_test;
mod tutorial;
mod unruly;
mod whole_messages;
mod wrapped;
