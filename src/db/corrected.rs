//! Tables whose rows are never changed: a correction is a newer row that names the one it takes the place of.

use entity::ids::TypedId;
use entity::tenant::TenantEntity;
use entity::time::Timestamp;
use sea_orm::{ColumnTrait, ModelTrait, QueryFilter, Value};

use super::sight::Visible;
use super::tenant::{Scoped, TenantTx};
use crate::error::{Error, Result};

/// A table whose rows are corrected by newer rows.
pub trait Corrected: TenantEntity {
    /// The column of the row that is corrected.
    fn supersedes_column() -> Self::Column;

    /// The column that says whether the corrected row is only taken back.
    fn retracted_column() -> Self::Column;

    /// The column of when the row was recorded.
    fn recorded_at_column() -> Self::Column;
}

macro_rules! corrected {
    ($($entity:ident),+) => {$(
        impl Corrected for entity::$entity::Entity {
            fn supersedes_column() -> Self::Column {
                entity::$entity::Column::SupersedesId
            }

            fn retracted_column() -> Self::Column {
                entity::$entity::Column::Retracted
            }

            fn recorded_at_column() -> Self::Column {
                entity::$entity::Column::RecordedAt
            }
        }
    )+};
}

corrected!(touch, stage_event, cost_entry, budget, period_lock);

impl<E: Corrected> Scoped<'_, E> {
    /// Only the rows that stand: neither corrected nor taken back.
    pub fn standing(self) -> Self {
        let newer = self.transaction.everything::<E>().filter(E::supersedes_column().is_not_null());
        self.without(newer)
    }

    /// Only the rows that stood at an instant, by what was recorded until then.
    pub fn standing_at(self, as_of: Timestamp) -> Self {
        let newer = self.transaction.everything::<E>().filter(E::supersedes_column().is_not_null());
        let newer = newer.filter(E::recorded_at_column().lte(as_of));
        self.filter(E::recorded_at_column().lte(as_of)).without(newer)
    }

    fn without(self, newer: Scoped<'_, E>) -> Self {
        let corrected = newer.subquery(E::supersedes_column());
        self.filter(E::retracted_column().eq(false)).filter(E::id_column().not_in_subquery(corrected))
    }
}

impl TenantTx {
    /// The rows that correct some others, of those the caller sees.
    ///
    /// # Errors
    /// What the database says.
    pub async fn corrections_of<E: Corrected + Visible>(&self, ids: &[E::Id]) -> Result<Vec<E::Model>> {
        self.find::<E>().filter(E::supersedes_column().is_in(ids.iter().copied())).all().await
    }

    /// The first of the rows that a correction, its predecessor and so on take the place of.
    ///
    /// # Errors
    /// What the database says.
    pub(super) async fn first_of<E: Corrected>(&self, row: &E::Model) -> Result<E::Model> {
        let mut first = row.clone();
        while let Value::Uuid(Some(id)) = first.get(E::supersedes_column()) {
            let earlier = self.everything::<E>().filter(E::id_column().eq(E::Id::from_uuid(id))).one().await?;
            first = earlier.ok_or(Error::broken("a corrected row is there"))?;
        }
        Ok(first)
    }

    /// Whether a newer row took the place of one.
    ///
    /// # Errors
    /// What the database says.
    pub async fn is_corrected<E: Corrected>(&self, id: E::Id) -> Result<bool> {
        Ok(self.everything::<E>().filter(E::supersedes_column().eq(id)).one().await?.is_some())
    }
}
