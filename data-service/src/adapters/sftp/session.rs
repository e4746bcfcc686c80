//! An authenticated session: connect, check who answers, only then say who we are.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use ssh2::{HashType, KeyboardInteractivePrompt, MethodType, Prompt, Session, Sftp};

use super::line::Line;
use super::{Fingerprint, SftpAuth, SftpError, SftpTarget};

/// A server shows one key per handshake. It may have several and only one of them be pinned, so
/// each kind is asked for before the server counts as the wrong one.
const HOST_KEY_KINDS: [&str; 3] = [
    "ssh-ed25519",
    "ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521",
    "rsa-sha2-512,rsa-sha2-256",
];

const SHAKING_HANDS: &str = "agreeing on encryption";

/// Opens SFTP on `target`.
pub(super) fn open(target: &SftpTarget, line: &Line) -> Result<Sftp, SftpError> {
    let session = trusted(target, line)?;
    log_in(&session, target)?;
    sftp(&session)
}

/// The file transfer on a session that is logged in.
pub(super) fn sftp(session: &Session) -> Result<Sftp, SftpError> {
    session.sftp().map_err(|error| match SftpError::session(&error, "opening SFTP") {
        SftpError::Broken { message, .. } => SftpError::NoSftp { message },
        other => other,
    })
}

/// A session with a server whose host key was accepted, before any authentication.
pub(super) fn trusted(target: &SftpTarget, line: &Line) -> Result<Session, SftpError> {
    let mut offered: Vec<Fingerprint> = Vec::new();
    let mut failure = None;
    for kind in HOST_KEY_KINDS {
        let stream = connect(target)?;
        line.attach(&stream)?;
        match shake_hands(stream, kind, target.limits.exchange) {
            Ok((session, fingerprint)) if target.host_keys.accept(fingerprint) => {
                return Ok(session);
            }
            Ok((_, fingerprint)) => offered.push(fingerprint),
            // The server has no key of this kind.
            Err(error) if SftpError::is_nothing_in_common(&error) => failure = Some(error),
            Err(error) => return Err(SftpError::session(&error, SHAKING_HANDS)),
        }
    }
    match failure {
        Some(error) if offered.is_empty() => Err(SftpError::session(&error, SHAKING_HANDS)),
        _ => Err(SftpError::HostKeyMismatch { offered, pinned: target.host_keys.pinned() }),
    }
}

fn connect(target: &SftpTarget) -> Result<TcpStream, SftpError> {
    let mut source = None;
    for address in &target.addresses {
        match connect_to(address, &target.limits) {
            Ok(stream) => return Ok(stream),
            Err(error) => source = Some(error),
        }
    }
    Err(SftpError::Unreachable { host: target.host.clone(), source })
}

fn connect_to(
    address: &SocketAddr,
    limits: &super::TimeLimits,
) -> Result<TcpStream, std::io::Error> {
    let stream = TcpStream::connect_timeout(address, limits.connect)?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn shake_hands(
    stream: TcpStream,
    kind: &str,
    limit: Duration,
) -> Result<(Session, Fingerprint), ssh2::Error> {
    let mut session = Session::new()?;
    session.set_timeout(u32::try_from(limit.as_millis()).unwrap_or(u32::MAX));
    session.method_pref(MethodType::HostKey, kind)?;
    session.set_tcp_stream(stream);
    session.handshake()?;
    session
        .host_key_hash(HashType::Sha256)
        .and_then(Fingerprint::from_hash)
        .map(|fingerprint| (session, fingerprint))
        .ok_or_else(ssh2::Error::unknown)
}

/// Proves who we are, by whatever of the account the server takes.
pub(super) fn log_in(session: &Session, target: &SftpTarget) -> Result<(), SftpError> {
    let refused = || SftpError::LoginRefused { username: target.username.clone() };
    let mut last = refused();
    for auth in &target.auth {
        match prove(session, &target.username, auth) {
            Ok(()) if session.authenticated() => return Ok(()),
            Ok(()) => last = refused(),
            Err(error @ (SftpError::LoginRefused { .. } | SftpError::KeyUnreadable)) => {
                last = error;
            }
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

fn prove(session: &Session, username: &str, auth: &SftpAuth) -> Result<(), SftpError> {
    match auth {
        SftpAuth::PrivateKey { key, passphrase } => {
            let passphrase = passphrase.as_ref().map(|secret| secret.expose());
            session.userauth_pubkey_memory(username, None, key.expose(), passphrase)
        }
        SftpAuth::Password(password) => {
            let methods = session.auth_methods(username).unwrap_or_default();
            // Servers that ask the password as a question offer no other way to give it.
            if !methods.contains("password") && methods.contains("keyboard-interactive") {
                session.userauth_keyboard_interactive(username, &mut Answer(password.expose()))
            } else {
                session.userauth_password(username, password.expose())
            }
        }
    }
    .map_err(|error| SftpError::login(&error, username))
}

struct Answer<'a>(&'a str);

impl KeyboardInteractivePrompt for Answer<'_> {
    fn prompt(&mut self, _: &str, _: &str, prompts: &[Prompt<'_>]) -> Vec<String> {
        // What may be shown on the screen is no question for a password.
        prompts
            .iter()
            .map(|prompt| if prompt.echo { String::new() } else { self.0.to_owned() })
            .collect()
    }
}
