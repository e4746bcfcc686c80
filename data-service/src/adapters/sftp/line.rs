//! Blocking work on its own thread, with a line that the waiting side can cut.

use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use super::SftpError;

/// The connection as the waiting side sees it.
#[derive(Debug, Clone, Default)]
pub(super) struct Line(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    stream: Option<TcpStream>,
    cut: bool,
}

impl Line {
    /// Lets the waiting side cut `stream`; fails when it already left.
    pub(super) fn attach(&self, stream: &TcpStream) -> Result<(), SftpError> {
        let left = || SftpError::Broken { during: "connecting", message: "cancelled".to_owned() };
        let copy = stream.try_clone().map_err(|error| SftpError::read(&error))?;
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.cut {
            return Err(left());
        }
        state.stream = Some(copy);
        Ok(())
    }

    /// Takes the connection out of the waiting side's reach; none when that side cut it.
    pub(super) fn release(&self) -> Option<TcpStream> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).stream.take()
    }

    fn cut(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.cut = true;
        if let Some(stream) = state.stream.take() {
            // A blocked read returns at once; a stream that is closed already needs nothing.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// Blocking work that runs elsewhere. Dropping it cuts the line.
#[derive(Debug)]
pub(super) struct Running<T> {
    result: oneshot::Receiver<Result<T, SftpError>>,
    line: Line,
}

impl<T: Send + 'static> Running<T> {
    pub(super) fn start(
        work: impl FnOnce(&Line) -> Result<T, SftpError> + Send + 'static,
    ) -> Result<Self, SftpError> {
        let line = Line::default();
        let (give, result) = oneshot::channel();
        let theirs = line.clone();
        std::thread::Builder::new()
            .name("sftp".to_owned())
            .spawn(move || {
                // Nobody waits any more when this fails.
                let _ = give.send(work(&theirs));
            })
            .map_err(SftpError::NoThread)?;
        Ok(Self { result, line })
    }

    pub(super) async fn result(&mut self) -> Result<T, SftpError> {
        (&mut self.result).await.unwrap_or_else(|_| {
            Err(SftpError::Broken { during: "working", message: "its thread ended".to_owned() })
        })
    }
}

impl<T> Drop for Running<T> {
    fn drop(&mut self) {
        self.line.cut();
    }
}
