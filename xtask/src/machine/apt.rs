//! Debian's package manager, used only when it needs no password.

use std::process::Command;

use crate::cargo::{finish, output};
use crate::failure::Failure;

const INSTALL: &[&str] = &["apt-get", "install", "--yes", "--no-install-recommends"];

/// Installs `packages`, or stops with the command that somebody with the right to do so must run.
pub fn install(packages: &[&str]) -> Result<(), Failure> {
    let Some(prefix) = prefix() else {
        return Err(Failure::stopped(instruction(packages)));
    };
    println!("installing {}", packages.join(" "));
    // A machine that never updated knows no packages; one that did may know superseded ones.
    finish(&mut command(&prefix, &["apt-get", "update", "--quiet"]), "apt-get update")?;
    let arguments = [INSTALL, packages].concat();
    finish(&mut command(&prefix, &arguments), &arguments.join(" "))
        .map_err(|failure| Failure::stopped(format!("{failure}\n{}", instruction(packages))))
}

fn instruction(packages: &[&str]) -> String {
    if output("apt-get", &["--version"]).is_some() {
        return format!(
            "this machine lacks some packages; run\n\n    sudo {} {}\n",
            INSTALL.join(" "),
            packages.join(" ")
        );
    }
    format!(
        "this machine lacks what Debian calls {}; install it and try again",
        packages.join(", ")
    )
}

/// How to become root without being asked for a password.
fn prefix() -> Option<Vec<&'static str>> {
    output("apt-get", &["--version"])?;
    if output("id", &["-u"])? == "0" {
        return Some(Vec::new());
    }
    output("sudo", &["-n", "true"]).map(|_| vec!["sudo", "-n"])
}

fn command(prefix: &[&str], arguments: &[&str]) -> Command {
    let words = [&["env", "DEBIAN_FRONTEND=noninteractive"], arguments].concat();
    let words = [prefix, &words].concat();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_instruction_names_every_package() {
        let text = instruction(&["libssl-dev", "pkg-config"]);
        assert!(text.contains("libssl-dev") && text.contains("pkg-config"));
    }
}
