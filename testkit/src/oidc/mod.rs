//! OpenID providers: the certified one that login is proved against, and a stand-in with one-click
//! login for development and the demo. And [`Browser`], which logs in as a person would.

mod browser;
mod certified;
mod stand_in;

pub use browser::{Browser, BrowserError};
pub use certified::{CertifiedProvider, Outcome};
pub use stand_in::{Account, StandIn, StandInError, StandInOptions};
