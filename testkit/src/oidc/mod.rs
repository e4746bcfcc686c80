//! OpenID providers: the certified one that login is proved against, and a stand-in with one-click
//! login for development and the demo, and dex, where it was built. And [`Browser`], which logs in as a person would.

mod browser;
mod certified;
mod dex;
mod stand_in;

pub use browser::{Browser, BrowserError};
pub use certified::{CertifiedProvider, Outcome};
pub use dex::Dex;
pub use stand_in::{Account, StandIn, StandInError, StandInOptions};
