//! `tandem token`.

use clap::Args;
use entity::ids::{OrganizationId, TypedId};

use super::{print, start};
use crate::auth::{Session, System};
use crate::config::Config;
use crate::error::{Error, ProblemCode, Result};
use crate::organization::service;

#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The member's e-mail address.
    #[arg(long)]
    member: String,
    /// The organization's id, where the address belongs to members of several.
    #[arg(long)]
    organization: Option<String>,
}

pub(super) async fn run(config: &Config, arguments: &Arguments) -> Result<()> {
    let app = start::app(config).await?;
    let wanted = arguments.organization.as_deref().map(parse_organization).transpose()?;
    let mut found = Vec::new();
    for id in app.db().organization_ids().await? {
        if wanted.is_none_or(|wanted| wanted == id) {
            let scope = Session::system(&app, id, System::Directory).authorize()?;
            found.extend(service::member_by_email(&scope, &arguments.member).await?.filter(|member| member.active));
        }
    }
    match found.as_slice() {
        [] => Err(Error::invalid("member", ProblemCode::NotFound, "no active member has this address")),
        [member] => print(&Session::token_for(&app, member)?),
        several => {
            let names: Vec<String> = several.iter().map(|member| member.organization_id.to_string()).collect();
            let message = format!("members of several organizations have this address; name one with --organization: {}", names.join(", "));
            Err(Error::invalid("organization", ProblemCode::Required, message))
        }
    }
}

/// The id an operator gave.
pub(super) fn parse_organization(text: &str) -> Result<OrganizationId> {
    OrganizationId::parse(text).map_err(|_| Error::invalid("organization", ProblemCode::Invalid, "must be an id that begins with org_"))
}
