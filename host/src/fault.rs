//! Who must act: the one question that decides every failure.
//!
//! Each error type says whose fault it is; `collect` turns the answer into a status, `parse` into a decision. Nowhere else
//! is a status, a log level or a retry decided.

use std::error::Error;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// What was sent is no good; sending it again will not help.
    Sender,
    /// The module crashed or broke the contract.
    Module,
    /// Kafka is away or slow; trying again will help.
    Broker,
    /// Nobody: too much at a time, or a connection that stalled. Trying again will help.
    Moment,
    /// This program or its configuration.
    Host,
}

pub trait Faulty: Error {
    fn fault(&self) -> Fault;
}

/// An error and everything it came from, in one line. `Display` of our errors never prints its source, so who logs does.
pub fn chain(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        // Others' errors do print their source.
        if !line.contains(&text) {
            line.push_str(": ");
            line.push_str(&text);
        }
        source = cause.source();
    }
    line
}
