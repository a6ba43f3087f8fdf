//! `ps-stream keys`: key rules held against messages, and guessed from them.
//!
//! What rows there are is told by a module that is in the binary ([`Survey`]): the host reads no XML. Knows nothing of
//! Kafka.

mod check;
mod messages;
mod rules;
mod suggest;
mod survey;

pub use check::{Finding, Weight, check};
pub use rules::KeyFile;
pub use suggest::{Guess, suggest};
pub use survey::Survey;
