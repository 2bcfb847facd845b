//! Queries on organizations, teams and members.

use entity::ids::{MemberId, OrganizationId, TeamId, TypedId};
use entity::kinds::Role;
use entity::time::Timestamp;
use entity::{budget, close, cost_entry, member, member_state, organization, team};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder};

use crate::db::{Cursor, Sorted, TenantTx, TenantWrite};
use crate::error::{Error, Result};

/// Most values of one statement.
const CHUNK: usize = 500;

impl Sorted for team::Entity {
    fn sort_column() -> Option<team::Column> {
        None
    }

    fn cursor(row: &team::Model) -> Cursor {
        Cursor { key: 0, id: row.id.uuid() }
    }
}

impl Sorted for member::Entity {
    fn sort_column() -> Option<member::Column> {
        None
    }

    fn cursor(row: &member::Model) -> Cursor {
        Cursor { key: 0, id: row.id.uuid() }
    }
}

/// The organization of the transaction.
pub(super) async fn organization(tx: &TenantTx) -> Result<organization::Model> {
    tx.find::<organization::Entity>().one().await?.ok_or(Error::NotFound)
}

/// The organization of the transaction, if it has this id.
pub(super) async fn organization_with_id(tx: &TenantTx, id: OrganizationId) -> Result<Option<organization::Model>> {
    tx.get::<organization::Entity>(id).await
}

/// The active or inactive member with an address.
pub(super) async fn member_by_email(tx: &TenantTx, email: &str) -> Result<Option<member::Model>> {
    tx.find::<member::Entity>().filter(member::Column::Email.eq(email)).one().await
}

/// The active or inactive members with some addresses.
pub(super) async fn members_by_email(tx: &TenantTx, emails: &[String]) -> Result<Vec<member::Model>> {
    let mut found = Vec::new();
    for some in emails.chunks(CHUNK) {
        found.extend(tx.find::<member::Entity>().filter(member::Column::Email.is_in(some)).all().await?);
    }
    Ok(found)
}

/// What members were from which moment on, as known as of an instant, in the order of that.
pub(super) async fn member_states(tx: &TenantTx, as_of: Timestamp) -> Result<Vec<member_state::Model>> {
    use member_state::Column::{Id, RecordedAt};
    let states = tx.everything::<member_state::Entity>().filter(RecordedAt.lte(as_of));
    states.order_by_asc(RecordedAt).order_by_asc(Id).all().await
}

/// Whether any money is recorded, or planned.
pub(super) async fn has_money(tx: &TenantTx) -> Result<bool> {
    Ok(tx.everything::<close::Entity>().one().await?.is_some()
        || tx.everything::<cost_entry::Entity>().one().await?.is_some()
        || tx.everything::<budget::Entity>().one().await?.is_some())
}

/// All members, active or not.
pub(super) async fn all_members(tx: &TenantTx) -> Result<Vec<member::Model>> {
    tx.everything::<member::Entity>().all().await
}

/// All teams.
pub(super) async fn all_teams(tx: &TenantTx) -> Result<Vec<team::Model>> {
    tx.everything::<team::Entity>().all().await
}

/// The teams that are part of one of some teams.
pub(super) async fn teams_within(tx: &TenantTx, parents: &[TeamId]) -> Result<Vec<team::Model>> {
    tx.find::<team::Entity>().filter(team::Column::ParentId.is_in(parents.iter().copied())).all().await
}

/// A member and all active admins, held until the transaction ends: two admins who demote each other at once wait for
/// each other, and nobody becomes mightier while it is asked who may change them.
pub(super) async fn held_with_admins(tx: &TenantTx, id: MemberId) -> Result<Vec<member::Model>> {
    let admins = Condition::all().add(member::Column::Role.eq(Role::Admin)).add(member::Column::Active.eq(true));
    let wanted = Condition::any().add(admins).add(member::Column::Id.eq(id));
    tx.find::<member::Entity>().filter(wanted).order_by_asc(member::Column::Id).locked().all().await
}

/// Writes the settings as they are now.
pub(super) async fn keep_organization(tx: &TenantWrite, row: &organization::Model) -> Result<()> {
    let changes = organization::ActiveModel {
        name: Set(row.name.clone()),
        timezone: Set(row.timezone.clone()),
        base_currency: Set(row.base_currency),
        week_start: Set(row.week_start),
        fiscal_year_start_month: Set(row.fiscal_year_start_month),
        refund_window_days: Set(row.refund_window_days),
        version: Set(row.version),
        ..Default::default()
    };
    tx.update::<organization::Entity>(row.organization_id, changes).await
}

/// Writes a team as it is now.
pub(super) async fn keep_team(tx: &TenantWrite, row: &team::Model) -> Result<()> {
    let changes = team::ActiveModel {
        name: Set(row.name.clone()),
        parent_id: Set(row.parent_id),
        resources: Set(row.resources),
        version: Set(row.version),
        ..Default::default()
    };
    tx.update::<team::Entity>(row.id, changes).await
}

/// Writes a member as they are now.
pub(super) async fn keep_member(tx: &TenantWrite, row: &member::Model) -> Result<()> {
    let changes = member::ActiveModel {
        name: Set(row.name.clone()),
        role: Set(row.role),
        custom_role_id: Set(row.custom_role_id),
        resource: Set(row.resource),
        team_id: Set(row.team_id),
        active: Set(row.active),
        version: Set(row.version),
        ..Default::default()
    };
    tx.update::<member::Entity>(row.id, changes).await
}
