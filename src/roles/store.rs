//! Queries on roles and delegations.

use entity::ids::{CustomRoleId, DelegationId, MemberId, TypedId};
use entity::time::Timestamp;
use entity::{custom_role, delegation, member};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder};

use crate::db::{Cursor, Scoped, Sorted, TenantTx, TenantWrite};
use crate::error::Result;

impl Sorted for delegation::Entity {
    fn sort_column() -> Option<delegation::Column> {
        None
    }

    fn cursor(row: &delegation::Model) -> Cursor {
        Cursor { key: 0, id: row.id.uuid() }
    }
}

/// The roles, by name.
pub(super) async fn custom_roles(tx: &TenantTx) -> Result<Vec<custom_role::Model>> {
    tx.find::<custom_role::Entity>().order_by_asc(custom_role::Column::Name).all().await
}

/// A role, held until the transaction ends.
pub(super) async fn custom_role_locked(tx: &TenantTx, id: CustomRoleId) -> Result<Option<custom_role::Model>> {
    tx.find::<custom_role::Entity>().filter(custom_role::Column::Id.eq(id)).locked().one().await
}

/// Writes what a role may change.
pub(super) async fn keep_custom_role(tx: &TenantWrite, row: &custom_role::Model) -> Result<()> {
    let changes = custom_role::ActiveModel {
        name: Set(row.name.clone()),
        grants: Set(row.grants.clone()),
        version: Set(row.version),
        ..Default::default()
    };
    tx.update::<custom_role::Entity>(row.id, changes).await
}

/// A role, kept as it is until the transaction ends.
pub(super) async fn custom_role_shared(tx: &TenantTx, id: CustomRoleId) -> Result<Option<custom_role::Model>> {
    tx.find::<custom_role::Entity>().filter(custom_role::Column::Id.eq(id)).shared().one().await
}

/// The members who have a role, active or not.
pub(super) async fn holders(tx: &TenantTx, id: CustomRoleId) -> Result<Vec<member::Model>> {
    tx.find::<member::Entity>().filter(member::Column::CustomRoleId.eq(id)).all().await
}

/// The delegations to or from a member, or all of them.
pub(super) fn delegations(tx: &TenantTx, of: Option<MemberId>) -> Scoped<'_, delegation::Entity> {
    let condition =
        of.map(|member| Condition::any().add(delegation::Column::AssistantId.eq(member)).add(delegation::Column::PrincipalId.eq(member)));
    tx.find::<delegation::Entity>().filter(Condition::all().add_option(condition))
}

/// Those for whom a member may act at an instant, if they are active.
pub(super) async fn principals(tx: &TenantTx, assistant: MemberId, now: Timestamp) -> Result<Vec<MemberId>> {
    use delegation::Column;
    let active = tx.find::<member::Entity>().filter(member::Column::Active.eq(true)).subquery(member::Column::Id);
    let mut principals = Vec::new();
    tx.find::<delegation::Entity>()
        .filter(Column::AssistantId.eq(assistant))
        .filter(Column::BeginsAt.lte(now))
        .filter(Condition::any().add(Column::EndsAt.is_null()).add(Column::EndsAt.gt(now)))
        .filter(Column::PrincipalId.in_subquery(active))
        .order_by_asc(Column::PrincipalId)
        .rows([Column::PrincipalId], |row| row.try_get_by_index(0).map(|id| principals.push(id)))
        .await?;
    principals.dedup();
    Ok(principals)
}

/// A delegation, held until the transaction ends.
pub(super) async fn delegation_locked(tx: &TenantTx, id: DelegationId) -> Result<Option<delegation::Model>> {
    tx.find::<delegation::Entity>().filter(delegation::Column::Id.eq(id)).locked().one().await
}

/// Writes when a delegation ends.
pub(super) async fn keep_delegation(tx: &TenantWrite, row: &delegation::Model) -> Result<()> {
    let changes = delegation::ActiveModel { ends_at: Set(row.ends_at), version: Set(row.version), ..Default::default() };
    tx.update::<delegation::Entity>(row.id, changes).await
}
