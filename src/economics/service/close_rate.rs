//! How much of what they brought in resources close.

use std::collections::{HashMap, HashSet};

use entity::ids::{CloseId, OpportunityId, TypedId};
use entity::kinds::Resource;
use entity::money::CurrencyCode;
use entity::time::Timestamp;

use crate::auth::Scope;
use crate::auth::permission::Visibility;
use crate::auth::permission::grant::{CostPerCloseRead, CreditRead, OpportunityRead};
use crate::credit::service::{During, closes_during, closes_seen, evidence_model};
use crate::db::{Cursor, Listing, PageRequest, TenantTx};
use crate::error::{Error, ProblemCode, Result};
use crate::metrics::by_resource::ByResource;
use crate::metrics::close_rate::{Brought, is_mature};
use crate::metrics::period::Period;
use crate::metrics::shares::Shares;
use crate::metrics::standing::Status;
use crate::organization;
use crate::pipeline::report::service::{began, opportunities_seen};

/// Most days opportunities may have.
const MOST_DAYS: i32 = 3_650;

/// An opportunity that began in the period, and who holds the credit of its close.
#[derive(Clone, Copy, Debug)]
pub struct OpportunityCredit {
    /// Which.
    pub id: OpportunityId,
    /// When it began.
    pub opened_at: Timestamp,
    /// Who brought it in.
    pub source: Option<Resource>,
    /// Whether it has had its days.
    pub is_mature: bool,
    /// Who holds the credit of its close; `None` where none stands.
    pub shares: Option<Shares>,
    /// Whether the caller may not see who does.
    pub is_credit_hidden: bool,
    close: Option<CloseId>,
}

impl OpportunityCredit {
    fn counts_for(&self, resource: Resource) -> bool {
        self.source == Some(resource) || self.shares.is_some_and(|shares| shares.bp(resource) > 0)
    }
}

/// What resources brought in, and hold credit for.
#[derive(Clone, Debug)]
pub struct CloseRates {
    /// How many days opportunities have.
    pub mature_after_days: u32,
    /// Of each resource.
    pub brought: ByResource<Brought>,
    /// Opportunities of which nobody said who brought them in.
    pub unsourced: u64,
    opportunities: Vec<OpportunityCredit>,
}

/// Answers for the opportunities that began in a period.
///
/// # Errors
/// A problem with `matureAfterDays`.
pub async fn close_rates(
    scope: &Scope<CostPerCloseRead>,
    period: &Period,
    mature_after_days: Option<i32>,
    as_of: Timestamp,
) -> Result<CloseRates> {
    let days = mature_after_days.map(given_days).transpose()?;
    let tx = scope.read().await?;
    let currency = organization::service::settings(&tx).await?.base_currency;
    CloseRates::load(&tx, period, days, currency, as_of).await
}

/// How many days opportunities have, as asked for.
pub(super) fn given_days(days: i32) -> Result<u32> {
    let wrong = || Error::invalid("matureAfterDays", ProblemCode::Invalid, format!("must be 0 to {MOST_DAYS}"));
    u32::try_from(days).ok().filter(|_| days <= MOST_DAYS).ok_or_else(wrong)
}

impl CloseRates {
    /// Loads what began in a period.
    pub(super) async fn load(tx: &TenantTx, period: &Period, days: Option<u32>, currency: CurrencyCode, as_of: Timestamp) -> Result<Self> {
        let days = match days {
            Some(days) => days,
            None => evidence_model(tx, as_of).await?.lookback.days(),
        };
        let began = began(tx, (period.start(), period.end()), currency, as_of).await?;
        // Nothing is won before it begins.
        let during = During { start: period.start(), end: Timestamp::MAX, moved: false };
        let closes = if began.iter().any(|began| began.close.is_some()) { closes_during(tx, during, as_of).await? } else { Vec::new() };
        let stands = |status: Status| matches!(status, Status::Won | Status::PartiallyRefunded);
        let standing = closes.iter().filter(|close| stands(close.standing.status(close.amount.amount_minor())));
        let shares: HashMap<CloseId, Shares> = standing.map(|close| (close.id, close.shares)).collect();
        let opportunities: Vec<OpportunityCredit> = began
            .into_iter()
            .map(|began| OpportunityCredit {
                id: began.id,
                opened_at: began.opened_at,
                source: began.source,
                is_mature: is_mature(began.opened_at, days, as_of),
                shares: began.close.and_then(|close| shares.get(&close).copied()),
                is_credit_hidden: false,
                close: began.close,
            })
            .collect();
        let mut brought = ByResource::<Brought>::default();
        for opportunity in &opportunities {
            if let Some(source) = opportunity.source {
                let of = brought.get_mut(source);
                of.matured += u64::from(opportunity.is_mature);
                of.pending += u64::from(!opportunity.is_mature);
            }
            for &resource in Resource::ALL.iter().filter(|_| opportunity.is_mature) {
                brought.get_mut(resource).credit_bp += opportunity.shares.map_or(0, |shares| shares.bp(resource));
            }
        }
        let unsourced = opportunities.iter().filter(|opportunity| opportunity.source.is_none()).count();
        Ok(Self { mature_after_days: days, brought, unsourced: u64::try_from(unsourced).unwrap_or(u64::MAX), opportunities })
    }

    /// Opportunities that have not had their days.
    #[must_use]
    pub fn pending(&self) -> u64 {
        u64::try_from(self.opportunities.iter().filter(|opportunity| !opportunity.is_mature).count()).unwrap_or(u64::MAX)
    }

    /// One page of the opportunities behind the rates, of those the caller sees, in the order in which they began: of all, or of those
    /// that a resource brought in or, as far as the caller may read the ledger, holds credit for.
    ///
    /// # Errors
    /// What the database says.
    pub async fn rows(
        &self,
        scope: &Scope<OpportunityRead>,
        ledger: Option<&Scope<CreditRead>>,
        resource: Option<Resource>,
        page: PageRequest,
    ) -> Result<(Listing<OpportunityCredit>, Visibility)> {
        let seen = opportunities_seen(&scope.read().await?).await?;
        let credit = match ledger {
            Some(ledger) => closes_seen(&ledger.read().await?).await?,
            None => Some(HashSet::new()),
        };
        let shown = Visibility { scope: scope.reach(), complete: seen.is_none() && credit.is_none() };
        let is_seen = |row: &&OpportunityCredit| seen.as_ref().is_none_or(|seen| seen.contains(&row.id.uuid()));
        let as_seen = |row: &OpportunityCredit| {
            let is_hidden = |close: CloseId| credit.as_ref().is_some_and(|credit| !credit.contains(&close.uuid()));
            let is_credit_hidden = row.close.is_some_and(is_hidden);
            OpportunityCredit { shares: row.shares.filter(|_| !is_credit_hidden), is_credit_hidden, ..*row }
        };
        let rows: Vec<OpportunityCredit> = self
            .opportunities
            .iter()
            .filter(is_seen)
            .map(as_seen)
            .filter(|row| resource.is_none_or(|resource| row.counts_for(resource)))
            .collect();
        let total = u64::try_from(rows.len()).ok();
        let page = page.of_sorted(rows, |row| Cursor { key: row.opened_at.micros(), id: row.id.uuid() });
        Ok((Listing { page, total }, shown))
    }
}
