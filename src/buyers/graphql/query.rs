//! Finding accounts and people.

use async_graphql::{Context, ID, InputObject, Object};
use entity::kinds::{ConsentPurpose, PersonKind};

use super::{Account, AccountConnection, Person, PersonConnection};
use crate::auth::permission::grant::BuyerRead;
use crate::buyers::service;
use crate::db::PageRequest;
use crate::error::Result;
use crate::graphql::connection::page_cost;
use crate::graphql::context::{Authorize, wants};
use crate::graphql::external::ExternalIdInput;
use crate::graphql::node::{parse_id, parse_optional_id};

/// Which accounts are wanted: those that meet every condition given.
#[derive(Default, InputObject)]
pub struct AccountFilter {
    /// Part of the name or domain, in any case.
    search: Option<String>,
    /// The system that named them.
    source: Option<String>,
}

/// Which people are wanted: those who meet every condition given.
#[derive(Default, InputObject)]
pub struct PersonFilter {
    /// Part of the name or e-mail address, in any case. Only for who may read contact data.
    search: Option<String>,
    /// The whole e-mail address, in any case. Only for who may read contact data.
    email: Option<String>,
    /// Anonymous or known.
    kind: Option<PersonKind>,
    /// The company they buy for.
    account_id: Option<ID>,
    /// The system that named them.
    source: Option<String>,
    /// Those whose latest decision on this purpose grants it, and who were not erased.
    consented_to: Option<ConsentPurpose>,
}

/// Reading accounts and people.
#[derive(Debug, Default)]
pub struct BuyersQuery;

#[Object]
impl BuyersQuery {
    /// The accounts, newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn accounts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<AccountFilter>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<AccountConnection> {
        let scope = ctx.authorize::<BuyerRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let filter = filter.unwrap_or_default();
        let filter = service::AccountFilter { search: filter.search, source: filter.source };
        service::accounts(&scope, filter, page, wants(ctx, "totalCount")).await.map(AccountConnection::new)
    }

    /// The account with an id; null where there is none.
    async fn account(&self, ctx: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Result<Option<Account>> {
        ctx.authorize::<BuyerRead>()?;
        Account::find(ctx, parse_id(&id, "id")?).await
    }

    /// The account another system named; null where there is none.
    async fn account_by_external_id(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the other system calls it.")] external_id: ExternalIdInput,
    ) -> Result<Option<Account>> {
        let scope = ctx.authorize::<BuyerRead>()?;
        Ok(service::account_by_external_id(&scope, &external_id.into()).await?.map(Account::from))
    }

    /// The people, newest first.
    #[graphql(complexity = "page_cost(first, last, child_complexity)")]
    async fn people(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only some of them.")] filter: Option<PersonFilter>,
        #[graphql(desc = "How many from the start, at most 100. Default 25.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<PersonConnection> {
        let scope = ctx.authorize::<BuyerRead>()?;
        let page = PageRequest::new(first, after.as_deref(), last, before.as_deref())?;
        let filter = filter.unwrap_or_default();
        let filter = service::PersonFilter {
            search: filter.search,
            email: filter.email,
            kind: filter.kind,
            account_id: parse_optional_id(filter.account_id.as_ref(), "filter.accountId")?,
            source: filter.source,
            consented_to: filter.consented_to,
        };
        service::people(&scope, filter, page, wants(ctx, "totalCount")).await.map(PersonConnection::new)
    }

    /// The person with an id; null where there is none.
    async fn person(&self, ctx: &Context<'_>, #[graphql(desc = "Their id.")] id: ID) -> Result<Option<Person>> {
        ctx.authorize::<BuyerRead>()?;
        Person::find(ctx, parse_id(&id, "id")?).await
    }

    /// The person another system named; null where there is none.
    async fn person_by_external_id(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the other system calls them.")] external_id: ExternalIdInput,
    ) -> Result<Option<Person>> {
        let scope = ctx.authorize::<BuyerRead>()?;
        Ok(service::person_by_external_id(&scope, &external_id.into()).await?.map(Person::from))
    }
}
