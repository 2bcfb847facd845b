//! The command line.

mod admin;
mod audit;
mod demo;
mod import;
mod keys;
mod log;
mod migrate;
mod serve;
mod start;
mod ticket;
mod token;

pub use start::STACK_BYTES;

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{Config, HttpConfig};
use crate::error::Result;

/// One funnel, shared credit, and what a close costs from each resource.
#[derive(Debug, Parser)]
#[command(name = "tandem", version, arg_required_else_help = true)]
struct Arguments {
    #[command(flatten)]
    config: Config,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Answer GraphQL over HTTP. Schema changes that are missing are made first.
    Serve(HttpConfig),
    /// Serve a made-up organization, with tokens and questions to begin with.
    Demo(HttpConfig),
    /// Create organizations and their first admins.
    #[command(subcommand)]
    Admin(admin::Command),
    /// Prove that the audit log is whole.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Change the schema of the database.
    #[command(subcommand)]
    Migrate(migrate::Command),
    /// Print the GraphQL schema.
    Schema,
    /// Import CSV files of other systems.
    Import(import::Arguments),
    /// Print an access token for a member, good for a quarter of an hour. For development and scripts.
    Token(token::Arguments),
    /// Print an invitation for a member to choose a password with, good for 7 days.
    Invite(ticket::Arguments),
    /// Print a ticket for a member to choose a new password with, good for an hour.
    ResetPassword(ticket::Arguments),
    /// Replace the key that access tokens are signed with.
    #[command(subcommand)]
    Keys(keys::Command),
}

/// Runs the command line of the process.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    log::start(arguments.config.log_format);
    let done = start::runtime().and_then(|runtime| runtime.block_on(execute(arguments)));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where the complaint itself cannot be written there is nobody left to tell.
            let _ = writeln!(std::io::stderr(), "error: {}", error.for_operator());
            ExitCode::FAILURE
        }
    }
}

async fn execute(arguments: Arguments) -> Result<()> {
    let config = arguments.config;
    match arguments.command {
        Command::Serve(http) => serve::run(&config, &http).await,
        Command::Demo(http) => demo::run(&config, &http).await,
        Command::Admin(command) => admin::run(&config, command).await,
        Command::Audit(command) => audit::run(&config, command).await,
        Command::Migrate(command) => migrate::run(&config, command).await,
        Command::Schema => print(&crate::graphql::sdl()),
        Command::Import(arguments) => import::run(&config, &arguments).await,
        Command::Token(arguments) => token::run(&config, &arguments).await,
        Command::Invite(arguments) => ticket::invite(&config, &arguments).await,
        Command::ResetPassword(arguments) => ticket::reset(&config, &arguments).await,
        Command::Keys(command) => keys::run(&config, command),
    }
}

/// Writes a text to standard output. A reader that has gone away (`| head`) is no failure.
fn print(text: &str) -> Result<()> {
    match writeln!(std::io::stdout(), "{}", text.trim_end()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(crate::Error::internal(error)),
        _ => Ok(()),
    }
}
