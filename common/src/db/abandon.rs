//! Work that is given up half-way: its time is over, or whoever asked is gone.
//!
//! A transaction that is dropped while a statement runs goes back to the pool, and Postgres works on for nobody, up to
//! the limit of one statement. Work that may be given up is wrapped: dropped before its end, it closes the connections
//! of its transactions, and Postgres ends the statement of a connection that is gone.

use std::cell::Cell;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

thread_local! {
    static ABANDONING: Cell<bool> = const { Cell::new(false) };
}

/// Whether a transaction that is dropped now is dropped in the middle of its work.
pub(super) fn abandoning() -> bool {
    ABANDONING.get()
}

/// A future that closes the connections it holds when it is dropped before its end.
pub struct Abandonable<F>(Option<Pin<Box<F>>>);

impl<F> Abandonable<F> {
    pub fn new(work: F) -> Self {
        Self(Some(Box::pin(work)))
    }
}

impl<F> fmt::Debug for Abandonable<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Abandonable").field("ended", &self.0.is_none()).finish()
    }
}

impl<F: Future> Future for Abandonable<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        // A future is not polled after its end.
        let Some(work) = &mut self.0 else { return Poll::Pending };
        let polled = work.as_mut().poll(context);
        if polled.is_ready() {
            self.0 = None;
        }
        polled
    }
}

impl<F> Drop for Abandonable<F> {
    fn drop(&mut self) {
        let Some(work) = self.0.take() else { return };
        // Set back by its own drop: the work may panic while it is dropped.
        let _marked = Marked(ABANDONING.replace(true));
        drop(work);
    }
}

struct Marked(bool);

impl Drop for Marked {
    fn drop(&mut self) {
        ABANDONING.set(self.0);
    }
}
