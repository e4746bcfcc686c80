//! A second identity provider that nobody here wrote: Keycloak, as its makers put it on Maven Central.

use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use super::{Need, python};
use crate::cargo::{finish, output};
use crate::failure::Failure;
use crate::workspace::Workspace;

/// Maven Central or a mirror of it. Nothing else here comes from there, so that it has no default.
const REPOSITORY: &str = "FOOTFALL_MAVEN_REPOSITORY";
const VERSION: &str = "26.2.5";
const SHA_256: &str = "31c298273557bd53270905ae63c1522e319d2137ccce17318171864be496d699";
const OLDEST_JAVA: u32 = 17;

/// Unpacks Keycloak at `keycloak/home` of the cache, built for a database in memory: then a start changes nothing
/// there, and several can run from it at once.
pub fn provide(workspace: &Workspace) -> Result<(), Failure> {
    super::provide(workspace, &[Need::Java, Need::Curl])?;
    let folder = workspace.cache().join("keycloak");
    python::once(&folder, SHA_256, || {
        let archive = folder.join("keycloak.zip");
        let unpacked = folder.join(format!("keycloak-{VERSION}"));
        let home = folder.join("home");
        download(&archive)?;
        verify(&archive)?;
        absent(std::fs::remove_dir_all(&unpacked), &unpacked)?;
        let mut unzip = Command::new("python3");
        unzip.args(["-m", "zipfile", "-e"]).args([&archive, &folder]);
        finish(&mut unzip, "python3 -m zipfile")?;
        // Python unpacks no permissions, so that the shell has to be named.
        let mut build = Command::new("sh");
        build.arg(unpacked.join("bin/kc.sh")).args(["build", "--db=dev-mem"]);
        finish(&mut build, "kc.sh build")?;
        absent(std::fs::remove_dir_all(&home), &home)?;
        std::fs::rename(&unpacked, &home)
            .map_err(|error| Failure::failed(format!("{}: {error}", home.display())))?;
        absent(std::fs::remove_file(&archive), &archive)
    })
}

/// Whether the Java that is there is new enough.
pub fn java_runs_it() -> bool {
    major(&output("java", &["--version"]).unwrap_or_default()) >= Some(OLDEST_JAVA)
}

/// Of `openjdk 17.0.15 2025-04-15`.
fn major(version: &str) -> Option<u32> {
    version.split_whitespace().nth(1)?.split(['.', '-']).next()?.parse().ok()
}

fn download(archive: &Path) -> Result<(), Failure> {
    let repository = std::env::var(REPOSITORY).map_err(|_| {
        Failure::stopped(format!("{REPOSITORY} has to name Maven Central or a mirror of it"))
    })?;
    let url = url(&repository);
    println!("downloading {url}, 155 MB");
    let mut curl = Command::new("curl");
    curl.args(["--fail", "--location", "--silent", "--show-error", "--retry", "3", "--output"]);
    finish(curl.arg(archive).arg(url), "curl")
}

fn url(repository: &str) -> String {
    let repository = repository.trim_end_matches('/');
    let name = "keycloak-quarkus-dist";
    format!("{repository}/org/keycloak/{name}/{VERSION}/{name}-{VERSION}.zip")
}

fn verify(archive: &Path) -> Result<(), Failure> {
    let path = archive.to_string_lossy();
    let sum = output("sha256sum", &["--binary", &path]).unwrap_or_default();
    if sum.starts_with(SHA_256) {
        return Ok(());
    }
    Err(Failure::failed(format!("{path} is not the Keycloak that is wanted: sha256sum {sum}")))
}

/// What is not there needs no removal.
fn absent(result: std::io::Result<()>, path: &Path) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(Failure::failed(format!("{}: {error}", path.display())))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planted::Planted;

    #[test]
    fn the_major_version_of_java_is_read() {
        assert_eq!(major("openjdk 17.0.15 2025-04-15"), Some(17));
        assert_eq!(major("openjdk 25-ea 2025-09-16"), Some(25));
        assert!(major("") < Some(OLDEST_JAVA));
    }

    #[test]
    fn a_mirror_may_end_in_a_slash() {
        assert_eq!(url("https://mirror.invalid/maven/"), url("https://mirror.invalid/maven"));
    }

    #[test]
    fn what_is_not_keycloak_is_not_unpacked() {
        let tree = Planted::new(&[("keycloak.zip", "something else")]);
        let refused = verify(&tree.root().join("keycloak.zip")).map_err(|error| error.to_string());
        assert!(refused.is_err_and(|text| text.contains("is not the Keycloak that is wanted")));
    }
}
