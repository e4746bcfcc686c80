//! Where everything listens, and a clear word when something else is there already.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::bail;

/// All ports of the demo, moved by one offset together.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    offset: u16,
}

impl Ports {
    #[must_use]
    pub const fn with_offset(offset: u16) -> Self {
        Self { offset }
    }

    #[must_use]
    pub const fn at(self, port: u16) -> u16 {
        port + self.offset
    }

    /// # Errors
    /// Names every port that is taken.
    pub fn check(self) -> anyhow::Result<()> {
        let taken: Vec<String> = [8001, 8002, 8003, 8101, 8102, 8103, 8080, 8025, 8022, 8050]
            .into_iter()
            .map(|port| self.at(port))
            .filter(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_err())
            .map(|port| port.to_string())
            .collect();
        if taken.is_empty() {
            return Ok(());
        }
        bail!(
            "port {} in use by another program; end it, or move all ports: \
             cargo xtask demo --port-offset 1000",
            taken.join(", ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_named() {
        let Ok(taken) = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)) else { return };
        let port = taken.local_addr().unwrap().port();
        let Some(offset) = port.checked_sub(8001) else { return };
        let message = Ports::with_offset(offset).check().unwrap_err().to_string();
        assert!(message.contains(&port.to_string()), "{message}");
    }
}
