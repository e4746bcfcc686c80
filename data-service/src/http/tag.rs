//! How the document groups the operations.

#[derive(Debug, Clone, Copy, poem_openapi::Tags)]
pub(super) enum Tag {
    /// Long work: submitted, watched, cancelled.
    Jobs,
    /// Steps that used up their attempts, to run again.
    DeadLetters,
    /// Jobs that come again and again.
    Schedules,
    /// Customers and locations: which files were met, and the rows that were left out.
    Files,
    /// What the key sees at the source, and the past to load from there.
    FirstConnect,
    /// Which days are loaded.
    Availability,
    /// What shops send by themselves, for the view of the last half hour.
    Webhooks,
    /// What a tenant takes along.
    Export,
    /// Between services of ours.
    Internal,
}
