//! `ps-stream-guest-build [--lines] [DIRECTORY]…`: builds the guests there and prints the paths of their modules, with
//! `--lines` such that backtraces name lines; without a directory it says which compiler it would use. `make setup` asks it
//! whether one is missing.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "its output is what it is for")]

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ps_stream_guest_build::{BuildError, Toolchain, build_all, build_all_with_lines, target_dir};

fn main() -> ExitCode {
    let arguments: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    match run(&arguments) {
        Ok(lines) => lines.iter().for_each(|line| println!("{line}")),
        Err(error) => {
            let cause = error.source().map(|cause| format!(": {cause}"));
            eprintln!("{error}{}", cause.unwrap_or_default());
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn run(arguments: &[PathBuf]) -> Result<Vec<String>, BuildError> {
    let (options, dirs): (Vec<&Path>, Vec<&Path>) =
        arguments.iter().map(PathBuf::as_path).partition(|argument| *argument == Path::new("--lines"));
    if dirs.is_empty() {
        return Ok(vec![Toolchain::find()?.to_string()]);
    }
    let target_dir = target_dir(Path::new(""));
    let modules = match options.is_empty() {
        true => build_all(&dirs, &target_dir)?,
        false => build_all_with_lines(&dirs, &target_dir)?,
    };
    Ok(modules.iter().map(|module| module.display().to_string()).collect())
}
