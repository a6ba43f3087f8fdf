//! Running modules: the only room that knows wasmtime.
//!
//! A [`Module`] is a compiled file with a name and a hash. [`Splitters`] and [`Mapper`] keep warm instances of one, hand
//! them inputs, bound what they may use and name them when they fail. A module reaches nothing but its log and its
//! counters ([`wasi`] tells so to those that ask for more). Nothing here knows of HTTP or Kafka.

mod cache;
pub mod config;
mod counters;
mod crash;
mod engine;
mod figures;
mod guest;
mod identity;
mod limits;
mod live;
mod mapper;
mod module;
mod places;
mod size;
mod splitter;
pub mod stock;
mod warm;
mod wasi;
mod window;
mod world;

pub use crash::Crash;
pub use engine::Engine;
pub use identity::Identity;
pub use limits::Limits;
pub use mapper::{Mapper, Outcome};
pub use module::{Kind, LoadError, Module};
pub use size::{NoSize, Size};
pub use splitter::{Found, SplitError, Splitters};
