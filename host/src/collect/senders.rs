//! Who may post at all: from which network, with whose certificate, with which secret. Decided by the connection and one
//! header, before anything of the message.

use std::net::IpAddr;

use super::kept::Kept;
use super::network::Network;
use super::peer::Peer;
use super::secrets::Secrets;
use super::subject::Subject;

/// What is not asked for is not looked at.
#[derive(Debug, Clone, Default)]
pub struct Senders {
    /// The networks they may post from; none for any.
    pub networks: Vec<Network>,
    pub certificates: Certificates,
    pub secrets: Option<Kept<Secrets>>,
}

/// What a client must show of itself when it connects.
#[derive(Debug, Clone, Default)]
pub enum Certificates {
    #[default]
    NotAsked,
    /// A certificate whose subject fits one of these patterns; none for any certificate.
    Asked(Vec<String>),
}

/// Why somebody may not post. Never holds what was shown as a secret.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Stranger {
    #[error("address {0} is in no network of --accept-network")]
    Network(IpAddr),
    #[error("the connection shows no client certificate, which --tls-client-ca asks for")]
    NoCertificate,
    #[error("client certificate \"{0}\" is not in --accept-client")]
    Certificate(Subject),
    #[error("no secret in Authorization, which --secrets asks for")]
    NoSecret(Challenge),
    #[error("the secret in Authorization is not in --secrets")]
    WrongSecret(Challenge),
}

/// Which kinds of secret there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Challenge {
    pub basic: bool,
    pub bearer: bool,
}

impl Senders {
    pub fn admit(&self, peer: &Peer, authorization: Option<&str>) -> Result<(), Stranger> {
        if !self.networks.is_empty() && !self.networks.iter().any(|network| network.holds(peer.address)) {
            return Err(Stranger::Network(peer.address));
        }
        self.certificates.admit(peer.subject.as_ref())?;
        match &self.secrets {
            Some(secrets) => admit_secret(&secrets.get(), authorization),
            None => Ok(()),
        }
    }
}

impl Certificates {
    fn admit(&self, subject: Option<&Subject>) -> Result<(), Stranger> {
        let Certificates::Asked(patterns) = self else { return Ok(()) };
        let subject = subject.ok_or(Stranger::NoCertificate)?;
        match patterns.is_empty() || patterns.iter().any(|pattern| subject.fits(pattern)) {
            true => Ok(()),
            false => Err(Stranger::Certificate(subject.clone())),
        }
    }
}

fn admit_secret(secrets: &Secrets, authorization: Option<&str>) -> Result<(), Stranger> {
    let challenge = Challenge { basic: secrets.basic, bearer: secrets.bearer };
    match authorization {
        None => Err(Stranger::NoSecret(challenge)),
        Some(authorization) if secrets.know(authorization) => Ok(()),
        Some(_) => Err(Stranger::WrongSecret(challenge)),
    }
}
