//! Use cases of organizations, teams and members.

mod members;
mod settings;
mod teams;

pub use members::{
    AddMember, Owners, ReviseMember, add_member, enrol, member_by_email, members, members_by_id, resource_needed, revise_member,
    revise_within,
};
pub use settings::{
    NewOrganization, ReviseOrganization, base_currency, found, organization, organization_with_id, revise_organization, settings,
};
pub use teams::{CreateTeam, ReviseTeam, create_team, known_team, revise_team, teams, teams_around, teams_by_id, teams_within};
