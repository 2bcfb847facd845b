//! `tandem invite` and `tandem reset-password`: what letters hold, for whom no mail server is configured.

use clap::Args;

use super::token::parse_organization;
use super::{print, start};
use crate::access::service::{issue_invitation, issue_reset};
use crate::auth::{Session, System};
use crate::config::Config;
use crate::error::Result;

#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The organization's id.
    #[arg(long)]
    organization: String,
    /// The e-mail address of an active member.
    #[arg(long)]
    email: String,
}

/// Prints an invitation.
pub(super) async fn invite(config: &Config, arguments: &Arguments) -> Result<()> {
    let app = start::app(config).await?;
    let scope = Session::system(&app, parse_organization(&arguments.organization)?, System::SignIn).authorize()?;
    print(&issue_invitation(&scope, &arguments.email).await?)
}

/// Prints a reset.
pub(super) async fn reset(config: &Config, arguments: &Arguments) -> Result<()> {
    let app = start::app(config).await?;
    let scope = Session::system(&app, parse_organization(&arguments.organization)?, System::SignIn).authorize()?;
    print(&issue_reset(&scope, &arguments.email).await?)
}
