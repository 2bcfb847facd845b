//! Which model is asked for, and with what.

use crate::error::{Error, ProblemCode, Result};
use crate::metrics::attribution::{Game, HalfLife, Rule, Weights};
use crate::metrics::evidence::Spread;

/// Half-life where none is named: a week.
const HALF_LIFE_DAYS: u32 = 7;

/// Longest half-life and lookback.
pub(super) const MOST_DAYS: i32 = 3_650;

/// Fewest journeys that say anything, where no number is named.
const LEAST_JOURNEYS: u64 = 200;

/// The models by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ModelName {
    /// All for the first touch.
    FirstTouch,
    /// All for the last touch.
    LastTouch,
    /// The same for every touch.
    Linear,
    /// 40 % for the first touch and for that of becoming known, 20 % for the rest.
    UShaped,
    /// Half for each of the two.
    UShapedHalves,
    /// 40 % for the first and for the last touch, 20 % for the rest.
    Position,
    /// 30 % for the first touch, for that of becoming known and for that of the opportunity, 10 % for the rest.
    WShaped,
    /// 22.5 % for each of these and for the last touch, 10 % for the rest.
    FullPath,
    /// The less the longer ago.
    TimeDecay,
    /// By weights of one's own.
    Custom,
    /// What would be lost without each value.
    Markov,
    /// What each value adds to the others.
    Shapley,
}

/// Weights as they are asked for, in basis points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WantedWeights {
    /// Of the first touch, of becoming known, of the opportunity and of the close.
    pub milestones: [i64; 4],
    /// Of the rest.
    pub rest: i64,
}

/// A model as it is asked for: what is not named is as usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WantedModel {
    /// Which.
    pub name: ModelName,
    /// `CUSTOM` alone has a use for them.
    pub weights: Option<WantedWeights>,
    /// Which touches are the rest, where there is one.
    pub spread: Option<Spread>,
    /// For `TIME_DECAY`.
    pub half_life_days: Option<i32>,
    /// For `SHAPLEY`.
    pub game: Option<Game>,
    /// For `MARKOV`.
    pub least_journeys: Option<i32>,
}

/// How a model divides closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Over touches.
    Touches(Rule),
    /// Over the values of journeys, by what would be lost without each; nothing is said of fewer journeys.
    Markov(u64),
    /// Over the values of journeys, by what each adds.
    Shapley(Game),
}

/// A model with everything it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Model {
    /// Which.
    pub name: ModelName,
    /// How it divides closes.
    pub way: Way,
}

impl Model {
    /// Whether it looks at journeys that were lost.
    #[must_use]
    pub const fn needs_losses(&self) -> bool {
        !matches!(self.way, Way::Touches(_))
    }
}

impl WantedModel {
    /// One with what is usual.
    #[must_use]
    pub const fn usual(name: ModelName) -> Self {
        Self { name, weights: None, spread: None, half_life_days: None, game: None, least_journeys: None }
    }

    /// Checks it; problems name what is below `field`.
    ///
    /// # Errors
    /// Problems with `weights`, `spread`, `halfLifeDays`, `game` and `minimumJourneys`.
    pub fn check(&self, field: &str) -> Result<Model> {
        use ModelName::{Custom, FullPath, Markov, Position, Shapley, TimeDecay, UShaped, WShaped};
        let below = |name: &str| format!("{field}.{name}");
        let useless = |name: &str| Error::invalid(below(name), ProblemCode::Invalid, "this model has no use for it");
        let name = self.name;
        for (given, used, setting) in [
            (self.weights.is_some(), name == Custom, "weights"),
            (self.spread.is_some(), matches!(name, UShaped | Position | WShaped | FullPath | Custom), "spread"),
            (self.half_life_days.is_some(), name == TimeDecay, "halfLifeDays"),
            (self.game.is_some(), name == Shapley, "game"),
            (self.least_journeys.is_some(), name == Markov, "minimumJourneys"),
        ] {
            if given && !used {
                return Err(useless(setting));
            }
        }
        let spread = self.spread.unwrap_or(Spread::AllOthers);
        let by = |weights: Weights| Way::Touches(Rule::Place(weights.over(spread)));
        let way = match name {
            ModelName::FirstTouch => by(Weights::FIRST_TOUCH),
            ModelName::LastTouch => by(Weights::LAST_TOUCH),
            ModelName::Linear => by(Weights::LINEAR),
            ModelName::UShaped => by(Weights::U_SHAPED),
            ModelName::UShapedHalves => by(Weights::U_SHAPED_HALVES),
            ModelName::Position => by(Weights::POSITION),
            ModelName::WShaped => by(Weights::W_SHAPED),
            ModelName::FullPath => by(Weights::FULL_PATH),
            ModelName::TimeDecay => {
                Way::Touches(Rule::Age(HalfLife::from_days(days(&below("halfLifeDays"), self.half_life_days, HALF_LIFE_DAYS)?)))
            }
            ModelName::Custom => {
                let missing = || Error::invalid(below("weights"), ProblemCode::Required, "CUSTOM needs weights");
                let WantedWeights { milestones, rest } = self.weights.ok_or_else(missing)?;
                let wrong = |error: crate::metrics::attribution::WeightsError| {
                    Error::invalid(below("weights"), ProblemCode::SharesDoNotSum, error.to_string())
                };
                by(Weights::new(milestones, rest, spread).map_err(wrong)?)
            }
            ModelName::Markov => Way::Markov(least_journeys(&below("minimumJourneys"), self.least_journeys)?),
            ModelName::Shapley => Way::Shapley(self.game.unwrap_or(Game::Conversions)),
        };
        Ok(Model { name, way })
    }
}

/// The fewest journeys of which something is said.
pub(super) fn least_journeys(field: &str, wanted: Option<i32>) -> Result<u64> {
    let negative = |_| Error::invalid(field, ProblemCode::Invalid, "must not be negative");
    wanted.map_or(Ok(LEAST_JOURNEYS), |least| u64::try_from(least).map_err(negative))
}

/// A number of days, at least one.
pub(super) fn days(field: &str, wanted: Option<i32>, usual: u32) -> Result<u32> {
    let wrong = || Error::invalid(field, ProblemCode::Invalid, format!("must be 1 to {MOST_DAYS} days"));
    match wanted {
        None => Ok(usual),
        Some(days @ 1..=MOST_DAYS) => u32::try_from(days).map_err(|_| wrong()),
        Some(_) => Err(wrong()),
    }
}
