//! The commands there are. The acceptance map may name only these.

use crate::failure::Failure;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    Test,
    Ci,
    Check,
    Providers,
    Setup,
    Help,
    /// Done by `footfall-dev`, under the same name.
    Dev(&'static str),
}

const COMMANDS: &[(&str, Command, &str)] = &[
    (
        "demo",
        Command::Dev("demo"),
        "the whole product on this machine, with stand-ins for outside systems [--once] [--json]",
    ),
    ("up", Command::Dev("up"), "start database, stand-ins and the six processes, and stay"),
    ("down", Command::Dev("down"), "stop what demo or up left running"),
    ("reset", Command::Dev("reset"), "down, and delete the demo's data"),
    ("generate", Command::Dev("generate"), "write generated GA4 days as newline-delimited JSON"),
    (
        "bench",
        Command::Dev("bench"),
        "measure in an optimised build, one JSON line a figure: bench smoke, auth, ingest, jobs, stats or files",
    ),
    (
        "chaos",
        Command::Dev("chaos"),
        "kill, stop and cut at random, then check that nothing is lost or doubled [--minutes N] [--seed S]",
    ),
    ("test", Command::Test, "run every test on components started for it [NAME]"),
    ("ci", Command::Ci, "format, lints, checks and tests: what must pass before a change lands"),
    ("check", Command::Check, "run one check of ci: check [NAME]"),
    (
        "providers",
        Command::Providers,
        "install the identity provider Keycloak (155 MB, needs Java and curl) and run the tests of logging in at each provider",
    ),
    ("setup", Command::Setup, "install what this machine lacks for the commands above"),
    ("help", Command::Help, "this text"),
];

impl Command {
    pub fn parse(name: &str) -> Result<Self, Failure> {
        let name = if matches!(name, "-h" | "--help") { "help" } else { name };
        COMMANDS
            .iter()
            .find(|(known, ..)| *known == name)
            .map(|(_, command, _)| *command)
            .ok_or_else(|| Failure::stopped(format!("no command `{name}`\n\n{}", help())))
    }
}

pub fn help() -> String {
    let mut text = String::from("cargo xtask COMMAND\n\n");
    for (name, _, what) in COMMANDS {
        text.push_str(&format!("  {name:10} {what}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_command_is_found_and_an_unknown_one_stops_with_the_list() {
        assert_eq!(Command::parse("demo").ok(), Some(Command::Dev("demo")));
        assert_eq!(Command::parse("--help").ok(), Some(Command::Help));
        let failure = Command::parse("dmeo").map(drop).map_err(|failure| failure.to_string());
        assert!(
            failure.is_err_and(|text| text.contains("no command `dmeo`") && text.contains("demo"))
        );
    }
}
