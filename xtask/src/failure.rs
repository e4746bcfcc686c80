use std::fmt;
use std::process::ExitCode;

/// Why a command stopped.
#[derive(Debug)]
pub enum Failure {
    /// Something ran and did not succeed.
    Failed(String),
    /// Asked for something that does not exist, or the machine lacks something that we may not install.
    Stopped(String),
}

impl Failure {
    pub fn failed(message: impl Into<String>) -> Self {
        Self::Failed(message.into())
    }

    pub fn stopped(message: impl Into<String>) -> Self {
        Self::Stopped(message.into())
    }

    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Failed(_) => ExitCode::from(1),
            Self::Stopped(_) => ExitCode::from(2),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(message) | Self::Stopped(message) => f.write_str(message),
        }
    }
}
