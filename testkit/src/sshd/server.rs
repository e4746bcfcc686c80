//! One server over one folder.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::process::Process;
use super::{KeyKind, SshdError, key};

/// Dropping it stops the server.
#[derive(Debug)]
pub struct Sshd {
    /// Ends before its folder does.
    process: Process,
    home: PathBuf,
    user: String,
    port: u16,
    _own: Option<TempDir>,
}

impl Sshd {
    /// A server whose files vanish with it; it has a host key of each of `host_keys`.
    ///
    /// # Errors
    /// When OpenSSH is not installed or does not start.
    pub fn temporary(host_keys: &[KeyKind]) -> Result<Self, SshdError> {
        let folder = tempfile::Builder::new()
            .prefix("footfall-sshd-")
            .tempdir()
            .map_err(SshdError::files("create", std::env::temp_dir()))?;
        let mut server = Self::start(folder.path(), host_keys)?;
        server._own = Some(folder);
        Ok(server)
    }

    /// A server over `home`/files; its keys stay in `home` and are used again.
    ///
    /// # Errors
    /// As [`Self::temporary`].
    pub fn start(home: &Path, host_keys: &[KeyKind]) -> Result<Self, SshdError> {
        crate::canary::logs::keep_own();
        let files = home.join("files");
        fs::create_dir_all(&files).map_err(SshdError::files("create", &files))?;
        let home = home.canonicalize().map_err(SshdError::files("find", home))?;
        let user = nix::unistd::User::from_uid(nix::unistd::geteuid())
            .ok()
            .flatten()
            .ok_or(SshdError::NoAccount)?;
        if user.uid.is_root() {
            // sshd's own demand of root; packages make it in their start script.
            let run = Path::new("/run/sshd");
            fs::create_dir_all(run).map_err(SshdError::files("create", run))?;
        }
        let authorized = home.join("authorized_keys");
        if !authorized.exists() {
            fs::write(&authorized, "").map_err(SshdError::files("write", &authorized))?;
        }
        for kind in host_keys {
            key::ensure(*kind, &kind.file(&home, "host"), "")?;
        }
        let port = free_port()?;
        let config = home.join("sshd_config");
        let text = configuration(&home, host_keys, port);
        fs::write(&config, text).map_err(SshdError::files("write", &config))?;
        let process = Process::start(&config, &home.join("log"), port)?;
        Ok(Self { process, home, user: user.name, port, _own: None })
    }

    /// The same server, port and files with new host keys: what a man in the middle looks like.
    ///
    /// # Errors
    /// As [`Self::temporary`].
    pub fn with_new_host_key(mut self, kind: KeyKind) -> Result<Self, SshdError> {
        let file = kind.file(&self.home, "impostor");
        key::ensure(kind, &file, "")?;
        let config = self.home.join("sshd_config");
        let text: String = fs::read_to_string(&config)
            .map_err(SshdError::files("read", &config))?
            .lines()
            .filter(|line| !line.starts_with("HostKey "))
            .map(|line| format!("{line}\n"))
            .collect();
        fs::write(&config, format!("{text}HostKey {}\n", file.display()))
            .map_err(SshdError::files("write", &config))?;
        self.process.stop();
        self.process = Process::start(&config, &self.home.join("log"), self.port)?;
        Ok(self)
    }

    pub const fn port(&self) -> u16 {
        self.port
    }

    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// The account to log in as.
    pub fn username(&self) -> &str {
        &self.user
    }

    /// The folder that a client sees on arrival.
    pub fn files(&self) -> PathBuf {
        self.home.join("files")
    }

    /// Of the host key of this kind, as `SHA256:…`.
    ///
    /// # Errors
    /// When the server has no such key.
    pub fn fingerprint(&self, kind: KeyKind) -> Result<String, SshdError> {
        key::fingerprint(&kind.file(&self.home, "host").with_extension("pub"))
    }

    /// A private key that the server lets in, protected by `passphrase` unless that is empty.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn client_key(&self, kind: KeyKind, passphrase: &str) -> Result<String, SshdError> {
        let role = if passphrase.is_empty() { "client" } else { "locked" };
        let private = self.key(kind, role, passphrase)?;
        let public = kind.file(&self.home, role).with_extension("pub");
        let line = fs::read_to_string(&public).map_err(SshdError::files("read", &public))?;
        let authorized = self.home.join("authorized_keys");
        let known =
            fs::read_to_string(&authorized).map_err(SshdError::files("read", &authorized))?;
        if !known.contains(line.trim()) {
            fs::write(&authorized, format!("{known}{line}"))
                .map_err(SshdError::files("write", &authorized))?;
        }
        Ok(private)
    }

    /// A private key that the server does not know.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn strange_key(&self, kind: KeyKind) -> Result<String, SshdError> {
        self.key(kind, "strange", "")
    }

    fn key(&self, kind: KeyKind, role: &str, passphrase: &str) -> Result<String, SshdError> {
        let file = kind.file(&self.home, role);
        key::ensure(kind, &file, passphrase)?;
        fs::read_to_string(&file).map_err(SshdError::files("read", &file))
    }

    /// Puts a file there at once, as an upload that renames does.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn put(&self, name: &str, content: &[u8]) -> Result<PathBuf, SshdError> {
        let file = self.files().join(name);
        let unfinished = self.home.join("uploading");
        fs::write(&unfinished, content).map_err(SshdError::files("write", &unfinished))?;
        fs::rename(&unfinished, &file).map_err(SshdError::files("write", &file))?;
        Ok(file)
    }

    /// What the server logged so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.home.join("log")).unwrap_or_default()
    }

    /// How often anyone was let in.
    pub fn logins(&self) -> usize {
        self.log().lines().filter(|line| line.contains("Accepted publickey for")).count()
    }

    /// How many sessions of those let in are over, however they ended.
    pub fn sessions_ended(&self) -> usize {
        self.log().lines().filter(|line| line.starts_with("Close session:")).count()
    }

    /// How often anyone told the server who they are, successfully or not.
    pub fn authentication_attempts(&self) -> usize {
        self.log().lines().filter(|line| line.contains("userauth-request for user")).count()
    }
}

fn configuration(home: &Path, host_keys: &[KeyKind], port: u16) -> String {
    let mut text = format!(
        "ListenAddress 127.0.0.1\n\
         Port {port}\n\
         PidFile none\n\
         UsePAM no\n\
         StrictModes no\n\
         PasswordAuthentication no\n\
         KbdInteractiveAuthentication no\n\
         PermitRootLogin prohibit-password\n\
         AuthorizedKeysFile {home}/authorized_keys\n\
         AllowTcpForwarding no\n\
         X11Forwarding no\n\
         MaxStartups 100\n\
         LogLevel DEBUG1\n\
         Subsystem sftp internal-sftp\n\
         ForceCommand internal-sftp -d {home}/files\n",
        home = home.display()
    );
    for kind in host_keys {
        text.push_str(&format!("HostKey {}\n", kind.file(home, "host").display()));
    }
    text
}

fn free_port() -> Result<u16, SshdError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(SshdError::NoPort)?;
    Ok(listener.local_addr().map_err(SshdError::NoPort)?.port())
}
