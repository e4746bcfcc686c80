//! The cookies of a browser: the session, and the tie between a login and its answer.

use chrono::TimeDelta;
use common::auth::cookie_name;
use common::config::HttpSettings;

/// How cookies are named and sent under these settings.
#[derive(Debug, Clone, Copy)]
pub struct Cookies {
    insecure: bool,
}

impl Cookies {
    pub const fn new(settings: &HttpSettings) -> Self {
        Self { insecure: settings.insecure_loopback_cookies }
    }

    pub const fn session_name(self) -> &'static str {
        cookie_name(self.insecure)
    }

    pub const fn login_name(self) -> &'static str {
        if self.insecure { "footfall_login_dev" } else { "__Host-footfall-login" }
    }

    /// `Set-Cookie` that keeps `value` for `lifetime`. Lax, because the provider's answer arrives
    /// by a navigation from another site.
    pub fn keep(self, name: &str, value: &str, lifetime: TimeDelta) -> String {
        let secure = if self.insecure { "" } else { "; Secure" };
        let seconds = lifetime.num_seconds();
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}")
    }

    /// `Set-Cookie` that removes the cookie.
    pub fn drop(self, name: &str) -> String {
        self.keep(name, "", TimeDelta::zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_cookie_is_host_bound_and_out_of_reach_of_scripts() {
        let cookies = Cookies::new(&HttpSettings::default());
        assert_eq!(
            cookies.keep(cookies.session_name(), "v", TimeDelta::hours(1)),
            "__Host-footfall=v; Path=/; HttpOnly; SameSite=Lax; Max-Age=3600; Secure"
        );
    }
}
