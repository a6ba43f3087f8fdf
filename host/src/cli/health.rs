//! `ps-stream health`, as typed: for containers, which have nothing else to ask with.

use clap::Args;

use super::{Common, Failure};
use crate::admin::{self, Answer};

#[derive(Debug, Args)]
pub struct Health {
    /// Whether it can work now (/readyz) and not only whether it lives (/healthz)
    #[arg(long)]
    ready: bool,
}

impl Health {
    pub fn execute(self, common: &Common) -> Result<(), Failure> {
        let address = common.admin.ok_or_else(|| Failure::Usage("who is asked? give its --admin address".into()))?;
        let path = if self.ready { "/readyz" } else { "/healthz" };
        match admin::ask(address, path) {
            Ok(Answer::Yes(_)) => Ok(()),
            Ok(Answer::No(says)) => Err(Failure::Run(format!("{address} says: {says}"))),
            Err(error) => Err(Failure::Run(format!("{address} does not answer: {error}"))),
        }
    }
}
