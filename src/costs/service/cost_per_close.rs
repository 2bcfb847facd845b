//! What a close costs.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::NaiveDate;
use entity::ids::{CloseId, CostEntryId, TacticId, TeamId};
use entity::kinds::{Channel, Resource};
use entity::money::{CurrencyCode, Money};
use entity::time::Timestamp;

use super::facts::{self, CostFacts, Wanted};
use super::matching::Matching;
use crate::auth::Scope;
use crate::auth::permission::grant::CostPerCloseRead;
use crate::auth::permission::{Permission, Reach};
use crate::costs::exchange::service::Rates;
use crate::db::TenantTx;
use crate::error::{Error, Result};
use crate::input::{self, WantedPeriod};
use crate::metrics::accrual::DaySpan;
use crate::metrics::cost_per_close::{Basis, CostPerCloseError, Interval, Line, LineKey, Refunds, Report, answer, trend};
use crate::metrics::period::{Grain, Period, month_of};
use crate::organization;

/// What the lines of an answer stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CostDimension {
    /// SALES, MARKETING, PRODUCT.
    Resource,
    /// Campaigns, programmes and plays.
    Tactic,
    /// Teams.
    Team,
    /// Channels.
    Channel,
    /// Calendar months.
    Month,
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct CostPerCloseQuestion {
    /// The days it is about.
    pub period: WantedPeriod,
    /// What the lines stand for.
    pub by: CostDimension,
    /// Which closes count.
    pub basis: Basis,
    /// When movements of closes count.
    pub refunds: Refunds,
    /// Which closes and which costs are held against each other.
    pub matching: Matching,
    /// By which rates amounts in other currencies are converted.
    pub rates: Rates,
    /// What was known at this instant; `None` for now.
    pub as_of: Option<Timestamp>,
}

/// What one line stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineSubject {
    /// A resource.
    Resource(Resource),
    /// A tactic.
    Tactic(TacticId),
    /// A team.
    Team(TeamId),
    /// A channel.
    Channel(Channel),
    /// The month that begins with this day.
    Month(NaiveDate),
    /// Nothing in particular.
    Unattributed,
}

impl LineSubject {
    /// Names the line in a text, unique in its answer.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Resource(resource) => resource.name().to_owned(),
            Self::Tactic(tactic) => tactic.to_string(),
            Self::Team(team) => team.to_string(),
            Self::Channel(channel) => channel.name().to_owned(),
            Self::Month(first) => first.format("%Y-%m").to_string(),
            Self::Unattributed => "UNATTRIBUTED".to_owned(),
        }
    }
}

/// The answer for one period. The facts behind it stay in memory, so its rows come from what its sums came from.
#[derive(Clone, Debug)]
pub struct CostPerClose {
    pub(super) facts: Arc<CostFacts>,
    pub(super) interval: Interval,
    period: Period,
    report: Report,
}

/// Answers for one period.
///
/// # Errors
/// Problems with `period`, `matching`, `refundPeriod`, `constantCurrency` and `asOf`.
pub async fn cost_per_close(scope: &Scope<CostPerCloseRead>, question: &CostPerCloseQuestion) -> Result<CostPerClose> {
    cost_per_close_in(&scope.read().await?, scope, question).await
}

/// Answers for one period, within a transaction of another area.
///
/// # Errors
/// As [`cost_per_close`].
pub async fn cost_per_close_in(tx: &TenantTx, scope: &Scope<CostPerCloseRead>, question: &CostPerCloseQuestion) -> Result<CostPerClose> {
    let (_, period, facts) = load(tx, scope, question).await?;
    let interval = interval_of(&period, question.matching)?;
    let report = answer(&facts.facts, &facts.question(), &interval).map_err(unanswered)?;
    Ok(CostPerClose { facts: Arc::new(facts), interval, period, report })
}

/// Answers for each part of a period. Facts are loaded once.
///
/// # Errors
/// Problems with `period`, `matching`, `refundPeriod`, `constantCurrency` and `asOf`.
pub async fn cost_per_close_trend(
    scope: &Scope<CostPerCloseRead>,
    question: &CostPerCloseQuestion,
    grain: Grain,
) -> Result<Vec<CostPerClose>> {
    let (organization, period, facts) = load(&scope.read().await?, scope, question).await?;
    let parts = input::parts(&period, grain, &organization)?;
    let intervals = parts.iter().map(|part| interval_of(part, question.matching)).collect::<Result<Vec<_>>>()?;
    let reports = trend(&facts.facts, &facts.question(), &intervals).map_err(unanswered)?;
    let facts = Arc::new(facts);
    let answers = parts.into_iter().zip(intervals).zip(reports);
    Ok(answers.map(|((period, interval), report)| CostPerClose { facts: Arc::clone(&facts), interval, period, report }).collect())
}

async fn load(
    tx: &TenantTx,
    scope: &Scope<CostPerCloseRead>,
    question: &CostPerCloseQuestion,
) -> Result<(entity::organization::Model, Period, CostFacts)> {
    let as_of = input::as_of(question.as_of, scope.now())?;
    let rates = question.rates;
    if let Rates::Constant(day) = rates {
        input::day("constantCurrency.on", day)?;
    }
    question.matching.check(question.by, question.refunds)?;
    let organization = organization::service::settings(tx).await?;
    let period = input::period(&question.period, &organization)?;
    let months = match question.by {
        CostDimension::Month => {
            let months = input::parts(&period, Grain::Month, &organization)?;
            months.iter().map(|month| interval_of(month, question.matching)).collect::<Result<Vec<_>>>()?
        }
        CostDimension::Resource | CostDimension::Tactic | CostDimension::Team | CostDimension::Channel => Vec::new(),
    };
    let CostPerCloseQuestion { by, basis, refunds, matching, .. } = *question;
    let (interval, currency) = (interval_of(&period, question.matching)?, organization.base_currency);
    let sees_pay = scope.rights().reach(Permission::SalaryRead) == Some(Reach::Organization);
    let facts = facts::load(tx, Wanted { by, basis, refunds, matching, interval, months, currency, rates, as_of, sees_pay }).await?;
    Ok((organization, period, facts))
}

fn interval_of(period: &Period, matching: Matching) -> Result<Interval> {
    let days = DaySpan::from_half_open(period.from(), period.to()).map_err(Error::internal)?;
    Ok(Interval { start: period.start(), end: period.end(), days: matching.cost_days(days)? })
}

fn unanswered(error: CostPerCloseError) -> Error {
    Error::internal(error)
}

impl CostPerClose {
    /// The days it covers.
    #[must_use]
    pub const fn period(&self) -> &Period {
        &self.period
    }

    /// The figures.
    #[must_use]
    pub const fn report(&self) -> &Report {
        &self.report
    }

    /// What the lines stand for.
    #[must_use]
    pub fn by(&self) -> CostDimension {
        self.facts.by
    }

    /// Which closes count.
    #[must_use]
    pub fn basis(&self) -> Basis {
        self.facts.basis
    }

    /// When movements of closes count.
    #[must_use]
    pub fn refunds(&self) -> Refunds {
        self.facts.refunds
    }

    /// Which closes and which costs were held against each other.
    #[must_use]
    pub fn matching(&self) -> Matching {
        self.facts.matching
    }

    /// The days whose costs were added up.
    #[must_use]
    pub const fn cost_days(&self) -> DaySpan {
        self.interval.days
    }

    /// How many days cohorts take; `None` where closes count when they were won.
    #[must_use]
    pub fn mature_after_days(&self) -> Option<u32> {
        self.facts.mature_after_days
    }

    /// The currency of everything priced.
    #[must_use]
    pub fn currency(&self) -> CurrencyCode {
        self.facts.currency
    }

    /// By which rates amounts in other currencies were converted.
    #[must_use]
    pub fn rates(&self) -> Rates {
        self.facts.rates
    }

    /// The instant it is for.
    #[must_use]
    pub fn as_of(&self) -> Timestamp {
        self.facts.as_of
    }

    /// Whether pay stands on the last line rather than on its own, because the caller may not see it.
    #[must_use]
    pub fn pay_pooled(&self) -> bool {
        self.facts.pay_pooled
    }

    /// The calendar months whose shared cost was to be split by what the resources have, and was split equally because none had
    /// anything.
    #[must_use]
    pub fn equal_months(&self) -> BTreeSet<NaiveDate> {
        let days = self.facts.wanting.iter().filter_map(|days| days.intersection(self.interval.days));
        days.map(|days| month_of(days.first())).collect()
    }

    /// An amount in its currency.
    #[must_use]
    pub fn money(&self, amount_minor: i64) -> Money {
        Money::from_minor(amount_minor, self.facts.currency)
    }

    /// The lines with what they stand for.
    pub fn lines(&self) -> impl Iterator<Item = (LineSubject, &Line)> {
        self.report.lines.iter().map(|line| (self.subject(line.key), line))
    }

    /// Credit that could not be given to any line in particular, in basis points of a close.
    #[must_use]
    pub fn unattributed_bp(&self) -> i64 {
        self.report.lines.iter().filter(|line| line.key == LineKey::Unattributed).map(|line| line.credit_bp).sum()
    }

    /// Closes counted at no value, because there is no rate for their currency.
    pub fn unpriced_closes(&self) -> impl Iterator<Item = CloseId> {
        self.report.unpriced_closes.iter().filter_map(|&close| Some(self.facts.closes.get(close)?.id))
    }

    /// Cost entries left out, because there is no rate for their currency.
    pub fn unpriced_costs(&self) -> impl Iterator<Item = CostEntryId> {
        self.report.unpriced_costs.iter().filter_map(|&cost| self.facts.costs.get(cost).copied())
    }

    /// How many closes and cost entries there is no rate for.
    #[must_use]
    pub fn unpriced(&self) -> usize {
        self.report.unpriced_closes.len().saturating_add(self.report.unpriced_costs.len())
    }

    /// What the line with a key stands for.
    pub(super) fn subject(&self, key: LineKey) -> LineSubject {
        let place = |code: u32| usize::try_from(code).ok();
        let of_code = |code| {
            let labels = &self.facts.labels;
            match self.facts.by {
                CostDimension::Tactic => labels.tactics.get(place(code)?).copied().map(LineSubject::Tactic),
                CostDimension::Team => labels.teams.get(place(code)?).copied().map(LineSubject::Team),
                CostDimension::Channel => Channel::ALL.get(place(code)?).copied().map(LineSubject::Channel),
                CostDimension::Resource | CostDimension::Month => None,
            }
        };
        match key {
            LineKey::Resource(resource) => LineSubject::Resource(resource),
            LineKey::Code(code) => of_code(code).unwrap_or(LineSubject::Unattributed),
            LineKey::Month(first) => LineSubject::Month(month_of(first)),
            LineKey::Unattributed => LineSubject::Unattributed,
        }
    }
}
