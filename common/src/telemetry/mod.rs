//! Logs, metrics and trace context of one process. Initialised once by the shared main.

mod logs;
mod metrics;
mod origin;
mod request_id;
mod trace_context;

pub use logs::{TelemetryError, filter, init_logs};
pub use metrics::metrics_handle;
pub use metrics_exporter_prometheus::PrometheusHandle;
pub use origin::Origin;
pub use request_id::{current_request_id, with_request_id};
pub use trace_context::TraceContext;
