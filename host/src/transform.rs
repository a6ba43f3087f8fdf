//! Running modules: the only room that knows wasmtime.
//!
//! A [`Module`] is a compiled file with a name and a hash. [`Splitters`] and [`Mapper`] keep warm instances of one, hand
//! them inputs, bound what they may use and name them when they fail. Nothing here knows of HTTP or Kafka.

pub mod config;
mod crash;
mod engine;
mod guest;
mod identity;
mod limits;
mod mapper;
mod module;
mod splitter;
pub mod stock;
mod warm;
mod window;

pub use crash::Crash;
pub use engine::Engine;
pub use identity::Identity;
pub use limits::Limits;
pub use mapper::{Mapper, Outcome};
pub use module::{Kind, LoadError, Module};
pub use splitter::{Found, SplitError, Splitters};
