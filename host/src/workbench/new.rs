//! Where a module of one's own begins: a crate that builds, with a test, a message and a golden case.
//!
//! All of it is in the program, the SDK and the contract too: a crate is made for the contract this program speaks, and
//! whoever makes it needs no source of ours and no registry that has it.

use std::fs;
use std::io;
use std::path::Path;

use crate::transform::Kind;

/// Every file of the SDK and of the contract (`build.rs` lists them).
const SDK: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/sdk.rs"));

const COMMON: &[(&str, &str)] = &[
    ("Cargo.toml", include_str!("new/Cargo.toml.new")),
    ("README.md", include_str!("new/README.md.new")),
    ("examples/native.rs", include_str!("new/native.rs")),
    (".gitignore", include_str!("new/gitignore")),
];

macro_rules! files {
    ($kind:literal) => {
        &[
            ("src/lib.rs", include_str!(concat!("new/", $kind, "/lib.rs"))),
            ("src/tests.rs", include_str!(concat!("new/", $kind, "/tests.rs"))),
            ("config-schema.json", include_str!(concat!("new/", $kind, "/config-schema.json"))),
            ("config.toml", include_str!(concat!("new/", $kind, "/config.toml"))),
            ("cases/added/config.toml", include_str!(concat!("new/", $kind, "/config.toml"))),
            ("cases/added/message.xml", include_str!(concat!("new/", $kind, "/message.xml"))),
            ("cases/added/expected.jsonl", include_str!(concat!("new/", $kind, "/expected.jsonl"))),
        ]
    };
}
const SPLITTER: &[(&str, &str)] = files!("splitter");
const MAPPER: &[(&str, &str)] = files!("mapper");

/// A crate that is to be written.
#[derive(Debug, Clone)]
pub struct NewCrate {
    name: String,
    kind: Kind,
}

#[derive(Debug, thiserror::Error)]
pub enum NewError {
    #[error("\"{0}\" is no name for a crate: a letter, then letters, digits, \"-\" and \"_\"")]
    Name(String),
    #[error("\"{0}\" exists already")]
    Exists(String),
    #[error("\"{file}\" cannot be written")]
    Unwritten { file: String, source: io::Error },
}

impl NewCrate {
    pub fn new(name: &str, kind: Kind) -> Result<Self, NewError> {
        let begins = name.starts_with(|first: char| first.is_ascii_alphabetic());
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        match begins && plain {
            true => Ok(NewCrate { name: name.to_owned(), kind }),
            false => Err(NewError::Name(name.to_owned())),
        }
    }

    /// Into a folder that is not there yet.
    pub fn write(&self, folder: &Path) -> Result<(), NewError> {
        if folder.exists() {
            return Err(NewError::Exists(folder.display().to_string()));
        }
        let own = self.own().map(|(path, text)| (*path, self.filled_in(text)));
        let sdk = SDK.iter().map(|(path, text)| (*path, (*text).to_owned()));
        own.chain(sdk).try_for_each(|(path, text)| write(&folder.join(path), &text))
    }

    /// What is its author's from now on, by path; the SDK is beside it.
    pub fn files(&self) -> Vec<&'static str> {
        self.own().map(|(path, _)| *path).collect()
    }

    fn own(&self) -> impl Iterator<Item = &'static (&'static str, &'static str)> {
        let of_kind = match self.kind {
            Kind::Splitter => SPLITTER,
            Kind::Mapper => MAPPER,
        };
        COMMON.iter().chain(of_kind)
    }

    fn filled_in(&self, text: &str) -> String {
        let summary = match self.kind {
            Kind::Splitter => "Messages into transactions, some of them to a topic of their own",
            Kind::Mapper => "Rows by configured keys, without the fields that nobody is to see",
        };
        let text = text.replace("{{name}}", &self.name).replace("{{kind}}", &self.kind.to_string());
        text.replace("{{module}}", &self.name.replace('-', "_")).replace("{{summary}}", summary)
    }
}

fn write(file: &Path, text: &str) -> Result<(), NewError> {
    let folder = file.parent().unwrap_or(file);
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(file, text));
    written.map_err(|source| NewError::Unwritten { file: file.display().to_string(), source })
}
