//! Full syncs: between a header and a trailer PeopleSoft sends a copy of all rows of some record types. Rows that were
//! deleted at the source show only by not being in it.
//!
//! `collect` puts both marks into every partition of their topic, so that each partition can be dealt with by itself: at the
//! trailer, a row that came through this partition before the header, and not since, was not in the copy. What is open in a
//! partition is noted beside the group's offset there, in the same Kafka transaction, so it is as true as that is. Pure.

mod guard;
mod mark;
mod open;
mod partitions;

pub use guard::MaxDelete;
pub use mark::Mark;
pub use open::{OpenSync, OpenSyncs};
pub use partitions::Partitions;

/// What is done about rows that a full sync leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FullSync {
    /// Nothing.
    Recognise,
    /// They are deleted at the trailer, unless they are more than this.
    Reconcile(MaxDelete),
}
