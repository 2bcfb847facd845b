//! What is said of accounts: the type and the mutations.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, ID, InputObject, Object};
use entity::account_attribute;
use entity::ids::AccountId;
use entity::time::Timestamp;

use super::instant;
use crate::auth::permission::grant::{BuyerRead, BuyerWrite};
use crate::buyers::graphql::Account;
use crate::error::{Error, Result};
use crate::graphql::context::{Authorize, Loads};
use crate::graphql::node::parse_id;
use crate::graphql::scalar::DateTime;
use crate::organization::graphql::Member;
use crate::segments::service;
use crate::{bulk_payloads, payloads};

/// What is known of an account under a key. It never changes; what is said later stands beside it and takes its place.
#[derive(Clone, Debug, Description)]
pub struct AccountAttribute(account_attribute::Model);

#[Object(use_type_description)]
impl AccountAttribute {
    /// What it is about: INDUSTRY, EMPLOYEES, COUNTRY, REGION, BUSINESS_TYPE, LEAD_TYPE, or any other key.
    async fn key(&self) -> &str {
        &self.0.key
    }

    /// What is known: a whole number for EMPLOYEES, two letters of ISO 3166 for COUNTRY, text for all others.
    async fn value(&self) -> &str {
        self.0.value.as_deref().unwrap_or_default()
    }

    /// Who said so; null for background work, and where you may not read members.
    async fn recorded_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, self.0.recorded_by).await
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }
}

/// What is known of an account at an instant, by key.
///
/// # Errors
/// [`Error::Forbidden`] where the caller may not read buyers; a problem with `asOf`.
pub async fn attributes_of(ctx: &Context<'_>, account: AccountId, as_of: Option<DateTime>) -> Result<Vec<AccountAttribute>> {
    let as_of = instant(as_of, ctx.authorize::<BuyerRead>()?.now())?;
    let rows = ctx.loads()?.load_one(AttributesOf { account, as_of }).await.map_err(Arc::unwrap_or_clone)?;
    Ok(rows.unwrap_or_default().into_iter().map(AccountAttribute).collect())
}

/// The key of what is known of an account at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct AttributesOf {
    account: AccountId,
    as_of: Timestamp,
}

impl Loader<AttributesOf> for Loads {
    type Value = Vec<account_attribute::Model>;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[AttributesOf]) -> Result<HashMap<AttributesOf, Vec<account_attribute::Model>>, Arc<Error>> {
        let mut instants: HashMap<Timestamp, Vec<AccountId>> = HashMap::new();
        for key in keys {
            instants.entry(key.as_of).or_default().push(key.account);
        }
        let mut found = HashMap::with_capacity(keys.len());
        for (as_of, accounts) in instants {
            let rows = service::attributes_of(&self.authorize()?, &accounts, as_of).await.map_err(Arc::new)?;
            found.extend(rows.into_iter().map(|(account, rows)| (AttributesOf { account, as_of }, rows)));
        }
        Ok(found)
    }
}

/// What is to be said under a key.
#[derive(InputObject)]
pub struct AccountAttributeInput {
    /// Upper-case letters, digits and underscores, at most 40.
    key: String,
    /// What is said, at most 200 characters; null where it is not known any more.
    value: Option<String>,
}

impl From<AccountAttributeInput> for service::NewAttribute {
    fn from(AccountAttributeInput { key, value }: AccountAttributeInput) -> Self {
        Self { key, value }
    }
}

/// What is to be said of an account.
#[derive(InputObject)]
pub struct SetAccountAttributesInput {
    /// The account.
    account_id: ID,
    /// What is said, each key once. Keys that are not named stay as they are; an account has at most 100.
    attributes: Vec<AccountAttributeInput>,
    /// Repeating the mutation with the same key says nothing more.
    idempotency_key: Option<String>,
}

/// What is to be said of one of many accounts.
#[derive(InputObject)]
pub struct AccountAttributesInput {
    /// The account.
    account_id: ID,
    /// What is said, each key once. Keys that are not named stay as they are; an account has at most 100.
    attributes: Vec<AccountAttributeInput>,
}

impl AccountAttributesInput {
    fn read(self, index: usize) -> Result<service::AccountAttributes> {
        Ok(service::AccountAttributes {
            account_id: parse_id(&self.account_id, &format!("input.items.{index}.accountId"))?,
            attributes: self.attributes.into_iter().map(Into::into).collect(),
        })
    }
}

/// What is to be said of accounts.
#[derive(InputObject)]
pub struct RecordAccountAttributesInput {
    /// 1 to 1 000 accounts and what is said of each.
    items: Vec<AccountAttributesInput>,
    /// Repeating the mutation with the same key says nothing more.
    idempotency_key: Option<String>,
}

payloads! {
    /// What came of saying something of an account.
    SetAccountAttributesPayload {
        /// The account.
        account: Account
    }
}

bulk_payloads! {
    /// What came of saying something of accounts.
    RecordAccountAttributesPayload, RecordAccountAttributesResult {
        /// The account.
        account: Account
    }
}

/// Saying something of accounts.
#[derive(Debug, Default)]
pub struct AttributeMutation;

#[Object]
impl AttributeMutation {
    /// Says what is known of an account. What was said before stays and is answered for the time before; the same value again
    /// changes nothing.
    async fn set_account_attributes(&self, ctx: &Context<'_>, input: SetAccountAttributesInput) -> Result<SetAccountAttributesPayload> {
        let scope = ctx.authorize::<BuyerWrite>()?;
        let new = service::AccountAttributes {
            account_id: parse_id(&input.account_id, "input.accountId")?,
            attributes: input.attributes.into_iter().map(Into::into).collect(),
        };
        let set = service::set_account_attributes(&scope, new, input.idempotency_key.as_deref()).await;
        SetAccountAttributesPayload::settle(set.map(Account::from))
    }

    /// Says what is known of many accounts at once: what is accepted stays, the others are named with the reason.
    async fn record_account_attributes(
        &self,
        ctx: &Context<'_>,
        input: RecordAccountAttributesInput,
    ) -> Result<RecordAccountAttributesPayload> {
        let scope = ctx.authorize::<BuyerWrite>()?;
        let items = input.items.into_iter().enumerate().map(|(index, item)| item.read(index)).collect::<Result<Vec<_>>>()?;
        let recorded = service::record_account_attributes(&scope, &items, input.idempotency_key.as_deref()).await;
        RecordAccountAttributesPayload::settle(recorded)
    }
}
