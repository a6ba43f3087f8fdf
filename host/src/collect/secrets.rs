//! The secrets senders show in `Authorization`, kept as digests: several at a time, so that one can follow another.
//!
//! What is shown is compared with all of them, each time in the same time; nothing of either is ever in a log or an error.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::kept::Kept;

/// Others than the owner and the group may read it or write to it.
const OPEN: u32 = 0o006;

#[derive(Default)]
pub struct Secrets {
    known: Vec<[u8; 32]>,
    /// Whether any is a user and a password.
    pub basic: bool,
    /// Whether any is a token.
    pub bearer: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    #[error("secrets file \"{file}\" cannot be read")]
    Unreadable { file: String, source: std::io::Error },
    #[error("line {line} of secrets file \"{file}\" is neither \"basic USER:PASSWORD\" nor \"bearer TOKEN\"")]
    Line { file: String, line: usize },
    #[error("secrets file \"{0}\" holds no secret")]
    Empty(String),
}

#[derive(Clone, Copy)]
enum Scheme {
    Basic,
    Bearer,
}

impl Secrets {
    /// Read now, and again whenever the file changes.
    pub fn load(file: PathBuf) -> Result<Kept<Self>, SecretsError> {
        Kept::read("secrets file", vec![file.clone()], move || Self::read(&file))
    }

    fn read(file: &Path) -> Result<Self, SecretsError> {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file);
        let text = text.map_err(|source| SecretsError::Unreadable { file: name.clone(), source })?;
        warn_if_open(file);
        let secrets = Self::parse(&text).map_err(|line| SecretsError::Line { file: name.clone(), line })?;
        if secrets.known.is_empty() { Err(SecretsError::Empty(name)) } else { Ok(secrets) }
    }

    /// One secret a line; blank lines and those that begin with `#` say nothing. `Err` is the number of the line at fault.
    fn parse(text: &str) -> Result<Self, usize> {
        let mut secrets = Secrets::default();
        for (number, line) in (1_usize..).zip(text.lines()) {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with('#') {
                secrets.add(line).ok_or(number)?;
            }
        }
        Ok(secrets)
    }

    fn add(&mut self, line: &str) -> Option<()> {
        let (scheme, secret) = shown(line)?;
        match scheme {
            Scheme::Basic if secret.contains(':') => self.basic = true,
            Scheme::Bearer => self.bearer = true,
            Scheme::Basic => return None,
        }
        self.known.push(digest(scheme, secret.as_bytes()));
        Some(())
    }

    /// Whether this value of `Authorization` shows one of them.
    pub fn know(&self, authorization: &str) -> bool {
        let Some((scheme, secret)) = shown(authorization.trim()) else { return false };
        let digest = match scheme {
            Scheme::Bearer => digest(scheme, secret.as_bytes()),
            Scheme::Basic => match STANDARD.decode(secret) {
                Ok(decoded) => digest(scheme, &decoded),
                Err(_) => return false,
            },
        };
        self.known.iter().fold(false, |known, one| known | same(one, &digest))
    }
}

/// `basic …` or `Bearer …`.
fn shown(text: &str) -> Option<(Scheme, &str)> {
    let (scheme, secret) = text.split_once([' ', '\t'])?;
    let secret = secret.trim();
    match scheme.to_ascii_lowercase().as_str() {
        _ if secret.is_empty() => None,
        "basic" => Some((Scheme::Basic, secret)),
        "bearer" => Some((Scheme::Bearer, secret)),
        _ => None,
    }
}

fn digest(scheme: Scheme, secret: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update([scheme as u8]).chain_update(secret).finalize().into()
}

/// In the same time whatever they hold.
fn same(one: &[u8; 32], other: &[u8; 32]) -> bool {
    let difference = one.iter().zip(other).fold(0, |difference, (one, other)| difference | (one ^ other));
    std::hint::black_box(difference) == 0
}

/// Of a file that should be for nobody else's eyes.
pub fn warn_if_open(file: &Path) {
    let open = file.metadata().is_ok_and(|found| found.permissions().mode() & OPEN != 0);
    if open {
        tracing::warn!("others may read or write \"{}\": run chmod o-rw on it", file.display());
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Secrets").field("known", &self.known.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const FILE: &str = "# rotated in May\nbasic psft:open sesame:1\n\n  bearer token-1\nBearer token-2  \n";

    fn basic(pair: &str) -> String {
        format!("Basic {}", STANDARD.encode(pair))
    }

    #[test]
    fn each_secret_of_the_file_is_known_and_nothing_else() {
        let secrets = Secrets::parse(FILE).unwrap();
        for good in [&basic("psft:open sesame:1"), "Bearer token-1", "bearer   token-2", "BEARER token-1"] {
            assert!(secrets.know(good), "{good}");
        }
        for bad in [
            "",
            "Basic",
            "Bearer ",
            "token-1",
            "Bearer token-3",
            "Bearer token-1x",
            "Bearer psft:open sesame:1",
            "Basic psft:open sesame:1",
            "Digest token-1",
            &basic("psft:open"),
            &basic("token-1"),
            &basic("psft:open sesame:1 "),
        ] {
            assert!(!secrets.know(bad), "{bad}");
        }
    }

    #[test]
    fn a_line_that_is_no_secret_is_told_by_its_number_alone() {
        assert_eq!(Secrets::parse("bearer a\nhunter2\n").unwrap_err(), 2);
        assert_eq!(Secrets::parse("basic hunter2\n").unwrap_err(), 1);
        assert_eq!(Secrets::parse("bearer\n").unwrap_err(), 1);
        let secrets = Secrets::parse("bearer hunter2").unwrap();
        assert_eq!(format!("{secrets:?}"), "Secrets { known: 1, .. }");
    }
}
