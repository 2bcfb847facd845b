//! The order of a pipeline's stages over all its versions, and how an entry lies to the stage left. No database.
//!
//! The versions of one pipeline have one history, so their stages need one order: that of the newest version. A stage it no
//! longer has keeps its place behind the one it followed.

use std::collections::HashMap;

use entity::ids::{PipelineId, StageId};
use entity::kinds::{StageKind, StageMovement};

use super::catalogue::Catalogue;

/// Where a stage stands. Stages of one key have one place, whatever their version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) rank: i16,
    pub(super) kind: StageKind,
}

/// The order of one pipeline.
#[derive(Clone, Debug, Default)]
struct Order {
    /// The keys of its stages with their kinds.
    keys: Vec<(String, StageKind)>,
    /// The ranks of the stages on the way that the newest version has.
    way: Vec<i16>,
}

impl Order {
    /// From the versions of one pipeline, the newest first.
    fn new<'c>(versions: impl Iterator<Item = &'c Catalogue>) -> Self {
        let mut order = Self::default();
        let mut newest: Vec<&str> = Vec::new();
        for (age, catalogue) in versions.enumerate() {
            let mut next = 0;
            for stage in &catalogue.stages {
                if age == 0 && stage.kind == StageKind::Main {
                    newest.push(&stage.key);
                }
                let known = order.keys.iter().position(|(key, _)| *key == stage.key);
                let index = known.unwrap_or(next);
                if known.is_none() {
                    order.keys.insert(index, (stage.key.clone(), stage.kind));
                }
                next = index + 1;
            }
        }
        let ranks = (0..).zip(&order.keys).filter(|(_, (key, _))| newest.contains(&key.as_str()));
        order.way = ranks.map(|(rank, _)| rank).collect();
        order
    }

    fn place(&self, key: &str) -> Option<Place> {
        (0..).zip(&self.keys).find(|(_, (known, _))| known == key).map(|(rank, &(_, kind))| Place { rank, kind })
    }

    /// How an entry lies to the stage left.
    fn movement(&self, from: Option<Place>, to: Place) -> StageMovement {
        let Some(from) = from.filter(|_| to.kind == StageKind::Main) else {
            return if to.kind == StageKind::Side { StageMovement::Aside } else { StageMovement::Forward };
        };
        if from.kind == StageKind::Side {
            StageMovement::Return
        } else if to.rank < from.rank {
            StageMovement::Regress
        } else if self.way.iter().any(|rank| from.rank < *rank && *rank < to.rank) {
            StageMovement::Skip
        } else {
            StageMovement::Forward
        }
    }
}

/// The orders of all pipelines.
#[derive(Clone, Debug)]
pub(super) struct Orders {
    orders: Vec<Order>,
    pipelines: HashMap<PipelineId, usize>,
    places: HashMap<StageId, (usize, Place)>,
}

impl Orders {
    /// From every version of every pipeline, the versions of each beside each other and the newest of them first.
    pub(super) fn new<'c>(catalogues: impl IntoIterator<Item = &'c Catalogue>) -> Self {
        let catalogues: Vec<&Catalogue> = catalogues.into_iter().collect();
        let mut all = Self { orders: Vec::new(), pipelines: HashMap::new(), places: HashMap::new() };
        for versions in catalogues.chunk_by(|one, next| one.pipeline.key == next.pipeline.key) {
            let (number, order) = (all.orders.len(), Order::new(versions.iter().copied()));
            for catalogue in versions {
                all.pipelines.insert(catalogue.pipeline.id, number);
                let place = |stage: &entity::stage::Model| Some((stage.id, (number, order.place(&stage.key)?)));
                all.places.extend(catalogue.stages.iter().filter_map(place));
            }
            all.orders.push(order);
        }
        all
    }

    /// The number of a pipeline, the same for all its versions.
    pub(super) fn pipeline(&self, id: PipelineId) -> Option<usize> {
        self.pipelines.get(&id).copied()
    }

    /// Where a stage stands in its pipeline.
    pub(super) fn place(&self, stage: StageId) -> Option<Place> {
        self.places.get(&stage).map(|(_, place)| *place)
    }

    /// How an entry lies to the stage left; `None` where there is no such stage.
    pub(super) fn movement(&self, from: Option<StageId>, to: StageId) -> Option<StageMovement> {
        let (number, to) = self.places.get(&to)?;
        Some(self.orders.get(*number)?.movement(from.and_then(|from| self.place(from)), *to))
    }
}

#[cfg(test)]
mod tests {
    use entity::ids::{OrganizationId, TypedId};
    use entity::kinds::Resource;
    use entity::time::Timestamp;
    use entity::{pipeline, stage};
    use uuid::Uuid;

    use super::*;
    use StageKind::{Main, Side};

    /// A version whose stages have the ids 100 × version + position.
    fn version(key: &str, number: u8, stages: &[(&str, StageKind)]) -> Catalogue {
        let organization_id = OrganizationId::from_uuid(Uuid::nil());
        let id = PipelineId::from_uuid(Uuid::from_u128(u128::from(number)));
        let stage = |(position, (key, kind)): (i16, &(&str, StageKind))| stage::Model {
            organization_id,
            id: id_of(number, position),
            pipeline_id: id,
            key: (*key).to_owned(),
            position,
            kind: *kind,
            owner_resource: Resource::Sales,
        };
        let stages = (0..).zip(stages).map(stage).collect();
        let (key, pipeline_version) = (key.to_owned(), i32::from(number));
        let pipeline = pipeline::Model { organization_id, id, key, pipeline_version, name: String::new(), recorded_at: Timestamp::EPOCH };
        Catalogue { pipeline, stages }
    }

    fn id_of(number: u8, position: i16) -> StageId {
        StageId::from_uuid(Uuid::from_u128(u128::from(number) * 100 + u128::try_from(position).unwrap()))
    }

    #[test]
    fn movements_follow_from_positions() {
        let orders = Orders::new(&[version("p", 1, &[("A", Main), ("B", Main), ("ASIDE", Side), ("C", Main), ("LOST", Side)])]);
        for (from, to, expected) in [
            (None, 0, StageMovement::Forward),
            (None, 3, StageMovement::Forward),
            (None, 2, StageMovement::Aside),
            (Some(0), 1, StageMovement::Forward),
            (Some(1), 3, StageMovement::Forward),
            (Some(0), 3, StageMovement::Skip),
            (Some(3), 1, StageMovement::Regress),
            (Some(1), 2, StageMovement::Aside),
            (Some(2), 4, StageMovement::Aside),
            (Some(2), 3, StageMovement::Return),
            (Some(4), 0, StageMovement::Return),
        ] {
            assert_eq!(orders.movement(from.map(|from| id_of(1, from)), id_of(1, to)), Some(expected), "{from:?} {to}");
        }
        assert_eq!(orders.movement(None, id_of(2, 0)), None);
    }

    #[test]
    fn versions_of_a_pipeline_have_one_order_and_pipelines_their_own() {
        let second = version("p", 2, &[("A", Main), ("C", Main), ("B", Main), ("NEW", Main)]);
        let first = version("p", 1, &[("OLD", Main), ("A", Main), ("B", Main), ("DROPPED", Main), ("C", Main)]);
        let other = version("q", 3, &[("A", Main), ("B", Main)]);
        let orders = Orders::new(&[second, first, other]);
        let rank = |number, position| orders.place(id_of(number, position)).unwrap().rank;
        // OLD A C B DROPPED NEW
        assert_eq!((0..4).map(|position| rank(2, position)).collect::<Vec<_>>(), [1, 2, 3, 5]);
        assert_eq!((0..5).map(|position| rank(1, position)).collect::<Vec<_>>(), [0, 1, 3, 4, 2]);
        assert_eq!((0..2).map(|position| rank(3, position)).collect::<Vec<_>>(), [0, 1]);
        // What the newest version does not have is not skipped.
        assert_eq!(orders.movement(Some(id_of(1, 2)), id_of(2, 3)), Some(StageMovement::Forward));
        assert_eq!(orders.movement(Some(id_of(1, 1)), id_of(2, 2)), Some(StageMovement::Skip));
        assert_eq!(orders.movement(Some(id_of(1, 3)), id_of(2, 1)), Some(StageMovement::Regress));
        assert_eq!(orders.movement(Some(id_of(1, 3)), id_of(2, 3)), Some(StageMovement::Forward));
        let number = |id: u128| orders.pipeline(PipelineId::from_uuid(Uuid::from_u128(id)));
        assert_eq!((number(1), number(2), number(3), number(4)), (Some(0), Some(0), Some(1), None));
    }
}
