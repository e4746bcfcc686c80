//! The stand-in as a process of its own, for the demo.

use std::path::Path;

use super::{Dataset, Server, ServiceAccount, StandInError};

/// Serves the datasets on `port` until the caller drops the future. The key file is written for
/// whoever configures a tenant; one that exists keeps its key, so a restart invalidates nothing.
pub async fn run_standalone(
    port: u16,
    datasets: Vec<Dataset>,
    key_file: &Path,
) -> Result<std::convert::Infallible, StandInError> {
    let failed = |source| StandInError::KeyFile { path: key_file.to_owned(), source };
    let account = match tokio::fs::read_to_string(key_file).await {
        Ok(text) => ServiceAccount::from_key_json(&text)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => ServiceAccount::of_process()?,
        Err(error) => return Err(failed(error)),
    };
    let server = Server::start_on(port, datasets, account).await?;
    tokio::fs::write(key_file, server.service_account_key_json()).await.map_err(failed)?;
    Ok(std::future::pending().await)
}
