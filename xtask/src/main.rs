//! Build and development commands: `cargo xtask help`.
//!
//! Standard library only, so that it builds on a machine that has nothing but Rust and a linker. It finds out what
//! else is missing, installs it or says how, and hands over to cargo or to `footfall-dev`.

mod cargo;
mod check;
mod ci;
mod command;
mod failure;
mod hand_over;
mod machine;
#[cfg(test)]
mod planted;
mod source;
mod test;
mod workspace;

use std::process::ExitCode;

use command::Command;
use failure::Failure;
use machine::Need;
use workspace::Workspace;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            failure.exit_code()
        }
    }
}

fn run(arguments: &[String]) -> Result<(), Failure> {
    let Some((name, rest)) = arguments.split_first() else {
        print!("{}", command::help());
        return Ok(());
    };
    let workspace = Workspace::find()?;
    match Command::parse(name)? {
        Command::Help => {
            print!("{}", command::help());
            Ok(())
        }
        Command::Setup => machine::provide(&workspace, Need::everything()),
        Command::Test => {
            machine::provide(&workspace, Need::everything())?;
            test::run(&workspace, rest)
        }
        Command::Providers => {
            machine::provide(&workspace, Need::everything())?;
            machine::keycloak::provide(&workspace)?;
            let tests = ["--test", "service", "--", "login::", "keycloak::", "provider"];
            test::run(&workspace, &tests.map(str::to_owned))
        }
        Command::Ci => ci::run(&workspace),
        Command::Check => check::run(&workspace, rest),
        Command::Dev(verb) => {
            machine::provide(&workspace, Need::to_run())?;
            hand_over::to_footfall_dev(&workspace, verb, rest)
        }
    }
}
