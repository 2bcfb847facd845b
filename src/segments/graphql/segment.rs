//! Segments and target lists: the types and the mutations.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, ID, InputObject, Object, SimpleObject};
use entity::ids::{AccountId, SegmentId, TypedId};
use entity::kinds::SegmentKind;
use entity::time::Timestamp;
use entity::{account, segment, segment_version};

use super::condition::{AttributeCondition, AttributeConditionInput};
use super::{LIST, WALK_COST};
use crate::auth::permission::Visibility;
use crate::auth::permission::grant::{BuyerRead, SegmentManage};
use crate::buyers::graphql::Account;
use crate::db::{Listing, PageRequest};
use crate::error::{Error, Result};
use crate::graphql::connection::{list_cost, page_cost};
use crate::graphql::context::{Authorize, Loads, wants};
use crate::graphql::node::parse_id;
use crate::graphql::scalar::{DateTime, int};
use crate::organization::graphql::Member;
use crate::segments::service;
use crate::{connections, payloads};

/// A part of the market: accounts that pass a filter, or a list of them.
#[derive(Clone, Debug, Description)]
pub struct Segment(segment::Model);

impl From<segment::Model> for Segment {
    fn from(row: segment::Model) -> Self {
        Self(row)
    }
}

impl Segment {
    /// The segment with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read buyers.
    pub async fn find(ctx: &Context<'_>, id: SegmentId) -> Result<Option<Self>> {
        ctx.authorize::<BuyerRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }

    async fn definition(&self, ctx: &Context<'_>) -> Result<SegmentVersion> {
        ctx.authorize::<BuyerRead>()?;
        let newest = ctx.loads()?.load_one(NewestVersion(self.0.id)).await.map_err(Arc::unwrap_or_clone)?;
        newest.map(SegmentVersion).ok_or(Error::broken("a segment has a version"))
    }
}

#[Object(use_type_description)]
impl Segment {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// By a filter or by a list.
    async fn kind(&self, ctx: &Context<'_>) -> Result<SegmentKind> {
        Ok(self.definition(ctx).await?.0.kind)
    }

    /// What its accounts are like now: all of these. Empty for a list.
    #[graphql(complexity = "list_cost(LIST, child_complexity)")]
    async fn conditions(&self, ctx: &Context<'_>) -> Result<Vec<AttributeCondition>> {
        self.definition(ctx).await?.read()
    }

    /// How it was defined over time, the newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn versions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<SegmentVersionConnection> {
        ctx.authorize::<BuyerRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let key = VersionsOf { segment: self.0.id, page, with_total: wants(ctx, "totalCount") };
        let found = ctx.loads()?.load_one(key).await.map_err(Arc::unwrap_or_clone)?;
        Ok(SegmentVersionConnection::new(found.unwrap_or_else(|| Listing::none(key.with_total))))
    }

    /// The accounts that belong to it, of those you may see, oldest first. Accounts of which nobody knows whether they belong
    /// are not among them.
    #[graphql(complexity = "page_cost(first, last, child_complexity).saturating_add(WALK_COST)")]
    async fn accounts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "As seen at this instant, by the filter of then: what was recorded later does not count. Default: now.")]
        as_of: Option<DateTime>,
    ) -> Result<SegmentAccountConnection> {
        let scope = ctx.authorize::<BuyerRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let as_of = super::instant(as_of, scope.now())?;
        let key = MembersOf { segment: self.0.id, as_of, page, with_total: wants(ctx, "totalCount") };
        let found = ctx.loads()?.load_one(key).await.map_err(Arc::unwrap_or_clone)?;
        let (listing, visibility) = found.ok_or(Error::broken("every segment has a list of accounts"))?;
        Ok(SegmentAccountConnection::new(listing, visibility))
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }

    /// Counts the changes, from 1; pass it as `expectedVersion` to change only what you saw.
    async fn version(&self) -> i32 {
        int(self.0.version)
    }
}

/// How a segment was defined from a moment on.
#[derive(Clone, Debug, Description)]
pub struct SegmentVersion(segment_version::Model);

impl From<segment_version::Model> for SegmentVersion {
    fn from(row: segment_version::Model) -> Self {
        Self(row)
    }
}

impl SegmentVersion {
    fn read(&self) -> Result<Vec<AttributeCondition>> {
        Ok(service::conditions_of(&self.0)?.into_iter().map(AttributeCondition::from).collect())
    }
}

#[Object(use_type_description)]
impl SegmentVersion {
    /// Counts the definitions of the segment, from 1.
    async fn number(&self) -> i32 {
        self.0.number
    }

    /// By a filter or by a list.
    async fn kind(&self) -> SegmentKind {
        self.0.kind
    }

    /// What its accounts are like: all of these. Empty for a list.
    #[graphql(complexity = "list_cost(LIST, child_complexity)")]
    async fn conditions(&self) -> Result<Vec<AttributeCondition>> {
        self.read()
    }

    /// Who defined it so; null for background work, and where you may not read members.
    async fn recorded_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.recorded_by).await
    }

    /// Since when it counts.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }
}

connections! {
    SegmentConnection, SegmentEdge, Segment, "segments";
    SegmentVersionConnection, SegmentVersionEdge, SegmentVersion, "versions of a segment";
    SegmentAccountConnection, SegmentAccountEdge, Account, "the accounts of a segment", visibility;
}

/// The segments of an account at an instant, by name.
///
/// # Errors
/// [`Error::Forbidden`] where the caller may not read buyers; a problem with `asOf`.
pub async fn segments_of(ctx: &Context<'_>, account: AccountId, as_of: Option<DateTime>) -> Result<Vec<Segment>> {
    let as_of = super::instant(as_of, ctx.authorize::<BuyerRead>()?.now())?;
    let rows = ctx.loads()?.load_one(SegmentsOf { account, as_of }).await.map_err(Arc::unwrap_or_clone)?;
    Ok(rows.unwrap_or_default().into_iter().map(Segment).collect())
}

impl Loader<SegmentId> for Loads {
    type Value = segment::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[SegmentId]) -> Result<HashMap<SegmentId, segment::Model>, Arc<Error>> {
        service::segments_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

/// Asks how a segment is defined now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct NewestVersion(SegmentId);

impl Loader<NewestVersion> for Loads {
    type Value = segment_version::Model;
    type Error = Arc<Error>;

    async fn load(&self, of: &[NewestVersion]) -> Result<HashMap<NewestVersion, segment_version::Model>, Arc<Error>> {
        let ids: Vec<SegmentId> = of.iter().map(|of| of.0).collect();
        let found = service::newest_versions(&self.authorize()?, &ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|(id, row)| (NewestVersion(id), row)).collect())
    }
}

/// The key of a page of the versions of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct VersionsOf {
    segment: SegmentId,
    page: PageRequest,
    with_total: bool,
}

impl Loader<VersionsOf> for Loads {
    type Value = Listing<segment_version::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[VersionsOf]) -> Result<HashMap<VersionsOf, Listing<segment_version::Model>>, Arc<Error>> {
        let mut pages: HashMap<(PageRequest, bool), Vec<SegmentId>> = HashMap::new();
        for key in keys {
            pages.entry((key.page, key.with_total)).or_default().push(key.segment);
        }
        let mut found = HashMap::with_capacity(keys.len());
        for ((page, with_total), segments) in pages {
            let mut listed = service::versions_of(&self.authorize()?, &segments, page, with_total).await.map_err(Arc::new)?;
            let listed = segments.into_iter().filter_map(|segment| Some((segment, listed.remove(&segment.uuid())?)));
            found.extend(listed.map(|(segment, versions)| (VersionsOf { segment, page, with_total }, versions)));
        }
        Ok(found)
    }
}

/// The key of a page of the accounts of a segment at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct MembersOf {
    segment: SegmentId,
    as_of: Timestamp,
    page: PageRequest,
    with_total: bool,
}

impl Loader<MembersOf> for Loads {
    type Value = (Listing<account::Model>, Visibility);
    type Error = Arc<Error>;

    async fn load(&self, keys: &[MembersOf]) -> Result<HashMap<MembersOf, Self::Value>, Arc<Error>> {
        let mut pages: HashMap<(Timestamp, PageRequest, bool), Vec<SegmentId>> = HashMap::new();
        for key in keys {
            pages.entry((key.as_of, key.page, key.with_total)).or_default().push(key.segment);
        }
        let mut found = HashMap::with_capacity(keys.len());
        for ((as_of, page, with_total), segments) in pages {
            let listed = service::members_of(&self.authorize()?, &segments, as_of, page, with_total).await.map_err(Arc::new)?;
            found.extend(listed.into_iter().map(|(segment, members)| (MembersOf { segment, as_of, page, with_total }, members)));
        }
        Ok(found)
    }
}

/// The key of the segments of an account at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct SegmentsOf {
    account: AccountId,
    as_of: Timestamp,
}

impl Loader<SegmentsOf> for Loads {
    type Value = Vec<segment::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[SegmentsOf]) -> Result<HashMap<SegmentsOf, Vec<segment::Model>>, Arc<Error>> {
        let mut instants: HashMap<Timestamp, Vec<AccountId>> = HashMap::new();
        for key in keys {
            instants.entry(key.as_of).or_default().push(key.account);
        }
        let mut found = HashMap::with_capacity(keys.len());
        for (as_of, accounts) in instants {
            let rows = service::segments_of(&self.authorize()?, &accounts, as_of).await.map_err(Arc::new)?;
            found.extend(rows.into_iter().map(|(account, rows)| (SegmentsOf { account, as_of }, rows)));
        }
        Ok(found)
    }
}

/// A segment to define.
#[derive(InputObject)]
pub struct DefineSegmentInput {
    /// What it is called; unique.
    name: String,
    /// What its accounts are like: all of these, 1 to 50. Leave it out for a list.
    conditions: Option<Vec<AttributeConditionInput>>,
    /// Repeating the mutation with the same key gives the same segment.
    idempotency_key: Option<String>,
}

/// Changes of a segment; fields left out stay as they are.
#[derive(InputObject)]
pub struct ReviseSegmentInput {
    /// The segment.
    segment_id: ID,
    /// What it is called; unique.
    name: Option<String>,
    /// What its accounts are like from now on: all of these, 1 to 50. A list has none.
    conditions: Option<Vec<AttributeConditionInput>>,
    /// The version you saw; the change is refused if there is a newer one.
    expected_version: Option<i32>,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

/// Accounts to put on a list.
#[derive(InputObject)]
pub struct AddToTargetListInput {
    /// The list.
    segment_id: ID,
    /// 1 to 1 000 accounts.
    account_ids: Vec<ID>,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

/// Accounts to take off a list.
#[derive(InputObject)]
pub struct RemoveFromTargetListInput {
    /// The list.
    segment_id: ID,
    /// 1 to 1 000 accounts.
    account_ids: Vec<ID>,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

fn list_change(segment: &ID, accounts: &[ID], added: bool, idempotency_key: Option<String>) -> Result<service::ListChange> {
    let accounts = accounts.iter().enumerate().map(|(index, id)| parse_id(id, &format!("input.accountIds.{index}")));
    Ok(service::ListChange {
        segment_id: parse_id(segment, "input.segmentId")?,
        account_ids: accounts.collect::<Result<_>>()?,
        added,
        idempotency_key,
    })
}

/// What became of a list.
#[derive(Clone, Debug, SimpleObject)]
pub struct TargetListChange {
    /// The list.
    segment: Segment,
    /// How many accounts were put on it or taken off. The others were so already.
    changed: i32,
}

impl From<service::ListChanged> for TargetListChange {
    fn from(changed: service::ListChanged) -> Self {
        Self { segment: changed.segment.into(), changed: int(changed.changed) }
    }
}

payloads! {
    /// What came of defining a segment.
    DefineSegmentPayload {
        /// The segment.
        segment: Segment
    }
    /// What came of revising a segment.
    ReviseSegmentPayload {
        /// The segment as it is now.
        segment: Segment
    }
    /// What came of putting accounts on a list.
    AddToTargetListPayload {
        /// What became of the list; null where it was not changed at all.
        target_list: TargetListChange
    }
    /// What came of taking accounts off a list.
    RemoveFromTargetListPayload {
        /// What became of the list; null where it was not changed at all.
        target_list: TargetListChange
    }
}

/// Changing segments and lists.
#[derive(Debug, Default)]
pub struct SegmentMutation;

#[Object]
impl SegmentMutation {
    /// Defines a part of the market by what its accounts are like, or begins a list of accounts.
    async fn define_segment(&self, ctx: &Context<'_>, input: DefineSegmentInput) -> Result<DefineSegmentPayload> {
        let scope = ctx.authorize::<SegmentManage>()?;
        let new = service::DefineSegment {
            name: input.name,
            conditions: input.conditions.map(|conditions| conditions.into_iter().map(Into::into).collect()),
            idempotency_key: input.idempotency_key,
        };
        DefineSegmentPayload::settle(service::define_segment(&scope, &new).await.map(Segment))
    }

    /// Changes a segment. Other conditions count from now on; what is asked of the time before is answered as it was.
    async fn revise_segment(&self, ctx: &Context<'_>, input: ReviseSegmentInput) -> Result<ReviseSegmentPayload> {
        let scope = ctx.authorize::<SegmentManage>()?;
        let change = service::ReviseSegment {
            segment_id: parse_id(&input.segment_id, "input.segmentId")?,
            name: input.name,
            conditions: input.conditions.map(|conditions| conditions.into_iter().map(Into::into).collect()),
            expected_version: input.expected_version.map(i64::from),
            idempotency_key: input.idempotency_key,
        };
        ReviseSegmentPayload::settle(service::revise_segment(&scope, &change).await.map(Segment))
    }

    /// Puts accounts on a list.
    async fn add_to_target_list(&self, ctx: &Context<'_>, input: AddToTargetListInput) -> Result<AddToTargetListPayload> {
        let scope = ctx.authorize::<SegmentManage>()?;
        let change = list_change(&input.segment_id, &input.account_ids, true, input.idempotency_key)?;
        AddToTargetListPayload::settle(service::change_target_list(&scope, &change).await.map(TargetListChange::from))
    }

    /// Takes accounts off a list.
    async fn remove_from_target_list(&self, ctx: &Context<'_>, input: RemoveFromTargetListInput) -> Result<RemoveFromTargetListPayload> {
        let scope = ctx.authorize::<SegmentManage>()?;
        let change = list_change(&input.segment_id, &input.account_ids, false, input.idempotency_key)?;
        RemoveFromTargetListPayload::settle(service::change_target_list(&scope, &change).await.map(TargetListChange::from))
    }
}
