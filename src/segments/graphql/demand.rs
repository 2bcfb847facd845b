//! Whether accounts are looking: the type and the mutation.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, ID, InputObject, Object};
use entity::demand_signal;
use entity::ids::AccountId;
use entity::kinds::DemandState;
use entity::time::Timestamp;

use super::instant;
use crate::auth::permission::grant::{BuyerRead, BuyerWrite, ContactRead};
use crate::buyers::graphql::Account;
use crate::error::{Error, Result};
use crate::graphql::context::{Authorize, Loads};
use crate::graphql::node::parse_id;
use crate::graphql::scalar::DateTime;
use crate::organization::graphql::Member;
use crate::payloads;
use crate::segments::service;

/// That an account is looking for what is sold, or is not. It never changes; another signal is recorded beside it.
#[derive(Clone, Debug, Description)]
pub struct DemandSignal(demand_signal::Model);

#[Object(use_type_description)]
impl DemandSignal {
    /// The account.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<Account>> {
        Account::find(ctx, self.0.account_id).await
    }

    /// Whether it is looking.
    async fn state(&self) -> DemandState {
        self.0.state
    }

    /// Since when.
    async fn occurred_at(&self) -> DateTime {
        DateTime(self.0.occurred_at)
    }

    /// What shows it, in words; null also where you may not read contact data.
    async fn evidence(&self, ctx: &Context<'_>) -> Option<&str> {
        self.0.evidence.as_deref().filter(|_| ctx.permits::<ContactRead>())
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

/// The signal of an account that counts at an instant.
///
/// # Errors
/// [`Error::Forbidden`] where the caller may not read buyers; a problem with `asOf`.
pub async fn demand_of(ctx: &Context<'_>, account: AccountId, as_of: Option<DateTime>) -> Result<Option<DemandSignal>> {
    let as_of = instant(as_of, ctx.authorize::<BuyerRead>()?.now())?;
    Ok(ctx.loads()?.load_one(DemandOf { account, as_of }).await.map_err(Arc::unwrap_or_clone)?.map(DemandSignal))
}

/// The key of the signal of an account that counts at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct DemandOf {
    account: AccountId,
    as_of: Timestamp,
}

impl Loader<DemandOf> for Loads {
    type Value = demand_signal::Model;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[DemandOf]) -> Result<HashMap<DemandOf, demand_signal::Model>, Arc<Error>> {
        let mut instants: HashMap<Timestamp, Vec<AccountId>> = HashMap::new();
        for key in keys {
            instants.entry(key.as_of).or_default().push(key.account);
        }
        let mut found = HashMap::with_capacity(keys.len());
        for (as_of, accounts) in instants {
            let rows = service::demand_of(&self.authorize()?, &accounts, as_of).await.map_err(Arc::new)?;
            found.extend(rows.into_iter().map(|(account, row)| (DemandOf { account, as_of }, row)));
        }
        Ok(found)
    }
}

/// A signal to record.
#[derive(InputObject)]
pub struct RecordDemandStateInput {
    /// The account.
    account_id: ID,
    /// Whether it is looking.
    state: DemandState,
    /// Since when. The signal that happened last counts, whenever it is recorded.
    occurred_at: DateTime,
    /// What shows it, in words.
    evidence: Option<String>,
    /// Repeating the mutation with the same key gives the same signal.
    idempotency_key: Option<String>,
}

payloads! {
    /// What came of recording a signal.
    RecordDemandStatePayload {
        /// The signal.
        demand_signal: DemandSignal
    }
}

/// Recording whether accounts are looking.
#[derive(Debug, Default)]
pub struct DemandMutation;

#[Object]
impl DemandMutation {
    /// Records that an account is looking for what is sold, or is not, or no longer.
    async fn record_demand_state(&self, ctx: &Context<'_>, input: RecordDemandStateInput) -> Result<RecordDemandStatePayload> {
        let scope = ctx.authorize::<BuyerWrite>()?;
        let new = service::RecordDemandState {
            account_id: parse_id(&input.account_id, "input.accountId")?,
            state: input.state,
            occurred_at: input.occurred_at.0,
            evidence: input.evidence,
            idempotency_key: input.idempotency_key,
        };
        RecordDemandStatePayload::settle(service::record_demand_state(&scope, &new).await.map(DemandSignal))
    }
}
