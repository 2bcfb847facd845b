//! By what an agreement is reckoned: its terms, and the business time they are in.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono_tz::Tz;
use entity::ids::{AgreementVersionId, BusinessCalendarId, CalendarVersionId, ServiceAgreementId};
use entity::kinds::{ClauseKind, Resource};
use entity::time::Timestamp;
use entity::{agreement_clause, agreement_version, calendar_version, service_agreement};

use super::standing::standings;
use crate::agreements::store;
use crate::db::TenantTx;
use crate::error::{Error, Result};
use crate::metrics::sla::{BusinessTime, Calendar, Within};

/// A version of an agreement with everything that is reckoned by it.
#[derive(Debug)]
pub struct Terms {
    /// The agreement.
    pub agreement: service_agreement::Model,
    /// The version.
    pub version: agreement_version::Model,
    /// What is owed, in the order of the clauses.
    pub clauses: Vec<agreement_clause::Model>,
    /// The hours of each calendar that the version or a clause goes by.
    hours: HashMap<BusinessCalendarId, Arc<Hours>>,
}

/// When there is work, by the newest version of a calendar.
#[derive(Debug)]
pub struct Hours {
    /// The version.
    pub version_id: CalendarVersionId,
    /// Its business time.
    pub time: BusinessTime,
}

impl Terms {
    /// The hours a clause goes by; those of the agreement where it has none of its own, or for no clause.
    ///
    /// # Errors
    /// [`Error::Internal`] where a calendar has no version.
    pub fn hours(&self, clause: Option<&agreement_clause::Model>) -> Result<&Hours> {
        let calendar = clause.and_then(|clause| clause.calendar_id).unwrap_or(self.version.calendar_id);
        self.hours.get(&calendar).map(Arc::as_ref).ok_or(Error::broken("a calendar has a version"))
    }

    /// In what time one side takes note of what the other tells it, and by which hours: as for rejections or, where nothing is agreed
    /// about those, as long as an offer waits for its answer.
    ///
    /// # Errors
    /// [`Error::Internal`] where a calendar has no version.
    pub fn acknowledgement(&self) -> Result<(Within, &Hours)> {
        let clause = self.clauses.iter().find(|clause| clause.kind == ClauseKind::Acknowledgement);
        let within = clause.and_then(within_of).unwrap_or_else(|| self.answer());
        Ok((within, self.hours(clause)?))
    }

    /// How long an offer waits for an answer.
    #[must_use]
    pub fn answer(&self) -> Within {
        answer_of(&self.version)
    }
}

/// How long an offer waits for an answer by a version of an agreement.
#[must_use]
pub fn answer_of(version: &agreement_version::Model) -> Within {
    // One of both is there: the table says so.
    within(version.answer_minutes, version.answer_days).unwrap_or(Within::Minutes(0))
}

/// Who owes what a clause of some kind says.
#[must_use]
pub const fn owed_by(agreement: &service_agreement::Model, kind: ClauseKind) -> Resource {
    match kind {
        ClauseKind::Speed | ClauseKind::Depth => agreement.to_resource,
        ClauseKind::Volume | ClauseKind::Quality | ClauseKind::Acknowledgement => agreement.from_resource,
    }
}

/// In what time a clause wants something done; `None` for one that is about no time.
#[must_use]
pub fn within_of(clause: &agreement_clause::Model) -> Option<Within> {
    within(clause.within_minutes, clause.within_days)
}

fn within(minutes: Option<i32>, days: Option<i32>) -> Option<Within> {
    let minutes = minutes.and_then(|minutes| u32::try_from(minutes).ok()).map(Within::Minutes);
    minutes.or_else(|| days.and_then(|days| u16::try_from(days).ok()).map(Within::Days))
}

/// The terms of an agreement that are in force at an instant, by what was recorded until another one; `None` where none are: it is
/// signed by one side only, has not begun, or has ended.
///
/// # Errors
/// What the database says.
pub async fn in_force(tx: &TenantTx, id: ServiceAgreementId, at: Timestamp, known_at: Timestamp) -> Result<Option<Terms>> {
    let Some(agreement) = tx.get::<service_agreement::Entity>(id).await? else { return Ok(None) };
    let standing = standings(tx, &[id], known_at).await?.remove(&id);
    let Some(version) = standing.as_ref().and_then(|standing| standing.in_force(at)) else { return Ok(None) };
    Ok(with_clauses(tx, vec![version.clone()], vec![agreement], known_at).await?.into_values().next())
}

/// The terms of some versions, in force or not, by the newest hours there are.
///
/// # Errors
/// What the database says.
pub async fn terms_of(tx: &TenantTx, versions: &[AgreementVersionId]) -> Result<HashMap<AgreementVersionId, Terms>> {
    let (versions, agreements) = store::versions_by_id(tx, versions).await?;
    with_clauses(tx, versions, agreements, Timestamp::MAX).await
}

async fn with_clauses(
    tx: &TenantTx,
    versions: Vec<agreement_version::Model>,
    agreements: Vec<service_agreement::Model>,
    known_at: Timestamp,
) -> Result<HashMap<AgreementVersionId, Terms>> {
    let ids: Vec<AgreementVersionId> = versions.iter().map(|version| version.id).collect();
    let mut clauses: HashMap<AgreementVersionId, Vec<agreement_clause::Model>> = HashMap::with_capacity(ids.len());
    for clause in store::clauses(tx, &ids).await? {
        clauses.entry(clause.version_id).or_default().push(clause);
    }
    let own = clauses.values().flatten().filter_map(|clause| clause.calendar_id);
    let calendars: HashSet<BusinessCalendarId> = versions.iter().map(|version| version.calendar_id).chain(own).collect();
    let mut hours = HashMap::with_capacity(calendars.len());
    for row in store::newest_hours(tx, &Vec::from_iter(calendars), known_at).await? {
        hours.insert(row.calendar_id, Arc::new(Hours { version_id: row.id, time: business_time(&row)? }));
    }
    let agreements: HashMap<ServiceAgreementId, service_agreement::Model> = agreements.into_iter().map(|row| (row.id, row)).collect();
    let mut found = HashMap::with_capacity(versions.len());
    for version in versions {
        let agreement = agreements.get(&version.agreement_id).ok_or(Error::broken("a version is of an agreement"))?.clone();
        let clauses = clauses.remove(&version.id).unwrap_or_default();
        let own = clauses.iter().filter_map(|clause| clause.calendar_id).chain([version.calendar_id]);
        let hours = own.filter_map(|calendar| Some((calendar, Arc::clone(hours.get(&calendar)?)))).collect();
        found.insert(version.id, Terms { agreement, version, clauses, hours });
    }
    Ok(found)
}

/// The business time of some versions of calendars.
///
/// # Errors
/// What the database says.
pub async fn hours_of(tx: &TenantTx, versions: &[CalendarVersionId]) -> Result<HashMap<CalendarVersionId, BusinessTime>> {
    store::hours(tx, versions).await?.iter().map(|row| Ok((row.id, business_time(row)?))).collect()
}

/// The business time of a version of a calendar.
pub(super) fn business_time(row: &calendar_version::Model) -> Result<BusinessTime> {
    Ok(BusinessTime::new(Calendar::new(zone(row)?, row.week.clone(), row.special_days.clone())))
}

/// Where the days of a version of a calendar are days.
pub(super) fn zone(row: &calendar_version::Model) -> Result<Tz> {
    row.time_zone.parse().map_err(Error::internal)
}
