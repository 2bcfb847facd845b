//! `tandem keys`.

use clap::Subcommand;

use super::{print, start};
use crate::auth::token::{Keys, rotate};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::error::{Error, Result};

#[derive(Clone, Copy, Debug, Subcommand)]
pub(super) enum Command {
    /// Sign with a new key from now on. A server that is running takes it up within seconds; tokens of the old key stay
    /// good until they die of age.
    Rotate {
        /// Refuse every token of the old keys at once: they got into wrong hands.
        #[arg(long)]
        distrust_old: bool,
    },
}

pub(super) fn run(config: &Config, command: Command) -> Result<()> {
    let Command::Rotate { distrust_old } = command;
    start::make_data_dir(config)?;
    let (file, now) = (config.signing_key_file(), SystemClock.now());
    rotate(&file, now, distrust_old)?;
    let keys = Keys::load(&file, &config.issuer, &config.audience)?.jwks(now);
    print(&serde_json::to_string_pretty(&keys).map_err(Error::internal)?)
}
