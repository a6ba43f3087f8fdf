//! `ps-stream demo`, as typed.

use clap::Args;

use super::{Failure, runtime};
use crate::demo;
use crate::shutdown;

#[derive(Debug, Args)]
pub struct Demo {
    /// Port that collect listens on, on this machine only; 0 for any that is free
    #[arg(long, env = "PSSTREAM_PORT", default_value_t = 8000)]
    port: u16,

    /// End after the sample messages instead of waiting for yours
    #[arg(long)]
    once: bool,
}

impl Demo {
    pub fn execute(self) -> Result<(), Failure> {
        runtime()?.block_on(async {
            let (stop, shutdown) = shutdown::channel();
            shutdown::on_signal(stop.clone()).map_err(Failure::run)?;
            demo::run(self.port, self.once, stop, shutdown).await.map_err(|error| Failure::Run(format!("{error:#}")))
        })
    }
}
