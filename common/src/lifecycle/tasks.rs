//! Tracked background tasks: every task has a name, is drained at shutdown, and cannot die unseen.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use super::Shutdown;

/// Spawner whose tasks are named, tracked and drained. Clones share one set of tasks.
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    shutdown: Shutdown,
    running: Arc<Running>,
    failed: Arc<AtomicBool>,
}

#[derive(Debug, Default)]
struct Running {
    next: AtomicU64,
    names: Mutex<BTreeMap<u64, &'static str>>,
}

impl Running {
    fn names(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, &'static str>> {
        // A panic while holding it leaves the map whole: insert and remove are its only uses.
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The drain deadline passed while these tasks were still running.
#[derive(Debug, thiserror::Error)]
#[error("tasks still running after the drain deadline: {}", .running.join(", "))]
pub struct DrainError {
    /// Names of the tasks, one entry per task.
    pub running: Vec<&'static str>,
}

impl Tasks {
    /// An empty set bound to `shutdown`.
    pub fn new(shutdown: Shutdown) -> Self {
        Self { shutdown, ..Self::default() }
    }

    /// The stop signal these tasks watch.
    pub fn shutdown(&self) -> &Shutdown {
        &self.shutdown
    }

    /// Runs a task to its end; a panic is logged and ends only this task.
    pub fn spawn<F>(&self, name: &'static str, task: F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let guard = self.enter(name);
        let span = tracing::info_span!("task", task = name);
        let caught = AssertUnwindSafe(task).catch_unwind().instrument(span);
        self.tracker.spawn(async move {
            let _guard = guard;
            if let Err(panic) = caught.await {
                tracing::error!(task = name, panic = panic_text(panic.as_ref()), "task panicked");
            }
        });
    }

    /// Runs a task the process cannot live without: when it fails, panics or ends before a stop was asked
    /// for, the whole process drains and exits as failed, so a supervisor starts it afresh.
    pub fn spawn_essential<F, E>(&self, name: &'static str, task: F)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Display + Send + 'static,
    {
        let guard = self.enter(name);
        let span = tracing::info_span!("task", task = name);
        let caught = AssertUnwindSafe(task).catch_unwind().instrument(span);
        let (shutdown, failed) = (self.shutdown.clone(), self.failed.clone());
        self.tracker.spawn(async move {
            let _guard = guard;
            match caught.await {
                Ok(Ok(())) if shutdown.requested() => return,
                Ok(Ok(())) => tracing::error!(task = name, "essential task ended early"),
                Ok(Err(error)) => tracing::error!(task = name, %error, "essential task failed"),
                Err(panic) => {
                    tracing::error!(
                        task = name,
                        panic = panic_text(panic.as_ref()),
                        "essential task panicked"
                    );
                }
            }
            failed.store(true, Ordering::Release);
            shutdown.request();
        });
    }

    /// True when an essential task failed.
    pub fn failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }

    /// Asks for the soft stop and waits for every task, at most `deadline`.
    pub async fn drain(&self, deadline: Duration) -> Result<(), DrainError> {
        self.shutdown.request();
        self.tracker.close();
        match tokio::time::timeout(deadline, self.tracker.wait()).await {
            Ok(()) => Ok(()),
            Err(_) => Err(DrainError { running: self.running.names().values().copied().collect() }),
        }
    }

    fn enter(&self, name: &'static str) -> Guard {
        let id = self.running.next.fetch_add(1, Ordering::Relaxed);
        self.running.names().insert(id, name);
        Guard { id, running: self.running.clone() }
    }
}

struct Guard {
    id: u64,
    running: Arc<Running>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.running.names().remove(&self.id);
    }
}

/// The text a panic was raised with, when it has one.
pub(crate) fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&'static str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("panic without text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn drain_waits_for_running_tasks() {
        let tasks = Tasks::new(Shutdown::new());
        let done = Arc::new(AtomicBool::new(false));
        let (flag, shutdown) = (done.clone(), tasks.shutdown().clone());
        tasks.spawn("finisher", async move {
            shutdown.wait().await;
            tokio::task::yield_now().await;
            flag.store(true, Ordering::SeqCst);
        });
        tasks.drain(Duration::from_secs(5)).await.unwrap();
        assert!(done.load(Ordering::SeqCst));
        assert!(!tasks.failed());
    }

    #[tokio::test(start_paused = true)]
    async fn drain_names_what_hangs() {
        let tasks = Tasks::new(Shutdown::new());
        tasks.spawn("hanging", std::future::pending());
        let error = tasks.drain(Duration::from_secs(10)).await.unwrap_err();
        assert_eq!(error.running, ["hanging"]);
    }

    #[tokio::test]
    async fn a_panicking_task_ends_alone() {
        let tasks = Tasks::new(Shutdown::new());
        tasks.spawn("bad", async { panic!("boom") });
        tasks.tracker.close();
        tasks.tracker.wait().await;
        assert!(!tasks.shutdown().requested());
        assert!(tasks.running.names().is_empty());
    }

    #[tokio::test]
    async fn an_essential_task_takes_the_process_down() {
        for case in ["fails", "ends", "panics"] {
            let tasks = Tasks::new(Shutdown::new());
            tasks.spawn_essential("loop", async move {
                match case {
                    "fails" => Err("broken"),
                    "ends" => Ok(()),
                    _ => panic!("boom"),
                }
            });
            tasks.shutdown().wait().await;
            assert!(tasks.failed(), "{case}");
        }
    }
}
