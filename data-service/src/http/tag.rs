//! How the document groups the operations.

#[derive(Debug, Clone, Copy, poem_openapi::Tags)]
pub(super) enum Tag {
    /// Long work: submitted, watched, cancelled.
    Jobs,
    /// Which days are loaded.
    Availability,
}
