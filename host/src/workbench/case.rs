//! Golden cases: a folder with an input, what is expected of it, and the configuration it is for.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A message, plain or in what it was posted in, or lines.
const INPUTS: [&str; 3] = ["message.xml", "message.body", "transactions.jsonl"];
/// What HTTP said of the message.
const HEADERS: &str = "headers.txt";
const CONFIGS: [&str; 4] = ["config.toml", "config.yaml", "config.yml", "config.json"];
const EXPECTED: &str = "expected.jsonl";

#[derive(Debug, Clone)]
pub struct Case {
    /// The folder's own.
    pub name: String,
    pub input: PathBuf,
    pub headers: Option<PathBuf>,
    pub config: Option<PathBuf>,
    /// Need not be there.
    pub expected: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    #[error("folder \"{folder}\" cannot be read")]
    Unreadable { folder: String, source: io::Error },
    #[error(
        "there is no case in \"{0}\": a case is a folder in it with a message.xml, a message.body or a transactions.jsonl"
    )]
    None(String),
    #[error("case \"{0}\" has neither a message.xml nor a message.body nor a transactions.jsonl")]
    NoInput(String),
    #[error("case \"{case}\" has both {one} and {other}; which one is meant?")]
    Two { case: String, one: &'static str, other: &'static str },
}

impl Case {
    /// The case in a folder, or those in the folders within it, by their names.
    pub fn all_in(folder: &Path) -> Result<Vec<Self>, CaseError> {
        if INPUTS.iter().any(|name| folder.join(name).is_file()) {
            return Ok(vec![Self::read(folder)?]);
        }
        let unreadable = |source| CaseError::Unreadable { folder: folder.display().to_string(), source };
        let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(unreadable)?;
        let is_hidden = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().starts_with('.');
        let visible = entries.iter().filter(|entry| !is_hidden(entry)).map(fs::DirEntry::path);
        let mut folders: Vec<PathBuf> = visible.filter(|path| path.is_dir()).collect();
        folders.sort();
        if folders.is_empty() {
            return Err(CaseError::None(folder.display().to_string()));
        }
        folders.iter().map(|folder| Self::read(folder)).collect()
    }

    /// With that configuration where it has none of its own.
    #[must_use]
    pub fn with_config(self, file: Option<&Path>) -> Self {
        Case { config: self.config.or_else(|| file.map(Path::to_owned)), ..self }
    }

    fn read(folder: &Path) -> Result<Self, CaseError> {
        let name = folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned();
        let input = one_of(&INPUTS, folder, &name)?.ok_or_else(|| CaseError::NoInput(name.clone()))?;
        let headers = one_of(&[HEADERS], folder, &name)?;
        let config = one_of(&CONFIGS, folder, &name)?;
        Ok(Case { name, input, headers, config, expected: folder.join(EXPECTED) })
    }
}

fn one_of(names: &[&'static str], folder: &Path, case: &str) -> Result<Option<PathBuf>, CaseError> {
    let mut there = names.iter().filter(|name| folder.join(name).is_file());
    match (there.next(), there.next()) {
        (Some(one), Some(other)) => Err(CaseError::Two { case: case.to_owned(), one, other }),
        (one, _) => Ok(one.map(|name| folder.join(name))),
    }
}
