//! What is asked of one server one after the other, in as few sessions as that takes.

use std::fmt;
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use ssh2::Sftp;

use super::line::{Line, Running};
use super::{SftpError, SftpTarget, session};

/// A stay at a server. An operation leaves its session to the next one if it went well; where there is none, or the
/// server has ended it, the next one opens its own. Clones share the session; operations at the same time have one
/// each, because no two threads may use it.
#[derive(Debug, Clone)]
pub struct Visit {
    pub(super) target: Arc<SftpTarget>,
    left: Arc<Left>,
}

/// The session that nobody uses just now.
#[derive(Default)]
struct Left(Mutex<Option<Idle>>);

struct Idle {
    sftp: Sftp,
    stream: TcpStream,
}

impl Visit {
    /// A stay that has not begun: nothing is connected yet.
    #[must_use]
    pub fn to(target: SftpTarget) -> Self {
        Self { target: Arc::new(target), left: Arc::default() }
    }

    /// Ends the session that was left, as before a long pause.
    pub fn pause(&self) {
        self.left.end();
    }

    /// Starts to do `work` on a thread of its own.
    pub(super) fn start<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Sftp) -> Result<T, SftpError> + Send + 'static,
    ) -> Result<Running<T>, SftpError> {
        let (target, left) = (Arc::clone(&self.target), Arc::clone(&self.left));
        Running::start(move |line| {
            let sftp = match left.take().map(|idle| idle.wake(line)).transpose()?.flatten() {
                Some(sftp) => sftp,
                None => session::open(&target, line)?,
            };
            let done = work(&sftp)?;
            if let Some(stream) = line.release() {
                left.put(Idle { sftp, stream });
            }
            Ok(done)
        })
    }
}

impl Left {
    fn take(&self) -> Option<Idle> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn put(&self, idle: Idle) {
        let before = self.0.lock().unwrap_or_else(PoisonError::into_inner).replace(idle);
        before.into_iter().for_each(Idle::end);
    }

    fn end(&self) {
        self.take().into_iter().for_each(Idle::end);
    }
}

impl Drop for Left {
    fn drop(&mut self) {
        self.end();
    }
}

impl Idle {
    /// The session, on the line of who uses it now; none when the server has ended it meanwhile.
    fn wake(self, line: &Line) -> Result<Option<Sftp>, SftpError> {
        line.attach(&self.stream)?;
        if self.sftp.realpath(Path::new(".")).is_ok() {
            return Ok(Some(self.sftp));
        }
        self.end();
        Ok(None)
    }

    /// Hangs up first: a goodbye would wait for the answer of the server.
    fn end(self) {
        // One that is closed already needs nothing.
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

impl fmt::Debug for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Left").finish_non_exhaustive()
    }
}
