//! One connection, from its first byte to its last answer.
//!
//! poem's own server polls a connection on after it has failed, and with it the handler of a client that hung up, to
//! the end. Here the connection is dropped, and with it the work that nobody waits for.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use poem::http::uri::Scheme;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Addr, Endpoint, IntoResponse, Request, RequestParts};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::activity::Activity;
use super::rest;

/// A client that opens a connection and stays silent is dropped after this time.
const IDLE: Duration = Duration::from_secs(120);

/// A request over HTTP/1.1 must be there to the end of its headers by then; counted from the answer before it, so a
/// connection is kept for the next request as long. More than the minute for which proxies keep idle ones: a request must not
/// meet a connection that is being closed.
const HEAD: Duration = Duration::from_secs(75);

/// Of all headers of one request over HTTP/2, in bytes.
const HEADER_LIST: u32 = 16_384;

/// Streams that a client opened and reset before they were worked on.
const RESET_STREAMS: usize = 20;

/// Answers the requests of one client until either side has enough, or a stop is asked for and the answer in progress
/// is given.
pub(super) async fn serve<E>(
    stream: TcpStream,
    local: SocketAddr,
    peer: SocketAddr,
    app: Arc<E>,
    stop: CancellationToken,
) where
    E: Endpoint + 'static,
    E::Output: IntoResponse,
{
    // Small answers should not wait for more to send; a socket that refuses is closed already.
    let _ = stream.set_nodelay(true);
    let (activity, stream) = Activity::of(stream);
    let (leave, mut left) = mpsc::unbounded_channel();
    let mut rests = FuturesUnordered::new();
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let (app, leave) = (app.clone(), leave.clone());
        let (local, remote) =
            (LocalAddr(Addr::SocketAddr(local)), RemoteAddr(Addr::SocketAddr(peer)));
        async move {
            let (head, body) = request.into_parts();
            let body = rest::readable(&head, body, leave);
            let head = RequestParts::from((head, local, remote, Scheme::HTTP));
            let request = Request::from_parts(head, body);
            Ok::<_, Infallible>(hyper::Response::from(app.get_response(request).await))
        }
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD);
    builder
        .http2()
        .max_header_list_size(HEADER_LIST)
        .max_pending_accept_reset_streams(RESET_STREAMS);
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let mut closing = false;
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%peer, %error, "a connection broke off");
                }
                return;
            }
            Some(body) = left.recv() => rests.push(rest::throw_away(body)),
            Some(()) = rests.next(), if !rests.is_empty() => {}
            () = stop.cancelled(), if !closing => {
                closing = true;
                connection.as_mut().graceful_shutdown();
            }
            () = activity.silent_for(IDLE) => {
                tracing::debug!(%peer, "a silent connection is closed");
                return;
            }
        }
    }
}
