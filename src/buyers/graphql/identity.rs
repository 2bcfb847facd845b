//! Who is whom: pointers between buyers, and who may be the same.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, Enum, ID, InputObject, Object, SimpleObject, Union};
use entity::ids::{AccountId, IdentityPointerId, PersonId, TypedId};
use entity::kinds::IdentifiedBy;

use super::{Account, Person};
use crate::auth::permission::grant::{BuyerRead, BuyerWrite, ContactRead};
use crate::buyers::service::{self, BuyerKind, Duplicate, Identity, Merge};
use crate::db::PageRequest;
use crate::error::{Error, ProblemCode, Result};
use crate::graphql::connection::page_cost;
use crate::graphql::context::{Authorize, Loads, wants};
use crate::graphql::external::ExternalIdInput;
use crate::graphql::node::{parse_id, parse_optional_id};
use crate::graphql::scalar::DateTime;
use crate::organization::graphql::Member;
use crate::{connections, payloads};

/// A person or an account.
#[derive(Clone, Debug, Union)]
pub enum Buyer {
    /// A person.
    Person(Person),
    /// An account.
    Account(Account),
}

impl Buyer {
    /// The buyer with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read buyers.
    pub async fn find(ctx: &Context<'_>, identity: Identity) -> Result<Option<Self>> {
        match identity {
            Identity::Person(id) => Ok(Person::find(ctx, id).await?.map(Self::Person)),
            Identity::Account(id) => Ok(Account::find(ctx, id).await?.map(Self::Account)),
        }
    }
}

/// Reads the id of a person or an account.
fn parse_identity(id: &ID, field: &str) -> Result<Identity> {
    let (person, account) = (PersonId::parse(id), AccountId::parse(id));
    match (person, account) {
        (Ok(id), _) => Ok(Identity::Person(id)),
        (_, Ok(id)) => Ok(Identity::Account(id)),
        (Err(_), Err(_)) => {
            let (person, account) = (PersonId::PREFIX, AccountId::PREFIX);
            Err(Error::invalid(field, ProblemCode::Invalid, format!("must be an id that begins with {person}_ or {account}_")))
        }
    }
}

/// That one person or account is another one, for as long as nobody takes it back. Rows of what happened stay with whom they
/// were recorded of; every answer asks who is whom as of its instant.
#[derive(Clone, Debug, Description)]
pub struct IdentityPointer(Merge);

impl From<Merge> for IdentityPointer {
    fn from(merge: Merge) -> Self {
        Self(merge)
    }
}

impl IdentityPointer {
    /// The pointer with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read buyers.
    pub async fn find(ctx: &Context<'_>, id: IdentityPointerId) -> Result<Option<Self>> {
        ctx.authorize::<BuyerRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }
}

#[Object(use_type_description)]
impl IdentityPointer {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.pointer.id.to_string())
    }

    /// Who is somebody else.
    #[graphql(name = "from")]
    async fn origin(&self, ctx: &Context<'_>) -> Result<Option<Buyer>> {
        match self.0.from() {
            Some(identity) => Buyer::find(ctx, identity).await,
            None => Ok(None),
        }
    }

    /// Who that is.
    async fn to(&self, ctx: &Context<'_>) -> Result<Option<Buyer>> {
        match self.0.to() {
            Some(identity) => Buyer::find(ctx, identity).await,
            None => Ok(None),
        }
    }

    /// Why, in words; null also where you may not read contact data, and where somebody of them was erased.
    async fn reason(&self, ctx: &Context<'_>) -> Option<&str> {
        self.0.pointer.reason.as_deref().filter(|_| ctx.permits::<ContactRead>())
    }

    /// Who said so; null for background work, and where you may not read members.
    async fn recorded_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.pointer.recorded_by).await
    }

    /// Since when it holds.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.pointer.recorded_at)
    }

    /// Since when it holds no more; null while it does.
    async fn ended_at(&self) -> Option<DateTime> {
        self.0.end.as_ref().map(|end| DateTime(end.recorded_at))
    }

    /// Why it was taken back, in words; null also where you may not read contact data.
    async fn end_reason(&self, ctx: &Context<'_>) -> Option<&str> {
        self.0.end.as_ref()?.reason.as_deref().filter(|_| ctx.permits::<ContactRead>())
    }
}

connections! {
    IdentityPointerConnection, IdentityPointerEdge, IdentityPointer, "pointers between buyers";
    DuplicateConnection, DuplicateEdge, DuplicateSuggestion, "buyers who may be the same";
}

impl Loader<IdentityPointerId> for Loads {
    type Value = Merge;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[IdentityPointerId]) -> Result<HashMap<IdentityPointerId, Merge>, Arc<Error>> {
        service::merges_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

/// Asks who a person is now, and who else they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct SameAs<I>(I);

/// Who somebody is, and everybody who is the same as them.
#[derive(Clone, Debug)]
struct Group<I> {
    canonical: I,
    all: Vec<I>,
}

macro_rules! same {
    ($($id:ident: $kind:ident),+) => {$(
        impl Loader<SameAs<$id>> for Loads {
            type Value = Group<$id>;
            type Error = Arc<Error>;

            async fn load(&self, keys: &[SameAs<$id>]) -> Result<HashMap<SameAs<$id>, Group<$id>>, Arc<Error>> {
                let ids: Vec<_> = keys.iter().map(|key| key.0.uuid()).collect();
                let found = service::identities_of(&self.authorize()?, BuyerKind::$kind, &ids).await.map_err(Arc::new)?;
                Ok(keys.iter().map(|key| (*key, Group { canonical: found.of(key.0), all: found.all_of(key.0) })).collect())
            }
        }
    )+};
}

same!(PersonId: Person, AccountId: Account);

async fn group<I>(ctx: &Context<'_>, id: I) -> Result<Group<I>>
where
    I: TypedId + std::hash::Hash + Eq,
    Loads: Loader<SameAs<I>, Value = Group<I>, Error = Arc<Error>>,
{
    ctx.authorize::<BuyerRead>()?;
    let found = ctx.loads()?.load_one(SameAs(id)).await.map_err(Arc::unwrap_or_clone)?;
    Ok(found.unwrap_or_else(|| Group { canonical: id, all: vec![id] }))
}

/// Who a person is now; `None` where the caller may not see them.
///
/// # Errors
/// [`Error::Forbidden`] where the caller may not read buyers.
pub(super) async fn person_is(ctx: &Context<'_>, id: PersonId) -> Result<Option<Person>> {
    Person::find(ctx, group(ctx, id).await?.canonical).await
}

/// Everybody who is the same as a person now and whom the caller sees.
///
/// # Errors
/// [`Error::Forbidden`] where the caller may not read buyers.
pub(super) async fn people_same(ctx: &Context<'_>, id: PersonId) -> Result<Vec<Person>> {
    let all = group(ctx, id).await?.all;
    let found = futures_util::future::try_join_all(all.into_iter().map(|id| Person::find(ctx, id))).await?;
    Ok(found.into_iter().flatten().collect())
}

/// Which account an account is now; `None` where the caller may not see it.
///
/// # Errors
/// [`Error::Forbidden`] where the caller may not read buyers.
pub(super) async fn account_is(ctx: &Context<'_>, id: AccountId) -> Result<Option<Account>> {
    Account::find(ctx, group(ctx, id).await?.canonical).await
}

/// Every account that is the same as an account now and that the caller sees.
///
/// # Errors
/// [`Error::Forbidden`] where the caller may not read buyers.
pub(super) async fn accounts_same(ctx: &Context<'_>, id: AccountId) -> Result<Vec<Account>> {
    let all = group(ctx, id).await?.all;
    let found = futures_util::future::try_join_all(all.into_iter().map(|id| Account::find(ctx, id))).await?;
    Ok(found.into_iter().flatten().collect())
}

/// What buyers are.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "BuyerKind", name = "BuyerKind")]
pub enum BuyerKindInput {
    /// Accounts.
    Account,
    /// People.
    Person,
}

/// Why two may be one.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "service::DuplicateReason")]
pub enum DuplicateReason {
    /// Two people have the same e-mail address, but for its case and what stands between `+` and `@`.
    SameEmail,
    /// Two accounts have the same domain, but for `www.`.
    SameDomain,
}

/// Two buyers who may be the same. Nobody is merged by it: that is what `mergeIdentities` is for.
#[derive(Clone, Debug, Description)]
pub struct DuplicateSuggestion(Duplicate);

impl From<Duplicate> for DuplicateSuggestion {
    fn from(duplicate: Duplicate) -> Self {
        Self(duplicate)
    }
}

#[Object(use_type_description)]
impl DuplicateSuggestion {
    /// The younger one.
    #[graphql(name = "from")]
    async fn origin(&self, ctx: &Context<'_>) -> Result<Option<Buyer>> {
        Buyer::find(ctx, self.0.from).await
    }

    /// The oldest one of all that have the same.
    async fn to(&self, ctx: &Context<'_>) -> Result<Option<Buyer>> {
        Buyer::find(ctx, self.0.to).await
    }

    /// Why.
    async fn reason(&self) -> DuplicateReason {
        self.0.reason.into()
    }

    /// The address or domain they have in common.
    async fn shared(&self) -> &str {
        &self.0.shared
    }
}

/// Reading who is whom.
#[derive(Debug, Default)]
pub struct IdentityQuery;

#[Object]
impl IdentityQuery {
    /// What was said of who is whom, newest first, with what was taken back.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn identity_pointers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Those from and to one person or account.")] buyer_id: Option<ID>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<IdentityPointerConnection> {
        let scope = ctx.authorize::<BuyerRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let about = buyer_id.as_ref().map(|id| parse_identity(id, "buyerId")).transpose()?;
        service::identity_pointers(&scope, about, page, wants(ctx, "totalCount")).await.map(IdentityPointerConnection::new)
    }

    /// Buyers who may be the same and are not said to be, by rules anybody can check, oldest first. For people you need to be
    /// allowed to read contact data.
    #[graphql(complexity = "page_cost(first, last, child_complexity) + 200")]
    async fn duplicate_suggestions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "People or accounts.")] kind: BuyerKindInput,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<DuplicateConnection> {
        let scope = ctx.authorize::<BuyerRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        service::duplicates(&scope, kind.into(), page, wants(ctx, "totalCount")).await.map(DuplicateConnection::new)
    }
}

/// What a visitor told of themselves.
#[derive(InputObject)]
pub struct IdentifyPersonInput {
    /// Who told it; this or `anonymousId`.
    person_id: Option<ID>,
    /// What another system calls who told it: a cookie, a device. Whoever it did not name before is recorded.
    anonymous_id: Option<ExternalIdInput>,
    /// How they became known.
    how: IdentifiedBy,
    /// When. Not before their first touch.
    occurred_at: DateTime,
    /// What they are called.
    name: Option<String>,
    /// Their e-mail address. Who is known by it already is who they are.
    email: Option<String>,
    /// What another system calls them now that they are known. Who is known by it already is who they are.
    external_id: Option<ExternalIdInput>,
    /// The company they buy for.
    account_id: Option<ID>,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

/// Two buyers who are one.
#[derive(InputObject)]
pub struct MergeIdentitiesInput {
    /// The person or account that is another one.
    from: ID,
    /// Who that is: of the same kind.
    to: ID,
    /// Why, in words.
    reason: Option<String>,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

/// Two buyers who are not one after all.
#[derive(InputObject)]
pub struct UnmergeIdentitiesInput {
    /// The person or account that was said to be another one.
    from: ID,
    /// Who that was.
    to: ID,
    /// Why, in words.
    reason: Option<String>,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

/// A visitor who is known.
#[derive(Clone, Debug, SimpleObject)]
pub struct Identification {
    /// Who told it.
    visitor: Person,
    /// Who that is: the visitor, or somebody who was known before by the same address or external id.
    person: Person,
}

payloads! {
    /// What came of a visitor telling who they are.
    IdentifyPersonPayload {
        /// Who it was.
        identification: Identification
    }
    /// What came of saying that two are one.
    MergeIdentitiesPayload {
        /// That they are.
        identity_pointer: IdentityPointer
    }
    /// What came of taking back that two are one.
    UnmergeIdentitiesPayload {
        /// The pointer, ended.
        identity_pointer: IdentityPointer
    }
}

/// Changing who is whom.
#[derive(Debug, Default)]
pub struct IdentityMutation;

#[Object]
impl IdentityMutation {
    /// Makes a visitor known: they left details, or began a trial or a consultation. Where somebody is known by the same external
    /// id or address, the visitor is said to be them. No row of what happened changes.
    async fn identify_person(&self, ctx: &Context<'_>, input: IdentifyPersonInput) -> Result<IdentifyPersonPayload> {
        let scope = ctx.authorize::<BuyerWrite>()?;
        let wanted = service::IdentifyPerson {
            person_id: parse_optional_id(input.person_id.as_ref(), "input.personId")?,
            anonymous_id: input.anonymous_id.map(Into::into),
            how: input.how,
            occurred_at: input.occurred_at.0,
            name: input.name,
            email: input.email,
            external_id: input.external_id.map(Into::into),
            account_id: input.account_id.as_ref().map(|id| parse_id(id, "input.accountId")).transpose()?,
            idempotency_key: input.idempotency_key,
        };
        let identified = service::identify_person(&scope, &wanted).await;
        let shown = |it: service::Identified| Identification { visitor: it.visitor.into(), person: it.person.into() };
        IdentifyPersonPayload::settle(identified.map(shown))
    }

    /// Says that two people, or two accounts, are one. One row is written, however much happened to them; every answer from then
    /// on counts them as one. Said again, it stays as it is.
    async fn merge_identities(&self, ctx: &Context<'_>, input: MergeIdentitiesInput) -> Result<MergeIdentitiesPayload> {
        let scope = ctx.authorize::<BuyerWrite>()?;
        let wanted = service::MergeIdentities {
            from: parse_identity(&input.from, "input.from")?,
            to: parse_identity(&input.to, "input.to")?,
            reason: input.reason,
            idempotency_key: input.idempotency_key,
        };
        MergeIdentitiesPayload::settle(service::merge_identities(&scope, &wanted).await.map(IdentityPointer))
    }

    /// Takes back that two are one, and nothing else. Every answer is as it was before, and answers as of an instant between
    /// stay as they were.
    async fn unmerge_identities(&self, ctx: &Context<'_>, input: UnmergeIdentitiesInput) -> Result<UnmergeIdentitiesPayload> {
        let scope = ctx.authorize::<BuyerWrite>()?;
        let wanted = service::UnmergeIdentities {
            from: parse_identity(&input.from, "input.from")?,
            to: parse_identity(&input.to, "input.to")?,
            reason: input.reason,
            idempotency_key: input.idempotency_key,
        };
        UnmergeIdentitiesPayload::settle(service::unmerge_identities(&scope, &wanted).await.map(IdentityPointer))
    }
}
