//! Asking for a metric by its key.

use std::collections::HashMap;
use std::sync::Arc;

use entity::money::CurrencyCode;
use entity::organization as settings;
use entity::time::Timestamp;
use serde::Serialize;

use super::args::{MetricArgs, renamed};
use super::measured::Measurement;
use super::sources::{Loaded, Source, load, pick};
use crate::auth::Scope;
use crate::auth::permission::grant::DefinitionRead;
use crate::auth::permission::{Grant, Permission, Reach};
use crate::db::TenantTx;
use crate::error::{Error, ProblemCode, Result};
use crate::input::{self, WantedPeriod};
use crate::metrics::definition::Definition;
use crate::metrics::period::{Grain, Period};
use crate::organization;

/// Where in the input a metric's arguments are.
const ARGS: &str = "args";

/// A metric with what it is told.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Metric {
    /// Its key.
    pub key: String,
    /// What it is told.
    pub args: MetricArgs,
}

impl Metric {
    /// The definition, where it can be asked for like this.
    ///
    /// # Errors
    /// Problems with `key`, and with the arguments below `args`.
    pub fn check(&self) -> Result<&'static Definition> {
        let unknown = || Error::invalid("key", ProblemCode::NotFound, "there is no metric with this key");
        let definition = Definition::with_key(&self.key).ok_or_else(unknown)?;
        self.args.check(definition, ARGS)?;
        Ok(definition)
    }
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricQuestion {
    /// Of which metric.
    pub metric: Metric,
    /// The days it is about.
    pub period: WantedPeriod,
    /// Into what these are divided; `None` for not at all.
    pub grain: Option<Grain>,
    /// What was known at this instant; `None` for now.
    pub as_of: Option<Timestamp>,
}

/// A question that can be answered.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) definition: &'static Definition,
    pub(super) args: MetricArgs,
    pub(super) period: Period,
    /// The parts of the period; itself where it is not divided.
    pub(super) parts: Vec<Period>,
    pub(super) grain: Option<Grain>,
    pub(super) as_of: Timestamp,
}

impl Asked {
    /// The days as use cases want them.
    pub(super) fn wanted(period: &Period) -> WantedPeriod {
        WantedPeriod::from(period)
    }
}

/// Whether the caller may read a metric. Asking this is no attempt at it.
#[must_use]
pub fn readable<P: Grant>(scope: &Scope<P>, definition: &Definition) -> bool {
    scope.rights().reach(Permission::to_read(definition.access)).is_some()
}

/// The value of a metric for a period, or for each part of it.
///
/// # Errors
/// [`Error::Forbidden`] where the caller may not read it; problems with `key`, `args`, `period` and `asOf`.
pub async fn measure(scope: &Scope<DefinitionRead>, question: MetricQuestion) -> Result<Measurement> {
    let mut found = measure_all(scope, vec![question]).await?;
    found.pop().ok_or(Error::broken("a question has an answer"))?
}

/// The values of several metrics, in their order: what is wrong with one question is no trouble of the others. What is told from the same
/// facts is read once.
///
/// # Errors
/// What the database says.
pub async fn measure_all(scope: &Scope<DefinitionRead>, questions: Vec<MetricQuestion>) -> Result<Vec<Result<Measurement>>> {
    let tx = scope.read().await?;
    let organization = organization::service::settings(&tx).await?;
    let mut asked = Vec::with_capacity(questions.len());
    for question in questions {
        asked.push(read(&tx, &organization, question, scope.now()).await);
    }
    drop(tx);
    let mut loaded: HashMap<Source, Arc<Loaded>> = HashMap::new();
    let mut answers = Vec::with_capacity(asked.len());
    for asked in asked {
        answers.push(match asked {
            Ok(asked) => answer(scope, asked, organization.base_currency, &mut loaded).await,
            Err(error) => Err(error),
        });
    }
    Ok(answers)
}

/// The question, where it can be answered.
async fn read(tx: &TenantTx, organization: &settings::Model, question: MetricQuestion, now: Timestamp) -> Result<Asked> {
    let definition = question.metric.check()?;
    let as_of = input::as_of(question.as_of, now)?;
    let period = input::period(&question.period, organization)?;
    let parts = match question.grain {
        Some(grain) => input::parts(&period, grain, organization)?,
        None => vec![period],
    };
    question.metric.args.known(tx, ARGS).await?;
    Ok(Asked { definition, args: question.metric.args, period, parts, grain: question.grain, as_of })
}

async fn answer(
    scope: &Scope<DefinitionRead>,
    asked: Asked,
    currency: CurrencyCode,
    read: &mut HashMap<Source, Arc<Loaded>>,
) -> Result<Measurement> {
    let source = Source::of(&asked);
    let loaded = match read.get(&source) {
        Some(loaded) => Arc::clone(loaded),
        None => {
            let loaded = load(scope, &asked, &source).await.map_err(|error| renamed(error, ARGS))?;
            let loaded = Arc::new(loaded);
            read.insert(source, Arc::clone(&loaded));
            loaded
        }
    };
    let points = pick(&loaded, &asked)?;
    let Asked { definition, args, period, grain, as_of, .. } = asked;
    let reach = scope.rights().reach(Permission::to_read(definition.access)).unwrap_or(Reach::Own);
    Ok(Measurement { definition, args, period, grain, as_of, currency, reach, points })
}
