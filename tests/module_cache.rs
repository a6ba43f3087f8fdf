//! Compiled modules on disk: a faster start, and never a file that somebody else could have written.

use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

use crate::harness::pipeline::Collect;
use crate::harness::{kafka, unique};

const COMPILED: &str = " compiled in ";
const TAKEN: &str = " taken from the cache in ";

fn place() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(unique("cache"))
}

/// Starts with the directory as its cache, and insists on its working; what it said.
fn start(directory: &Path) -> String {
    let options = ["--module-cache", directory.to_str().unwrap()];
    let collect = Collect::start_on(kafka::shared(), &["--verbose"], &unique("t"), &options);
    collect.take("a", "PROJECT_SYNC", "no_field_types.xml");
    collect.process.terminate().stderr_text()
}

fn files(directory: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect()
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

fn allow(path: &Path, mode: u32) {
    std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
}

#[test]
fn a_second_start_takes_the_module_from_the_cache_which_is_its_owners_alone() {
    let directory = place();
    assert!(start(&directory).contains(COMPILED));
    assert!(start(&directory).contains(TAKEN));
    let files = files(&directory);
    assert_eq!((files.len(), mode(&directory), mode(&files[0])), (1, 0o700, 0o600), "{files:?}");
}

#[test]
fn a_damaged_file_is_named_and_replaced() {
    let directory = place();
    start(&directory);
    let file = files(&directory).remove(0);
    let whole = std::fs::read(&file).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    for damaged in [&whole[..whole.len() - 1], &whole[..20], &[], &flipped] {
        std::fs::write(&file, damaged).unwrap();
        let said = start(&directory);
        assert!(said.contains(COMPILED) && said.contains(file.to_str().unwrap()), "{said}");
        assert_eq!(std::fs::read(&file).unwrap().len(), whole.len());
        assert!(start(&directory).contains(TAKEN));
    }
}

#[test]
fn a_directory_that_others_may_write_to_is_named_and_not_used() {
    let directory = place();
    std::fs::create_dir(&directory).unwrap();
    allow(&directory, 0o777);
    let said = start(&directory);
    assert!(said.contains(directory.to_str().unwrap()) && said.contains("other users may write to it"), "{said}");
    assert_eq!(files(&directory).len(), 0);
}

#[test]
fn a_file_that_others_may_write_to_is_named_and_not_used() {
    let directory = place();
    start(&directory);
    let file = files(&directory).remove(0);
    allow(&file, 0o666);
    let said = start(&directory);
    assert!(said.contains(COMPILED) && said.contains(file.to_str().unwrap()), "{said}");
    assert_eq!(mode(&file), 0o600, "it is replaced");
}

#[test]
fn what_belongs_to_another_user_is_named_and_not_used() {
    let directory = place();
    start(&directory);
    let file = files(&directory).remove(0);
    // Only root can give a file away; elsewhere the other tests have to do.
    if chown(&file, Some(65534), None).is_ok() {
        assert!(start(&directory).contains("belongs to another user"));
        chown(&directory, Some(65534), None).unwrap();
        let said = start(&directory);
        assert!(said.contains("belongs to another user") && said.contains(COMPILED), "{said}");
    }
}

#[test]
fn a_directory_that_cannot_be_made_is_named_and_done_without() {
    let file = crate::harness::scratch_file("no-directory", "");
    let said = start(&file.join("cache"));
    assert!(said.contains("no-directory") && said.contains(COMPILED), "{said}");
}
