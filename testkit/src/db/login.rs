/// The database login of one service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ServiceLogin {
    Auth,
    Data,
    Analytics,
}

impl ServiceLogin {
    pub const ALL: [Self; 3] = [Self::Auth, Self::Data, Self::Analytics];

    /// The role's name.
    pub const fn role(self) -> &'static str {
        match self {
            Self::Auth => "footfall_auth_service",
            Self::Data => "footfall_data_service",
            Self::Analytics => "footfall_analytics_service",
        }
    }

    /// `url` with this login in place of its user. The test cluster asks services for no password; a server named by
    /// `DATABASE_URL` may want the one in `FOOTFALL_LOGIN_PASSWORD_…`, the variable that `footfall-migrate` reads too.
    pub fn url(self, url: &str) -> String {
        let variable = self.role().replace("footfall_", "FOOTFALL_LOGIN_PASSWORD_").to_uppercase();
        let password =
            std::env::var(variable).map(|password| format!(":{password}")).unwrap_or_default();
        let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
        let authority_end = rest.find('/').unwrap_or(rest.len());
        let host = rest[..authority_end].rsplit_once('@').map_or(0, |(user, _)| user.len() + 1);
        format!("{scheme}://{}{password}@{}", self.role(), &rest[host..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_login_is_one_that_the_roles_make() {
        assert_eq!(ServiceLogin::ALL.map(ServiceLogin::role), migrations::roles::LOGINS);
    }

    #[test]
    fn the_user_of_a_url_is_replaced() {
        let expected = "postgres://footfall_data_service@127.0.0.1:5/d";
        assert_eq!(ServiceLogin::Data.url("postgres://postgres:secret@127.0.0.1:5/d"), expected);
        assert_eq!(ServiceLogin::Data.url("postgres://127.0.0.1:5/d"), expected);
    }
}
