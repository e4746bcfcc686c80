//! Use cases, one a file, and what they share.

mod begin_login;
mod change_configuration;
mod create_tenant;
mod finish_login;
mod issue_token;
mod keys;
mod logout;
mod parts;
mod read_configuration;
mod retention;

pub use begin_login::{Begun, LOGIN_LIFETIME, begin_login};
pub use change_configuration::{Asker, change_configuration};
pub use create_tenant::{Created, NewTenant, create_tenant};
pub use finish_login::{Callback, Finished, finish_login};
pub use issue_token::{IssuedToken, issue_token};
pub use keys::{Signer, ensure_key, published_keys};
pub use logout::logout;
pub use parts::App;
pub use read_configuration::{Configuration, read_configuration};
pub use retention::{Removed, remove_outdated};
