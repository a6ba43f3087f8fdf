//! Whom a client's certificate is for.

use rustls::pki_types::CertificateDer;
use x509_cert::Certificate;
use x509_cert::der::Decode;

use crate::glob;

/// The subject of a certificate that TLS has found to be good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// As RFC 4514 writes it, the innermost name first: `CN=hr,O=Example`.
    name: String,
    common_name: Option<String>,
}

impl Subject {
    /// `None` where it cannot be read, which is no better than none at all.
    pub fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let certificate = Certificate::from_der(certificate).ok()?;
        let subject = certificate.tbs_certificate().subject();
        let common_name = subject.common_name().ok()?.map(|name| name.value().into_owned());
        // A comma within a value must not pass for one between two, whatever a star stands for.
        let name = subject.to_string().replace("\\,", "\\2C").replace("\\+", "\\2B");
        Some(Subject { name, common_name })
    }

    /// Whether all of it fits the pattern, or its common name does.
    pub fn fits(&self, pattern: &str) -> bool {
        let common_name = self.common_name.as_deref();
        glob::fits(pattern, &self.name) || common_name.is_some_and(|name| glob::fits(pattern, name))
    }
}

impl std::fmt::Display for Subject {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}", self.name.escape_debug())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn subject(names: &[(rcgen::DnType, &str)]) -> Subject {
        let mut params = rcgen::CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        for (kind, name) in names {
            params.distinguished_name.push(kind.clone(), *name);
        }
        let certificate = params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
        Subject::of(certificate.der()).unwrap()
    }

    #[test]
    fn a_subject_is_held_against_patterns_whole_or_by_its_common_name() {
        let hr = subject(&[(rcgen::DnType::OrganizationName, "Example"), (rcgen::DnType::CommonName, "hr.example")]);
        assert_eq!(hr.to_string(), "CN=hr.example,O=Example");
        for good in ["hr.example", "*.example", "CN=hr.example,O=Example", "*,O=Example"] {
            assert!(hr.fits(good), "{good}");
        }
        for bad in ["", "hr", "Example", "CN=hr.example", "*,O=Else"] {
            assert!(!hr.fits(bad), "{bad}");
        }
    }

    #[test]
    fn a_name_that_looks_like_several_does_not_pass_for_them() {
        let sly = subject(&[(rcgen::DnType::OrganizationName, "x,O=Example")]);
        assert!(!sly.fits("*,O=Example"), "{sly}");
        assert!(!subject(&[]).fits("hr"), "without any name it is nobody's");
    }

    #[test]
    fn what_is_no_certificate_is_nobodys() {
        assert_eq!(Subject::of(&CertificateDer::from(vec![0x30, 3, 1, 2, 3])), None);
    }
}
