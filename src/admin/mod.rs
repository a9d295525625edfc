//! The program: its command line, its configuration, and the commands, which reach a ledger through
//! the operator API alone. Knows no rule.

mod bounds;
mod cli;
mod commands;
mod config;
mod couriers;
mod demo;
mod door_settings;
mod exit;
mod file_modes;
mod folders;
#[cfg(any(test, feature = "fuzzing"))]
mod fuzzing;
mod gateway;
mod load;
mod log_fields;
mod logging;
mod master_key;
mod named_lines;
mod operator_token;
mod panic;
mod paper;
mod part_file;
mod paths;
mod receipt_check;
mod receipt_list;
mod renewal;
mod requests;
mod row_file;
mod serve;
mod service_manager;
mod settings_file;
mod sheet;
mod shown;
mod stop_signals;
mod terminal;
mod traces;
mod variable;
mod verification;
mod watchdog;
mod way_in;

pub use exit::ExitStatus;

use crate::admin::cli::{Cli, Command, Serve};
use crate::admin::config::Configuration;
use crate::admin::exit::Failure;
use crate::admin::logging::LogFormat;
use crate::admin::serve::Extras;
use clap::Parser;
use std::ffi::OsString;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What fuzzers drive of this room.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn fuzz_targets() -> Vec<crate::fuzzing::Target> {
    fuzzing::targets()
}

/// What is logged by commands that answer on the terminal.
const QUIET: &str = "warn";

/// Runs the program with the arguments of the command line, the program's name first.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitStatus {
    panic::tell_in_one_sentence();
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(told) => return tell(&told),
    };
    // The hook has said what happened; a bug of ours is a refusal to the caller.
    let outcome = catch_unwind(AssertUnwindSafe(|| perform(cli.command)));
    match outcome {
        Ok(Ok(())) => ExitStatus::Fine,
        Ok(Err(failure)) => {
            terminal::complain(&failure.to_string());
            failure.status()
        }
        Err(_) => ExitStatus::DiffersOrRefused,
    }
}

fn perform(command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve(asked) => {
            let Serve { config, print_codes, bench_routes, flags } = *asked;
            let configuration = Configuration::load(flags, config.as_deref())?;
            in_system(serve::run(&configuration, Extras { print_codes, bench_routes }))
        }
        Command::Demo(asked) => in_system(demo::run(&asked)),
        Command::Load(asked) => in_system(load::run(&asked)),
        Command::Tenant(asked) => quietly(commands::tenant(&asked)),
        Command::Customer(asked) => quietly(commands::customer(&asked)),
        Command::Adjust(asked) => quietly(commands::adjust(&asked)),
        Command::Report(asked) => quietly(commands::report(&asked)),
        Command::Import(asked) => quietly(commands::import(&asked)),
        Command::Export(asked) => quietly(commands::export(&asked)),
        Command::Verify(asked) => quietly(commands::verify(&asked)),
        Command::Rebuild(asked) => commands::rebuild(&asked),
        Command::Snapshot(asked) => quietly(commands::snapshot(&asked)),
        Command::Restore(asked) => commands::restore(&asked),
        Command::Archive(asked) => quietly(commands::archive(&asked)),
        Command::Reseal(asked) => commands::reseal(&asked),
        Command::Settings(asked) => quietly(commands::settings(&asked)),
        Command::Sale(asked) => quietly(commands::sale(&asked)),
        Command::GiftCard(asked) => quietly(commands::gift_card(&asked)),
        Command::Coupon(asked) => quietly(commands::coupon(&asked)),
        Command::Webhook(asked) => quietly(commands::webhook(&asked)),
        Command::Operator(asked) => quietly(commands::operator(&asked)),
        Command::Audit(asked) => quietly(commands::audit(&asked)),
    }
}

fn quietly(command: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let _exported = logging::start(QUIET, LogFormat::Text)?;
    in_system(command)
}

/// A house lives inside an actix system.
fn in_system(command: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    actix::System::new().block_on(command)
}

/// Help and version are what was asked for; anything else is a wrong command line.
fn tell(told: &clap::Error) -> ExitStatus {
    terminal::show(&told.render().to_string(), told.use_stderr());
    if told.use_stderr() { ExitStatus::Usage } else { ExitStatus::Fine }
}
