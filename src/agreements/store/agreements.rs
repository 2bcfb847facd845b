//! Lists of agreements, and the rows that are held.

use entity::ids::{ServiceAgreementId, TypedId};
use entity::kinds::Resource;
use entity::service_agreement;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition, QueryFilter};

use crate::db::{Cursor, Scoped, Sorted, TenantTx, TenantWrite};
use crate::error::Result;

impl Sorted for service_agreement::Entity {
    fn sort_column() -> Option<service_agreement::Column> {
        None
    }

    fn cursor(row: &service_agreement::Model) -> Cursor {
        Cursor { key: 0, id: row.id.uuid() }
    }
}

/// The agreements a resource is a side of, all of them or some.
pub(in crate::agreements) fn agreements(
    tx: &TenantTx,
    resource: Option<Resource>,
    among: Option<Vec<ServiceAgreementId>>,
) -> Scoped<'_, service_agreement::Entity> {
    use service_agreement::Column::{FromResource, Id, ToResource};
    let sides = |resource| Condition::any().add(FromResource.eq(resource)).add(ToResource.eq(resource));
    let condition = Condition::all().add_option(resource.map(sides)).add_option(among.map(|ids| Id.is_in(ids)));
    tx.find().filter(condition)
}

/// The ids of the agreements a resource is a side of.
pub(in crate::agreements) async fn agreement_ids(tx: &TenantTx, resource: Option<Resource>) -> Result<Vec<ServiceAgreementId>> {
    let mut ids = Vec::new();
    let rows = agreements(tx, resource, None);
    rows.rows([service_agreement::Column::Id], |row| {
        ids.push(row.try_get_by_index(0)?);
        Ok(())
    })
    .await?;
    Ok(ids)
}

/// The agreement with an id, held until the transaction ends.
pub(in crate::agreements) async fn agreement_locked(tx: &TenantTx, id: ServiceAgreementId) -> Result<Option<service_agreement::Model>> {
    tx.find::<service_agreement::Entity>().filter(service_agreement::Column::Id.eq(id)).locked().one().await
}

/// Counts that an agreement was changed.
pub(in crate::agreements) async fn update_agreement(tx: &TenantWrite, after: &service_agreement::Model) -> Result<()> {
    let changes = service_agreement::ActiveModel { version: Set(after.version), ..Default::default() };
    tx.update::<service_agreement::Entity>(after.id, changes).await
}
