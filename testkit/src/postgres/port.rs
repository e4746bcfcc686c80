use std::net::{Ipv4Addr, TcpListener};

use super::PostgresError;

/// A loopback port that was free a moment ago. Somebody else may take it first, so the caller tries again.
pub(crate) fn free_port() -> Result<u16, PostgresError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(PostgresError::Port)?;
    Ok(listener.local_addr().map_err(PostgresError::Port)?.port())
}
