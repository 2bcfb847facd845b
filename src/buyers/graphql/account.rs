//! Accounts: the type and the mutations.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, ID, InputObject, MaybeUndefined, Object};
use entity::account;
use entity::ids::{AccountId, TypedId};

use super::PersonConnection;
use super::identity::{account_is, accounts_same};
use crate::activities::graphql::{ActivityConnection, activities_of};
use crate::activities::service::ActivitiesOf;
use crate::auth::permission::grant::{BuyerRead, BuyerWrite, JourneyRead, OpportunityRead};
use crate::buyers::service;
use crate::db::{Listing, PageRequest};
use crate::error::{Error, Result};
use crate::graphql::connection::{list_cost, page_cost};
use crate::graphql::context::{Authorize, Loads, wants};
use crate::graphql::external::{ExternalId, ExternalIdInput};
use crate::graphql::node::{parse_id, parse_optional_id, parse_patch_id};
use crate::graphql::scalar::{DateTime, int};
use crate::journey::graphql::{StageEventConnection, TouchConnection, stage_events_of, touches_of};
use crate::journey::service::{Subject, TouchesOf};
use crate::organization::graphql::Member;
use crate::pipeline::graphql::{OpportunityConnection, opportunities_of};
use crate::segments::graphql::{AccountAttribute, DemandSignal, Segment, attributes_of, demand_of, segments_of};
use crate::{bulk_payloads, connections, payloads};

/// How many attributes an account is taken to have, where a document is weighed.
const ATTRIBUTES: usize = 10;

/// To how many segments an account is taken to belong, where a document is weighed.
const SEGMENTS: usize = 5;

/// A buying company.
#[derive(Clone, Debug, Description)]
pub struct Account(account::Model);

impl From<account::Model> for Account {
    fn from(row: account::Model) -> Self {
        Self(row)
    }
}

impl Account {
    /// The account with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read buyers.
    pub async fn find(ctx: &Context<'_>, id: AccountId) -> Result<Option<Self>> {
        ctx.authorize::<BuyerRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }
}

#[Object(use_type_description)]
impl Account {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Its internet domain, in lower case.
    async fn domain(&self) -> Option<&str> {
        self.0.domain.as_deref()
    }

    /// When it became a customer; null for an account that is none yet.
    async fn generated_at(&self) -> Option<DateTime> {
        self.0.generated_at.map(DateTime)
    }

    /// The member who looks after it; null also where you may not read members.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.owner_id).await
    }

    /// What another system calls it.
    async fn external_id(&self) -> Option<ExternalId> {
        ExternalId::of(self.0.source.as_ref(), self.0.external_id.as_ref())
    }

    /// Which account it is: itself, unless it was said to be another one; null where you may not see which that is.
    async fn identity(&self, ctx: &Context<'_>) -> Result<Option<Account>> {
        account_is(ctx, self.0.id).await
    }

    /// Every account that is said to be the same, itself included, oldest first.
    #[graphql(complexity = "5 * child_complexity + 1")]
    async fn identities(&self, ctx: &Context<'_>) -> Result<Vec<Account>> {
        accounts_same(ctx, self.0.id).await
    }

    /// The people who buy for it, newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn people(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<PersonConnection> {
        ctx.authorize::<BuyerRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let key = PeopleOf { account: self.0.id, page, with_total: wants(ctx, "totalCount") };
        let found = ctx.loads()?.load_one(key).await.map_err(Arc::unwrap_or_clone)?;
        Ok(PersonConnection::new(found.unwrap_or_else(|| Listing::none(key.with_total))))
    }

    /// Touches of the account itself, latest first, without those that were corrected or taken back.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn touches(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<TouchConnection> {
        ctx.authorize::<JourneyRead>()?;
        touches_of(ctx, TouchesOf::Account(self.0.id), PageRequest::new(first, after.as_deref(), last, before.as_deref())?).await
    }

    /// Stages the account itself entered, latest first, without entries that were corrected or taken back.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn stage_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<StageEventConnection> {
        ctx.authorize::<JourneyRead>()?;
        stage_events_of(ctx, Subject::Account(self.0.id), PageRequest::new(first, after.as_deref(), last, before.as_deref())?).await
    }

    /// What is known of it, by key; what is not known is left out.
    #[graphql(complexity = "list_cost(ATTRIBUTES, child_complexity)")]
    async fn attributes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<Vec<AccountAttribute>> {
        attributes_of(ctx, self.0.id, as_of).await
    }

    /// Whether it is looking for what is sold, by its latest signal; null where nobody knows.
    async fn demand_state(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<Option<DemandSignal>> {
        demand_of(ctx, self.0.id, as_of).await
    }

    /// The segments it belongs to, by name; not those of which nobody knows whether it does.
    #[graphql(complexity = "list_cost(SEGMENTS, child_complexity)")]
    async fn segments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As seen at this instant: what was recorded later does not count. Default: now.")] as_of: Option<DateTime>,
    ) -> Result<Vec<Segment>> {
        segments_of(ctx, self.0.id, as_of).await
    }

    /// Opportunities with it, those that began last first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn opportunities(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<OpportunityConnection> {
        ctx.authorize::<OpportunityRead>()?;
        opportunities_of(ctx, self.0.id, PageRequest::new(first, after.as_deref(), last, before.as_deref())?).await
    }

    /// What is planned with it and what came of it, what was planned last first. Whichever is said to be the same counts as one.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn activities(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<ActivityConnection> {
        activities_of(ctx, ActivitiesOf::Account(self.0.id), PageRequest::new(first, after.as_deref(), last, before.as_deref())?).await
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

connections! {
    AccountConnection, AccountEdge, Account, "accounts";
}

impl Loader<AccountId> for Loads {
    type Value = account::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[AccountId]) -> Result<HashMap<AccountId, account::Model>, Arc<Error>> {
        service::accounts_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

/// The key of a page of the people who buy for an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct PeopleOf {
    account: AccountId,
    page: PageRequest,
    with_total: bool,
}

impl Loader<PeopleOf> for Loads {
    type Value = Listing<entity::person::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[PeopleOf]) -> Result<HashMap<PeopleOf, Listing<entity::person::Model>>, Arc<Error>> {
        let mut pages: HashMap<(PageRequest, bool), Vec<AccountId>> = HashMap::new();
        for key in keys {
            pages.entry((key.page, key.with_total)).or_default().push(key.account);
        }
        let mut found = HashMap::with_capacity(keys.len());
        for ((page, with_total), accounts) in pages {
            let mut people = service::people_of(&self.authorize()?, &accounts, page, with_total).await.map_err(Arc::new)?;
            let listed = accounts.into_iter().filter_map(|account| Some((account, people.remove(&account.uuid())?)));
            found.extend(listed.map(|(account, people)| (PeopleOf { account, page, with_total }, people)));
        }
        Ok(found)
    }
}

/// A buying company to record.
#[derive(InputObject)]
pub struct NewAccountInput {
    /// What it is called.
    name: String,
    /// Its internet domain.
    domain: Option<String>,
    /// The member who looks after it. Default: you, unless you may look after everything.
    owner_id: Option<ID>,
    /// What another system calls it.
    external_id: Option<ExternalIdInput>,
}

impl NewAccountInput {
    /// Reads the ids, which stand at a path.
    ///
    /// # Errors
    /// Problems with what is no id.
    pub fn read(self, path: &str) -> Result<service::NewAccount> {
        Ok(service::NewAccount {
            name: self.name,
            domain: self.domain,
            owner_id: parse_optional_id(self.owner_id.as_ref(), &format!("{path}.ownerId"))?,
            external_id: self.external_id.map(Into::into),
        })
    }
}

/// A new account.
#[derive(InputObject)]
pub struct RecordAccountInput {
    /// The account.
    #[graphql(flatten)]
    account: NewAccountInput,
    /// Repeating the mutation with the same key gives the same account.
    idempotency_key: Option<String>,
}

/// Many new accounts.
#[derive(InputObject)]
pub struct RecordAccountsInput {
    /// The accounts, at most 1 000.
    items: Vec<NewAccountInput>,
    /// Repeating the mutation with the same key gives the same results.
    idempotency_key: Option<String>,
}

/// Changes of an account; fields left out stay as they are.
#[derive(InputObject)]
pub struct ReviseAccountInput {
    /// The account.
    account_id: ID,
    /// What it is called.
    name: Option<String>,
    /// Its internet domain; null for none.
    domain: MaybeUndefined<String>,
    /// The member who looks after it; null for nobody.
    owner_id: MaybeUndefined<ID>,
    /// The version you saw; the change is refused if there is a newer one.
    expected_version: Option<i32>,
    /// Repeating the mutation with the same key changes nothing more.
    idempotency_key: Option<String>,
}

payloads! {
    /// What came of recording an account.
    RecordAccountPayload {
        /// The account.
        account: Account
    }
    /// What came of revising an account.
    ReviseAccountPayload {
        /// The account as it is now.
        account: Account
    }
}

bulk_payloads! {
    /// What came of recording accounts.
    RecordAccountsPayload, RecordAccountsResult {
        /// The account.
        account: Account
    }
}

/// Changing accounts.
#[derive(Debug, Default)]
pub struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Records a buying company.
    async fn record_account(&self, ctx: &Context<'_>, input: RecordAccountInput) -> Result<RecordAccountPayload> {
        let scope = ctx.authorize::<BuyerWrite>()?;
        let recorded = service::record_account(&scope, input.account.read("input")?, input.idempotency_key.as_deref()).await;
        RecordAccountPayload::settle(recorded.map(Account))
    }

    /// Records many buying companies at once: those that are accepted stay, the others are named with the reason.
    async fn record_accounts(&self, ctx: &Context<'_>, input: RecordAccountsInput) -> Result<RecordAccountsPayload> {
        let scope = ctx.authorize::<BuyerWrite>()?;
        let items = input.items.into_iter().enumerate().map(|(index, item)| item.read(&format!("input.items.{index}")));
        let items = items.collect::<Result<_>>()?;
        RecordAccountsPayload::settle(service::record_accounts(&scope, items, input.idempotency_key.as_deref()).await)
    }

    /// Changes an account.
    async fn revise_account(&self, ctx: &Context<'_>, input: ReviseAccountInput) -> Result<ReviseAccountPayload> {
        let scope = ctx.authorize::<BuyerWrite>()?;
        let change = service::ReviseAccount {
            account_id: parse_id(&input.account_id, "input.accountId")?,
            name: input.name,
            domain: input.domain.into(),
            owner_id: parse_patch_id(input.owner_id, "input.ownerId")?,
            expected_version: input.expected_version.map(i64::from),
            idempotency_key: input.idempotency_key,
        };
        ReviseAccountPayload::settle(service::revise_account(&scope, &change).await.map(Account))
    }
}
