//! Tags of the OpenAPI document, by resource.

use poem_openapi::Tags;

#[derive(Tags)]
pub(super) enum Tag {
    /// Numbers of a range of days.
    Statistics,
    /// Lists of things to do.
    Tasks,
    /// Branch reports: preview, sending, what became of it.
    Reports,
    /// Whether the service can work.
    Health,
    /// Between services of ours.
    Internal,
}
