//! What each value earned by a model.

use std::sync::Arc;

use entity::money::{CurrencyCode, Money};
use entity::time::Timestamp;
use rust_decimal::Decimal;

use super::evidence::{Evidence, EvidenceQuestion, Pooling};
use super::model::{Model, WantedModel, Way};
use crate::auth::Scope;
use crate::auth::permission::grant::CostPerCloseRead;
use crate::error::{Error, ProblemCode, Result};
use crate::metrics::attribution::{PathsError, Removal, Report, Shared, WHOLE, markov, report, shapley, share_out};
use crate::metrics::dimension::{Dimension, Value};
use crate::metrics::evidence::Lookback;
use crate::metrics::period::Period;
use crate::metrics::ratio::{NullReason, Ratio};

/// Decimal places of a share.
const SHARE_PLACES: u32 = 4;

/// Most models of one question.
const MOST_MODELS: usize = 12;

/// What a value earned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttributionLine {
    /// The value; `None` for what is unattributed.
    pub value: Option<Value>,
    /// Closes in billionths.
    pub closes: i64,
    /// Value in minor units.
    pub value_minor: i64,
    /// What would be lost without it, where the model says so.
    pub effect: Option<Decimal>,
}

/// The journeys that a model looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Journeyed {
    /// Those that were won.
    pub won: u64,
    /// Those that were lost.
    pub lost: u64,
}

/// The answer of one model for one part of the period. The facts behind it stay in memory, so its rows come from what its sums
/// came from.
#[derive(Clone, Debug)]
pub struct Attribution {
    pub(super) evidence: Arc<Evidence>,
    pub(super) model: Model,
    pub(super) part: Period,
    report: Report,
    lines: Vec<AttributionLine>,
    journeys: Option<Journeyed>,
    immature: bool,
}

/// Answers by one model, for each part of the period; for the whole of it where it is not divided.
///
/// # Errors
/// Problems with `period`, `settings`, `lookbackDays` and `asOf`, and with `model` where it cannot weigh so many values.
pub async fn attribution(scope: &Scope<CostPerCloseRead>, question: &EvidenceQuestion, model: &WantedModel) -> Result<Vec<Attribution>> {
    let model = model.check("settings")?;
    let tx = scope.read().await?;
    let evidence = Arc::new(Evidence::load(&tx, question, scope.now(), model.needs_losses()).await?);
    drop(tx);
    evidence.points.iter().map(|part| Attribution::of(&evidence, model, *part, "model")).collect()
}

/// Answers by several models, in their order. Facts are loaded once.
///
/// # Errors
/// As [`attribution`], with `models`.
pub async fn compare_models(
    scope: &Scope<CostPerCloseRead>,
    question: &EvidenceQuestion,
    models: &[WantedModel],
) -> Result<Vec<Attribution>> {
    match models.len() {
        0 => return Err(Error::invalid("models", ProblemCode::Required, "name a model")),
        1..=MOST_MODELS => {}
        _ => return Err(Error::invalid("models", ProblemCode::TooMany, format!("must be at most {MOST_MODELS}"))),
    }
    let checked = |(place, model): (usize, &WantedModel)| model.check(&format!("models.{place}.settings"));
    let models = models.iter().enumerate().map(checked).collect::<Result<Vec<Model>>>()?;
    let tx = scope.read().await?;
    let evidence = Arc::new(Evidence::load(&tx, question, scope.now(), models.iter().any(Model::needs_losses)).await?);
    drop(tx);
    let whole = evidence.period;
    models
        .into_iter()
        .enumerate()
        .map(|(place, model)| Attribution::of(&evidence, model, whole, &format!("models.{place}.model")))
        .collect()
}

impl Attribution {
    /// The answer for a part of the period.
    pub(super) fn of(evidence: &Arc<Evidence>, model: Model, part: Period, field: &str) -> Result<Self> {
        let closes = evidence.between(&part);
        let mut journeys = None;
        let mut removals: Vec<Removal> = Vec::new();
        let mut immature = false;
        let report = match model.way {
            Way::Touches(rule) => report(&evidence.facts, closes, rule),
            Way::Markov(least) => {
                let paths = evidence.paths(&part);
                journeys = Some(Journeyed { won: paths.wins(), lost: paths.journeys().saturating_sub(paths.wins()) });
                match markov(&paths, least) {
                    Ok(found) => removals = found,
                    Err(PathsError::Immature { .. }) => immature = true,
                    Err(error) => return Err(unweighed(field, error)),
                }
                let shared: Vec<Shared> = removals.iter().copied().map(Shared::from).collect();
                share_out(&evidence.journeyed, closes, unsaid(&shared)).map_err(Error::internal)?
            }
            Way::Shapley(game) => {
                let paths = evidence.paths(&part);
                journeys = Some(Journeyed { won: paths.wins(), lost: paths.journeys().saturating_sub(paths.wins()) });
                let shared = shapley(&paths, game).map_err(|error| unweighed(field, error))?;
                immature = paths.wins() == 0;
                share_out(&evidence.journeyed, closes, if immature { UNSAID } else { unsaid(&shared) }).map_err(Error::internal)?
            }
        };
        let lines = lines(evidence, &report, &removals);
        Ok(Self { evidence: Arc::clone(evidence), model, part, report, lines, journeys, immature })
    }

    /// The model.
    #[must_use]
    pub const fn model(&self) -> Model {
        self.model
    }

    /// The part of the period.
    #[must_use]
    pub const fn part(&self) -> &Period {
        &self.part
    }

    /// The whole period.
    #[must_use]
    pub fn period(&self) -> &Period {
        &self.evidence.period
    }

    /// As seen when.
    #[must_use]
    pub fn as_of(&self) -> Timestamp {
        self.evidence.as_of
    }

    /// What lines stand for.
    #[must_use]
    pub fn by(&self) -> Dimension {
        self.evidence.by
    }

    /// Whose touches count.
    #[must_use]
    pub fn pooling(&self) -> Pooling {
        self.evidence.pooling
    }

    /// How far back they do.
    #[must_use]
    pub fn lookback(&self) -> Lookback {
        self.evidence.facts.lookback()
    }

    /// The currency of everything priced.
    #[must_use]
    pub fn currency(&self) -> CurrencyCode {
        self.evidence.currency
    }

    /// An amount in it.
    #[must_use]
    pub fn money(&self, amount_minor: i64) -> Money {
        self.evidence.money(amount_minor)
    }

    /// Totals.
    #[must_use]
    pub const fn report(&self) -> &Report {
        &self.report
    }

    /// What each value earned, and last what is unattributed if there is any.
    #[must_use]
    pub fn lines(&self) -> &[AttributionLine] {
        &self.lines
    }

    /// What is unattributed.
    #[must_use]
    pub fn unattributed(&self) -> i64 {
        self.lines.iter().filter(|line| line.value.is_none()).map(|line| line.closes).sum()
    }

    /// The journeys looked at, by a model of journeys.
    #[must_use]
    pub const fn journeys(&self) -> Option<Journeyed> {
        self.journeys
    }

    /// Whether there are too few journeys to say anything, so that everything is unattributed.
    #[must_use]
    pub const fn is_immature(&self) -> bool {
        self.immature
    }

    /// Part of all closes, in billionths, as a share of them; everything is too early to say where there are too few journeys.
    ///
    /// # Errors
    /// [`Error::Internal`] where it is too large to be shown.
    pub fn share(&self, closes: i64) -> Result<Ratio> {
        Ratio::new(closes.into(), self.all_closes(), SHARE_PLACES, NullReason::ZeroCloses).map_err(Error::internal)
    }

    /// Part of all value, in minor units, as a share of it.
    ///
    /// # Errors
    /// [`Error::Internal`] where it is too large to be shown.
    pub fn value_share(&self, value_minor: i64) -> Result<Ratio> {
        Ratio::new(value_minor.into(), self.report.value_minor.into(), SHARE_PLACES, NullReason::ZeroDenominator).map_err(Error::internal)
    }

    /// All closes in billionths.
    #[must_use]
    pub fn all_closes(&self) -> Decimal {
        Decimal::from(self.report.closes) * Decimal::from(WHOLE)
    }
}

/// Where nothing can be said everything is unattributed.
const UNSAID: &[Shared] = &[Shared { code: None, weight: 1 }];

fn unsaid(shared: &[Shared]) -> &[Shared] {
    if shared.is_empty() { UNSAID } else { shared }
}

fn unweighed(field: &str, error: PathsError) -> Error {
    match error {
        PathsError::TooManyValues { .. } => Error::invalid(field, ProblemCode::TooMany, error.to_string()),
        PathsError::Immature { .. } | PathsError::TooLong => Error::internal(error),
    }
}

/// Values of closed sets of resources are there whether or not they earned anything.
fn lines(evidence: &Evidence, report: &Report, removals: &[Removal]) -> Vec<AttributionLine> {
    let effect = |code: Option<u32>| removals.iter().find(|removal| removal.code == code).map(|removal| removal.effect);
    let mut lines: Vec<AttributionLine> = Vec::new();
    if evidence.by == Dimension::Resource {
        for (code, value) in (0..).zip(&evidence.values) {
            lines.push(AttributionLine { value: Some(*value), closes: 0, value_minor: 0, effect: effect(Some(code)) });
        }
    }
    for line in &report.lines {
        let value = evidence.value(line.code);
        let found = AttributionLine { value, closes: line.closes, value_minor: line.value_minor, effect: effect(line.code) };
        match lines.iter_mut().find(|line| line.value == value) {
            Some(line) => *line = found,
            None => lines.push(found),
        }
    }
    lines
}

/// Names a line in a text, unique in its answer.
#[must_use]
pub fn key_of(value: Option<Value>) -> String {
    value.map_or_else(|| "UNATTRIBUTED".to_owned(), Value::key)
}
