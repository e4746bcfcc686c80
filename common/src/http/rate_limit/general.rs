//! The limits that every route has: by address before anything is done, by session or key and by tenant as soon as
//! they are known.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use uuid::Uuid;

use super::{RateLimit, TooMany};
use crate::config::HttpSettings;
use crate::http::ClientIp;
use crate::kernel::{SharedClock, TenantId};

const WINDOW: Duration = Duration::from_secs(60);

/// None where the settings say 0.
fn a_minute(name: &'static str, requests: u32, clock: &SharedClock) -> Option<RateLimit> {
    let burst = requests.try_into().ok()?;
    Some(RateLimit::new(name, burst, WINDOW, clock.clone()))
}

/// Requests of one address, whoever asks.
#[derive(Debug)]
pub(crate) struct AddressLimit(Option<RateLimit>);

impl AddressLimit {
    pub(crate) fn new(settings: &HttpSettings, clock: &SharedClock) -> Self {
        Self(a_minute("address", settings.address_requests_a_minute, clock))
    }

    /// Counts a request. Whoever has no address comes over a Unix socket, from a proxy of ours.
    ///
    /// # Errors
    /// When the address asked too often.
    pub(crate) fn count(&self, client: ClientIp) -> Result<(), TooMany> {
        match (&self.0, client.0) {
            (Some(limit), Some(address)) => limit.count(subscriber(address)),
            _ => Ok(()),
        }
    }
}

/// A subscriber is given one IPv4 address or a /64 of IPv6, within which every device picks addresses at will.
fn subscriber(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        address @ IpAddr::V4(_) => address,
    }
}

/// Requests with one credential, and of one tenant.
#[derive(Debug)]
pub(crate) struct CallerLimits {
    caller: Option<RateLimit>,
    tenant: Option<RateLimit>,
}

impl CallerLimits {
    pub(crate) fn new(settings: &HttpSettings, clock: &SharedClock) -> Self {
        Self {
            caller: a_minute("caller", settings.caller_requests_a_minute, clock),
            tenant: a_minute("tenant", settings.tenant_requests_a_minute, clock),
        }
    }

    /// Counts a request with the session or key of this id.
    ///
    /// # Errors
    /// When it was used too often.
    pub(crate) fn count_caller(&self, id: Uuid) -> Result<(), TooMany> {
        self.caller.as_ref().map_or(Ok(()), |limit| limit.count(id))
    }

    /// Counts a request of the tenant, whoever of it asks.
    ///
    /// # Errors
    /// When the tenant asked too often.
    pub(crate) fn count_tenant(&self, id: TenantId) -> Result<(), TooMany> {
        self.tenant.as_ref().map_or(Ok(()), |limit| limit.count(id))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::kernel::SystemClock;

    fn settings(requests: u32) -> HttpSettings {
        HttpSettings {
            address_requests_a_minute: requests,
            caller_requests_a_minute: requests,
            tenant_requests_a_minute: requests,
            ..HttpSettings::default()
        }
    }

    fn client(address: &str) -> ClientIp {
        ClientIp(Some(address.parse().unwrap()))
    }

    #[test]
    fn devices_of_one_subscriber_count_together() {
        let clock: SharedClock = Arc::new(SystemClock);
        let limit = AddressLimit::new(&settings(2), &clock);
        limit.count(client("2001:db8:0:1::1")).unwrap();
        limit.count(client("2001:db8:0:1:ffff::2")).unwrap();
        limit.count(client("2001:db8:0:1::3")).unwrap_err();
        limit.count(client("2001:db8:0:2::1")).unwrap();
        limit.count(client("192.0.2.1")).unwrap();
        limit.count(client("::ffff:192.0.2.1")).unwrap();
        limit.count(client("192.0.2.1")).unwrap_err();
        limit.count(client("192.0.2.2")).unwrap();
        for _ in 0..5 {
            limit.count(ClientIp(None)).unwrap();
        }
    }

    #[test]
    fn zero_does_not_count() {
        let clock: SharedClock = Arc::new(SystemClock);
        let (addresses, callers) =
            (AddressLimit::new(&settings(0), &clock), CallerLimits::new(&settings(0), &clock));
        for _ in 0..1_000 {
            addresses.count(client("192.0.2.1")).unwrap();
            callers.count_caller(Uuid::nil()).unwrap();
            callers.count_tenant(TenantId::from_uuid(Uuid::nil())).unwrap();
        }
    }
}
