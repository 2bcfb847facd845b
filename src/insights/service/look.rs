//! What rules look at.

use std::sync::Arc;

use chrono::Months;
use entity::money::CurrencyCode;
use entity::time::Timestamp;

use super::question::{Question, Told};
use crate::agreements::report::service::{Question as AgreementQuestion, Report, report};
use crate::agreements::service::agreement_ids;
use crate::auth::Scope;
use crate::auth::permission::grant::{AgreementRead, InsightWrite};
use crate::error::{Error, Result};
use crate::input::{self, WantedPeriod};
use crate::metrics::insight::{Finding, Thresholds};
use crate::metrics::period::{Period, local_day, month_of};
use crate::organization;

/// A finding with the days it was found in and the questions that tell it again.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) finding: Finding,
    pub(super) period: Period,
    /// Tells the figures.
    pub(super) source: Question,
    /// Tells what stands behind them.
    pub(super) evidence: Question,
}

/// What is looked at, all of it as it was known at one instant.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) scope: Scope<InsightWrite>,
    pub(super) as_of: Timestamp,
    /// The last calendar month that is over.
    pub(super) complete: Period,
    /// The calendar month that runs.
    pub(super) running: Period,
    pub(super) currency: CurrencyCode,
    pub(super) thresholds: Thresholds,
    /// How every agreement is kept in the month that runs, with the month before.
    pub(super) agreements: Vec<Arc<Report>>,
}

impl Look {
    pub(super) async fn begin(scope: &Scope<InsightWrite>) -> Result<Self> {
        let as_of = scope.now();
        let organization = organization::service::settings(&scope.read().await?).await?;
        let zone = input::time_zone("timezone", &organization.timezone)?;
        let first = month_of(local_day(as_of, zone));
        let next = first.checked_add_months(Months::new(1)).ok_or(Error::broken("the calendar goes on"))?;
        let running = Period::new(first, next, zone).map_err(Error::internal)?;
        let complete = running.before().map_err(Error::internal)?;
        let reading: Scope<AgreementRead> = scope.also()?;
        let mut agreements = Vec::new();
        for agreement_id in agreement_ids(&reading).await? {
            let (period, as_of) = (WantedPeriod::from(&running), Some(as_of));
            let question = AgreementQuestion { agreement_id, period, grain: None, before: true, as_of };
            agreements.push(report(&reading, question).await?);
        }
        let (scope, currency) = (scope.clone(), organization.base_currency);
        Ok(Self { scope, as_of, complete, running, currency, thresholds: Thresholds::default(), agreements })
    }

    /// What every question is told: as of when.
    pub(super) fn told(&self) -> Told {
        Told::default().with("asOf", self.as_of.to_string())
    }
}
