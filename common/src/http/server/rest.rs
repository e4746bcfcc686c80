//! The rest of a request that was answered before it was read.
//!
//! Closing a connection on bytes that nobody read resets it, and the answer is lost to a client that writes all before
//! it reads. So the rest is read and thrown away after the answer: bounded, because whoever sends it may never end.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use hyper::body::{Body, Incoming};
use poem::http::Version;
use poem::http::header::EXPECT;
use poem::http::request::Parts;
use tokio::sync::mpsc::UnboundedSender;

/// Most that is thrown away of one request, in bytes.
const MOST: usize = 8 << 20;

/// Longest that a connection is kept open for it.
const LONGEST: Duration = Duration::from_secs(5);

/// The body of a request for the application; what it leaves unread goes to `rest`.
pub(super) fn readable(
    head: &Parts,
    body: Incoming,
    rest: UnboundedSender<Incoming>,
) -> poem::Body {
    if body.is_end_stream() {
        return poem::Body::empty();
    }
    // HTTP/2 ends a single stream; and who asks before sending has sent nothing.
    let lingers = head.version < Version::HTTP_2 && !head.headers.contains_key(EXPECT);
    let rest = lingers.then_some(rest);
    poem::Body::from_bytes_stream(Read { body: Some(body), rest })
}

#[derive(Debug)]
struct Read {
    body: Option<Incoming>,
    rest: Option<UnboundedSender<Incoming>>,
}

impl Stream for Read {
    type Item = Result<Bytes, std::io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let Some(body) = &mut self.body else { return Poll::Ready(None) };
            match std::task::ready!(Pin::new(body).poll_frame(context)) {
                Some(Ok(frame)) => {
                    // Trailers mean nothing here.
                    if let Ok(data) = frame.into_data() {
                        return Poll::Ready(Some(Ok(data)));
                    }
                }
                Some(Err(error)) => {
                    self.body = None;
                    return Poll::Ready(Some(Err(std::io::Error::other(error))));
                }
                None => self.body = None,
            }
        }
    }
}

impl Drop for Read {
    fn drop(&mut self) {
        let unread = self.body.take().filter(|body| !body.is_end_stream());
        if let (Some(body), Some(rest)) = (unread, &self.rest) {
            // A connection that is gone has no use for it.
            let _ = rest.send(body);
        }
    }
}

/// Reads to the end, or to the bound; then hyper closes the connection.
pub(super) async fn throw_away(mut body: Incoming) {
    let read = async {
        let mut bytes = 0;
        while let Some(Ok(frame)) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await
        {
            bytes += frame.data_ref().map_or(0, Bytes::len);
            if bytes > MOST {
                return;
            }
        }
    };
    // However it ends, the body is dropped.
    let _ = tokio::time::timeout(LONGEST, read).await;
}
