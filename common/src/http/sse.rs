//! Server-sent events end when the process drains; clients reconnect with `Last-Event-ID` to another one.

use futures_util::{Stream, StreamExt};

use crate::lifecycle::Shutdown;

/// `events` until a stop is asked for. Without this an open stream would hold up the drain.
pub fn event_stream<S: Stream>(
    events: S,
    shutdown: &Shutdown,
) -> impl Stream<Item = S::Item> + use<S> {
    let shutdown = shutdown.clone();
    events.take_until(async move { shutdown.wait().await })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn ends_with_the_process() {
        let shutdown = Shutdown::new();
        let mut events = Box::pin(event_stream(futures_util::stream::pending::<u8>(), &shutdown));
        shutdown.request();
        assert_eq!(events.next().await, None);
    }
}
