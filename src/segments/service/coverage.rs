//! How much of a segment is reached.

use std::collections::HashSet;

use entity::ids::{AccountId, SegmentId, TypedId};
use entity::time::Timestamp;
use entity::{account, segment};

use super::membership::Memberships;
use crate::auth::Scope;
use crate::auth::permission::Visibility;
use crate::auth::permission::grant::{BuyerRead, FunnelRead};
use crate::buyers::service::Affiliations;
use crate::db::{Cursor, Listing, PageRequest, TenantTx};
use crate::error::{Error, ProblemCode, Result};
use crate::input::{self, WantedPeriod};
use crate::metrics::coverage::{Part, Reached, share};
use crate::metrics::period::{Grain, Period};
use crate::metrics::ratio::Ratio;
use crate::segments::store;
use crate::{buyers, credit, journey, organization};

/// Most points of a trend: each is an answer of its own.
const MAX_POINTS: usize = 60;

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct CoverageQuestion {
    /// The segment.
    pub segment_id: SegmentId,
    /// From when on touches count; `None` for ever.
    pub since: Option<Timestamp>,
    /// What was known at this instant; `None` for now.
    pub as_of: Option<Timestamp>,
}

/// What is asked of the ends of the parts of a period.
#[derive(Clone, Debug)]
pub struct CoverageTrendQuestion {
    /// The segment.
    pub segment_id: SegmentId,
    /// The days it is about.
    pub period: WantedPeriod,
    /// Into what it is divided.
    pub grain: Grain,
    /// From when on touches count; `None` for ever.
    pub since: Option<Timestamp>,
    /// Parts that end later are seen at this instant; `None` for now.
    pub as_of: Option<Timestamp>,
}

/// The answer. What it counted stays with it.
#[derive(Clone, Debug)]
pub struct Coverage {
    segment: segment::Model,
    since: Option<Timestamp>,
    as_of: Timestamp,
    undetermined: u64,
    members: Vec<CoverageRow>,
}

/// An account of the segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoverageRow {
    /// The account.
    pub account: AccountId,
    /// What there is between it and the organization.
    pub reached: Reached,
}

/// Answers a question.
///
/// # Errors
/// Problems with `segmentId`, `since`, `asOf`.
pub async fn demand_coverage(scope: &Scope<FunnelRead>, question: CoverageQuestion) -> Result<Coverage> {
    let as_of = input::as_of(question.as_of, scope.now())?;
    let tx = scope.read().await?;
    let segment = segment_with(&tx, question.segment_id).await?;
    cover(&tx, &segment, question.since, as_of).await
}

/// Answers for the end of each part of a period that has begun by the instant of the question.
///
/// # Errors
/// Problems with `segmentId`, `period`, `since`, `asOf`.
pub async fn demand_coverage_trend(
    scope: &Scope<FunnelRead>,
    question: &CoverageTrendQuestion,
) -> Result<(Period, Vec<(Period, Coverage)>)> {
    let as_of = input::as_of(question.as_of, scope.now())?;
    let tx = scope.read().await?;
    let segment = segment_with(&tx, question.segment_id).await?;
    let organization = organization::service::settings(&tx).await?;
    let period = input::period(&question.period, &organization)?;
    let parts = input::parts(&period, question.grain, &organization)?;
    if parts.len() > MAX_POINTS {
        return Err(Error::invalid("period", ProblemCode::TooMany, format!("has more than {MAX_POINTS} parts of this grain")));
    }
    let mut points = Vec::with_capacity(parts.len());
    for part in parts.into_iter().filter(|part| part.start() <= as_of) {
        let end = part.end().saturating_add_micros(-1).min(as_of);
        points.push((part, cover(&tx, &segment, question.since.filter(|since| *since <= end), end).await?));
    }
    Ok((period, points))
}

async fn segment_with(tx: &TenantTx, id: SegmentId) -> Result<segment::Model> {
    tx.get::<segment::Entity>(id).await?.ok_or_else(|| Error::unknown("segmentId"))
}

async fn cover(tx: &TenantTx, segment: &segment::Model, since: Option<Timestamp>, as_of: Timestamp) -> Result<Coverage> {
    if since.is_some_and(|since| since > as_of) {
        return Err(Error::invalid("since", ProblemCode::PeriodEmpty, "must not lie after the instant of the answer"));
    }
    let affiliations = Affiliations::load(tx, as_of).await?;
    let memberships = Memberships::load(tx, Some(&[segment.id]), None, affiliations.accounts(), as_of).await?;
    let accounts = buyers::service::accounts_as_of(tx, affiliations.accounts(), as_of).await?;
    let known = buyers::service::accounts_with_known_people(tx, &affiliations, as_of).await?;
    let bought = credit::service::customers(tx, as_of).await?;
    let customers: HashSet<AccountId> = bought.into_iter().map(|account| affiliations.account(account)).collect();
    let demand = store::demand(tx, affiliations.accounts(), as_of).await?;
    let touches = journey::service::touched(tx, since.unwrap_or(Timestamp::MIN), as_of, as_of).await?;
    let touched: HashSet<AccountId> = touches.iter().filter_map(|touch| affiliations.behind(touch.account_id, touch.person_id)).collect();
    let (mut members, mut undetermined) = (Vec::new(), 0);
    for account in accounts {
        match memberships.belongs(segment.id, account) {
            Some(false) => {}
            None => undetermined += 1,
            Some(true) => members.push(CoverageRow {
                account,
                reached: Reached {
                    touched: touched.contains(&account),
                    demand: demand.get(&account).copied(),
                    known: known.contains(&account),
                    customer: customers.contains(&account),
                },
            }),
        }
    }
    Ok(Coverage { segment: segment.clone(), since, as_of, undetermined, members })
}

impl Coverage {
    /// The segment.
    #[must_use]
    pub const fn segment(&self) -> &segment::Model {
        &self.segment
    }

    /// From when on touches count.
    #[must_use]
    pub const fn since(&self) -> Option<Timestamp> {
        self.since
    }

    /// As seen at this instant.
    #[must_use]
    pub const fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// Accounts of which nobody knows whether they belong.
    #[must_use]
    pub const fn undetermined(&self) -> u64 {
        self.undetermined
    }

    /// Accounts of the segment.
    #[must_use]
    pub const fn accounts(&self) -> usize {
        self.members.len()
    }

    /// The share of its accounts that are in all of some parts.
    ///
    /// # Errors
    /// [`Error::Internal`] where it does not fit.
    pub fn share(&self, parts: &[Part]) -> Result<Ratio> {
        share(self.members.iter().map(|row| row.reached), parts).map_err(Error::internal)
    }
}

/// One page of the accounts that are in all of some parts, of those the caller sees, in the order of their ids.
///
/// # Errors
/// What the database says.
pub async fn coverage_rows(
    scope: &Scope<BuyerRead>,
    coverage: &Coverage,
    parts: &[Part],
    page: PageRequest,
) -> Result<(Listing<CoverageRow>, Visibility)> {
    let seen = scope.read().await?.ids_seen::<account::Entity>().await?;
    let is_seen = |row: &CoverageRow| seen.as_ref().is_none_or(|seen| seen.contains(&row.account.uuid()));
    let wanted = |row: &CoverageRow| parts.iter().all(|part| part.holds(row.reached));
    let rows: Vec<CoverageRow> = coverage.members.iter().copied().filter(|row| wanted(row) && is_seen(row)).collect();
    let total = u64::try_from(rows.len()).ok();
    let page = page.of_rising(&rows, |row| Cursor { key: 0, id: row.account.uuid() });
    Ok((Listing { page, total }, Visibility { scope: scope.reach(), complete: seen.is_none() }))
}
