//! Models in the API: how they are asked for, and what they turned out to be.

use async_graphql::{Enum, InputObject, SimpleObject};

use crate::attribution::service::{self, Model, Pooling, WantedModel, WantedWeights, Way};
use crate::graphql::scalar::int;
use crate::metrics::attribution::Rule;
use crate::metrics::dimension;
use crate::metrics::{attribution, evidence};

/// A way to divide a close among those who touched its buyer. None of them tells a cause.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "crate::attribution::service::ModelName")]
pub enum AttributionModel {
    /// All for the first touch.
    FirstTouch,
    /// All for the last touch.
    LastTouch,
    /// The same for every touch.
    Linear,
    /// 40 % for the first touch, 40 % for the last one until the buyer became known, 20 % for the rest.
    UShaped,
    /// Half for the first touch, half for the last one until the buyer became known.
    UShapedHalves,
    /// 40 % for the first touch, 40 % for the last one, 20 % for the rest.
    Position,
    /// 30 % each for the first touch, for the last one until the buyer became known, and for the last one until the opportunity was
    /// created; 10 % for the rest.
    WShaped,
    /// 22.5 % each for these three and for the last touch; 10 % for the rest.
    FullPath,
    /// Half as much for every half-life that a touch lies further back.
    TimeDecay,
    /// By weights of your own.
    Custom,
    /// By what would not have been won if journeys ended at a value: a first-order chain over the journeys won and lost.
    Markov,
    /// By what a value adds to every set of others, in a game that has to be named. At most 12 values.
    Shapley,
}

/// Which touches share what no milestone takes.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(name = "AttributionSpread", remote = "crate::metrics::evidence::Spread")]
pub enum Spread {
    /// All that are no milestone.
    AllOthers,
    /// Of these only those before the touch of the opportunity.
    BeforeOpportunity,
}

/// What a set of values is worth to itself.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(name = "ShapleyGame", remote = "crate::metrics::attribution::Game")]
pub enum Game {
    /// The journeys won that passed no other value: no more than each close divided evenly over the values it passed.
    Conversions,
    /// The sum of the rates at which journeys are won, over the exact sets of values within it.
    Rate,
}

/// Whose touches are behind a close.
#[derive(Clone, Copy, Debug, Default, Enum, PartialEq, Eq)]
#[graphql(name = "AttributionPooling", remote = "crate::attribution::service::Pooling")]
pub enum PoolingOutput {
    /// Those of the buyer and those of the account, each once. Of the journey of an opportunity, won or lost: those of the account
    /// and of whoever had a part in it before the decision.
    #[default]
    Account,
    /// Those of the buyer alone. Of the journey of an opportunity, won or lost: those of whoever had a part in it before the decision.
    Person,
}

/// What the lines of an answer stand for.
#[derive(Clone, Copy, Debug, Default, Enum, PartialEq, Eq)]
pub enum AttributionDimension {
    /// SALES, MARKETING, PRODUCT.
    #[default]
    Resource,
    /// The tactic of a touch.
    Tactic,
    /// The channel of a touch.
    Channel,
    /// The team that runs the tactic of a touch today.
    Team,
}

impl From<AttributionDimension> for dimension::Dimension {
    fn from(by: AttributionDimension) -> Self {
        match by {
            AttributionDimension::Resource => Self::Resource,
            AttributionDimension::Tactic => Self::Tactic,
            AttributionDimension::Channel => Self::Channel,
            AttributionDimension::Team => Self::Team,
        }
    }
}

impl AttributionDimension {
    /// What lines stand for; segments and owners are of accounts, not of touches.
    pub(super) const fn of(by: dimension::Dimension) -> Self {
        match by {
            dimension::Dimension::Tactic => Self::Tactic,
            dimension::Dimension::Channel => Self::Channel,
            dimension::Dimension::Team => Self::Team,
            dimension::Dimension::Resource | dimension::Dimension::Segment | dimension::Dimension::Owner => Self::Resource,
        }
    }
}

/// Weights in basis points; they sum to 10 000.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct AttributionWeightsInput {
    /// Of the first touch.
    #[graphql(default)]
    first_touch: i32,
    /// Of the last touch until the buyer became known.
    #[graphql(default)]
    known: i32,
    /// Of the last touch until the opportunity was created.
    #[graphql(default)]
    opportunity: i32,
    /// Of the last touch.
    #[graphql(default)]
    close: i32,
    /// Shared evenly by the rest.
    #[graphql(default)]
    rest: i32,
}

/// What a model needs besides its name: a model refuses what it has no use for.
#[derive(Clone, Copy, Debug, Default, InputObject)]
pub struct AttributionSettingsInput {
    /// For `CUSTOM`.
    weights: Option<AttributionWeightsInput>,
    /// For models with a rest. Default: all others.
    spread: Option<Spread>,
    /// For `TIME_DECAY`, 1 to 3 650. Default 7.
    half_life_days: Option<i32>,
    /// For `SHAPLEY`. Default: conversions.
    game: Option<Game>,
    /// For `MARKOV`: nothing is said of fewer journeys, won and lost. Default 200.
    minimum_journeys: Option<i32>,
}

/// A model to compare with others.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct AttributionModelInput {
    /// Which.
    model: AttributionModel,
    /// What it needs.
    settings: Option<AttributionSettingsInput>,
}

impl AttributionModelInput {
    /// As the service wants it.
    pub(super) fn wanted(self) -> WantedModel {
        wanted(self.model, self.settings)
    }
}

/// A model as the service wants it.
#[must_use]
pub fn wanted(model: AttributionModel, settings: Option<AttributionSettingsInput>) -> WantedModel {
    let settings = settings.unwrap_or_default();
    let weights = settings.weights.map(|weights| WantedWeights {
        milestones: [weights.first_touch, weights.known, weights.opportunity, weights.close].map(i64::from),
        rest: weights.rest.into(),
    });
    WantedModel {
        name: model.into(),
        weights,
        spread: settings.spread.map(evidence::Spread::from),
        half_life_days: settings.half_life_days,
        game: settings.game.map(attribution::Game::from),
        least_journeys: settings.minimum_journeys,
    }
}

/// Weights in basis points.
#[derive(Clone, Debug, SimpleObject)]
pub struct AttributionWeights {
    /// Of the first touch.
    first_touch: i32,
    /// Of the last touch until the buyer became known.
    known: i32,
    /// Of the last touch until the opportunity was created.
    opportunity: i32,
    /// Of the last touch.
    close: i32,
    /// Shared evenly by the rest.
    rest: i32,
    /// Which touches are the rest.
    spread: Spread,
}

/// A model with everything that decides what it says.
#[derive(Clone, Debug, SimpleObject)]
pub struct AttributionModelUsed {
    /// Which.
    name: AttributionModel,
    /// What milestones take and the rest shares; null where touches are not weighed by their place.
    weights: Option<AttributionWeights>,
    /// In how many days a touch loses half of its weight, by `TIME_DECAY`.
    half_life_days: Option<i32>,
    /// The game, by `SHAPLEY`.
    game: Option<Game>,
    /// The fewest journeys of which anything is said, by `MARKOV`.
    minimum_journeys: Option<i32>,
    /// Whether single touches are weighed, so that there are rows.
    weighs_touches: bool,
}

impl From<Model> for AttributionModelUsed {
    fn from(model: Model) -> Self {
        let mut used = Self {
            name: service::ModelName::into(model.name),
            weights: None,
            half_life_days: None,
            game: None,
            minimum_journeys: None,
            weighs_touches: !model.needs_losses(),
        };
        match model.way {
            Way::Touches(Rule::Place(weights)) => {
                let [first_touch, known, opportunity, close] = weights.milestones().map(i32::from);
                let (rest, spread) = (weights.rest().into(), weights.spread().into());
                used.weights = Some(AttributionWeights { first_touch, known, opportunity, close, rest, spread });
            }
            Way::Touches(Rule::Age(half_life)) => used.half_life_days = i32::try_from(half_life.days()).ok(),
            Way::Markov(least) => used.minimum_journeys = Some(int(least)),
            Way::Shapley(game) => used.game = Some(game.into()),
        }
        used
    }
}

impl PoolingOutput {
    /// As the service wants it.
    #[must_use]
    pub fn pooling(self) -> Pooling {
        self.into()
    }
}
