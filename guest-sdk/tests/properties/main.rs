//! What must hold for every document, however it is written and however it is cut: only the public interface is used.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod documents;
mod hostile;
mod keys;
mod mutations;
mod plain;
mod quick_xml;
mod splitting;
mod strict;
