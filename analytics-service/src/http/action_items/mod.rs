//! `/action-items`: things to do that remember what happened to them.

mod body;
mod history;
mod list;
mod routes;
mod show;

pub(super) use routes::ActionItemsApi;

/// The path of an item.
fn path_of(id: impl std::fmt::Display) -> String {
    format!("/analytics/v1/action-items/{id}")
}
