//! Networks, as `10.1.0.0/16` or `fd00::/8`; an address alone is a network of one.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    /// How many bits of it count.
    prefix: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoNetwork {
    #[error("\"{0}\" is not a network such as 10.1.0.0/16 or fd00::/8")]
    Unreadable(String),
    #[error("\"{0}\" has bits set behind its prefix; write {1}")]
    Loose(String, Network),
}

impl Network {
    pub fn holds(&self, address: IpAddr) -> bool {
        let of_one_kind = self.address.is_ipv4() == address.is_ipv4();
        of_one_kind && first_bits(self.address, self.prefix) == first_bits(address, self.prefix)
    }
}

impl FromStr for Network {
    type Err = NoNetwork;

    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        let unreadable = || NoNetwork::Unreadable(text.to_owned());
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.parse().map_err(|_| unreadable())?;
        let prefix = prefix.map_or(Ok(bits(address)), str::parse).map_err(|_| unreadable())?;
        if prefix > bits(address) {
            return Err(unreadable());
        }
        let tight = Network { address: first_bits(address, prefix), prefix };
        if tight.address == address { Ok(tight) } else { Err(NoNetwork::Loose(text.to_owned(), tight)) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.address, self.prefix)
    }
}

fn bits(address: IpAddr) -> u32 {
    if address.is_ipv4() { u32::BITS } else { u128::BITS }
}

/// The address with all bits behind the first ones cleared.
fn first_bits(address: IpAddr, prefix: u32) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(u32::BITS.saturating_sub(prefix)).unwrap_or_default();
            IpAddr::V4((u32::from(v4) & mask).into())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(u128::BITS.saturating_sub(prefix)).unwrap_or_default();
            IpAddr::V6((u128::from(v6) & mask).into())
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn holds(network: &str, address: &str) -> bool {
        network.parse::<Network>().unwrap().holds(address.parse().unwrap())
    }

    #[test]
    fn a_network_holds_the_addresses_that_share_its_first_bits() {
        for (network, address, expected) in [
            ("10.1.0.0/16", "10.1.255.3", true),
            ("10.1.0.0/16", "10.2.0.1", false),
            ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3", "10.1.2.2", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "::1", false),
            ("192.0.2.128/25", "192.0.2.127", false),
            ("fd00::/8", "fdab::1", true),
            ("fd00::/8", "fe80::1", false),
            ("::/0", "2001:db8::1", true),
            ("::1/128", "::1", true),
        ] {
            assert_eq!(holds(network, address), expected, "{network} {address}");
        }
    }

    #[test]
    fn what_is_no_network_is_refused_and_what_nearly_is_one_gets_a_hint() {
        for text in ["", "10.1.0.0/33", "::/129", "10.1/16", "host/8", "10.0.0.0/", "10.0.0.0/-1"] {
            assert!(matches!(text.parse::<Network>(), Err(NoNetwork::Unreadable(_))), "{text}");
        }
        let loose = "10.1.2.3/16".parse::<Network>().unwrap_err().to_string();
        assert!(loose.contains("10.1.0.0/16"), "{loose}");
    }
}
