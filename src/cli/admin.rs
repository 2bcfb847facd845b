//! `tandem admin`.

use clap::Subcommand;
use entity::kinds::Role;

use super::{print, start};
use crate::access::service::issue_invitation;
use crate::auth::{Session, System};
use crate::config::Config;
use crate::error::Result;
use crate::organization::service::{AddMember, NewOrganization, add_member, found};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Create an organization and its first admin.
    Create {
        /// What the organization is called.
        #[arg(long)]
        organization: String,
        /// The currency of its totals, by its ISO 4217 code.
        #[arg(long, value_name = "CODE")]
        currency: String,
        /// The IANA time zone its days are in.
        #[arg(long, value_name = "ZONE")]
        time_zone: String,
        /// The admin's e-mail address.
        #[arg(long)]
        email: String,
        /// The admin's name.
        #[arg(long, default_value = "Admin")]
        name: String,
    },
}

pub(super) async fn run(config: &Config, command: Command) -> Result<()> {
    let Command::Create { organization, currency, time_zone, email, name } = command;
    let app = start::app(config).await?;
    let setup = Session::system(&app, app.ids().next(), System::Setup).authorize()?;
    let admin = AddMember { email, name, role: Role::Admin, custom_role_id: None, resource: None, team_id: None, idempotency_key: None };
    // An address that cannot be one is refused before anything is written.
    crate::input::email("email", &admin.email)?;
    crate::input::text("name", &admin.name, crate::input::NAME)?;
    let made = found(&setup, &NewOrganization { name: organization, base_currency: currency, time_zone }).await?;
    let member = add_member(&setup, &admin).await?;
    let invitation = issue_invitation(&setup.also()?, &member.email).await?;
    print(&format!("{} {}\n{} {}\ninvitation {invitation}", made.organization_id, made.name, member.id, member.email))
}
