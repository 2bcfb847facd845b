//! `tandem audit`.

use clap::Subcommand;

use super::{print, start, token::parse_organization};
use crate::audit::service::{Break, Known, Verified, verify};
use crate::auth::{Session, System};
use crate::config::Config;
use crate::error::{Error, ProblemCode, Result};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Prove that no entry of the audit log was changed or taken out.
    Verify {
        /// The organization's id. Default: all of them, one after the other.
        #[arg(long)]
        organization: Option<String>,
        /// What an earlier run printed of this organization, as NUMBER:HASH: then nothing up to there was replaced either.
        #[arg(long, value_name = "NUMBER:HASH", requires = "organization")]
        known: Option<String>,
    },
}

pub(super) async fn run(config: &Config, command: Command) -> Result<()> {
    let Command::Verify { organization, known } = command;
    let app = start::app(config).await?;
    let known = known.as_deref().map(parse_known).transpose()?;
    let wanted = match organization.as_deref().map(parse_organization).transpose()? {
        Some(id) => vec![id],
        None => app.db().organization_ids().await?,
    };
    let mut broken = false;
    for id in wanted {
        let scope = Session::system(&app, id, System::Audit).authorize()?;
        let found = verify(&scope, known.as_ref()).await?;
        broken |= found.broken.is_some();
        print(&format!("{id} {}", described(&found)))?;
    }
    if broken { Err(Error::invalid("audit", ProblemCode::Invalid, "the audit log is not what it was")) } else { Ok(()) }
}

fn parse_known(text: &str) -> Result<Known> {
    let parts = text.split_once(':').and_then(|(sequence, hash)| Some(Known { sequence: sequence.parse().ok()?, hash: hash.to_owned() }));
    parts.ok_or_else(|| Error::invalid("known", ProblemCode::Invalid, "must be NUMBER:HASH"))
}

fn described(found: &Verified) -> String {
    let Verified { entries, hash, broken } = found;
    match broken {
        None => format!("whole: {entries} entries, {entries}:{hash}"),
        Some(Break::Missing(sequence)) => format!("BROKEN: entry {sequence} is missing"),
        Some(Break::Changed(sequence)) => format!("BROKEN: entry {sequence} is not what it was"),
        Some(Break::End(sequence)) => format!("BROKEN: what came after entry {sequence} is not there"),
    }
}
