//! `tandem migrate`.

use clap::Subcommand;

use super::{print, start};
use crate::config::Config;
use crate::db::Db;
use crate::error::Result;

#[derive(Clone, Copy, Debug, Subcommand)]
pub(super) enum Command {
    /// Make every schema change that is missing.
    Up,
    /// Take the last changes back. The data they hold is lost.
    Down {
        /// How many changes.
        #[arg(long, default_value_t = 1)]
        steps: u32,
    },
    /// List the changes and which of them the database has.
    Status,
}

pub(super) async fn run(config: &Config, command: Command) -> Result<()> {
    start::make_data_dir(config)?;
    let url = config.database_url();
    match command {
        Command::Up => Db::migrate_up(&url).await?,
        Command::Down { steps } => Db::migrate_down(&url, steps).await?,
        Command::Status => {}
    }
    for change in Db::migration_status(&url).await? {
        print(&format!("{} {}", if change.applied { "applied" } else { "missing" }, change.name))?;
    }
    Ok(())
}
