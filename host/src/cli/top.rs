//! `ps-stream top`, as typed.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use clap::Args;

use super::Failure;
use crate::top::{self, Rounds};

#[derive(Debug, Args)]
pub struct Top {
    /// The --admin address of a running collect or parse; may be several
    #[arg(value_name = "HOST:PORT", required = true)]
    addresses: Vec<SocketAddr>,

    /// Time between two looks
    #[arg(long, value_name = "TIME", default_value = "2s")]
    every: humantime::Duration,

    /// End after the first
    #[arg(long)]
    once: bool,
}

impl Top {
    pub fn execute(self) -> Result<(), Failure> {
        let rounds = if self.once { Rounds::Once } else { Rounds::UntilStopped };
        match top::run(&self.addresses, self.every.into(), rounds, &mut io::stdout().lock()) {
            // Who looked has seen enough.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            done => done.map_err(Failure::run),
        }
    }
}
