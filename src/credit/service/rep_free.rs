//! How many buy without a seller.

use std::collections::HashMap;
use std::sync::Arc;

use entity::ids::CloseId;
use entity::kinds::Resource;
use entity::time::Timestamp;

use super::close::page_of_readable;
use super::evidence::journeys_behind_closes;
use super::facts::{WonClose, closes_won};
use super::groups::{self, groups_with, in_order, is_in, values_of};
use super::policy::evidence_model;
use crate::auth::Scope;
use crate::auth::permission::grant::{CloseRead, FunnelRead};
use crate::breakdown::service::{Dimension, Value, WantedBreakdown};
use crate::db::{Listing, PageRequest};
use crate::error::{Error, Result};
use crate::input::{self, WantedPeriod};
use crate::metrics::evidence::Lookback;
use crate::metrics::period::{Grain, Period};
use crate::metrics::rep_free::{RepFree, Way};
use crate::metrics::standing::Status;
use crate::organization;

/// What is asked.
#[derive(Clone, Debug)]
pub struct RepFreeQuestion {
    /// The days in which closes were won.
    pub period: WantedPeriod,
    /// Into what it is divided; `None` for not at all.
    pub grain: Option<Grain>,
    /// By what the answer is split.
    pub breakdown: Option<WantedBreakdown>,
    /// What was known at this instant; `None` for now.
    pub as_of: Option<Timestamp>,
}

/// One close and the way to it.
#[derive(Clone, Debug)]
pub struct CloseWay {
    /// The close.
    pub id: CloseId,
    /// When it was won.
    pub closed_at: Timestamp,
    /// The resource of the first touch within the lookback; `None` without one.
    pub first: Option<Resource>,
    /// The way.
    pub way: Way,
    values: Vec<Value>,
}

/// What was counted in a part of the period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepFreePoint {
    /// The part.
    pub period: Period,
    /// Of all.
    pub whole: RepFree,
    /// By value of the breakdown, those without one last; empty without a breakdown.
    pub groups: Vec<(Option<Value>, RepFree)>,
}

/// The answer. It keeps the closes its figures were counted from.
#[derive(Debug)]
pub struct RepFreeShare {
    as_of: Timestamp,
    period: Period,
    lookback: Lookback,
    breakdown: Option<WantedBreakdown>,
    closes: Vec<CloseWay>,
    points: Vec<RepFreePoint>,
}

/// Answers a question.
///
/// # Errors
/// Problems with `period`, `breakdown` and `asOf`.
pub async fn rep_free_share(scope: &Scope<FunnelRead>, question: &RepFreeQuestion) -> Result<Arc<RepFreeShare>> {
    let as_of = input::as_of(question.as_of, scope.now())?;
    let tx = scope.read().await?;
    if let Some(breakdown) = &question.breakdown {
        breakdown.check(&tx).await?;
    }
    let organization = organization::service::settings(&tx).await?;
    let period = input::period(&question.period, &organization)?;
    let parts = match question.grain {
        Some(grain) => input::parts(&period, grain, &organization)?,
        None => vec![period],
    };
    let lookback = evidence_model(&tx, as_of).await?.lookback;
    let won = closes_won(&tx, period.start(), period.end(), as_of).await?;
    let journeys = journeys_behind_closes(&tx, period.start(), period.end(), lookback, as_of).await?;
    let mut values = match &question.breakdown {
        Some(by) => {
            let customers: Vec<_> = won.iter().map(|close| (close.id, close.account_id, close.closed_at)).collect();
            values_of(&tx, by, &customers, as_of).await?
        }
        None => HashMap::new(),
    };
    drop(tx);
    let mut touches = Vec::new();
    let counts = |close: &&WonClose| matches!(close.standing.status(close.amount.amount_minor()), Status::Won | Status::PartiallyRefunded);
    let standing = won.iter().filter(counts);
    let closes: Vec<CloseWay> = standing
        .map(|close| {
            journeys.behind(close.person_id, Some(close.account_id), close.closed_at, lookback, &mut touches);
            CloseWay {
                id: close.id,
                closed_at: close.closed_at,
                first: touches.first().map(|touch| touch.resource),
                way: Way::of(close.path, touches.iter().map(|touch| touch.actor)),
                values: values.remove(&close.id).unwrap_or_default(),
            }
        })
        .collect();
    let breakdown = question.breakdown.clone();
    let points = parts.into_iter().map(|part| RepFreePoint::of(part, &closes, breakdown.as_ref())).collect();
    Ok(Arc::new(RepFreeShare { as_of, period, lookback, breakdown, closes, points }))
}

impl RepFreePoint {
    fn of(period: Period, closes: &[CloseWay], by: Option<&WantedBreakdown>) -> Self {
        let mut whole = RepFree::default();
        let mut found: HashMap<Option<Value>, RepFree> = HashMap::new();
        for close in closes.iter().filter(|close| period.contains(close.closed_at)) {
            whole.add(close.way);
            for group in by.iter().flat_map(|_| groups_with(&close.values)) {
                found.entry(group).or_default().add(close.way);
            }
        }
        Self { period, whole, groups: by.map(|by| in_order(by, found)).unwrap_or_default() }
    }
}

/// One page of the closes of a point, of those the caller sees, in the order in which they were won: all, or those without a
/// seller, or the others.
///
/// # Errors
/// Problems with `group`.
pub async fn rep_free_rows(
    scope: &Scope<CloseRead>,
    answer: &RepFreeShare,
    point: usize,
    (rep_free, group): (Option<bool>, Option<&Option<String>>),
    (page, with_total): (PageRequest, bool),
) -> Result<Listing<CloseWay>> {
    let RepFreePoint { period, .. } = answer.points.get(point).ok_or(Error::broken("a point of the answer"))?;
    let groups = answer.points.iter().flat_map(|point| &point.groups);
    let group = groups::wanted(answer.breakdown.as_ref(), groups.map(|(value, _)| *value), group)?;
    let wanted = |close: &&CloseWay| {
        let of_group = group.is_none_or(|group| is_in(&close.values, group));
        period.contains(close.closed_at) && of_group && rep_free.is_none_or(|wanted| close.way.is_rep_free() == wanted)
    };
    page_of_readable(scope, answer.closes.iter().filter(wanted), |close| (close.id, close.closed_at), page, with_total).await
}

impl RepFreeShare {
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

    /// How far back touches count.
    #[must_use]
    pub const fn lookback(&self) -> Lookback {
        self.lookback
    }

    /// By what it is split.
    #[must_use]
    pub fn by(&self) -> Option<Dimension> {
        self.breakdown.as_ref().map(|breakdown| breakdown.by)
    }

    /// Its parts.
    #[must_use]
    pub fn points(&self) -> &[RepFreePoint] {
        &self.points
    }
}
