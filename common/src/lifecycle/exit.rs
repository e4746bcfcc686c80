//! What the exit code of a Footfall process tells its supervisor.

use std::process::ExitCode;

/// Outcome of a process. Codes are part of the operating contract: supervisors and tests read them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: the role ended by itself or drained after a signal.
    Drained,
    /// 1: the role failed.
    Failed,
    /// 2: the configuration is unusable; starting again without a change is pointless.
    Configuration,
    /// 3: the database is away or its schema has another version; starting again later may help.
    Database,
    /// 4: the drain deadline passed with tasks still running; their leases expire by themselves.
    DrainTimedOut,
    /// 5: a second signal stopped the process without draining.
    Stopped,
}

impl Exit {
    /// The number the operating system sees.
    pub fn code(self) -> u8 {
        match self {
            Exit::Drained => 0,
            Exit::Failed => 1,
            Exit::Configuration => 2,
            Exit::Database => 3,
            Exit::DrainTimedOut => 4,
            Exit::Stopped => 5,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}
