//! The API of the journey.

use async_graphql::{Context, Description, Enum, ID, InputObject, Object};
use entity::ids::{
    AccountId, ActivityId, BlockerId, BuyingRoleId, CloseId, CloseMovementId, CreditBatchId, IdentityPointerId, OpportunityEventId,
    OpportunityId, PersonId, StageEventId, TouchId, TypedId,
};
use entity::kinds::{Channel, Resource};

use super::service::{self, BuyerSource, Item, ItemKind};
use crate::activities::graphql::Activity;
use crate::auth::permission::grant::{JourneyRead, TouchWrite};
use crate::buyers::graphql::{IdentityPointer, Person};
use crate::buyers::service::Identity;
use crate::credit::graphql::{Close, CloseMovement, CreditBatch};
use crate::db::PageRequest;
use crate::error::{Error, ProblemCode, Result};
use crate::graphql::connection::page_cost;
use crate::graphql::context::{Authorize, wants};
use crate::graphql::external::ExternalIdInput;
use crate::graphql::node::{Node, parse_id, parse_optional_id};
use crate::graphql::scalar::DateTime;
use crate::journey::graphql::{StageEvent, Touch};
use crate::pipeline::graphql::{Blocker, BuyingRole, Opportunity, OpportunityEvent};
use crate::{connections, payloads};

/// What happened.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "service::ItemKind")]
pub enum JourneyItemKind {
    /// An interaction: a `Touch`.
    Touch,
    /// An entry into a stage: a `StageEvent`.
    StageEvent,
    /// A visitor became known: the `Person`.
    Identified,
    /// Two were said to be one: the `IdentityPointer`.
    Merged,
    /// It was taken back that two are one: the `IdentityPointer`.
    Unmerged,
    /// A possible deal began: the `Opportunity`.
    Opportunity,
    /// It ended, went on, or rests: the `OpportunityEvent`.
    OpportunityEvent,
    /// Somebody plays a part in buying: the `BuyingRole`.
    BuyingRole,
    /// Something keeps the buyer from deciding: the `Blocker`.
    BlockerRaised,
    /// It no longer does: the `Blocker`.
    BlockerResolved,
    /// Something was planned with the buyer and is still to be done: the `Activity`. Once it was done or given up that is told
    /// instead, at its own moment.
    ActivityPlanned,
    /// What was planned was done: the `Activity`. Where it reached the buyer, its `Touch` stands beside it.
    ActivityCompleted,
    /// What was planned was given up: the `Activity`.
    ActivityCancelled,
    /// A close was won: the `Close`.
    Close,
    /// A close was refunded, voided or reinstated: the `CloseMovement`.
    CloseMovement,
    /// Credit was opened or moved: the `CreditBatch`.
    Credit,
}

/// One thing that happened to a buyer.
#[derive(Clone, Debug, Description)]
pub struct JourneyItem(Item);

impl From<Item> for JourneyItem {
    fn from(item: Item) -> Self {
        Self(item)
    }
}

#[Object(use_type_description)]
impl JourneyItem {
    /// When it happened.
    async fn occurred_at(&self) -> DateTime {
        DateTime(self.0.at)
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }

    /// What happened.
    async fn kind(&self) -> JourneyItemKind {
        self.0.kind.into()
    }

    /// The object that tells of it.
    async fn object(&self, ctx: &Context<'_>) -> Result<Option<Node>> {
        let id = self.0.object;
        Ok(match self.0.kind {
            ItemKind::Touch => Touch::find(ctx, TouchId::from_uuid(id)).await?.map(Node::from),
            ItemKind::StageEvent => StageEvent::find(ctx, StageEventId::from_uuid(id)).await?.map(Node::from),
            ItemKind::Identified => Person::find(ctx, PersonId::from_uuid(id)).await?.map(Node::from),
            ItemKind::Merged | ItemKind::Unmerged => IdentityPointer::find(ctx, IdentityPointerId::from_uuid(id)).await?.map(Node::from),
            ItemKind::Opportunity => Opportunity::find(ctx, OpportunityId::from_uuid(id)).await?.map(Node::from),
            ItemKind::OpportunityEvent => OpportunityEvent::find(ctx, OpportunityEventId::from_uuid(id)).await?.map(Node::from),
            ItemKind::BuyingRole => BuyingRole::find(ctx, BuyingRoleId::from_uuid(id)).await?.map(Node::from),
            ItemKind::BlockerRaised | ItemKind::BlockerResolved => Blocker::find(ctx, BlockerId::from_uuid(id)).await?.map(Node::from),
            ItemKind::ActivityPlanned | ItemKind::ActivityCompleted | ItemKind::ActivityCancelled => {
                Activity::find(ctx, ActivityId::from_uuid(id)).await?.map(Node::from)
            }
            ItemKind::Close => Close::find(ctx, CloseId::from_uuid(id)).await?.map(Node::from),
            ItemKind::CloseMovement => CloseMovement::find(ctx, CloseMovementId::from_uuid(id)).await?.map(Node::from),
            ItemKind::Credit => CreditBatch::find(ctx, CreditBatchId::from_uuid(id)).await?.map(Node::from),
        })
    }
}

connections! {
    JourneyConnection, JourneyEdge, JourneyItem, "a journey", visibility;
}

/// How a buyer came to us: what was observed and what they say, side by side.
#[derive(Clone, Debug, Description)]
pub struct BuyerSourceOutput(BuyerSource);

#[Object(name = "BuyerSource", use_type_description)]
impl BuyerSourceOutput {
    /// Their first touch that was observed.
    async fn observed(&self) -> Option<Touch> {
        self.0.observed.clone().map(Touch::from)
    }

    /// What they said last of how they heard of us.
    async fn self_reported(&self) -> Option<Touch> {
        self.0.self_reported.clone().map(Touch::from)
    }

    /// Whether they name the channel that was observed; null where one of the two is not known.
    async fn agrees(&self) -> Option<bool> {
        Some(self.0.observed.as_ref()?.channel == self.0.self_reported.as_ref()?.channel)
    }
}

/// The one buyer that is meant.
fn buyer(account_id: Option<&ID>, person_id: Option<&ID>) -> Result<Identity> {
    let account: Option<AccountId> = parse_optional_id(account_id, "accountId")?;
    let person: Option<PersonId> = parse_optional_id(person_id, "personId")?;
    match (account, person) {
        (Some(account), None) => Ok(Identity::Account(account)),
        (None, Some(person)) => Ok(Identity::Person(person)),
        (None, None) => Err(Error::invalid("accountId", ProblemCode::Required, "name an account or a person")),
        (Some(_), Some(_)) => Err(Error::invalid("personId", ProblemCode::Invalid, "name an account or a person, not both")),
    }
}

/// Reading journeys.
#[derive(Debug, Default)]
pub struct StreamQuery;

#[Object]
impl StreamQuery {
    /// Everything that happened to a buyer in one order, oldest first: touches by anybody, stages, when they became known, deals
    /// and what keeps the buyer from them, what is planned with them and what came of it, closes and their credit. An activity
    /// is there once: planned while it is to be done, and then where it was done or given up. The journey of an account is that
    /// of whoever bought for it, and its own. Whoever is said to be the same counts as one.
    #[graphql(complexity = "page_cost(first, last, child_complexity) + 20")]
    #[expect(clippy::too_many_arguments, reason = "a page, whose, and as of when")]
    async fn journey(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The journey of an account; this or `personId`.")] account_id: Option<ID>,
        #[graphql(desc = "The journey of a person.")] person_id: Option<ID>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<JourneyConnection> {
        let scope = ctx.authorize::<JourneyRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let buyer = buyer(account_id.as_ref(), person_id.as_ref())?;
        let found = service::journey(&scope, buyer, as_of.map(|at| at.0), page, wants(ctx, "totalCount")).await?;
        Ok(JourneyConnection::new(found.listing, scope.reach()))
    }

    /// How a buyer came to us: what was observed and what they say, as of an instant.
    async fn buyer_source(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "An account; this or `personId`.")] account_id: Option<ID>,
        #[graphql(desc = "A person.")] person_id: Option<ID>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<BuyerSourceOutput> {
        let scope = ctx.authorize::<JourneyRead>()?;
        let buyer = buyer(account_id.as_ref(), person_id.as_ref())?;
        service::buyer_source(&scope, buyer, as_of.map(|at| at.0)).await.map(BuyerSourceOutput)
    }
}

/// What a buyer said of how they heard of us.
#[derive(InputObject)]
pub struct RecordSelfReportedSourceInput {
    /// The person.
    person_id: Option<ID>,
    /// The account.
    account_id: Option<ID>,
    /// When they said it.
    occurred_at: DateTime,
    /// Where they heard of us.
    channel: Channel,
    /// The resource that earned it.
    resource: Resource,
    /// What another system calls it.
    external_id: Option<ExternalIdInput>,
    /// Repeating the mutation with the same key gives the same touch.
    idempotency_key: Option<String>,
}

payloads! {
    /// What came of recording what a buyer said.
    RecordSelfReportedSourcePayload {
        /// The touch that tells of it.
        touch: Touch
    }
}

/// Recording what buyers say.
#[derive(Debug, Default)]
pub struct SelfReportMutation;

#[Object]
impl SelfReportMutation {
    /// Records what a buyer said of how they heard of us: a touch of its own, beside what was observed. Who works for a resource
    /// may do so for that one only.
    async fn record_self_reported_source(
        &self,
        ctx: &Context<'_>,
        input: RecordSelfReportedSourceInput,
    ) -> Result<RecordSelfReportedSourcePayload> {
        let scope = ctx.authorize::<TouchWrite>()?;
        let said = service::SelfReport {
            person_id: input.person_id.as_ref().map(|id| parse_id(id, "input.personId")).transpose()?,
            account_id: input.account_id.as_ref().map(|id| parse_id(id, "input.accountId")).transpose()?,
            occurred_at: input.occurred_at.0,
            channel: input.channel,
            resource: input.resource,
            external_id: input.external_id.map(Into::into),
        };
        let recorded = service::record_self_report(&scope, &said, input.idempotency_key.as_deref()).await;
        RecordSelfReportedSourcePayload::settle(recorded.map(Touch::from))
    }
}
