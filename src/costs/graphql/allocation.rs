//! How shared cost is split: the type and the mutation.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, ID, InputObject, Object};
use entity::allocation_rule;
use entity::ids::AllocationRuleId;
use entity::kinds::{AllocationMethod, Resource};

use crate::auth::permission::grant::{AllocationManage, CostRead};
use crate::costs::service;
use crate::error::{Error, Result};
use crate::graphql::context::{Authorize, Loads};
use crate::graphql::scalar::{DateTime, LocalDate};
use crate::graphql::share::{ResourceShare, ResourceShareInput};
use crate::periods::graphql::RestateInput;
use crate::{connections, payloads};

/// How shared cost is split on some days. It never changes: on each day the rule recorded last holds.
#[derive(Clone, Debug, Description)]
pub struct AllocationRule(allocation_rule::Model);

impl From<allocation_rule::Model> for AllocationRule {
    fn from(row: allocation_rule::Model) -> Self {
        Self(row)
    }
}

impl AllocationRule {
    /// The rule with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read costs.
    pub async fn find(ctx: &Context<'_>, id: AllocationRuleId) -> Result<Option<Self>> {
        ctx.authorize::<CostRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }
}

#[Object(use_type_description)]
impl AllocationRule {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The first local day.
    async fn first_on(&self) -> LocalDate {
        LocalDate(self.0.first_on)
    }

    /// The last local day; null while it is open.
    async fn last_on(&self) -> Option<LocalDate> {
        self.0.last_on.map(LocalDate)
    }

    /// Equal, fixed, or by what the resources have: of a month in which none has anything a third falls on each.
    async fn method(&self) -> AllocationMethod {
        self.0.method
    }

    /// What each resource bears of a fixed split; null for others: an equal one is by thirds and not by basis points.
    async fn shares(&self) -> Option<Vec<ResourceShare>> {
        let shares =
            [(Resource::Sales, self.0.sales_bp), (Resource::Marketing, self.0.marketing_bp), (Resource::Product, self.0.product_bp)];
        match self.0.method {
            AllocationMethod::Equal | AllocationMethod::Headcount | AllocationMethod::Credit => None,
            AllocationMethod::Fixed => Some(shares.into_iter().map(|(resource, bp)| ResourceShare::new(resource, bp)).collect()),
        }
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }
}

connections! {
    AllocationRuleConnection, AllocationRuleEdge, AllocationRule, "allocation rules";
}

impl Loader<AllocationRuleId> for Loads {
    type Value = allocation_rule::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[AllocationRuleId]) -> Result<HashMap<AllocationRuleId, allocation_rule::Model>, Arc<Error>> {
        service::allocation_rules_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

/// How shared cost is to be split.
#[derive(InputObject)]
pub struct SetAllocationRuleInput {
    /// The first local day. Earlier rules stay in force on the days this one does not cover.
    first_on: LocalDate,
    /// The last local day; leave it out for good.
    last_on: Option<LocalDate>,
    /// Equal, fixed, or by what the resources have.
    method: AllocationMethod,
    /// What each resource bears of a fixed split, 10 000 basis points in all. Who is not named bears nothing. Leave it out
    /// for any other split.
    shares: Option<Vec<ResourceShareInput>>,
    /// That it is written to locked months all the same.
    restate: Option<RestateInput>,
    /// Repeating the mutation with the same key gives the same rule.
    idempotency_key: Option<String>,
}

payloads! {
    /// What came of setting an allocation rule.
    SetAllocationRulePayload {
        /// The rule.
        allocation_rule: AllocationRule
    }
}

/// Setting how shared cost is split.
#[derive(Debug, Default)]
pub struct AllocationMutation;

#[Object]
impl AllocationMutation {
    /// Sets how shared cost is split on some days: on them this rule takes the place of earlier ones.
    async fn set_allocation_rule(&self, ctx: &Context<'_>, input: SetAllocationRuleInput) -> Result<SetAllocationRulePayload> {
        let scope = ctx.authorize::<AllocationManage>()?;
        let new = service::SetAllocationRule {
            first_on: input.first_on.0,
            last_on: input.last_on.map(|day| day.0),
            method: input.method,
            shares: input.shares.unwrap_or_default().into_iter().map(Into::into).collect(),
            restate: input.restate.map(Into::into),
            idempotency_key: input.idempotency_key,
        };
        SetAllocationRulePayload::settle(service::set_allocation_rule(&scope, &new).await.map(AllocationRule))
    }
}
