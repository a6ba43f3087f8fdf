//! Certificates made for a test, and curl, which speaks HTTPS with them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

use super::http::{self, Reply};
use super::scratch_file;

/// Whoever signs certificates.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    pub file: PathBuf,
}

/// A certificate and its key.
pub struct Identity {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "ps-stream tests");
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let file = scratch_file("ca.pem", issuer.pem());
        Self { issuer, file }
    }

    /// For a server on this machine.
    pub fn server(&self) -> Identity {
        self.sign("ps-stream", &["localhost", "127.0.0.1"])
    }

    /// For a client of that common name, of the organization "Example".
    pub fn client(&self, common_name: &str) -> Identity {
        self.sign(common_name, &[])
    }

    fn sign(&self, common_name: &str, names: &[&str]) -> Identity {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name.push(DnType::OrganizationName, "Example");
        params.distinguished_name.push(DnType::CommonName, common_name);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Identity {
            certificate: scratch_file("certificate.pem", certificate.pem()),
            key: scratch_file("key.pem", key.serialize_pem()),
        }
    }
}

impl Identity {
    /// The options with which `collect` uses it.
    pub fn options(&self) -> [&str; 4] {
        ["--tls-cert", text(&self.certificate), "--tls-key", text(&self.key)]
    }

    /// As an operator renews a certificate.
    pub fn write_over(&self, other: &Identity) {
        std::fs::copy(&self.key, &other.key).unwrap();
        std::fs::copy(&self.certificate, &other.certificate).unwrap();
    }
}

/// Runs curl; `Err` is what it says of a connection that fails.
pub fn curl(url: &str, options: &[&str]) -> Result<Reply, String> {
    let output = Command::new("curl")
        .args(["--silent", "--show-error", "--include", "--max-time", "60", "--no-progress-meter"])
        .args(options)
        .arg(url)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|fault| panic!("curl cannot be run ({fault}): install it"));
    match http::parse(&output.stdout) {
        Some(reply) => Ok(reply),
        None => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// The options with which curl posts this message, over connections it trusts.
pub fn posting<'a>(authority: &'a Authority, body: &'a str, id: &'a str) -> Vec<&'a str> {
    vec!["--cacert", text(&authority.file), "--data-binary", body, "-H", "MessageName: PROJECT_SYNC", "-H", id]
}

pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
