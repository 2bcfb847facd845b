//! The steps of a funnel, chosen from the stages of a pipeline.

use entity::kinds::StageKind;

use super::FunnelError;

/// The most steps a funnel may have.
pub const MAX_STEPS: usize = 32;

/// What the funnel has to know of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CatalogueStage {
    /// How far along the way it stands; only the order matters.
    pub position: u16,
    /// Whether it lies on the way or beside it.
    pub kind: StageKind,
}

/// Where a stage stands as seen from the chosen steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// At a step, or beyond it and before the next one.
    Step(u8),
    /// Before the first step.
    Below,
    /// Beside the way.
    Side,
}

/// The steps of a funnel in order, and what each stage of the catalogue means to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Steps {
    count: u8,
    /// By stage: the step it is.
    exact: Vec<Option<u8>>,
    /// By stage: the furthest step it implies.
    implied: Vec<Option<u8>>,
    /// By stage: whether it lies beside the way.
    side: Vec<bool>,
}

impl Steps {
    /// Chooses steps by their index in the catalogue, in the order of the way.
    ///
    /// A main stage that is not chosen counts, where later stages imply earlier ones, as the furthest step at or
    /// before its position. A side stage is never progress.
    ///
    /// # Errors
    /// [`FunnelError`] `NoSteps`, `TooManySteps`, `UnknownStage`, `SideStep` or `StepOutOfOrder`.
    pub fn new(catalogue: &[CatalogueStage], chosen: &[u16]) -> Result<Self, FunnelError> {
        if chosen.is_empty() {
            return Err(FunnelError::NoSteps);
        }
        let count = u8::try_from(chosen.len()).ok().filter(|count| usize::from(*count) <= MAX_STEPS).ok_or(FunnelError::TooManySteps)?;
        let mut exact = vec![None; catalogue.len()];
        let mut positions = Vec::with_capacity(chosen.len());
        for (stage, step) in chosen.iter().zip(0..count) {
            let index = usize::from(*stage);
            let (Some(found), Some(slot)) = (catalogue.get(index), exact.get_mut(index)) else {
                return Err(FunnelError::UnknownStage(*stage));
            };
            if found.kind == StageKind::Side {
                return Err(FunnelError::SideStep(*stage));
            }
            if positions.last().is_some_and(|previous| *previous >= found.position) {
                return Err(FunnelError::StepOutOfOrder(*stage));
            }
            *slot = Some(step);
            positions.push(found.position);
        }
        let furthest = |position| positions.iter().zip(0..count).take_while(|(at, _)| **at <= position).last().map(|(_, step)| step);
        let implied = catalogue.iter().map(|stage| if stage.kind == StageKind::Main { furthest(stage.position) } else { None });
        Ok(Self { count, exact, implied: implied.collect(), side: catalogue.iter().map(|stage| stage.kind == StageKind::Side).collect() })
    }

    /// Number of steps, at least one.
    #[must_use]
    pub const fn count(&self) -> u8 {
        self.count
    }

    /// Number of steps, as a length.
    pub(super) fn len(&self) -> usize {
        usize::from(self.count)
    }

    /// Number of stages in the catalogue.
    pub(super) const fn catalogue_len(&self) -> usize {
        self.exact.len()
    }

    /// By stage: the step it is.
    pub(super) fn exact(&self) -> &[Option<u8>] {
        &self.exact
    }

    /// By stage: the furthest step it implies.
    pub(super) fn implied(&self) -> &[Option<u8>] {
        &self.implied
    }

    /// Where a stage stands as seen from the steps.
    pub(super) fn place(&self, stage: u16) -> Place {
        match step_of(&self.implied, stage) {
            Some(step) => Place::Step(step),
            None if self.side.get(usize::from(stage)).is_some_and(|side| *side) => Place::Side,
            None => Place::Below,
        }
    }
}

/// Looks a stage up in [`Steps::exact`] or [`Steps::implied`].
pub(super) fn step_of(table: &[Option<u8>], stage: u16) -> Option<u8> {
    table.get(usize::from(stage)).copied().flatten()
}
