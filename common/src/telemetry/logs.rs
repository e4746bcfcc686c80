//! The log subscriber: text for people, JSON lines for collectors. Standard error, because standard output
//! belongs to the answers of admin verbs.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::config::{LogFormat, TelemetrySettings};

/// Logs cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// `telemetry.filter` is not a list of `target=level` directives.
    #[error("telemetry.filter `{filter}` is not a log filter: {reason}")]
    Filter {
        /// The text as configured.
        filter: String,
        /// What the parser says.
        reason: String,
    },
    /// Another subscriber is already in place.
    #[error("logging is already initialised")]
    AlreadyInitialised,
}

/// Installs the process-wide subscriber. Spans carry request and trace ids; values of type
/// [`crate::kernel::Secret`] print as redacted wherever they appear.
pub fn init_logs(settings: &TelemetrySettings) -> Result<(), TelemetryError> {
    let filter = filter(&settings.filter)?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_span_events(FmtSpan::NONE);
    let installed = match settings.format {
        LogFormat::Text => builder.with_ansi(false).try_init(),
        LogFormat::Json => builder
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .try_init(),
    };
    installed.map_err(|_| TelemetryError::AlreadyInitialised)?;
    std::panic::set_hook(Box::new(log_panic));
    Ok(())
}

/// Below this level it writes down the access tokens it gets.
const HELD_BACK: &str = "yup_oauth2=info";

/// What `directives` ask for, but for what would show secrets.
pub fn filter(directives: &str) -> Result<EnvFilter, TelemetryError> {
    EnvFilter::try_new(format!("{directives},{HELD_BACK}")).map_err(|error| {
        TelemetryError::Filter { filter: directives.to_owned(), reason: error.to_string() }
    })
}

/// Where it panicked, as a log line like any other. Who catches the panic logs what it broke.
fn log_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let location = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(
        panic.location = location,
        panic.text = panic.payload_as_str().unwrap_or_default(),
        "panic"
    );
}
