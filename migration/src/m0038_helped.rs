//! The content that helped to resolve a blocker.

use sea_orm_migration::prelude::*;

use crate::tenant::{Redaction, add_reference, allow_redaction, drop_reference, refuse_redaction};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0038_helped"
    }
}

/// As it was before: the trigger of SQLite names every column of the table, so it is made anew when there is one more.
/// Somebody who plays a part in the deal of the blocker, or whose close won it, was erased.
const OF_RESOLUTION: Redaction<'_> = Redaction {
    table: "blocker_resolution",
    columns: &[("resolution", "''")],
    erased: "EXISTS (SELECT 1 FROM blocker AS k WHERE k.organization_id = {row}.organization_id AND k.id = {row}.blocker_id \
        AND (EXISTS (SELECT 1 FROM buying_role AS b JOIN person AS p ON p.organization_id = b.organization_id AND p.id = b.person_id \
        WHERE b.organization_id = k.organization_id AND b.opportunity_id = k.opportunity_id AND p.erased_at IS NOT NULL) \
        OR EXISTS (SELECT 1 FROM close AS c JOIN person AS p ON p.organization_id = c.organization_id AND p.id = c.person_id \
        WHERE c.organization_id = k.organization_id AND c.opportunity_id = k.opportunity_id AND p.erased_at IS NOT NULL)))",
};

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        refuse_redaction(manager, OF_RESOLUTION).await?;
        add_reference(manager, "blocker_resolution", "content_id", "content").await?;
        allow_redaction(manager, OF_RESOLUTION).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        refuse_redaction(manager, OF_RESOLUTION).await?;
        drop_reference(manager, "blocker_resolution", "content_id").await?;
        allow_redaction(manager, OF_RESOLUTION).await
    }
}
