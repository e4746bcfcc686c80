//! Where something is to be done.

use poem_openapi::Object;

use super::stats::LocationKind;

#[derive(Debug, Object)]
#[oai(rename = "TaskLocation")]
pub(super) struct LocationBody {
    pub code: String,
    pub name: Option<String>,
    pub kind: LocationKind,
}
