//! Jobs that come again and again: cron lines, their slots, and the scheduler that runs them.

mod cron;
mod fire;
mod outcome;
mod plan;
mod policy;
mod scheduler;
mod slots;
mod store;
mod view;

pub use cron::{Cron, CronError};
pub use plan::{Alert, Planner, Refusal, Slot};
pub use policy::{Decision, MissedPolicy, ON_TIME, OverlapPolicy, decide, jitter};
pub use scheduler::Scheduler;
pub use slots::{Slots, TimingError};
pub use store::{NewSchedule, ScheduleError, create, pause, remove, replace, resume};
pub use view::{ScheduleView, list, lock, show};
