//! Finding insights, and how they stand.

use std::collections::{HashMap, HashSet};

use chrono_tz::Tz;
use entity::ids::InsightId;
use entity::kinds::{InsightKind, Resource};
use entity::{insight, insight_acknowledgement};
use serde::de::DeserializeOwned;

use super::question::Question;
use crate::auth::Scope;
use crate::auth::permission::grant::InsightRead;
use crate::db::{Listing, PageRequest};
use crate::error::{Error, Result};
use crate::insights::store;
use crate::metrics::insight::Finding;
use crate::metrics::period::Period;

/// Which insights are wanted; what is `None` does not narrow.
#[derive(Clone, Copy, Debug, Default)]
pub struct InsightFilter {
    /// Those addressed to a resource, or to nobody in particular.
    pub resource: Option<Resource>,
    /// Those that wait for somebody to take note of them, or those that do not.
    pub unacknowledged: Option<bool>,
    /// Those of a rule.
    pub kind: Option<InsightKind>,
}

/// A page of the insights, the latest first.
///
/// # Errors
/// What the database says.
pub async fn insights(
    scope: &Scope<InsightRead>,
    filter: &InsightFilter,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<insight::Model>> {
    store::insights(&scope.read().await?, filter).listing(page, with_total).await
}

/// The insights with some ids.
///
/// # Errors
/// What the database says.
pub async fn insights_by_id(scope: &Scope<InsightRead>, ids: &[InsightId]) -> Result<HashMap<InsightId, insight::Model>> {
    let rows = scope.read().await?.get_many::<insight::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// How an insight stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody took note of it.
    Open,
    /// It became worse before anybody did.
    Replaced,
    /// Somebody did.
    Acknowledged(insight_acknowledgement::Model),
}

/// How some insights stand.
///
/// # Errors
/// What the database says.
pub async fn standings(scope: &Scope<InsightRead>, ids: &[InsightId]) -> Result<HashMap<InsightId, Standing>> {
    let tx = scope.read().await?;
    let noted: HashMap<InsightId, _> = store::acknowledgements_of(&tx, ids).await?.into_iter().map(|row| (row.insight_id, row)).collect();
    let replaced: HashSet<InsightId> = store::replaced(&tx, ids).await?;
    let standing = |id: &InsightId| match noted.get(id) {
        Some(row) => Standing::Acknowledged(row.clone()),
        None if replaced.contains(id) => Standing::Replaced,
        None => Standing::Open,
    };
    Ok(ids.iter().map(|id| (*id, standing(id))).collect())
}

/// What was found.
///
/// # Errors
/// [`Error::Internal`] where what is kept cannot be read.
pub fn finding_of(row: &insight::Model) -> Result<Finding> {
    let (kind, severity, addressed_to) = (row.kind, row.severity, row.addressed_to);
    Ok(Finding { kind, severity, subject: read(&row.subject)?, addressed_to, figures: read(&row.figures)? })
}

/// The days it was found in.
///
/// # Errors
/// [`Error::Internal`] where what is kept cannot be read.
pub fn period_of(row: &insight::Model) -> Result<Period> {
    let zone: Tz = row.time_zone.parse().map_err(Error::internal)?;
    Period::new(row.period_from, row.period_to, zone).map_err(Error::internal)
}

/// The question that tells the figures again.
///
/// # Errors
/// [`Error::Internal`] where what is kept cannot be read.
pub fn source_of(row: &insight::Model) -> Result<Question> {
    read(&row.source)
}

/// The question that tells what stands behind the figures.
///
/// # Errors
/// [`Error::Internal`] where what is kept cannot be read.
pub fn evidence_of(row: &insight::Model) -> Result<Question> {
    read(&row.evidence)
}

fn read<T: DeserializeOwned>(kept: &str) -> Result<T> {
    serde_json::from_str(kept).map_err(Error::internal)
}
