//! How agreements stand: by their versions, who signed them, and their end.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use chrono_tz::Tz;
use entity::ids::{AgreementVersionId, BusinessCalendarId, ServiceAgreementId};
use entity::kinds::ClauseKind;
use entity::time::Timestamp;
use entity::{agreement_clause, agreement_end, agreement_signature, agreement_version, organization};

use super::terms::zone;
use crate::agreements::store;
use crate::auth::Scope;
use crate::auth::permission::grant::AgreementRead;
use crate::db::TenantTx;
use crate::error::{Error, Result};
use crate::metrics::period::local_day;
use crate::metrics::sla::Fraction;
use crate::metrics::sla::agreement::{Agreement, Reckoning, State, Term, Version, committed};

/// The versions of an agreement, and what says how they stand.
#[derive(Clone, Debug)]
pub struct Standing {
    /// By number; at least one.
    versions: Vec<agreement_version::Model>,
    /// The same, as they are reckoned with.
    reckoned: Vec<Version>,
    /// Who signed which, in the order in which they did.
    signatures: Vec<agreement_signature::Model>,
    end: Option<agreement_end::Model>,
    zone: Tz,
}

impl Standing {
    /// The versions, the first one first.
    #[must_use]
    pub fn versions(&self) -> &[agreement_version::Model] {
        &self.versions
    }

    /// The last version.
    ///
    /// # Errors
    /// [`Error::Internal`] where there is none.
    pub fn newest(&self) -> Result<&agreement_version::Model> {
        self.versions.last().ok_or(Error::broken("an agreement has a version"))
    }

    /// Who signed a version, in the order in which they did.
    pub fn signatures(&self, version: AgreementVersionId) -> impl Iterator<Item = &agreement_signature::Model> {
        self.signatures.iter().filter(move |signature| signature.version_id == version)
    }

    /// That it ends, where that was said.
    #[must_use]
    pub const fn end(&self) -> Option<&agreement_end::Model> {
        self.end.as_ref()
    }

    /// The agreement as it is reckoned with.
    #[must_use]
    pub fn agreement(&self) -> Agreement<'_> {
        Agreement { versions: &self.reckoned, ended_on: self.end.as_ref().map(|end| end.ends_on), zone: self.zone }
    }

    /// The day that an instant belongs to.
    #[must_use]
    pub fn day(&self, instant: Timestamp) -> NaiveDate {
        local_day(instant, self.zone)
    }

    /// The version in force at an instant.
    #[must_use]
    pub fn in_force(&self, at: Timestamp) -> Option<&agreement_version::Model> {
        let number = self.agreement().in_force_at(at)?.number;
        self.versions.iter().find(|version| number_of(version) == number)
    }

    /// Which version was in force on which of some days, by the signatures there were at an instant.
    #[must_use]
    pub fn terms(&self, from: NaiveDate, to: NaiveDate, as_of: Timestamp) -> Vec<(Term, AgreementVersionId)> {
        let version = |term: Term| Some((term, self.versions.iter().find(|version| number_of(version) == term.number)?.id));
        self.agreement().terms(from, to, as_of).into_iter().filter_map(version).collect()
    }

    /// How many the offering side committed to from one day up to, but without, another, by some clauses, each for the days on which
    /// its version was in force; `None` where none of them commits to a number.
    ///
    /// # Errors
    /// [`Error::Internal`] where a number is too large.
    pub fn committed(
        &self,
        clauses: &[agreement_clause::Model],
        (from, to): (NaiveDate, NaiveDate),
        as_of: Timestamp,
        reckoning: Reckoning,
    ) -> Result<Option<Fraction>> {
        let mut sum: Option<Fraction> = None;
        for (term, version) in self.terms(from, to, as_of) {
            let Some(clause) = clauses.iter().find(|clause| clause.version_id == version && clause.kind == ClauseKind::Volume) else {
                continue;
            };
            let (Some(quantity), Some(per)) = (clause.quantity, clause.per) else { continue };
            let quantity = u32::try_from(quantity).map_err(Error::internal)?;
            let more = committed(quantity, per.into(), term.from, term.to, reckoning).map_err(Error::internal)?;
            sum = Some(sum.unwrap_or(Fraction::ZERO) + more);
        }
        Ok(sum)
    }

    /// How the agreement stands as a whole.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> State {
        self.agreement().state(now)
    }

    /// How one of its versions stands. A draft that was followed by another one can no longer be signed.
    #[must_use]
    pub fn state_of(&self, version: &agreement_version::Model, now: Timestamp) -> State {
        let number = number_of(version);
        let state = self.reckoned.iter().find(|reckoned| reckoned.number == number).map(|version| self.agreement().state_of(version, now));
        let followed = self.versions.last().is_some_and(|last| last.id != version.id);
        match state {
            Some(State::Draft) if followed => State::Superseded,
            state => state.unwrap_or(State::Draft),
        }
    }
}

fn number_of(version: &agreement_version::Model) -> u32 {
    u32::try_from(version.agreement_version).unwrap_or_default()
}

/// Where the weeks and years of an organization begin.
#[must_use]
pub fn reckoning(organization: &organization::Model) -> Reckoning {
    let fiscal_year_start_month = u32::try_from(organization.fiscal_year_start_month).unwrap_or(1);
    Reckoning { week_start: organization.week_start, fiscal_year_start_month }
}

/// How some agreements stand, by what was recorded until an instant; one without a version by then is left out.
///
/// # Errors
/// What the database says.
pub async fn standings(tx: &TenantTx, ids: &[ServiceAgreementId], known_at: Timestamp) -> Result<HashMap<ServiceAgreementId, Standing>> {
    let mut versions: HashMap<ServiceAgreementId, Vec<agreement_version::Model>> = HashMap::with_capacity(ids.len());
    for version in store::versions(tx, ids, known_at).await? {
        versions.entry(version.agreement_id).or_default().push(version);
    }
    let all: Vec<AgreementVersionId> = versions.values().flatten().map(|version| version.id).collect();
    let mut signatures: HashMap<AgreementVersionId, Vec<agreement_signature::Model>> = HashMap::with_capacity(all.len());
    for signature in store::signatures(tx, &all, known_at).await? {
        signatures.entry(signature.version_id).or_default().push(signature);
    }
    let ends = store::ends(tx, ids, known_at).await?;
    // Each says an earlier day than the one before.
    let mut ends: HashMap<ServiceAgreementId, agreement_end::Model> = ends.into_iter().map(|end| (end.agreement_id, end)).collect();
    let calendars: HashSet<BusinessCalendarId> = versions.values().flatten().map(|version| version.calendar_id).collect();
    let mut zones = HashMap::with_capacity(calendars.len());
    for row in store::newest_hours(tx, &Vec::from_iter(calendars), known_at).await? {
        zones.insert(row.calendar_id, zone(&row)?);
    }
    let mut found = HashMap::with_capacity(versions.len());
    for (id, versions) in versions {
        let signatures = versions.iter().filter_map(|version| signatures.remove(&version.id)).flatten().collect();
        found.insert(id, standing(versions, signatures, ends.remove(&id), &zones)?);
    }
    Ok(found)
}

fn standing(
    versions: Vec<agreement_version::Model>,
    signatures: Vec<agreement_signature::Model>,
    end: Option<agreement_end::Model>,
    zones: &HashMap<BusinessCalendarId, Tz>,
) -> Result<Standing> {
    // A version is signed by its second side.
    let signed_at = |version: &agreement_version::Model| {
        signatures.iter().filter(|signature| signature.version_id == version.id).nth(1).map(|signature| signature.recorded_at)
    };
    let reckon = |version: &agreement_version::Model| Version {
        number: number_of(version),
        starts_on: version.starts_on,
        ends_on: version.ends_on,
        signed_at: signed_at(version),
    };
    let reckoned: Vec<Version> = versions.iter().map(reckon).collect();
    // A draft does not change where the days of the agreement are days.
    let agreed = versions.iter().rev().find(|version| signed_at(version).is_some()).or(versions.last());
    let zone = agreed.and_then(|version| zones.get(&version.calendar_id).copied());
    Ok(Standing { reckoned, signatures, end, zone: zone.ok_or(Error::broken("an agreement has a calendar"))?, versions })
}

/// How some agreements stand, by all that was recorded.
///
/// # Errors
/// What the database says.
pub async fn standings_by_id(scope: &Scope<AgreementRead>, ids: &[ServiceAgreementId]) -> Result<HashMap<ServiceAgreementId, Standing>> {
    standings(&scope.read().await?, ids, Timestamp::MAX).await
}
