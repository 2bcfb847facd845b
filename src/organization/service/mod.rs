//! Use cases of organizations, teams and members.

mod headcount;
mod leads;
mod members;
mod settings;
mod teams;

pub use headcount::headcounts;
pub use leads::Leads;
pub use members::{
    AddMember, Owners, ReviseMember, add_member, add_members_in, enrol, member_by_email, members, members_by_id, members_with,
    resource_needed, revise_member, revise_within,
};
pub use settings::{
    NewOrganization, ReviseOrganization, base_currency, found, organization, organization_with_id, revise_organization, settings,
};
pub use teams::{
    CreateTeam, ReviseTeam, create_team, create_teams_in, known_team, revise_team, teams, teams_around, teams_by_id, teams_called,
    teams_within,
};
