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
//! # What a message is
//!
//! The root is named as the message is. Somewhere in it is a `MsgData` with any number of `Transaction`s; each is a row with
//! its fields and, within it, its child rows, followed by a `PSCAMA` that says what happened to the rows before it. What an
//! author meets:
//!
//! - **Several rows at the top.** A transaction may have more than one level-0 row, of different record types, under one
//!   `PSCAMA`. [`Rowset::rows`](rowset::Rowset::rows) is a list for that reason.
//! - **A child row has its own action.** A deleted child in a changed parent deletes the child, and not the parent: look at
//!   [`Row::control`](rowset::Row::control) of each row.
//! - **A changed message is not the whole tree.** It has the rows that changed and those around them. So child rows that
//!   stay in their parent's value replace all that were there; give their record type a key rule where that matters.
//! - **Two rows for a changed key.** `K` is the row under its old key, to be deleted, and `N` the row under its new one.
//!   [`AuditAction::effect`] says what each action means.
//! - **Control fields are read in a `PSCAMA` only.** Business records have fields named `LANGUAGE_CD` as well.
//! - **A translation has the key of its base row.** Under the same key it overwrites it: see [`Translations`].
//! - **Empty is not absent.** `<DESCR/>` is a field that was blanked; one that is not there was not sent.
//! - **Values are text.** Keys keep their leading zeros. A date-time ends in an offset without a colon (`-0600`), so that
//!   parsers of RFC 3339 refuse it. White space in a value is part of it.
//! - **A full sync has a header and a trailer**, whose rows are no data: [`Purpose`].
//! - **The same transaction comes again**, after a crash of the module among others, in another batch: answer it the same way,
//!   whatever was asked before.
//!
//! # When the input is no good
//!
//! Answer with a [`Rejection`]: its sender gets it with a 4xx, or the transaction goes to the dead-letter topic with it. A
//! panic is something else, a fault of the module: the host drops the instance, names the module, logs the panic's text and
//! goes on with a fresh one.
//!
//! # Trying it
//!
//! Natively a module is a library like any other: call [`Mapper::map`] or [`Splitter::push`] in a test, with a debugger or
//! `dbg!` where they help. What [`telemetry::log`] is given goes to standard error then.
//!
//! ```
//! # use ps_stream_sdk::{Change, Description, KeyRules, Mapper, Mapping, NoConfig, Rejection, Transaction, rowset};
//! # struct Projects(KeyRules);
//! # impl Mapper for Projects {
//! #     type Config = NoConfig;
//! #     fn describe() -> Description { Description::new("projects", "1.0.0", "Projects") }
//! #     fn new(_: NoConfig) -> Result<Self, String> {
//! #         Ok(Self(KeyRules::new([("PROJECT", ["BUSINESS_UNIT", "PROJECT_ID"])])?))
//! #     }
//! #     fn map(&self, transaction: &Transaction) -> Result<Vec<Change>, Rejection> {
//! #         Mapping::new(&self.0).changes(&rowset::read(&transaction.document)?)
//! #     }
//! # }
//! let projects = Projects::new(NoConfig {})?;
//! let document = "<Transaction><PROJECT><PROJECT_ID>P1</PROJECT_ID></PROJECT></Transaction>";
//! let transaction = Transaction {
//!     document: document.into(),
//!     transaction_id: "T1".into(),
//!     transaction_index: 1,
//!     message_name: None,
//!     from: None,
//!     to: None,
//!     orig_time_stamp: None,
//! };
//! let rejection = projects.map(&transaction).unwrap_err();
//! assert_eq!(rejection.reason, "record type \"PROJECT\" lacks its key field \"BUSINESS_UNIT\"");
//! # Ok::<(), String>(())
//! ```
//!
//! How fast it is natively, and how much of its time is WebAssembly's, [`native`] measures.
//!
//! In the sandbox, `ps-stream transform run`, `test` and `bench` do with a module what production does. `transform new` begins
//! a crate with all of that, and `docs/transforms.md` is the way from there to production.
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
#[cfg(not(target_arch = "wasm32"))]
pub mod native;
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
