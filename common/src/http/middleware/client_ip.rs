//! Who is calling: the peer, or what trusted proxies say about it.

use std::net::IpAddr;

use poem::Request;

use crate::config::{AddressRange, InvalidRange};

/// Address of the client, none over a Unix socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientIp(pub Option<IpAddr>);

/// Reverse proxies whose `X-Forwarded-For` counts.
#[derive(Debug, Default)]
pub(crate) struct TrustedProxies(Vec<AddressRange>);

impl TrustedProxies {
    pub(crate) fn new(ranges: &[String]) -> Result<Self, InvalidRange> {
        ranges.iter().map(|range| range.parse()).collect::<Result<_, _>>().map(Self)
    }

    pub(crate) fn client_of(&self, request: &Request) -> ClientIp {
        let peer =
            request.remote_addr().as_socket_addr().map(|address| address.ip().to_canonical());
        let forwarded: Vec<&str> = request
            .headers()
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .collect();
        ClientIp(peer.map(|peer| self.walk(peer, &forwarded)))
    }

    /// From the right: each trusted hop vouches for the one before it; the first untrusted one is the client.
    fn walk(&self, peer: IpAddr, forwarded: &[&str]) -> IpAddr {
        let mut client = peer;
        for hop in forwarded.iter().rev() {
            if !self.trusts(client) {
                break;
            }
            match hop.trim().parse::<IpAddr>() {
                Ok(address) => client = address.to_canonical(),
                Err(_) => break,
            }
        }
        client
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|range| range.contains(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_trusted_hops_vouch() {
        let proxies = TrustedProxies::new(&["10.0.0.0/8".to_owned()]).unwrap();
        for (peer, forwarded, client) in [
            ("203.0.113.9", vec!["198.51.100.1"], "203.0.113.9"),
            ("10.0.0.1", vec![], "10.0.0.1"),
            ("10.0.0.1", vec!["198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", vec!["198.51.100.7", "198.51.100.1", "10.0.0.2"], "198.51.100.1"),
            ("10.0.0.1", vec!["nonsense"], "10.0.0.1"),
        ] {
            assert_eq!(proxies.walk(peer.parse().unwrap(), &forwarded).to_string(), client);
        }
    }
}
