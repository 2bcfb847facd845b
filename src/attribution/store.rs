//! Who took part in opportunities.

use entity::buying_role;
use entity::ids::{OpportunityId, PersonId};
use entity::time::Timestamp;
use sea_orm::{ColumnTrait, QueryFilter};

use crate::db::TenantTx;
use crate::error::Result;

/// The people who had a part in opportunities, as it was known at an instant, with since when.
pub(super) async fn parts(tx: &TenantTx, as_of: Timestamp) -> Result<Vec<(OpportunityId, PersonId, Timestamp)>> {
    use buying_role::Column;
    let mut found = Vec::new();
    let query = tx.everything::<buying_role::Entity>().filter(Column::RecordedAt.lte(as_of));
    query
        .rows([Column::OpportunityId, Column::PersonId, Column::Since], |row| {
            found.push((row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?));
            Ok(())
        })
        .await?;
    Ok(found)
}
