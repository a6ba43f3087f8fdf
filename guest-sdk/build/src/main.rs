//! `ps-stream-guest-build [DIRECTORY]…`: builds the guests there and prints the paths of their modules; without a directory
//! it says which compiler it would use. `make setup` asks it whether one is missing.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "its output is what it is for")]

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ps_stream_guest_build::{BuildError, Toolchain, build_all, target_dir};

fn main() -> ExitCode {
    let dirs: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    match run(&dirs) {
        Ok(lines) => lines.iter().for_each(|line| println!("{line}")),
        Err(error) => {
            let cause = error.source().map(|cause| format!(": {cause}"));
            eprintln!("{error}{}", cause.unwrap_or_default());
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn run(dirs: &[PathBuf]) -> Result<Vec<String>, BuildError> {
    if dirs.is_empty() {
        return Ok(vec![Toolchain::find()?.to_string()]);
    }
    let dirs: Vec<&Path> = dirs.iter().map(PathBuf::as_path).collect();
    let modules = build_all(&dirs, &target_dir(Path::new("")))?;
    Ok(modules.iter().map(|module| module.display().to_string()).collect())
}
