//! `transform new` and `transform build`: a crate that builds by itself, and a module of it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::harness::process::{self, Ended};
use crate::harness::{unique, workspace};

/// A folder that is not there yet.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(unique("new"))
}

fn new(name: &str, kind: &str, folder: &Path) -> Ended {
    process::run(&["transform", "new", name, "--kind", kind, "--folder", folder.to_str().unwrap()])
}

/// In the crate's folder, with the suite's own target directory, where the standard library is compiled already.
fn run_in(folder: &Path, program: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).env("CARGO_TARGET_DIR", workspace().join("target"));
    let output = command.output().unwrap_or_else(|fault| panic!("{program}: {fault}"));
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{program} {arguments:?}: {said}");
    said
}

#[test]
fn a_new_splitter_passes_its_tests_builds_and_does_what_its_case_says() {
    let folder = folder();
    assert_eq!(new("vendors-apart", "splitter", &folder).code, Some(0));
    let tested = run_in(&folder, "cargo", &["test", "--quiet"]);
    assert!(tested.contains("2 passed"), "{tested}");
    let ps_stream = env!("CARGO_BIN_EXE_ps-stream");
    let built = run_in(&folder, ps_stream, &["transform", "build"]);
    assert!(built.contains("vendors_apart.wasm"), "{built}");
    let module = folder.join("vendors_apart.wasm");
    let told = process::run(&["transform", "inspect", "--json", module.to_str().unwrap()]).stdout;
    assert!(told.contains(r#""name":"vendors-apart""#) && told.contains(r#""kind":"splitter""#), "{told}");
    let cases = folder.join("cases");
    let tested = process::run(&["transform", "test", cases.to_str().unwrap(), "--transform", module.to_str().unwrap()]);
    assert_eq!(tested.code, Some(0), "{tested:?}");
}

#[test]
fn a_crate_is_made_where_nothing_is_and_under_a_name_that_is_one() {
    let folder = folder();
    let path = folder.to_str().unwrap();
    let made = process::run(&["transform", "new", "rows", "--kind", "mapper", "--folder", path, "--json"]);
    let told: serde_json::Value = serde_json::from_str(&made.stdout).unwrap();
    assert_eq!((made.code, told["folder"].as_str()), (Some(0), Some(path)));
    let files: Vec<&str> = told["files"].as_array().unwrap().iter().map(|file| file.as_str().unwrap()).collect();
    assert!(files.contains(&"src/lib.rs") && files.iter().all(|file| folder.join(file).is_file()), "{files:?}");
    let again = new("rows", "mapper", &folder);
    assert_eq!(again.code, Some(2));
    assert!(again.stderr_text().contains("exists already"), "{again:?}");
    for name in ["", "1st", "a b", "../rows", "rows;"] {
        assert_eq!(new(name, "mapper", &self::folder()).code, Some(2), "{name:?}");
    }
}

#[test]
fn the_sdk_that_comes_with_it_knows_nothing_of_this_workspace() {
    let folder = folder();
    new("rows", "mapper", &folder);
    let manifest = std::fs::read_to_string(folder.join("sdk/Cargo.toml")).unwrap();
    assert!(!manifest.contains("workspace") && manifest.contains("\nwit-bindgen"), "{manifest}");
    let ours = std::fs::read(workspace().join("guest-sdk/src/lib.rs")).unwrap();
    assert_eq!(std::fs::read(folder.join("sdk/src/lib.rs")).unwrap(), ours);
}

#[test]
fn a_folder_without_a_crate_is_named() {
    let folder = folder();
    std::fs::create_dir(&folder).unwrap();
    let ended = process::run(&["transform", "build", folder.to_str().unwrap()]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr_text().contains(folder.to_str().unwrap()), "{ended:?}");
}
