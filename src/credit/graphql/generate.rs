//! Generating accounts.

use async_graphql::{Context, ID, InputObject, Object};
use entity::kinds::{CloseKind, ClosePath, Resource};

use super::Close;
use crate::auth::permission::grant::CloseWrite;
use crate::buyers::graphql::NewAccountInput;
use crate::credit::service;
use crate::error::Result;
use crate::graphql::context::Authorize;
use crate::graphql::external::ExternalIdInput;
use crate::graphql::metric::MoneyInput;
use crate::graphql::node::{parse_id, parse_optional_id};
use crate::graphql::scalar::DateTime;
use crate::graphql::share::ResourceShareInput;
use crate::periods::graphql::RestateInput;
use crate::{bulk_payloads, payloads};

/// A claim to have referred the buyer.
#[derive(InputObject)]
pub struct ReferralInput {
    /// Who claims it.
    referrer_person_id: ID,
    /// When. It counts within the policy's lookback before the close.
    claimed_at: DateTime,
}

/// Shares of the credit that those concerned agreed and signed.
#[derive(InputObject)]
pub struct SignedSplitInput {
    /// When it was signed. After the close it has no effect.
    signed_at: DateTime,
    /// The shares, 10 000 basis points in all. Who is not named gets nothing.
    shares: Vec<ResourceShareInput>,
}

/// The account that becomes a customer, and what it bought.
#[derive(InputObject)]
pub struct GeneratedAccountInput {
    /// The account that becomes a customer. Give either this or `newAccount`.
    account_id: Option<ID>,
    /// The account to record. One that the same system named the same way before is that account.
    new_account: Option<NewAccountInput>,
    /// The buyer whose journey it ends.
    person_id: Option<ID>,
    /// When the business was won.
    occurred_at: DateTime,
    /// What it is worth.
    amount: MoneyInput,
    /// How the buyer came to it.
    path: ClosePath,
    /// A claim to have referred the buyer.
    referral: Option<ReferralInput>,
    /// Shares agreed beforehand.
    signed_split: Option<SignedSplitInput>,
    /// The resource the deal was sourced by: it gets the credit where there is no evidence.
    source_resource: Option<Resource>,
    /// What another system calls the close.
    external_id: Option<ExternalIdInput>,
    /// The open opportunity of the account that it wins. Where a close won it before and was voided, this one takes its place.
    opportunity_id: Option<ID>,
    /// What it brings each month from then on, in the currency of the amount; leave it out where nothing comes again.
    recurring_monthly: Option<MoneyInput>,
    /// The voided close of the account that this one takes the place of: it starts with the credit as it was held of that,
    /// unless shares were signed anew.
    reopens_close_id: Option<ID>,
    /// That it is written to a locked month all the same.
    restate: Option<RestateInput>,
}

impl GeneratedAccountInput {
    fn read(self, path: &str) -> Result<service::GenerateAccount> {
        let referral = self.referral.map(|referral| {
            let referrer_id = parse_id(&referral.referrer_person_id, &format!("{path}.referral.referrerPersonId"))?;
            Ok(service::Referral { referrer_id, claimed_at: referral.claimed_at.0 })
        });
        Ok(service::GenerateAccount {
            account_id: parse_optional_id(self.account_id.as_ref(), &format!("{path}.accountId"))?,
            new_account: self.new_account.map(|new| new.read(&format!("{path}.newAccount"))).transpose()?,
            person_id: parse_optional_id(self.person_id.as_ref(), &format!("{path}.personId"))?,
            closed_at: self.occurred_at.0,
            amount: self.amount.into(),
            path: self.path,
            referral: referral.transpose()?,
            signed_split: self.signed_split.map(|split| service::SignedSplit {
                signed_at: split.signed_at.0,
                shares: split.shares.into_iter().map(Into::into).collect(),
            }),
            source_resource: self.source_resource,
            external_id: self.external_id.map(Into::into),
            opportunity_id: parse_optional_id(self.opportunity_id.as_ref(), &format!("{path}.opportunityId"))?,
            terms: service::Terms {
                kind: CloseKind::New,
                recurring_monthly: self.recurring_monthly.map(Into::into),
                reopens_id: parse_optional_id(self.reopens_close_id.as_ref(), &format!("{path}.reopensCloseId"))?,
            },
            restate: self.restate.map(Into::into),
        })
    }
}

/// More business with a customer.
#[derive(InputObject)]
pub struct RecordExpansionInput {
    /// The customer.
    account_id: ID,
    /// The person whose journey it ends.
    person_id: Option<ID>,
    /// When the business was won.
    occurred_at: DateTime,
    /// What it is worth.
    amount: MoneyInput,
    /// What it brings each month on top of what came before, in the currency of the amount.
    recurring_monthly: Option<MoneyInput>,
    /// How the customer came to it.
    path: ClosePath,
    /// Shares agreed beforehand.
    signed_split: Option<SignedSplitInput>,
    /// The resource it was sourced by: it gets the credit where there is no evidence.
    source_resource: Option<Resource>,
    /// What another system calls the close.
    external_id: Option<ExternalIdInput>,
    /// The open opportunity of the account that it wins.
    opportunity_id: Option<ID>,
    /// The voided close of the account that this one takes the place of.
    reopens_close_id: Option<ID>,
    /// That it is written to a locked month all the same.
    restate: Option<RestateInput>,
    /// Repeating the mutation with the same key gives the same close.
    idempotency_key: Option<String>,
}

impl RecordExpansionInput {
    fn read(self) -> Result<(service::GenerateAccount, Option<String>)> {
        let generated = GeneratedAccountInput {
            account_id: Some(self.account_id),
            new_account: None,
            person_id: self.person_id,
            occurred_at: self.occurred_at,
            amount: self.amount,
            path: self.path,
            referral: None,
            signed_split: self.signed_split,
            source_resource: self.source_resource,
            external_id: self.external_id,
            opportunity_id: self.opportunity_id,
            recurring_monthly: self.recurring_monthly,
            reopens_close_id: self.reopens_close_id,
            restate: self.restate,
        };
        Ok((generated.read("input")?, self.idempotency_key))
    }
}

/// An account to generate.
#[derive(InputObject)]
pub struct GenerateAccountInput {
    /// The account and what it bought.
    #[graphql(flatten)]
    generated: GeneratedAccountInput,
    /// Repeating the mutation with the same key gives the same close.
    idempotency_key: Option<String>,
}

/// Many accounts to generate.
#[derive(InputObject)]
pub struct GenerateAccountsInput {
    /// The accounts and what they bought, at most 1 000.
    items: Vec<GeneratedAccountInput>,
    /// Repeating the mutation with the same key gives the same results.
    idempotency_key: Option<String>,
}

payloads! {
    /// What came of generating an account.
    GenerateAccountPayload {
        /// The close, with its account and the credit it starts with.
        close: Close
    }
}

payloads! {
    /// What came of recording more business with a customer.
    RecordExpansionPayload {
        /// The close, with the credit it starts with.
        close: Close
    }
}

bulk_payloads! {
    /// What came of generating accounts.
    GenerateAccountsPayload, GenerateAccountsResult {
        /// The close, with its account and the credit it starts with.
        close: Close
    }
}

/// Generating accounts.
#[derive(Debug, Default)]
pub struct GenerationMutation;

#[Object]
impl GenerationMutation {
    /// Makes an account a customer: writes the close, opens its credit by the policy, and records that the buyer closed.
    /// All of it or nothing.
    async fn generate_account(&self, ctx: &Context<'_>, input: GenerateAccountInput) -> Result<GenerateAccountPayload> {
        let scope = ctx.authorize::<CloseWrite>()?;
        let new = input.generated.read("input")?;
        GenerateAccountPayload::settle(service::generate_account(&scope, new, input.idempotency_key.as_deref()).await.map(Close::from))
    }

    /// Records more business with a customer: a close with its own credit, opened by the policy. The customer enters the stage
    /// EXPANDED.
    async fn record_expansion(&self, ctx: &Context<'_>, input: RecordExpansionInput) -> Result<RecordExpansionPayload> {
        let scope = ctx.authorize::<CloseWrite>()?;
        let (new, key) = input.read()?;
        RecordExpansionPayload::settle(service::record_expansion(&scope, new, key.as_deref()).await.map(Close::from))
    }

    /// Generates many accounts at once: those that are accepted stay, the others are named with the reason.
    async fn generate_accounts(&self, ctx: &Context<'_>, input: GenerateAccountsInput) -> Result<GenerateAccountsPayload> {
        let scope = ctx.authorize::<CloseWrite>()?;
        let items = input.items.into_iter().enumerate().map(|(index, item)| item.read(&format!("input.items.{index}")));
        let items = items.collect::<Result<Vec<_>>>()?;
        GenerateAccountsPayload::settle(service::generate_accounts(&scope, &items, input.idempotency_key.as_deref()).await)
    }
}
