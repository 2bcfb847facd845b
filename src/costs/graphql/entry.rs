//! Cost entries: the type and the mutations.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, Enum, ID, InputObject, MaybeUndefined, Object};
use entity::cost_entry;
use entity::ids::CostEntryId;
use entity::kinds::{Channel, CostCategory, CostOwner};
use entity::money;

use crate::auth::permission::grant::{CostRead, CostWrite, DirectoryRead};
use crate::costs::exchange::graphql::FxRate;
use crate::costs::service;
use crate::error::{Error, Result};
use crate::graphql::context::{Authorize, Loads};
use crate::graphql::external::{ExternalId, ExternalIdInput};
use crate::graphql::metric::{Money, MoneyInput};
use crate::graphql::node::{parse_id, parse_optional_id, parse_patch_id};
use crate::graphql::scalar::{DateTime, LocalDate};
use crate::journey::graphql::Tactic;
use crate::organization::graphql::{Member, Team};
use crate::periods::graphql::RestateInput;
use crate::{bulk_payloads, connections, payloads};

/// Money a resource spent, or all of them together, over some days. It never changes; a correction is a new entry.
#[derive(Clone, Debug, Description)]
pub struct CostEntry(cost_entry::Model);

impl From<cost_entry::Model> for CostEntry {
    fn from(row: cost_entry::Model) -> Self {
        Self(row)
    }
}

impl CostEntry {
    /// The entry with an id, if the caller may see it.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read costs.
    pub async fn find(ctx: &Context<'_>, id: CostEntryId) -> Result<Option<Self>> {
        ctx.authorize::<CostRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }
}

#[Object(use_type_description)]
impl CostEntry {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Who bears it.
    async fn owner(&self) -> CostOwner {
        self.0.owner
    }

    /// What the money was spent on.
    async fn category(&self) -> CostCategory {
        self.0.category
    }

    /// How much.
    async fn amount(&self) -> Money {
        Money::from(money::Money::from_minor(self.0.amount_minor, self.0.currency))
    }

    /// The rate by which it is converted into the organization's currency, pinned for good; null where it needs none, where
    /// there is none yet, and where you may not read the cost per close.
    async fn fx_rate(&self, ctx: &Context<'_>) -> Result<Option<FxRate>> {
        FxRate::of_cost(ctx, self.0.id).await
    }

    /// The first local day it covers.
    async fn first_on(&self) -> LocalDate {
        LocalDate(self.0.first_on)
    }

    /// The last local day it covers.
    async fn last_on(&self) -> LocalDate {
        LocalDate(self.0.last_on)
    }

    /// The tactic it was spent on; null also where you may not read tactics.
    async fn tactic(&self, ctx: &Context<'_>) -> Result<Option<Tactic>> {
        match self.0.tactic_id {
            Some(id) => Tactic::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// The team that spent it; null also where you may not read teams.
    async fn team(&self, ctx: &Context<'_>) -> Result<Option<Team>> {
        match self.0.team_id {
            Some(id) if ctx.permits::<DirectoryRead>() => Team::find(ctx, id).await,
            _ => Ok(None),
        }
    }

    /// The channel it was spent on.
    async fn channel(&self) -> Option<Channel> {
        self.0.channel
    }

    /// What for, in words.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// How many people it pays; null where that was not said.
    async fn people(&self) -> Option<i32> {
        self.0.people
    }

    /// The entry this one corrects.
    async fn supersedes(&self, ctx: &Context<'_>) -> Result<Option<Self>> {
        match self.0.supersedes_id {
            Some(id) => Self::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// The entry that corrects this one; null for the newest.
    async fn superseded_by(&self, ctx: &Context<'_>) -> Result<Option<Self>> {
        ctx.authorize::<CostRead>()?;
        Ok(ctx.loads()?.load_one(CorrectionOf(self.0.id)).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }

    /// Whether it only takes the one it corrects back: that was not spent.
    async fn retracted(&self) -> bool {
        self.0.retracted
    }

    /// What another system calls it.
    async fn external_id(&self) -> Option<ExternalId> {
        ExternalId::of(self.0.source.as_ref(), self.0.external_id.as_ref())
    }

    /// Who recorded it; null for background work, and where you may not read members.
    async fn recorded_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.recorded_by).await
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }
}

connections! {
    CostEntryConnection, CostEntryEdge, CostEntry, "cost entries";
}

impl Loader<CostEntryId> for Loads {
    type Value = cost_entry::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[CostEntryId]) -> Result<HashMap<CostEntryId, cost_entry::Model>, Arc<Error>> {
        service::cost_entries_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

/// The key of the entry that corrects another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct CorrectionOf(CostEntryId);

impl Loader<CorrectionOf> for Loads {
    type Value = cost_entry::Model;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[CorrectionOf]) -> Result<HashMap<CorrectionOf, cost_entry::Model>, Arc<Error>> {
        let ids: Vec<CostEntryId> = keys.iter().map(|key| key.0).collect();
        let found = service::corrections_by_id(&self.authorize()?, &ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|(id, row)| (CorrectionOf(id), row)).collect())
    }
}

/// Money that was spent.
#[derive(InputObject)]
pub struct NewCostInput {
    /// Who bears it. Who works for a resource may write for that one only.
    owner: CostOwner,
    /// What the money was spent on.
    category: CostCategory,
    /// How much.
    amount: MoneyInput,
    /// The first local day it covers. The amount is spread evenly over the days.
    first_on: LocalDate,
    /// The last local day it covers.
    last_on: LocalDate,
    /// The tactic it was spent on.
    tactic_id: Option<ID>,
    /// The team that spent it; the tactic's where you leave it out.
    team_id: Option<ID>,
    /// The channel it was spent on.
    channel: Option<Channel>,
    /// What for, in words.
    note: Option<String>,
    /// How many people it pays. Pay that is not said to be of three people at least is never shown on a line of its own to those
    /// who may not see what single people are paid.
    people: Option<i32>,
    /// What another system calls it.
    external_id: Option<ExternalIdInput>,
    /// That it is written to locked months all the same.
    restate: Option<RestateInput>,
}

impl NewCostInput {
    fn read(self, path: &str) -> Result<service::NewCost> {
        let content = service::CostContent {
            owner: self.owner,
            category: self.category,
            amount: self.amount.into(),
            first_on: self.first_on.0,
            last_on: self.last_on.0,
            tactic_id: parse_optional_id(self.tactic_id.as_ref(), &format!("{path}.tacticId"))?,
            team_id: parse_optional_id(self.team_id.as_ref(), &format!("{path}.teamId"))?,
            channel: self.channel,
            note: self.note,
            people: self.people,
        };
        Ok(service::NewCost { content, external_id: self.external_id.map(Into::into), restate: self.restate.map(Into::into) })
    }
}

/// A new cost entry.
#[derive(InputObject)]
pub struct RecordCostInput {
    /// The cost.
    #[graphql(flatten)]
    cost: NewCostInput,
    /// Repeating the mutation with the same key gives the same entry.
    idempotency_key: Option<String>,
}

/// What is to happen to a cost that its system told otherwise before.
#[derive(Clone, Copy, Debug, Default, Enum, PartialEq, Eq)]
#[graphql(remote = "crate::costs::service::ToldOtherwise")]
pub enum ToldOtherwise {
    /// It is refused, and what was told before stays.
    #[default]
    Refuse,
    /// A new entry takes the place of what stands, with what is told otherwise than the last time; what was corrected by hand besides
    /// stays. Refused are those that were taken back, that you may not see, and that begin on another day.
    Supersede,
}

/// Many new cost entries.
#[derive(InputObject)]
pub struct RecordCostsInput {
    /// The costs, at most 1 000.
    items: Vec<NewCostInput>,
    /// What is to happen to costs whose external id is known with other content.
    #[graphql(default)]
    told_otherwise: ToldOtherwise,
    /// Repeating the mutation with the same key gives the same results.
    idempotency_key: Option<String>,
}

/// What was wrong about a cost entry; fields left out were right.
#[derive(InputObject)]
pub struct CorrectCostInput {
    /// The entry: the newest row of it.
    cost_entry_id: ID,
    /// Who bears it.
    owner: Option<CostOwner>,
    /// What the money was spent on.
    category: Option<CostCategory>,
    /// How much.
    amount: Option<MoneyInput>,
    /// The first local day it covers.
    first_on: Option<LocalDate>,
    /// The last local day it covers.
    last_on: Option<LocalDate>,
    /// The tactic it was spent on; null for none.
    tactic_id: MaybeUndefined<ID>,
    /// The team that spent it; null for none.
    team_id: MaybeUndefined<ID>,
    /// The channel it was spent on; null for none.
    channel: MaybeUndefined<Channel>,
    /// What for, in words; null for nothing.
    note: MaybeUndefined<String>,
    /// How many people it pays; null where that is not to be said.
    people: MaybeUndefined<i32>,
    /// It was not spent at all. Then leave everything else out.
    #[graphql(default)]
    retract: bool,
    /// That it is written to locked months all the same.
    restate: Option<RestateInput>,
    /// Repeating the mutation with the same key gives the same correction.
    idempotency_key: Option<String>,
}

payloads! {
    /// What came of recording a cost.
    RecordCostPayload {
        /// The entry.
        cost_entry: CostEntry
    }
    /// What came of correcting a cost.
    CorrectCostPayload {
        /// The entry that takes the place of the corrected one.
        cost_entry: CostEntry
    }
}

bulk_payloads! {
    /// What came of recording costs.
    RecordCostsPayload, RecordCostsResult {
        /// The entry.
        cost_entry: CostEntry
    }
}

/// Recording costs.
#[derive(Debug, Default)]
pub struct CostMutation;

#[Object]
impl CostMutation {
    /// Records money that was spent. Who works for a resource may do so for that one only.
    async fn record_cost(&self, ctx: &Context<'_>, input: RecordCostInput) -> Result<RecordCostPayload> {
        let scope = ctx.authorize::<CostWrite>()?;
        let new = input.cost.read("input")?;
        RecordCostPayload::settle(service::record_cost(&scope, new, input.idempotency_key.as_deref()).await.map(CostEntry))
    }

    /// Records many costs at once: those that are accepted stay, the others are named with the reason.
    async fn record_costs(&self, ctx: &Context<'_>, input: RecordCostsInput) -> Result<RecordCostsPayload> {
        let scope = ctx.authorize::<CostWrite>()?;
        let items = input.items.into_iter().enumerate().map(|(index, item)| item.read(&format!("input.items.{index}")));
        let items = items.collect::<Result<Vec<_>>>()?;
        RecordCostsPayload::settle(
            service::record_costs(&scope, &items, input.told_otherwise.into(), input.idempotency_key.as_deref()).await,
        )
    }

    /// Corrects a cost by an entry that takes its place, or takes it back.
    async fn correct_cost(&self, ctx: &Context<'_>, input: CorrectCostInput) -> Result<CorrectCostPayload> {
        let scope = ctx.authorize::<CostWrite>()?;
        let change = service::CorrectCost {
            cost_entry_id: parse_id(&input.cost_entry_id, "input.costEntryId")?,
            owner: input.owner,
            category: input.category,
            amount: input.amount.map(Into::into),
            first_on: input.first_on.map(|day| day.0),
            last_on: input.last_on.map(|day| day.0),
            tactic_id: parse_patch_id(input.tactic_id, "input.tacticId")?,
            team_id: parse_patch_id(input.team_id, "input.teamId")?,
            channel: input.channel.into(),
            note: input.note.into(),
            people: input.people.into(),
            retract: input.retract,
            restate: input.restate.map(Into::into),
            idempotency_key: input.idempotency_key,
        };
        CorrectCostPayload::settle(service::correct_cost(&scope, &change).await.map(CostEntry))
    }
}
