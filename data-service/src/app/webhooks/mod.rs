//! Webhooks of shops: the endpoints they are sent to, and what comes in.

mod change;
mod create;
mod forget;
mod housekeeping;
mod receive;
mod rewrap;
mod rotate_secret;
mod secrets;

pub use change::{EndpointChange, change};
pub use create::{NewEndpoint, create};
pub use forget::{Forgotten, forget};
pub use housekeeping::keep_house;
pub use receive::{Receipt, ReceiveError, receive};
pub use rewrap::{Rewrapped, rewrap};
pub use rotate_secret::rotate_secret;

pub use crate::domain::webhook::{Claims, Distrust, Fault, MOST_EVENTS, Proof};
pub use crate::store::webhook_delivery::{DeliveryRow, DeliveryStatus, page as deliveries};
pub use crate::store::webhook_endpoint::{EndpointRow, find, list, lock, remove};

use common::crypto::{OpenError, SealError};
use common::db::DbError;

/// Why an endpoint is not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    #[error("another endpoint has this name")]
    NameTaken,
    #[error("the property is not known")]
    UnknownProperty,
    #[error("no secret was made")]
    Secret(#[from] SecretError),
    #[error(transparent)]
    Db(DbError),
}

/// Why a secret cannot be made or read.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("the operating system has no randomness to give")]
    Randomness,
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Form(#[from] crate::domain::webhook::NotASecret),
}

impl From<DbError> for EndpointError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Unique { constraint } if constraint == "webhook_endpoint_name_unique" => {
                Self::NameTaken
            }
            // The tenant is there, so it is the property that is not.
            DbError::ForeignKey { .. } => Self::UnknownProperty,
            error => Self::Db(error),
        }
    }
}
