//! OpenID providers: the certified one that login is proved against, and a stand-in with one-click
//! login for development and the demo, and Keycloak, where it is installed. And [`Browser`], which logs in as a person would.

mod browser;
mod certified;
mod keycloak;
mod stand_in;

pub use browser::{Browser, BrowserError};
pub use certified::{CertifiedProvider, Outcome};
pub use keycloak::Keycloak;
pub use stand_in::{Account, StandIn, StandInError, StandInOptions};
