//! How many buy without a seller.

use std::sync::Arc;

use entity::ids::CloseId;
use entity::kinds::Resource;
use entity::time::Timestamp;

use super::close::page_of_readable;
use super::evidence::journeys_behind_closes;
use super::facts::closes_won;
use super::policy::evidence_model;
use crate::auth::Scope;
use crate::auth::permission::grant::{CloseRead, FunnelRead};
use crate::db::{Listing, PageRequest};
use crate::error::{Error, Result};
use crate::input::{self, WantedPeriod};
use crate::metrics::evidence::Lookback;
use crate::metrics::period::{Grain, Period};
use crate::metrics::rep_free::{RepFree, Way};
use crate::organization;

/// What is asked.
#[derive(Clone, Debug)]
pub struct RepFreeQuestion {
    /// The days in which closes were won.
    pub period: WantedPeriod,
    /// Into what it is divided; `None` for not at all.
    pub grain: Option<Grain>,
    /// What was known at this instant; `None` for now.
    pub as_of: Option<Timestamp>,
}

/// One close and the way to it.
#[derive(Clone, Copy, Debug)]
pub struct CloseWay {
    /// The close.
    pub id: CloseId,
    /// When it was won.
    pub closed_at: Timestamp,
    /// The resource of the first touch within the lookback; `None` without one.
    pub first: Option<Resource>,
    /// The way.
    pub way: Way,
}

/// The answer. It keeps the closes its figures were counted from.
#[derive(Debug)]
pub struct RepFreeShare {
    as_of: Timestamp,
    period: Period,
    lookback: Lookback,
    closes: Vec<CloseWay>,
    points: Vec<(Period, RepFree)>,
}

/// Answers a question.
///
/// # Errors
/// Problems with `period` and `asOf`.
pub async fn rep_free_share(scope: &Scope<FunnelRead>, question: &RepFreeQuestion) -> Result<Arc<RepFreeShare>> {
    let as_of = input::as_of(question.as_of, scope.now())?;
    let tx = scope.read().await?;
    let organization = organization::service::settings(&tx).await?;
    let period = input::period(&question.period, &organization)?;
    let parts = match question.grain {
        Some(grain) => input::parts(&period, grain, &organization)?,
        None => vec![period],
    };
    let lookback = evidence_model(&tx, as_of).await?.lookback;
    let won = closes_won(&tx, period.start(), period.end(), as_of).await?;
    let journeys = journeys_behind_closes(&tx, period.start(), period.end(), lookback, as_of).await?;
    drop(tx);
    let mut touches = Vec::new();
    let standing = won.iter().filter(|close| !close.standing.voided);
    let closes: Vec<CloseWay> = standing
        .map(|close| {
            journeys.behind(close.person_id, Some(close.account_id), close.closed_at, lookback, &mut touches);
            CloseWay {
                id: close.id,
                closed_at: close.closed_at,
                first: touches.first().map(|touch| touch.resource),
                way: Way::of(close.path, touches.iter().map(|touch| touch.actor)),
            }
        })
        .collect();
    let within = |part: &Period| RepFree::of(closes.iter().filter(|close| part.contains(close.closed_at)).map(|close| close.way));
    let points = parts.into_iter().map(|part| (part, within(&part))).collect();
    Ok(Arc::new(RepFreeShare { as_of, period, lookback, closes, points }))
}

/// One page of the closes of a point, of those the caller sees, in the order in which they were won: all, or those without a
/// seller, or the others.
///
/// # Errors
/// What the database says.
pub async fn rep_free_rows(
    scope: &Scope<CloseRead>,
    answer: &RepFreeShare,
    point: usize,
    rep_free: Option<bool>,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<CloseWay>> {
    let (period, _) = answer.points.get(point).ok_or(Error::broken("a point of the answer"))?;
    let wanted = |close: &&CloseWay| period.contains(close.closed_at) && rep_free.is_none_or(|wanted| close.way.is_rep_free() == wanted);
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

    /// Its parts, and what was counted in each.
    #[must_use]
    pub fn points(&self) -> &[(Period, RepFree)] {
        &self.points
    }
}
