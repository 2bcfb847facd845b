//! Exchange rates, and by which of them closes and cost entries are converted.

use sea_orm_migration::prelude::*;

use crate::tenant::{Changes, TenantTable, Type, drop_tables};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0041_exchange"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        TenantTable::new("fx_rate", Changes::AppendOnly)
            .column("base", Type::Text)
            .column("quote", Type::Text)
            .column("day", Type::Date)
            .column("rate_version", Type::Int)
            .column("mantissa", Type::BigInt)
            .column("scale", Type::SmallInt)
            .column("carried", Type::Bool)
            .column("publisher", Type::Text)
            .may_reference("recorded_by", "member")
            .column("recorded_at", Type::BigInt)
            .check("pair", "base <> quote")
            .check("rate", "mantissa > 0 AND scale >= 0 AND scale <= 18")
            .check("version", "rate_version >= 1")
            .unique("uq_fx_rate_version", "quote, day, base, rate_version")
            .create(manager)
            .await?;
        TenantTable::new("fx_conversion", Changes::AppendOnly)
            .may_reference("close_id", "close")
            .may_reference("cost_entry_id", "cost_entry")
            .references("rate_id", "fx_rate")
            .column("recorded_at", Type::BigInt)
            .check("object", "(close_id IS NULL) <> (cost_entry_id IS NULL)")
            .unique_where_present("uq_fx_conversion_close", "close_id", "close_id")
            .unique_where_present("uq_fx_conversion_cost_entry", "cost_entry_id", "cost_entry_id")
            .index("ix_fx_conversion_rate", "rate_id")
            .create(manager)
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["fx_rate", "fx_conversion"]).await
    }
}
