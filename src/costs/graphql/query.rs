//! Finding cost entries and allocation rules.

use async_graphql::{Context, ID, InputObject, Object};
use entity::kinds::{CostCategory, CostOwner};

use super::{AllocationRuleConnection, CostEntry, CostEntryConnection};
use crate::auth::permission::grant::CostRead;
use crate::costs::service;
use crate::db::PageRequest;
use crate::error::Result;
use crate::graphql::connection::page_cost;
use crate::graphql::context::{Authorize, wants};
use crate::graphql::node::{parse_id, parse_optional_id};
use crate::graphql::scalar::LocalDate;

/// Which cost entries are wanted: those that meet every condition given.
#[derive(Default, InputObject)]
pub struct CostEntryFilter {
    /// Who bears them.
    owner: Option<CostOwner>,
    /// What the money was spent on.
    category: Option<CostCategory>,
    /// The tactic it was spent on.
    tactic_id: Option<ID>,
    /// Those that cover this day or a later one.
    from: Option<LocalDate>,
    /// Those that cover a day before this one.
    to: Option<LocalDate>,
    /// The system that named them.
    source: Option<String>,
    /// Also those that were corrected or taken back, and the rows that take them back.
    #[graphql(default)]
    include_corrected: bool,
}

/// Reading costs.
#[derive(Debug, Default)]
pub struct CostQuery;

#[Object]
impl CostQuery {
    /// The cost entries you may see, those that begin last first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn cost_entries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<CostEntryFilter>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<CostEntryConnection> {
        let scope = ctx.authorize::<CostRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let filter = filter.unwrap_or_default();
        let filter = service::CostFilter {
            owner: filter.owner,
            category: filter.category,
            tactic_id: parse_optional_id(filter.tactic_id.as_ref(), "filter.tacticId")?,
            from: filter.from.map(|day| day.0),
            to: filter.to.map(|day| day.0),
            source: filter.source,
            include_corrected: filter.include_corrected,
        };
        service::cost_entries(&scope, filter, page, wants(ctx, "totalCount")).await.map(CostEntryConnection::new)
    }

    /// The cost entry with an id; null where there is none that you may see.
    async fn cost_entry(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Result<Option<CostEntry>> {
        ctx.authorize::<CostRead>()?;
        CostEntry::find(ctx, parse_id(&id, "id")?).await
    }

    /// The rules by which shared cost is split, the newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn allocation_rules(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<AllocationRuleConnection> {
        let scope = ctx.authorize::<CostRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        service::allocation_rules(&scope, page, wants(ctx, "totalCount")).await.map(AllocationRuleConnection::new)
    }
}
