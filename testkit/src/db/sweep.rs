//! Names of test databases, and the removal of those whose test process died.

use nix::errno::Errno;
use nix::unistd::Pid;
use sqlx::{Executor, Row};

use super::admin;

const PREFIX: &str = "footfall_test_";

/// Carries the process id, so that others can tell whether it is still in use.
pub(super) fn fresh_name() -> String {
    format!("{PREFIX}{}_{}", std::process::id(), uuid::Uuid::new_v4().simple())
}

fn owner(name: &str) -> Option<i32> {
    name.strip_prefix(PREFIX)?.split('_').next()?.parse().ok()
}

fn alive(pid: i32) -> bool {
    !matches!(nix::sys::signal::kill(Pid::from_raw(pid), None), Err(Errno::ESRCH))
}

/// Only for a cluster on this machine: elsewhere a process id says nothing.
pub(super) async fn drop_orphans(cluster: &str) -> Result<(), sqlx::Error> {
    let mut connection = admin::connect(cluster).await?;
    let rows = connection.fetch_all("select datname::text from pg_database").await?;
    for row in rows {
        let name: String = row.try_get(0)?;
        if owner(&name).is_some_and(|pid| !alive(pid)) {
            admin::execute(&mut connection, format!("drop database if exists {name} with (force)"))
                .await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_its_process() {
        let own = i32::try_from(std::process::id()).unwrap();
        assert_eq!(owner(&fresh_name()), Some(own));
        assert!(alive(own));
        assert_eq!(owner("footfall_template_00"), None);
    }
}
