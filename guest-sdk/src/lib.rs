//! Write a module for ps-stream: a *splitter* or a *mapper*.
//!
//! PeopleSoft posts rowset messages. `ps-stream collect` has a **splitter** cut each into its transactions; `ps-stream parse`
//! has a **mapper** turn each transaction into changes: upserts and tombstones of primary keys, one topic a record type. Both
//! are WebAssembly modules. A module gets bytes and its configuration, gives its answer, and can do nothing else: it has a
//! logger and a counter ([`telemetry`]), but no files, network, clock or randomness.
//!
//! What is already done: reading XML ([`xml`]), cutting messages ([`TransactionSplitter`]), reading transactions as rows
//! ([`rowset`]), what audit actions mean ([`AuditAction`]), primary keys ([`KeyRules`]), rows to changes ([`Mapping`]). A
//! module of your own says only what is different. It is a crate with `crate-type = ["cdylib", "rlib"]`, a type that is a
//! [`Mapper`] or a [`Splitter`], and one line that exports it. Natively it builds too, so `cargo test` tests it like any crate.
//!
//! # A mapper in ten lines
//!
//! ```
//! use ps_stream_sdk::{Change, Description, KeyRules, Mapper, Mapping, NoConfig, Rejection, Transaction, rowset};
//!
//! struct Projects(KeyRules);
//!
//! impl Mapper for Projects {
//!     type Config = NoConfig;
//!     fn describe() -> Description {
//!         Description::new("projects", "1.0.0", "Projects, without those of the test unit")
//!     }
//!     fn new(_: NoConfig) -> Result<Self, String> {
//!         Ok(Self(KeyRules::new([("PROJECT", ["BUSINESS_UNIT", "PROJECT_ID"])])?))
//!     }
//!     fn map(&self, transaction: &Transaction) -> Result<Vec<Change>, Rejection> {
//!         let mut rowset = rowset::read(&transaction.document)?;
//!         rowset.rows.retain(|row| row.field("BUSINESS_UNIT") != Some("TEST"));
//!         if rowset.rows.is_empty() {
//!             return Ok(vec![]);
//!         }
//!         Mapping::new(&self.0).changes(&rowset)
//!     }
//! }
//!
//! ps_stream_sdk::export_mapper!(Projects);
//! ```
//!
//! # A splitter in ten lines
//!
//! ```
//! use ps_stream_sdk::{Description, Message, NoConfig, Progress, Rejection, Splitter, TransactionSplitter};
//!
//! struct Audited(TransactionSplitter);
//!
//! impl Splitter for Audited {
//!     type Config = NoConfig;
//!     fn describe() -> Description {
//!         Description::new("audited", "1.0.0", "Every transaction to the topic audit")
//!     }
//!     fn open(_: &NoConfig, _: Message) -> Self {
//!         Self(TransactionSplitter::default())
//!     }
//!     fn push(&mut self, chunk: &[u8]) -> Result<Progress, Rejection> {
//!         let mut progress = self.0.push(chunk)?;
//!         progress.transactions.iter_mut().for_each(|transaction| transaction.topic = Some("audit".into()));
//!         Ok(progress)
//!     }
//!     fn finish(&mut self) -> Result<Progress, Rejection> {
//!         self.0.finish()
//!     }
//! }
//!
//! ps_stream_sdk::export_splitter!(Audited);
//! ```
//!
//! # When the input is no good
//!
//! Answer with a [`Rejection`]: its sender gets it with a 4xx, or the transaction goes to the dead-letter topic with it. A
//! panic is something else, a fault of the module: the host drops the instance, names the module, logs the panic's text and
//! goes on with a fresh one.
#![warn(missing_docs)]

mod audit;
#[doc(hidden)]
pub mod bindings;
mod changes;
mod config;
mod description;
#[doc(hidden)]
pub mod export;
mod json;
mod keys;
mod mapper;
mod purpose;
mod rejection;
pub mod rowset;
mod split;
mod splitter;
pub mod telemetry;
pub mod xml;

pub use audit::{AuditAction, Effect};
pub use bindings::mapping::exports::ps_stream::transform::mapping::{
    Change, PrimaryKey, Row as UpsertRow, Transaction,
};
pub use bindings::module::ps_stream::transform::types::{Description, Rejection, RejectionKind};
pub use bindings::splitting::exports::ps_stream::transform::splitting::{
    Header, Message, Piece, Progress, Purpose, Span, Transaction as SplitTransaction,
};
pub use changes::{Mapping, Translations, value};
pub use config::NoConfig;
pub use keys::{KeyRule, KeyRules};
pub use mapper::Mapper;
pub use split::{MAX_RECORD_TYPES, TransactionSplitter};
pub use splitter::Splitter;
