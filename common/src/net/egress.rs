//! The egress guard: addresses that tenants name (SFTP, SMTP, token endpoints) must not lead to our own network.
//! Checked for literal addresses and again on every resolved one, so that DNS cannot change in between.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;

use crate::config::{AddressRange, NetSettings};

/// The connection was refused by us, before any packet left.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("blocked_address: {host} leads to {address}, which is not a public address")]
pub struct BlockedAddress {
    /// The host as asked for.
    pub host: String,
    /// The address it stands for.
    pub address: IpAddr,
}

/// Turns names into addresses.
#[async_trait]
pub trait Resolver: std::fmt::Debug + Send + Sync {
    /// Every address of `host`.
    async fn lookup(&self, host: &str, port: u16) -> std::io::Result<Vec<SocketAddr>>;
}

/// What this machine is configured to ask.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

#[async_trait]
impl Resolver for SystemResolver {
    async fn lookup(&self, host: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
        Ok(tokio::net::lookup_host((host, port)).await?.collect())
    }
}

/// Which addresses may be reached: all public ones and the configured exceptions.
#[derive(Debug, Clone)]
pub struct EgressPolicy {
    ranges: Arc<[AddressRange]>,
    hosts: Arc<[String]>,
    resolver: Arc<dyn Resolver>,
}

impl Default for EgressPolicy {
    fn default() -> Self {
        Self::new(&NetSettings::default())
    }
}

impl EgressPolicy {
    /// Exceptions are ranges, addresses or host names; [`NetSettings::validate`] refuses anything else.
    pub fn new(settings: &NetSettings) -> Self {
        let (mut ranges, mut hosts) = (Vec::new(), Vec::new());
        for exception in &settings.allow_private {
            match exception.parse::<AddressRange>() {
                Ok(range) => ranges.push(range),
                Err(_) => hosts.push(exception.trim_end_matches('.').to_ascii_lowercase()),
            }
        }
        let resolver = Arc::new(SystemResolver);
        Self { ranges: ranges.into(), hosts: hosts.into(), resolver }
    }

    /// The same policy over another source of addresses.
    #[must_use]
    pub fn with_resolver(mut self, resolver: Arc<dyn Resolver>) -> Self {
        self.resolver = resolver;
        self
    }

    /// Checks one address that `host` stands for.
    ///
    /// # Errors
    /// When the address is not public and not an exception.
    pub fn check(&self, host: &str, address: IpAddr) -> Result<(), BlockedAddress> {
        let address = embedded_v4(address).unwrap_or(address);
        let name = host.trim_end_matches('.');
        let excepted = self.ranges.iter().any(|range| range.contains(address))
            || self.hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(name));
        if excepted || public(address) {
            return Ok(());
        }
        Err(BlockedAddress { host: host.to_owned(), address })
    }

    /// Resolves `host` and keeps it only if *every* address passes: a name with one private address is an attempt.
    /// For protocols with their own sockets (SFTP, SMTP); connect to the returned addresses, not to the name.
    ///
    /// # Errors
    /// [`std::io::ErrorKind::PermissionDenied`] around [`BlockedAddress`], or what resolution says.
    pub async fn resolve(&self, host: &str, port: u16) -> std::io::Result<Vec<SocketAddr>> {
        let literal = host.trim_start_matches('[').trim_end_matches(']');
        let addresses: Vec<SocketAddr> = match literal.parse::<IpAddr>() {
            Ok(address) => vec![SocketAddr::new(address, port)],
            Err(_) => self.resolver.lookup(host, port).await?,
        };
        for address in &addresses {
            self.check(host, address.ip()).map_err(|blocked| {
                std::io::Error::new(std::io::ErrorKind::PermissionDenied, blocked)
            })?;
        }
        Ok(addresses)
    }
}

/// Finds our refusal inside an error of a client library.
pub fn blocked_address<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> Option<&'a BlockedAddress> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(blocked) = error.downcast_ref::<BlockedAddress>() {
            return Some(blocked);
        }
        // io::Error hides its payload from `source()`: it hands out the payload's own source.
        if let Some(blocked) = error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref)
            .and_then(|inner| inner.downcast_ref::<BlockedAddress>())
        {
            return Some(blocked);
        }
        next = error.source();
    }
    None
}

/// The IPv4 address inside an IPv6 one: mapped (::ffff:0:0/96), compatible (::/96), NAT64 (64:ff9b::/96) and
/// 6to4 (2002::/16) all reach it.
fn embedded_v4(address: IpAddr) -> Option<IpAddr> {
    let IpAddr::V6(address) = address else { return None };
    let last = |segments: [u16; 8]| {
        let [high, low] = [segments[6].to_be_bytes(), segments[7].to_be_bytes()];
        IpAddr::V4(Ipv4Addr::new(high[0], high[1], low[0], low[1]))
    };
    let segments = address.segments();
    match segments {
        [0, 0, 0, 0, 0, 0xffff, _, _] | [0x64, 0xff9b, 0, 0, 0, 0, _, _] => Some(last(segments)),
        // `::` and `::1` are addresses of their own.
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 || low > 1 => Some(last(segments)),
        [0x2002, high, low, ..] => {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            Some(IpAddr::V4(Ipv4Addr::new(a, b, c, d)))
        }
        _ => None,
    }
}

/// Not in the special-purpose registries of IANA (RFC 6890 and successors).
fn public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => public_v4(address),
        IpAddr::V6(address) => public_v6(address),
    }
}

fn public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        // 169.254.0.0/16, with the metadata address 169.254.169.254
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || address.is_documentation()
        // "this network"
        || a == 0
        // carrier-grade NAT, 100.64.0.0/10, with the metadata address 100.100.100.200
        || (a == 100 && (64..128).contains(&b))
        // IETF protocol assignments and 6to4 relays
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        // benchmarks
        || (a == 198 && (b == 18 || b == 19))
        // reserved
        || a >= 240)
}

fn public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    // Global unicast is 2000::/3; everything else is loopback, unique local, link local, multicast or reserved.
    (segments[0] & 0xe000) == 0x2000
        // 2001::/23: protocol assignments, with Teredo; 2001:db8::/32 and 3fff::/20: documentation
        && !(segments[0] == 0x2001 && segments[1] < 0x200)
        && !(segments[0] == 0x2001 && segments[1] == 0xdb8)
        && !(segments[0] == 0x3fff && segments[1] < 0x1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(exceptions: &[&str]) -> EgressPolicy {
        let allow_private = exceptions.iter().map(|text| (*text).to_owned()).collect();
        EgressPolicy::new(&NetSettings { allow_private, ..NetSettings::default() })
    }

    #[test]
    fn only_public_addresses_pass() {
        for (address, passes) in [
            ("8.8.8.8", true),
            ("2606:4700::1111", true),
            ("10.1.2.3", false),
            ("172.16.0.1", false),
            ("172.32.0.1", true),
            ("192.168.1.1", false),
            ("127.0.0.1", false),
            ("127.255.0.1", false),
            ("0.0.0.0", false),
            ("169.254.169.254", false),
            ("100.64.0.1", false),
            ("100.100.100.200", false),
            ("100.128.0.1", true),
            ("192.0.0.192", false),
            ("198.18.0.1", false),
            ("203.0.113.5", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("240.0.0.1", false),
            ("::", false),
            ("::1", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:8.8.8.8", true),
            ("::127.0.0.1", false),
            ("64:ff9b::7f00:1", false),
            ("64:ff9b::808:808", true),
            ("2002:7f00:1::", false),
            ("2001::1", false),
            ("2001:db8::1", false),
            ("fc00::1", false),
            ("fd00:ec2::254", false),
            ("fe80::1", false),
            ("fec0::1", false),
            ("ff02::1", false),
            ("100::1", false),
        ] {
            assert_eq!(
                policy(&[]).check("host", address.parse().unwrap()).is_ok(),
                passes,
                "{address}"
            );
        }
    }

    #[test]
    fn exceptions_are_ranges_addresses_and_hosts() {
        let policy = policy(&["127.0.0.0/8", "sftp.internal"]);
        assert!(policy.check("anything", "127.0.0.1".parse().unwrap()).is_ok());
        assert!(policy.check("anything", "::ffff:127.0.0.1".parse().unwrap()).is_ok());
        assert!(policy.check("SFTP.internal.", "10.0.0.7".parse().unwrap()).is_ok());
        assert!(policy.check("other.internal", "10.0.0.7".parse().unwrap()).is_err());
    }

    #[tokio::test]
    async fn names_are_checked_after_resolution() {
        let error = policy(&[]).resolve("localhost", 22).await.unwrap_err();
        let blocked = blocked_address(&error).unwrap();
        assert_eq!(blocked.host, "localhost");
        assert!(error.to_string().contains("blocked_address"));
        assert!(policy(&["localhost"]).resolve("localhost", 22).await.is_ok());
        assert!(policy(&[]).resolve("[::1]", 22).await.is_err());
    }
}
