//! The stages of one version of a pipeline, numbered along the way.

use entity::ids::StageId;
use entity::kinds::StageKind;
use entity::{pipeline, stage};

use crate::metrics::funnel::CatalogueStage;

/// Where the funnel begins if nobody says: with the first stage a person, and not a segment, can be in.
const FIRST_KEY: &str = "ENGAGED";

/// Where the funnel ends if nobody says.
const LAST_KEY: &str = "CLOSED";

/// A version of a pipeline with its stages: those on the way by position, then those beside it. A stage's number is
/// its index here.
#[derive(Clone, Debug)]
pub struct Catalogue {
    pipeline: pipeline::Model,
    stages: Vec<stage::Model>,
    numbers: Vec<(StageId, u16)>,
}

impl Catalogue {
    /// Numbers the stages of a pipeline.
    pub(in crate::journey::funnel) fn new(pipeline: pipeline::Model, mut stages: Vec<stage::Model>) -> Self {
        stages.sort_by_key(|stage| (stage.kind == StageKind::Side, stage.position));
        let mut numbers: Vec<_> = stages.iter().zip(0..).map(|(stage, number)| (stage.id, number)).collect();
        numbers.sort_unstable();
        Self { pipeline, stages, numbers }
    }

    /// The version of the pipeline.
    #[must_use]
    pub const fn pipeline(&self) -> &pipeline::Model {
        &self.pipeline
    }

    /// The stage with a number.
    #[must_use]
    pub fn stage(&self, number: u16) -> Option<&stage::Model> {
        self.stages.get(usize::from(number))
    }

    /// The number of the stage with an id.
    pub(in crate::journey::funnel) fn number(&self, id: StageId) -> Option<u16> {
        let index = self.numbers.binary_search_by_key(&id, |(stage, _)| *stage).ok()?;
        self.numbers.get(index).map(|(_, number)| *number)
    }

    /// The number of the stage with a key.
    pub(super) fn number_of_key(&self, key: &str) -> Option<u16> {
        self.stages.iter().zip(0..).find(|(stage, _)| stage.key == key).map(|(_, number)| number)
    }

    /// What the funnel has to know of each stage, by number.
    pub(super) fn for_metrics(&self) -> Vec<CatalogueStage> {
        let position = |stage: &stage::Model| u16::try_from(stage.position).unwrap_or_default();
        self.stages.iter().map(|stage| CatalogueStage { position: position(stage), kind: stage.kind }).collect()
    }

    /// The stages on the way from `ENGAGED` to `CLOSED`; where a pipeline has no such stage, from its first, to its last.
    pub(super) fn default_steps(&self) -> Vec<u16> {
        let on_the_way = || self.stages.iter().zip(0_u16..).filter(|(stage, _)| stage.kind == StageKind::Main);
        let position = |key: &str| on_the_way().find(|(stage, _)| stage.key == key).map(|(stage, _)| stage.position);
        let (first, last) = (position(FIRST_KEY).unwrap_or(i16::MIN), position(LAST_KEY).unwrap_or(i16::MAX));
        on_the_way().filter(|(stage, _)| (first..=last).contains(&stage.position)).map(|(_, number)| number).collect()
    }
}
