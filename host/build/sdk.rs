//! The SDK as `ps-stream transform new` writes it: every file of `guest-sdk/src` and `wit/`, and a manifest that stands
//! without this workspace.

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// Writes a Rust expression: a list of pairs of a path in the new crate and the file's text.
pub fn embed(workspace: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let mut list = String::from("&[\n");
    let mut hash = DefaultHasher::new();
    for (from, to) in [("guest-sdk/src", "sdk/src"), ("wit", "wit")] {
        let from = workspace.join(from);
        for file in files_in(&from)? {
            fs::read(&file)?.hash(&mut hash);
            let path = Path::new(to).join(file.strip_prefix(&from)?);
            writeln!(list, "({path:?}, include_str!({:?})),", file.canonicalize()?)?;
        }
    }
    let manifest = out.join("sdk-Cargo.toml");
    fs::write(&manifest, standing_alone(workspace, hash.finish())?)?;
    writeln!(list, "({:?}, include_str!({:?})),", "sdk/Cargo.toml", manifest)?;
    list.push_str("]\n");
    Ok(fs::write(out.join("sdk.rs"), list)?)
}

fn files_in(folder: &Path) -> Result<Vec<PathBuf>, std::io::Error> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { files.extend(files_in(&path)?) } else { files.push(path) }
    }
    files.sort();
    Ok(files)
}

/// What the SDK's manifest takes from the workspace is written out; what is only for its own tests goes. The version tells one
/// text of the SDK from another: in a target directory that crates share, cargo would take both for the same.
fn standing_alone(workspace: &Path, hash: u64) -> Result<String, Box<dyn Error>> {
    let manifest = fs::read_to_string(workspace.join("guest-sdk/Cargo.toml"))?;
    let root = fs::read_to_string(workspace.join("Cargo.toml"))?;
    let mut alone = String::new();
    let mut section = "";
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        }
        if matches!(section, "[dev-dependencies]" | "[lints]") {
            continue;
        }
        let taken = match line.split_once(['.', ' ']) {
            Some((name, rest)) if rest.contains("workspace") => {
                let root_section =
                    if section == "[package]" { "[workspace.package]" } else { "[workspace.dependencies]" };
                line_of(&root, root_section, name)
                    .ok_or_else(|| format!("Cargo.toml has no {name} in {root_section}"))?
            }
            _ => line,
        };
        match taken.strip_prefix("version = ").filter(|_| section == "[package]") {
            Some(version) => writeln!(alone, "version = \"{}+sdk.{hash:x}\"", version.trim_matches('"'))?,
            None => writeln!(alone, "{taken}")?,
        }
    }
    Ok(alone)
}

fn line_of<'t>(text: &'t str, section: &str, name: &str) -> Option<&'t str> {
    let mut lines = text.lines().skip_while(|line| *line != section).skip(1).take_while(|line| !line.starts_with('['));
    lines.find(|line| line.split([' ', '=']).next() == Some(name))
}
