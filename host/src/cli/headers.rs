//! The HTTP headers of a message that comes from a file, as typed.

use clap::Args;

use crate::workbench::{Header, Headers};

#[derive(Debug, Args)]
pub struct TypedHeaders {
    /// An HTTP header that the message was posted with, such as "MessageName: PROJECT_SYNC"; may be given several times
    ///
    /// What collect knows of a message before its body: MessageName or ExternalOperationName, From, To, TransactionID,
    /// OrigTimeStamp, and how the body is packed, Content-Type and Content-Encoding. A splitter is shown all of them.
    #[arg(long = "header", value_name = "NAME: VALUE")]
    headers: Vec<Header>,
}

impl TypedHeaders {
    pub fn read(&self) -> Headers {
        self.headers.iter().cloned().collect()
    }
}
