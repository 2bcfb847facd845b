//! Evidence that came after a close was recorded.

use std::collections::HashMap;
use std::sync::Arc;

use entity::ids::{AccountId, CloseId, PersonId, TypedId};
use entity::time::Timestamp;
use uuid::Uuid;

use super::close::page_of_readable;
use super::policy::evidence_model;
use crate::auth::Scope;
use crate::auth::permission::grant::{CloseRead, FunnelRead};
use crate::buyers::service::{BuyerKind, EverSame, ever_same};
use crate::credit::store::{self, Recorded, VersionRow};
use crate::db::{Listing, PageRequest};
use crate::error::{Error, Result};
use crate::input::{self, WantedPeriod};
use crate::metrics::evidence::Lookback;
use crate::metrics::late_evidence::{Late, TouchVersion, Trail, late};
use crate::metrics::period::{Grain, Period};
use crate::organization;

/// What is asked.
#[derive(Clone, Debug)]
pub struct LateQuestion {
    /// The days in which closes were won.
    pub period: WantedPeriod,
    /// Into what it is divided; `None` for not at all.
    pub grain: Option<Grain>,
    /// What was known at this instant; `None` for now.
    pub as_of: Option<Timestamp>,
}

/// One close and what became of its evidence.
#[derive(Clone, Debug)]
pub struct LateClose {
    /// The close.
    pub id: CloseId,
    /// When it was won.
    pub closed_at: Timestamp,
    /// What changed.
    pub late: Late,
}

/// The counts of a part of the period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LatePoint {
    /// The part.
    pub period: Period,
    /// Closes won in it.
    pub closes: u64,
    /// Those whose evidence changed since they were recorded.
    pub changed: u64,
    /// Those whose first touch is of another resource than was known then.
    pub first_changed: u64,
    /// Touches recorded, or corrected, after the close was.
    pub recorded_late: u64,
    /// Touches of whoever was said to be the buyer only later.
    pub merged_later: u64,
    /// Touches that are evidence no more.
    pub lost: u64,
}

/// The answer. It keeps the closes its figures were counted from.
#[derive(Debug)]
pub struct LateEvidence {
    as_of: Timestamp,
    period: Period,
    lookback: Lookback,
    closes: Vec<LateClose>,
    points: Vec<LatePoint>,
}

/// Answers a question.
///
/// # Errors
/// Problems with `period` and `asOf`.
pub async fn late_evidence(scope: &Scope<FunnelRead>, question: &LateQuestion) -> Result<Arc<LateEvidence>> {
    let as_of = input::as_of(question.as_of, scope.now())?;
    let tx = scope.read().await?;
    let organization = organization::service::settings(&tx).await?;
    let period = input::period(&question.period, &organization)?;
    let parts = match question.grain {
        Some(grain) => input::parts(&period, grain, &organization)?,
        None => vec![period],
    };
    let lookback = evidence_model(&tx, as_of).await?.lookback;
    let won = store::closes_recorded(&tx, period.start(), period.end(), as_of).await?;
    let people = ever_same(&tx, BuyerKind::Person, as_of).await?;
    let accounts = ever_same(&tx, BuyerKind::Account, as_of).await?;
    let wanted_people: Vec<PersonId> = everybody(won.iter().filter_map(|close| close.person), &people);
    let wanted_accounts: Vec<AccountId> = everybody(won.iter().map(|close| close.account), &accounts);
    let rows = store::touch_versions(&tx, &wanted_people, &wanted_accounts, as_of).await?;
    drop(tx);
    let touched = Touched::new(&rows, &people, &accounts);
    let closes = won
        .iter()
        .map(|close| {
            let late = touched.late(close, lookback, as_of)?;
            Ok(LateClose { id: close.id, closed_at: close.closed_at, late })
        })
        .collect::<Result<Vec<_>>>()?;
    let points = parts.into_iter().map(|part| LatePoint::of(part, &closes)).collect();
    Ok(Arc::new(LateEvidence { as_of, period, lookback, closes, points }))
}

/// Some buyers and whoever was ever said to be the same.
fn everybody<I: TypedId + Ord>(ids: impl Iterator<Item = I>, same: &EverSame) -> Vec<I> {
    let mut all: Vec<I> = ids.flat_map(|id| same.group(id.uuid())).map(I::from_uuid).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The rows of touches by whose they are.
struct Touched<'a> {
    by_person: HashMap<Uuid, Vec<&'a VersionRow>>,
    by_account: HashMap<Uuid, Vec<&'a VersionRow>>,
    people: &'a EverSame,
    accounts: &'a EverSame,
}

impl<'a> Touched<'a> {
    fn new(rows: &'a [VersionRow], people: &'a EverSame, accounts: &'a EverSame) -> Self {
        let mut touched = Self { by_person: HashMap::new(), by_account: HashMap::new(), people, accounts };
        for row in rows {
            if let Some(person) = row.person {
                touched.by_person.entry(person.uuid()).or_default().push(row);
            }
            if let Some(account) = row.account {
                touched.by_account.entry(account.uuid()).or_default().push(row);
            }
        }
        touched
    }

    fn late(&self, close: &Recorded, lookback: Lookback, as_of: Timestamp) -> Result<Late> {
        let people = close.person.map(|person| self.people.group(person.uuid())).unwrap_or_default();
        let accounts = self.accounts.group(close.account.uuid());
        let of = |rows: &HashMap<Uuid, Vec<&'a VersionRow>>, ids: &[Uuid]| -> Vec<&'a VersionRow> {
            ids.iter().filter_map(|id| rows.get(id)).flatten().copied().collect()
        };
        let mut rows = of(&self.by_person, &people);
        rows.extend(of(&self.by_account, &accounts));
        rows.sort_unstable_by_key(|row| row.id);
        rows.dedup_by_key(|row| row.id);
        let number = |ids: &[Uuid], id: Uuid| ids.binary_search(&id).ok().and_then(|index| u32::try_from(index).ok());
        let touches: Vec<TouchVersion> = rows
            .iter()
            .map(|row| TouchVersion {
                person: row.person.and_then(|id| number(&people, id.uuid())),
                account: row.account.and_then(|id| number(&accounts, id.uuid())),
                ..row.version
            })
            .collect();
        let (of_people, of_accounts) = (self.people.pointers(&people), self.accounts.pointers(&accounts));
        let count = |ids: &[Uuid]| u32::try_from(ids.len()).unwrap_or(u32::MAX);
        let trail = Trail {
            touches: &touches,
            people: (count(&people), &of_people),
            accounts: (count(&accounts), &of_accounts),
            person: close.person.and_then(|id| number(&people, id.uuid())),
            account: number(&accounts, close.account.uuid()).ok_or(Error::broken("an account is of its own group"))?,
        };
        late(&trail, (close.closed_at, close.recorded_at), lookback, as_of).map_err(Error::internal)
    }
}

impl LatePoint {
    fn of(period: Period, closes: &[LateClose]) -> Self {
        let mut point = Self { period, closes: 0, changed: 0, first_changed: 0, recorded_late: 0, merged_later: 0, lost: 0 };
        for close in closes.iter().filter(|close| period.contains(close.closed_at)) {
            point.closes += 1;
            point.changed += u64::from(close.late.changed());
            point.first_changed += u64::from(close.late.before.first != close.late.after.first);
            point.recorded_late += close.late.recorded_late;
            point.merged_later += close.late.merged_later;
            point.lost += close.late.lost;
        }
        point
    }
}

/// One page of the closes of a point whose evidence changed, of those the caller sees, in the order in which they were won.
///
/// # Errors
/// What the database says.
pub async fn late_rows(
    scope: &Scope<CloseRead>,
    evidence: &LateEvidence,
    point: usize,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<LateClose>> {
    let period = evidence.points.get(point).ok_or(Error::broken("a point of the answer"))?.period;
    let wanted = |close: &&LateClose| period.contains(close.closed_at) && close.late.changed();
    page_of_readable(scope, evidence.closes.iter().filter(wanted), |close| (close.id, close.closed_at), page, with_total).await
}

impl LateEvidence {
    /// As seen when.
    #[must_use]
    pub const fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// The whole period.
    #[must_use]
    pub const fn period(&self) -> &Period {
        &self.period
    }

    /// How far back touches are evidence.
    #[must_use]
    pub const fn lookback(&self) -> Lookback {
        self.lookback
    }

    /// Its parts.
    #[must_use]
    pub fn points(&self) -> &[LatePoint] {
        &self.points
    }
}
