//! The statements every table of ours gets: who reads, who writes, which rows.

/// Who may write a table. Everyone in `footfall_app` may read it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Writer {
    Auth,
    Data,
    Analytics,
    /// All three services, through `common` only.
    Common,
}

impl Writer {
    const fn role(self) -> &'static str {
        match self {
            Self::Auth => "footfall_auth_service",
            Self::Data => "footfall_data_service",
            Self::Analytics => "footfall_analytics_service",
            Self::Common => "footfall_app",
        }
    }
}

/// The tenant of the transaction. After a transaction-local setting ended it reads as an empty
/// text, not as NULL; both mean no tenant.
pub(crate) const CURRENT_TENANT: &str =
    "(SELECT nullif(current_setting('app.tenant_id', true), '')::uuid)";

/// Row-level security, forced for the owner too, and the grants of a table with `tenant_id`.
pub(crate) fn tenant_table(table: &str, writer: Writer) -> String {
    format!(
        "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
         ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
         CREATE POLICY tenant ON {table} TO footfall_app
           USING (tenant_id = {CURRENT_TENANT}) WITH CHECK (tenant_id = {CURRENT_TENANT});
         GRANT SELECT ON {table} TO footfall_app;
         GRANT INSERT, UPDATE, DELETE ON {table} TO {writer};",
        writer = writer.role()
    )
}

/// As [`tenant_table`], and the claimer works on the rows of every tenant.
pub(crate) fn queue_table(table: &str, writer: Writer) -> String {
    format!(
        "{}
         CREATE POLICY worker ON {table} TO footfall_worker USING (true) WITH CHECK (true);
         GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO footfall_worker;",
        tenant_table(table, writer)
    )
}

/// Lets the credential lookup read a tenant table before the tenant is known.
pub(crate) fn lookup_table(table: &str) -> String {
    format!(
        "CREATE POLICY lookup ON {table} FOR SELECT TO footfall_auth USING (true);
         GRANT SELECT ON {table} TO footfall_auth;"
    )
}

/// A table without tenants: written by auth-service, read by the credential lookup.
pub(crate) fn identity_table(table: &str) -> String {
    format!(
        "GRANT SELECT ON {table} TO footfall_auth;
         GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO footfall_auth_service;"
    )
}
