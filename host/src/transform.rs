//! Running modules: the only room that knows wasmtime.
//!
//! A module is a compiled file with a name and a hash. [`Splitters`] and [`Mapper`] keep warm instances of one, hand them
//! inputs, bound what they may use and name them when they fail; in a [`Slot`] one may take the place of another while it
//! is in use. A module reaches nothing but its log and its
//! counters ([`wasi`] tells so to those that ask for more). Nothing here knows of HTTP or Kafka.

mod cache;
mod component;
mod config;
mod counters;
mod crash;
mod engine;
mod figures;
mod guest;
mod identity;
mod inspection;
mod kind;
mod latest;
mod limits;
mod live;
mod load_error;
mod mapper;
mod module;
mod places;
mod rejection;
mod size;
mod slot;
mod source;
mod splitter;
mod stock;
mod warm;
mod wasi;
mod window;
mod world;

pub use config::Config;
pub use crash::Crash;
pub use engine::Engine;
pub use figures::Used;
pub use identity::Identity;
pub use inspection::{Access, Form, Inspection};
pub use kind::Kind;
pub use limits::Limits;
pub use load_error::LoadError;
pub use mapper::{Mapper, Outcome};
pub use module::Module;
pub use size::{NoSize, Size};
pub use slot::{Exchange, Slot};
pub use source::Source;
pub use splitter::{Found, SplitError, Splitters, Splitting};
