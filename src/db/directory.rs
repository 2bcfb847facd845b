//! Which organizations there are: the one thing that is read outside of any organization.

use entity::ids::OrganizationId;
use entity::organization;
use sea_orm::ConnectionTrait;
use sea_orm::{EntityTrait, QueryOrder, QuerySelect, TransactionTrait};

use super::connect::{Db, Engine};
use super::constraint::from_database;
use crate::error::Result;

impl Db {
    /// The ids of all organizations, for the operator's command line and for work that nobody asked for.
    ///
    /// # Errors
    /// What the database says.
    #[expect(clippy::disallowed_methods, reason = "reads ids only, outside of any organization, and nothing else does")]
    pub async fn organization_ids(&self) -> Result<Vec<OrganizationId>> {
        let transaction = self.reader.begin().await.map_err(from_database)?;
        if self.engine == Engine::Postgres {
            transaction.execute_unprepared("SET LOCAL app.directory = 'on'").await.map_err(from_database)?;
        }
        organization::Entity::find()
            .select_only()
            .column(organization::Column::OrganizationId)
            .order_by_asc(organization::Column::OrganizationId)
            .into_tuple()
            .all(&transaction)
            .await
            .map_err(from_database)
    }
}
