//! The bytes of one file, streamed.

use std::io::Read;
use std::path::Path;

use bytes::Bytes;
use common::net::{Breaker, Call};
use sha2::{Digest, Sha256};
use ssh2::Sftp;
use tokio::sync::mpsc;

use super::line::Running;
use super::listing::version;
use super::{RemoteFile, SftpError, Visit};

/// Small reads halve the rate: each waits for its answer.
const CHUNK_BYTES: usize = 256 * 1024;
/// What a server sends at most in answer to one request.
const PACKET_BYTES: usize = 32 * 1024;
/// How far the server may be ahead of the reader, so that memory stays flat.
const CHUNKS_AHEAD: usize = 4;

/// What was read, once all of it was and the file is still the one that was listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Downloaded {
    pub bytes: u64,
    pub sha256: [u8; 32],
}

/// A download under way. Dropping it ends the transfer.
#[derive(Debug)]
pub struct Download {
    chunks: mpsc::Receiver<Bytes>,
    running: Running<Downloaded>,
    call: Option<Call>,
}

impl Visit {
    /// Starts to read `file` as it was listed.
    ///
    /// # Errors
    /// When the circuit is open or no thread is to be had; everything else shows in [`Download::finish`].
    pub fn download(&self, file: &RemoteFile) -> Result<Download, SftpError> {
        let call = self.target.circuit.as_ref().map(Breaker::enter).transpose()?;
        let file = file.clone();
        let (give, chunks) = mpsc::channel(CHUNKS_AHEAD);
        let running = self.start(move |sftp| download_blocking(sftp, &file, &give))?;
        Ok(Download { chunks, running, call })
    }
}

impl Download {
    /// `None` at the end, which may be a failure: [`Self::finish`] tells.
    pub async fn next(&mut self) -> Option<Bytes> {
        self.chunks.recv().await
    }

    /// # Errors
    /// When the file could not be read to its end, or is not the one that was listed any more:
    /// then nothing that was read may be used.
    pub async fn finish(mut self) -> Result<Downloaded, SftpError> {
        let outcome = self.running.result().await;
        match (&outcome, self.call.take()) {
            (Err(error), Some(call)) if error.unwell() => call.failed(),
            (_, Some(call)) => call.succeeded(),
            (_, None) => {}
        }
        outcome
    }
}

fn download_blocking(
    sftp: &Sftp,
    file: &RemoteFile,
    give: &mpsc::Sender<Bytes>,
) -> Result<Downloaded, SftpError> {
    let path = Path::new(&file.path);
    let failed = |error: ssh2::Error| SftpError::path(&error, &file.path, "reading");
    let changed = || SftpError::Changed { path: file.path.clone() };
    let expected = Some((file.size, file.modified_at));

    let mut remote = sftp.open(path).map_err(failed)?;
    if version(&remote.stat().map_err(failed)?) != expected {
        return Err(changed());
    }
    let mut hasher = Sha256::new();
    let mut bytes = 0u64;
    let mut packet = vec![0; CHUNK_BYTES];
    loop {
        let chunk = gather(&mut remote, &mut packet)?;
        if chunk.is_empty() {
            break;
        }
        hasher.update(&chunk);
        bytes += chunk.len() as u64;
        if bytes > file.size {
            return Err(changed());
        }
        if give.blocking_send(chunk).is_err() {
            let message = "cancelled".to_owned();
            return Err(SftpError::Broken { during: "reading", message });
        }
    }
    // By path: a file that was replaced meanwhile has a handle that still looks the same.
    let now = version(&sftp.stat(path).map_err(failed)?);
    if bytes != file.size || now != expected {
        return Err(changed());
    }
    Ok(Downloaded { bytes, sha256: hasher.finalize().into() })
}

/// A read returns one packet, and asks ahead for four times as much as its buffer
/// holds: so the buffer is always the whole one, and packets are gathered.
fn gather(remote: &mut ssh2::File, packet: &mut [u8]) -> Result<Bytes, SftpError> {
    let mut chunk = Vec::with_capacity(CHUNK_BYTES + PACKET_BYTES);
    while chunk.len() < CHUNK_BYTES {
        match remote.read(packet).map_err(|error| SftpError::read(&error))? {
            0 => break,
            read => chunk.extend_from_slice(&packet[..read]),
        }
    }
    Ok(chunk.into())
}
