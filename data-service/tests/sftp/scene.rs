//! A server, and ways to ask it.

use common::kernel::Secret;
use data_service::adapters::sftp::{
    Download, HostKeys, RemoteFile, SftpAuth, SftpError, SftpTarget, TimeLimits, Visit,
};
use sha2::{Digest, Sha256};
use testkit::sshd::{KeyKind, Sshd};

/// As the server knows us.
pub fn target(server: &Sshd) -> SftpTarget {
    let key = server.client_key(KeyKind::Ed25519, "").unwrap();
    SftpTarget {
        host: "localhost".to_owned(),
        addresses: vec![server.address()],
        username: server.username().to_owned(),
        auth: vec![SftpAuth::PrivateKey { key: Secret::new(key), passphrase: None }],
        host_keys: HostKeys::Pinned(vec![
            server.fingerprint(KeyKind::Ed25519).unwrap().parse().unwrap(),
        ]),
        limits: TimeLimits::default(),
        circuit: None,
    }
}

pub fn server() -> Sshd {
    Sshd::temporary(&[KeyKind::Ed25519]).unwrap()
}

/// One thing asked by itself.
pub fn visit(target: &SftpTarget) -> Visit {
    Visit::to(target.clone())
}

pub async fn only_file(target: &SftpTarget) -> RemoteFile {
    let mut listing = visit(target).list(".").await.unwrap();
    assert_eq!(listing.files.len(), 1);
    listing.files.remove(0)
}

/// What the file says, and that it was told truly.
pub async fn read(target: &SftpTarget, file: &RemoteFile) -> Result<Vec<u8>, SftpError> {
    take(visit(target).download(file)?).await
}

/// Takes a download to its end.
pub async fn take(mut transfer: Download) -> Result<Vec<u8>, SftpError> {
    let mut content = Vec::new();
    while let Some(chunk) = transfer.next().await {
        content.extend_from_slice(&chunk);
    }
    let downloaded = transfer.finish().await?;
    assert_eq!(downloaded.bytes, content.len() as u64);
    assert_eq!(downloaded.sha256[..], Sha256::digest(&content)[..]);
    Ok(content)
}
