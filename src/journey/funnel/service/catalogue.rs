//! The stages of one version of a pipeline, numbered along the way.

use std::collections::HashMap;

use entity::ids::{PipelineId, StageId};
use entity::kinds::StageKind;
use entity::stage;

use crate::journey::service::Catalogue;
use crate::metrics::funnel::CatalogueStage;

/// Where the funnel begins if nobody says: with the first stage a person, and not a segment, can be in.
const FIRST_KEY: &str = "ENGAGED";

/// Where the funnel ends if nobody says.
const LAST_KEY: &str = "CLOSED";

/// A version of a pipeline whose stages have numbers: first those on the way by position, then those beside it.
///
/// The versions of a pipeline have one history: entries into a stage of another version count by its key. Those into stages
/// that this version does not have are left out.
#[derive(Clone, Debug)]
pub struct NumberedStages {
    catalogue: Catalogue,
    /// Every version of the pipeline.
    versions: Vec<PipelineId>,
    /// Stages of all versions.
    numbers: Vec<(StageId, u16)>,
}

impl NumberedStages {
    /// Numbers the stages of a version of a pipeline, given every version there is.
    pub(super) fn new(mut catalogue: Catalogue, versions: &[Catalogue]) -> Self {
        catalogue.stages.sort_by_key(|stage| (stage.kind == StageKind::Side, stage.position));
        let by_key: HashMap<&str, u16> = catalogue.stages.iter().zip(0..).map(|(stage, number)| (stage.key.as_str(), number)).collect();
        let stages = versions.iter().flat_map(|version| &version.stages);
        let mut numbers: Vec<_> = stages.filter_map(|stage| Some((stage.id, *by_key.get(stage.key.as_str())?))).collect();
        numbers.sort_unstable();
        Self { versions: versions.iter().map(|version| version.pipeline.id).collect(), catalogue, numbers }
    }

    /// Every version of the pipeline.
    pub(in crate::journey::funnel) fn versions(&self) -> impl Iterator<Item = PipelineId> {
        self.versions.iter().copied()
    }

    /// The version of the pipeline.
    #[must_use]
    pub const fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// How many there are.
    #[must_use]
    pub(super) const fn len(&self) -> usize {
        self.catalogue.stages.len()
    }

    /// The stage with a number.
    #[must_use]
    pub fn stage(&self, number: u16) -> Option<&stage::Model> {
        self.catalogue.stages.get(usize::from(number))
    }

    /// The number of the stage with an id.
    pub(in crate::journey::funnel) fn number(&self, id: StageId) -> Option<u16> {
        let index = self.numbers.binary_search_by_key(&id, |(stage, _)| *stage).ok()?;
        self.numbers.get(index).map(|(_, number)| *number)
    }

    fn numbered(&self) -> impl Iterator<Item = (&stage::Model, u16)> {
        self.catalogue.stages.iter().zip(0..)
    }

    /// The number of the stage with a key.
    pub(super) fn number_of_key(&self, key: &str) -> Option<u16> {
        self.numbered().find(|(stage, _)| stage.key == key).map(|(_, number)| number)
    }

    /// What the funnel has to know of each stage, by number.
    pub(super) fn for_metrics(&self) -> Vec<CatalogueStage> {
        let position = |stage: &stage::Model| u16::try_from(stage.position).unwrap_or_default();
        self.numbered().map(|(stage, _)| CatalogueStage { position: position(stage), kind: stage.kind }).collect()
    }

    /// The stages on the way from `ENGAGED` to `CLOSED`; where a pipeline has no such stage, from its first, to its last.
    pub(super) fn default_steps(&self) -> Vec<u16> {
        let on_the_way = || self.numbered().filter(|(stage, _)| stage.kind == StageKind::Main);
        let position = |key: &str| on_the_way().find(|(stage, _)| stage.key == key).map(|(stage, _)| stage.position);
        let (first, last) = (position(FIRST_KEY).unwrap_or(i16::MIN), position(LAST_KEY).unwrap_or(i16::MAX));
        on_the_way().filter(|(stage, _)| (first..=last).contains(&stage.position)).map(|(_, number)| number).collect()
    }
}

#[cfg(test)]
mod tests {
    use entity::ids::{OrganizationId, PipelineId, TypedId};
    use entity::kinds::Resource;
    use entity::pipeline;
    use entity::time::Timestamp;
    use uuid::Uuid;

    use super::*;

    fn numbered(stages: &[(&str, StageKind)]) -> NumberedStages {
        let organization_id = OrganizationId::from_uuid(Uuid::nil());
        let id = PipelineId::from_uuid(Uuid::nil());
        let stage = |(position, (key, kind)): (i16, &(&str, StageKind))| stage::Model {
            organization_id,
            // Ids that fall where positions rise, as after an import.
            id: StageId::from_uuid(Uuid::from_u128(1_000 - u128::try_from(position).unwrap())),
            pipeline_id: id,
            key: (*key).to_owned(),
            position,
            kind: *kind,
            owner_resource: Resource::Sales,
        };
        let pipeline = pipeline::Model {
            organization_id,
            id,
            key: "p".to_owned(),
            pipeline_version: 1,
            name: String::new(),
            recorded_at: Timestamp::EPOCH,
        };
        let catalogue = Catalogue { pipeline, stages: (0..).zip(stages).map(stage).collect() };
        NumberedStages::new(catalogue.clone(), &[catalogue])
    }

    fn default_keys(stages: &[(&str, StageKind)]) -> Vec<String> {
        let numbered = numbered(stages);
        numbered.default_steps().into_iter().map(|number| numbered.stage(number).unwrap().key.clone()).collect()
    }

    #[test]
    fn stages_beside_the_way_have_the_last_numbers() {
        let stages = numbered(&[("A", StageKind::Main), ("ASIDE", StageKind::Side), ("B", StageKind::Main)]);
        assert_eq!(["A", "B", "ASIDE"].map(|key| stages.number_of_key(key)), [Some(0), Some(1), Some(2)]);
        for number in 0..3 {
            assert_eq!(stages.number(stages.stage(number).unwrap().id), Some(number));
        }
        assert_eq!(stages.for_metrics().iter().map(|stage| stage.position).collect::<Vec<_>>(), [0, 2, 1]);
        assert_eq!((stages.number_of_key("C"), stages.number(StageId::from_uuid(Uuid::nil()))), (None, None));
    }

    #[test]
    fn a_funnel_runs_from_engaged_to_closed_where_a_pipeline_has_them() {
        use StageKind::{Main, Side};
        let whole = [("AWARE", Main), ("ENGAGED", Main), ("LOST", Side), ("WORKED", Main), ("CLOSED", Main), ("GROWN", Main)];
        assert_eq!(default_keys(&whole), ["ENGAGED", "WORKED", "CLOSED"]);
        assert_eq!(default_keys(&[("A", Main), ("CLOSED", Main), ("B", Main)]), ["A", "CLOSED"]);
        assert_eq!(default_keys(&[("A", Main), ("ENGAGED", Main), ("B", Main)]), ["ENGAGED", "B"]);
        assert_eq!(default_keys(&[("A", Main), ("LOST", Side), ("B", Main)]), ["A", "B"]);
    }
}
