//! `ps-stream transform`, as typed.

mod bench;
mod build;
mod capture;
mod check;
mod inspect;
mod new;
mod run;
mod subject;
mod test;

use std::io::{self, ErrorKind};

use clap::{Args, Subcommand};

use super::{Common, Failure};
use crate::transform::LoadError;
use crate::workbench::WorkbenchError;
use subject::Subject;

#[derive(Debug, Args)]
pub struct Transform {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    New(new::New),
    Build(build::Build),
    Run(run::Run),
    Check(check::Check),
    Inspect(inspect::Inspect),
    Test(test::Test),
    Bench(bench::Bench),
    Capture(capture::Capture),
}

impl Transform {
    pub fn execute(self, common: &Common) -> Result<(), Failure> {
        match self.action {
            Action::New(new) => new.execute(),
            Action::Build(build) => build.execute(),
            Action::Run(run) => run.execute(),
            Action::Check(check) => check.execute(),
            Action::Inspect(inspect) => inspect.execute(),
            Action::Test(test) => test.execute(),
            Action::Bench(bench) => bench.execute(),
            Action::Capture(capture) => capture.execute(common),
        }
    }
}

/// Who listened has heard enough, as `head` does.
fn unless_closed(done: Result<(), WorkbenchError>) -> Result<(), Failure> {
    match done {
        Err(WorkbenchError::Output(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => done.map_err(Failure::run),
    }
}

fn printed(done: io::Result<()>) -> Result<(), Failure> {
    unless_closed(done.map_err(WorkbenchError::Output))
}

/// A file that is not there was typed wrongly; one that is no good was not.
fn not_loaded(error: LoadError) -> Failure {
    match error {
        LoadError::Missing(_) | LoadError::Directory(_) | LoadError::Unreadable { .. } => Failure::usage(error),
        _ => Failure::run(error),
    }
}
