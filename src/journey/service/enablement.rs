//! Which stages and blockers there is content for.

use std::sync::Arc;

use entity::ids::{PipelineId, TypedId};
use entity::kinds::{BlockerKind, StageKind};
use entity::time::Timestamp;
use entity::{content, stage};
use uuid::Uuid;

use super::catalogue::{Catalogue, catalogue_as_of};
use super::contents::by_content;
use crate::auth::Scope;
use crate::auth::permission::grant::{FunnelRead, TacticRead};
use crate::db::{Cursor, Listing, PageRequest};
use crate::error::{Error, ProblemCode, Result};
use crate::input::{self, WantedPeriod};
use crate::journey::store;
use crate::metrics::enablement::{Cell, Grid, Piece, grid};
use crate::metrics::period::Period;
use crate::organization;
use crate::pipeline::service::resolved_with;

/// What is asked.
#[derive(Clone, Debug)]
pub struct EnablementQuestion {
    /// The days in which touches count.
    pub period: WantedPeriod,
    /// The version of the pipeline; the newest of the default one where it is not said.
    pub pipeline: Option<PipelineId>,
    /// What was known at this instant; `None` for now.
    pub as_of: Option<Timestamp>,
}

/// The answer, with the content it is made of.
#[derive(Debug)]
pub struct Enablement {
    /// The version of the pipeline.
    pub catalogue: Catalogue,
    /// As seen at this instant.
    pub as_of: Timestamp,
    /// The days in which touches count.
    pub period: Period,
    /// Every stage on the way with every kind of blocker.
    pub grid: Grid,
    stages: Vec<stage::Model>,
    contents: Vec<content::Model>,
    pieces: Vec<Piece>,
}

impl Enablement {
    /// The stage and the kind of blocker of a cell.
    #[must_use]
    pub fn place(&self, cell: &Cell) -> Option<(&stage::Model, BlockerKind)> {
        Some((self.stages.get(cell.stage)?, BlockerKind::ALL.get(cell.blocker).copied()?))
    }
}

/// A piece of content that covers a stage and a kind of blocker.
#[derive(Clone, Debug)]
pub struct EnablementRow {
    /// The stage.
    pub stage: stage::Model,
    /// The kind.
    pub blocker: BlockerKind,
    /// The content.
    pub content: content::Model,
    /// How many touches of the period used it.
    pub touches: u64,
    /// How many blockers of the kind were resolved with it in the period.
    pub resolved: u64,
    cursor: Cursor,
}

/// Answers a question.
///
/// # Errors
/// Problems with the arguments, by name: `period`, `pipelineId`, `asOf`.
pub async fn enablement_coverage(scope: &Scope<FunnelRead>, question: &EnablementQuestion) -> Result<Arc<Enablement>> {
    let tx = scope.read().await?;
    let as_of = input::as_of(question.as_of, scope.now())?;
    let period = input::period(&question.period, &organization::service::settings(&tx).await?)?;
    let catalogue = catalogue_as_of(&tx, question.pipeline, as_of).await?;
    let stages: Vec<stage::Model> = catalogue.stages.iter().filter(|stage| stage.kind == StageKind::Main).cloned().collect();
    let contents = store::contents_at(&tx, as_of).await?;
    let coverage = by_content(&store::coverage_rows_at(&tx, as_of).await?);
    let last = period.end().saturating_add_micros(-1);
    let touches = store::touches_by_content(&tx, period.start(), last, as_of).await?;
    let resolved = resolved_with(&tx, (period.start(), last), as_of).await?;
    drop(tx);
    let piece = |content: &content::Model| {
        let Some(coverage) = coverage.get(&content.id) else { return Piece::default() };
        let covers = |(_, stage): &(usize, &stage::Model)| coverage.stages.contains(&stage.key);
        Piece {
            stages: stages.iter().enumerate().filter(covers).map(|(number, _)| number).collect(),
            blockers: coverage.blockers.iter().filter_map(|kind| BlockerKind::ALL.iter().position(|other| other == kind)).collect(),
            touches: touches.get(&content.id).copied().unwrap_or_default(),
            resolved: (0..)
                .zip(BlockerKind::ALL)
                .filter_map(|(number, kind)| Some((number, *resolved.get(&(content.id, *kind))?)))
                .collect(),
        }
    };
    let pieces: Vec<Piece> = contents.iter().map(piece).collect();
    let grid = grid(stages.len(), BlockerKind::ALL.len(), &pieces).map_err(Error::internal)?;
    Ok(Arc::new(Enablement { catalogue, as_of, period, grid, stages, contents, pieces }))
}

/// One page of the content behind an answer that the caller sees, by stage and kind of blocker.
///
/// # Errors
/// A problem with `stage`.
pub async fn enablement_rows(
    scope: &Scope<TacticRead>,
    answer: &Enablement,
    stage: Option<&str>,
    blocker: Option<BlockerKind>,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<EnablementRow>> {
    if stage.is_some_and(|key| !answer.stages.iter().any(|stage| stage.key == key)) {
        return Err(Error::invalid("stage", ProblemCode::NotFound, "the pipeline has no stage of this key on the way"));
    }
    let seen = scope.read().await?.ids_seen::<content::Entity>().await?;
    let is_seen = |id: Uuid| seen.as_ref().is_none_or(|seen| seen.contains(&id));
    let mut found = Vec::new();
    for (number, cell) in (0..).zip(&answer.grid.cells) {
        let Some((of_stage, of_blocker)) = answer.place(cell) else { continue };
        if stage.is_some_and(|key| key != of_stage.key) || blocker.is_some_and(|kind| kind != of_blocker) {
            continue;
        }
        let row = |piece: &usize| {
            let content = answer.contents.get(*piece)?.clone();
            let Piece { touches, .. } = *answer.pieces.get(*piece)?;
            let resolved = answer.pieces.get(*piece)?.resolved_of(cell.blocker);
            let cursor = Cursor { key: number, id: content.id.uuid() };
            Some(EnablementRow { stage: of_stage.clone(), blocker: of_blocker, content, touches, resolved, cursor })
        };
        found.extend(cell.pieces.iter().filter_map(row).filter(|row| is_seen(row.content.id.uuid())));
    }
    found.sort_unstable_by_key(|row| (row.cursor.key, row.cursor.id));
    let total = with_total.then(|| u64::try_from(found.len()).unwrap_or(u64::MAX));
    Ok(Listing { page: page.of_rising(&found, |row| row.cursor), total })
}
