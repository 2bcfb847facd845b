//! Whether touches, money and closes go to the accounts the profile describes.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use entity::condition::Criterion;
use entity::ids::{AccountId, CloseId, IcpProfileId, TacticId, TypedId};
use entity::money::{CurrencyCode, Money};
use entity::time::Timestamp;
use entity::{account, icp_profile};
use uuid::Uuid;

use super::profiles::{criteria_of, profile_for};
use crate::auth::Scope;
use crate::auth::permission::Visibility;
use crate::auth::permission::grant::{BuyerRead, CloseRead, CostPerCloseRead, FunnelRead};
use crate::buyers::service::{Affiliations, Canonical};
use crate::costs::exchange::service::{Rates, pricing};
use crate::credit::service::WonClose;
use crate::db::{Cursor, Listing, PageRequest, TenantTx};
use crate::error::{Error, Result};
use crate::input::{self, WantedPeriod};
use crate::metrics::accrual::DaySpan;
use crate::metrics::fit::{Fit, FitSplit, Verdict, spread};
use crate::metrics::period::{Grain, Period};
use crate::metrics::ratio::{NullReason, Ratio};
use crate::metrics::segment::holds;
use crate::metrics::standing::Status;
use crate::segments::store::{self, Values};
use crate::{costs, credit, journey, organization};

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FitOf {
    /// Touches.
    Touches,
    /// Cost of tactics.
    Spend,
    /// Closes and their value.
    Closes,
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct FitQuestion {
    /// The days it is about.
    pub period: WantedPeriod,
    /// Into what it is divided; `None` for not at all.
    pub grain: Option<Grain>,
    /// The version of a profile; where there is one profile only, its newest.
    pub profile: Option<IcpProfileId>,
    /// What is looked at.
    pub of: FitOf,
    /// What was known at this instant; `None` for now.
    pub as_of: Option<Timestamp>,
}

/// Part of what was counted.
#[derive(Clone, Copy, Debug)]
struct Contribution {
    close: Option<CloseId>,
    account: Option<AccountId>,
    count: i64,
    amount_minor: i64,
}

/// What went to one account; `None` for what went to none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FitLine {
    /// The account.
    pub account: Option<AccountId>,
    /// Its score.
    pub fit: Option<Fit>,
    /// What it means.
    pub verdict: Verdict,
    /// Touches or closes.
    pub count: i64,
    /// Money, in minor units.
    pub amount_minor: i64,
}

/// The figures of one part of the period. What they were added up from stays with them.
#[derive(Clone, Debug)]
pub struct FitPoint {
    /// The part.
    pub period: Period,
    /// Touches or closes.
    pub counts: FitSplit,
    /// Money, in minor units.
    pub amounts: FitSplit,
    /// Closes counted at no value, or cost entries left out, because there is no rate for their currency.
    pub unpriced: u64,
    /// Whether pay was left out that would tell what one person is paid.
    pub pay_left_out: bool,
    contributions: Vec<Contribution>,
    no_cost: bool,
}

/// The answer.
#[derive(Debug)]
pub struct FitReport {
    profile: icp_profile::Model,
    of: FitOf,
    as_of: Timestamp,
    period: Period,
    currency: CurrencyCode,
    fits: Fits,
    points: Vec<FitPoint>,
}

/// How accounts fit a profile, by what was known of them.
#[derive(Debug)]
struct Fits {
    criteria: Vec<Criterion>,
    threshold: u64,
    values: Values,
}

impl Fits {
    async fn load(tx: &TenantTx, profile: &icp_profile::Model, same: &Canonical, as_of: Timestamp) -> Result<Self> {
        let criteria = criteria_of(profile)?;
        let keys: HashSet<String> = criteria.iter().map(|criterion| criterion.condition.key.clone()).collect();
        let threshold = u64::try_from(profile.threshold).map_err(Error::internal)?;
        Ok(Self { criteria, threshold, values: store::values(tx, &keys, None, same, as_of).await? })
    }

    fn of(&self, account: AccountId) -> Fit {
        let known = self.values.get(&account);
        let value = |key: &str| known.and_then(|known| known.get(key)).map(String::as_str);
        Fit::of(self.criteria.iter().map(|criterion| (criterion.weight, holds(&criterion.condition, value(&criterion.condition.key)))))
    }

    /// Nobody knows how well nobody fits.
    fn verdict(&self, account: Option<AccountId>) -> Verdict {
        account.map_or(Verdict::Unknown, |account| self.of(account).verdict(self.threshold))
    }
}

/// Answers a question.
///
/// # Errors
/// Problems with `period`, `profileId`, `asOf`; [`Error::Forbidden`] where somebody asks for money who may not read the cost per
/// close.
pub async fn icp_fit(scope: &Scope<FunnelRead>, question: FitQuestion) -> Result<Arc<FitReport>> {
    if question.of != FitOf::Touches {
        scope.also::<CostPerCloseRead>()?;
    }
    let as_of = input::as_of(question.as_of, scope.now())?;
    let tx = scope.read().await?;
    let organization = organization::service::settings(&tx).await?;
    let period = input::period(&question.period, &organization)?;
    let parts = question.grain.map_or(Ok(vec![period]), |grain| input::parts(&period, grain, &organization))?;
    let profile = profile_for(&tx, question.profile, as_of).await?;
    let affiliations = Affiliations::load(&tx, as_of).await?;
    let fits = Fits::load(&tx, &profile, affiliations.accounts(), as_of).await?;
    let asked = Asked { period, parts, currency: organization.base_currency, as_of, affiliations };
    let mut points = match question.of {
        FitOf::Touches => asked.touches(&tx).await?,
        FitOf::Spend => asked.spend(&tx).await?,
        FitOf::Closes => asked.closes(&tx).await?,
    };
    for point in &mut points {
        let mut verdicts = HashMap::new();
        for part in &point.contributions {
            let verdict = *verdicts.entry(part.account).or_insert_with(|| fits.verdict(part.account));
            point.counts.add(verdict, part.count);
            point.amounts.add(verdict, part.amount_minor);
        }
    }
    let Asked { period, currency, .. } = asked;
    Ok(Arc::new(FitReport { profile, of: question.of, as_of, period, currency, fits, points }))
}

/// What every question here names.
struct Asked {
    period: Period,
    /// The period itself where it is not divided.
    parts: Vec<Period>,
    currency: CurrencyCode,
    as_of: Timestamp,
    affiliations: Affiliations,
}

impl Asked {
    fn points(&self) -> Vec<FitPoint> {
        let point = |&period: &Period| FitPoint {
            period,
            counts: FitSplit::default(),
            amounts: FitSplit::default(),
            unpriced: 0,
            pay_left_out: false,
            contributions: Vec::new(),
            no_cost: false,
        };
        self.parts.iter().map(point).collect()
    }

    /// The part of the period in which an instant lies.
    fn place(&self, at: Timestamp) -> usize {
        self.parts.partition_point(|part| part.end() <= at)
    }

    /// The touches of each part: the tactic and the account they were of.
    async fn touched(&self, tx: &TenantTx) -> Result<Vec<Vec<(Option<TacticId>, Option<AccountId>)>>> {
        let last = self.period.end().saturating_add_micros(-1).min(self.as_of);
        let touches = journey::service::touched(tx, self.period.start(), last, self.as_of).await?;
        let mut parts = vec![Vec::new(); self.parts.len()];
        for touch in touches {
            let account = self.affiliations.behind(touch.account_id, touch.person_id);
            if let Some(part) = parts.get_mut(self.place(touch.at)) {
                part.push((touch.tactic_id, account));
            }
        }
        Ok(parts)
    }

    async fn touches(&self, tx: &TenantTx) -> Result<Vec<FitPoint>> {
        let mut points = self.points();
        for (point, touches) in points.iter_mut().zip(self.touched(tx).await?) {
            let mut counts: BTreeMap<Option<AccountId>, i64> = BTreeMap::new();
            for (_, account) in touches {
                *counts.entry(account).or_default() += 1;
            }
            let part = |(account, count)| Contribution { close: None, account, count, amount_minor: 0 };
            point.contributions = counts.into_iter().map(part).collect();
        }
        Ok(points)
    }

    async fn spend(&self, tx: &TenantTx) -> Result<Vec<FitPoint>> {
        let days = |period: &Period| DaySpan::from_half_open(period.from(), period.to()).map_err(Error::internal);
        let costs = costs::service::tactic_costs(tx, days(&self.period)?, self.currency, self.as_of).await?;
        let mut points = self.points();
        for (point, touches) in points.iter_mut().zip(self.touched(tx).await?) {
            let days = days(&point.period)?;
            let mut spent: BTreeMap<TacticId, i64> = BTreeMap::new();
            for cost in costs.iter().filter(|cost| cost.days.intersection(days).is_some()) {
                if cost.tells_pay {
                    point.pay_left_out = true;
                } else if let Some(accrual) = cost.accrual {
                    let sum = spent.entry(cost.tactic_id).or_default();
                    *sum = sum.saturating_add(accrual.within(days));
                } else {
                    point.unpriced += 1;
                }
            }
            point.no_cost = spent.is_empty() && point.unpriced == 0 && !point.pay_left_out;
            let of_tactics = touches.into_iter().filter_map(|(tactic, account)| Some((tactic?, account)));
            let part = |(account, amount_minor)| Contribution { close: None, account, count: 0, amount_minor };
            point.contributions = spread(&spent, of_tactics).into_iter().map(part).collect();
        }
        Ok(points)
    }

    async fn closes(&self, tx: &TenantTx) -> Result<Vec<FitPoint>> {
        let mut points = self.points();
        let won = credit::service::closes_won(tx, self.period.start(), self.period.end(), self.as_of).await?;
        let dated = won.iter().map(WonClose::dated);
        let pricing = pricing(tx, self.currency, Rates::OwnDate, dated, self.as_of).await?;
        for close in won {
            let Some(point) = points.get_mut(self.place(close.closed_at)) else { continue };
            if matches!(close.standing.status(close.amount.amount_minor()), Status::Voided | Status::Refunded) {
                continue;
            }
            let worth = pricing.close(close.id, close.amount, close.standing);
            point.unpriced += u64::from(worth.is_none());
            let amount_minor = worth.map_or(0, |worth| worth.left_minor);
            point.contributions.push(Contribution {
                close: Some(close.id),
                account: Some(self.affiliations.account(close.account_id)),
                count: 1,
                amount_minor,
            });
        }
        Ok(points)
    }
}

impl FitReport {
    /// The version of the profile.
    #[must_use]
    pub const fn profile(&self) -> &icp_profile::Model {
        &self.profile
    }

    /// What is looked at.
    #[must_use]
    pub const fn of(&self) -> FitOf {
        self.of
    }

    /// As seen at this instant.
    #[must_use]
    pub const fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// The whole period.
    #[must_use]
    pub const fn period(&self) -> &Period {
        &self.period
    }

    /// Its parts.
    #[must_use]
    pub fn points(&self) -> &[FitPoint] {
        &self.points
    }

    /// An amount in the currency of the answer.
    #[must_use]
    pub const fn money(&self, amount_minor: i64) -> Money {
        Money::from_minor(amount_minor, self.currency)
    }

    /// The currency of the answer.
    #[must_use]
    pub const fn currency(&self) -> CurrencyCode {
        self.currency
    }

    /// The shares of touches, of money, or of closes: on fit, unknown, off fit.
    ///
    /// # Errors
    /// [`Error::Internal`] where a share does not fit.
    pub fn shares(&self, point: &FitPoint) -> Result<[Ratio; 3]> {
        match self.of {
            FitOf::Touches => point.counts.shares_of_units(0, NullReason::ZeroDenominator).map_err(Error::internal),
            FitOf::Spend => self.amount_shares(point),
            FitOf::Closes => point.counts.shares_of_units(0, NullReason::ZeroCloses).map_err(Error::internal),
        }
    }

    /// The shares of money: on fit, unknown, off fit.
    ///
    /// # Errors
    /// [`Error::Internal`] where a share does not fit.
    pub fn amount_shares(&self, point: &FitPoint) -> Result<[Ratio; 3]> {
        let if_zero = match point {
            FitPoint { no_cost: true, .. } => NullReason::NoCostData,
            FitPoint { unpriced: 1.., .. } => NullReason::NoFxRate,
            _ => NullReason::ZeroDenominator,
        };
        point.amounts.shares_of_units(self.currency.scale(), if_zero).map_err(Error::internal)
    }

    /// What went to each account, as far as it counts, in the order of their ids.
    fn lines(&self, point: &FitPoint, counts: impl Fn(&Contribution) -> bool) -> Vec<FitLine> {
        let mut sums: BTreeMap<Option<AccountId>, (i64, i64)> = BTreeMap::new();
        for part in point.contributions.iter().filter(|part| counts(part)) {
            let (count, amount) = sums.entry(part.account).or_default();
            *count = count.saturating_add(part.count);
            *amount = amount.saturating_add(part.amount_minor);
        }
        let line = |(account, (count, amount_minor)): (Option<AccountId>, (i64, i64))| FitLine {
            account,
            fit: account.map(|account| self.fits.of(account)),
            verdict: self.fits.verdict(account),
            count,
            amount_minor,
        };
        sums.into_iter().map(line).collect()
    }
}

/// One page of what went to the accounts the caller sees. What went to no account is shown to those who see all accounts.
///
/// # Errors
/// [`Error::Forbidden`] where somebody asks for closes who may not read them.
pub async fn fit_rows(
    scope: &Scope<BuyerRead>,
    report: &FitReport,
    point: usize,
    verdict: Option<Verdict>,
    page: PageRequest,
) -> Result<(Listing<FitLine>, Visibility)> {
    if report.of == FitOf::Closes {
        scope.also::<CloseRead>()?;
    }
    let tx = scope.read().await?;
    let accounts = tx.ids_seen::<account::Entity>().await?;
    let closes = if report.of == FitOf::Closes { credit::service::closes_seen(&tx).await? } else { None };
    let is_seen = |seen: Option<&HashSet<Uuid>>, id: Option<Uuid>| seen.is_none_or(|seen| id.is_some_and(|id| seen.contains(&id)));
    let point = report.points.get(point).ok_or(Error::broken("a point of the report"))?;
    let mut lines = report.lines(point, |part| {
        is_seen(accounts.as_ref(), part.account.map(TypedId::uuid))
            && part.close.is_none_or(|close| is_seen(closes.as_ref(), Some(close.uuid())))
    });
    lines.retain(|line| verdict.is_none_or(|verdict| verdict == line.verdict));
    let total = u64::try_from(lines.len()).ok();
    let page = page.of_rising(&lines, |line| Cursor { key: 0, id: line.account.map(TypedId::uuid).unwrap_or_default() });
    Ok((Listing { page, total }, Visibility { scope: scope.reach(), complete: accounts.is_none() && closes.is_none() }))
}
