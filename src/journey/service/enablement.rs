//! Which stages and blockers there is content for.

use std::collections::HashMap;
use std::sync::Arc;

use entity::ids::{ContentId, PipelineId, TypedId};
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
use crate::metrics::period::{Grain, Period};
use crate::organization;
use crate::pipeline::service::resolved_with;

/// What is asked.
#[derive(Clone, Debug)]
pub struct EnablementQuestion {
    /// The days in which touches count.
    pub period: WantedPeriod,
    /// The version of the pipeline; the newest of the default one where it is not said.
    pub pipeline: Option<PipelineId>,
    /// Into what the period is divided; `None` for not at all.
    pub grain: Option<Grain>,
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
    /// The whole period.
    pub period: Period,
    /// Its parts.
    pub points: Vec<EnablementPoint>,
    stages: Vec<stage::Model>,
    contents: Vec<content::Model>,
}

/// What was counted in a part of the period.
#[derive(Debug)]
pub struct EnablementPoint {
    /// The part.
    pub period: Period,
    /// Every stage on the way with every kind of blocker.
    pub grid: Grid,
    /// What the content covers and how often it helped, in the order of the content.
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
    let organization = organization::service::settings(&tx).await?;
    let period = input::period(&question.period, &organization)?;
    let parts = match question.grain {
        Some(grain) => input::parts(&period, grain, &organization)?,
        None => vec![period],
    };
    let catalogue = catalogue_as_of(&tx, question.pipeline, as_of).await?;
    let stages: Vec<stage::Model> = catalogue.stages.iter().filter(|stage| stage.kind == StageKind::Main).cloned().collect();
    let contents = store::contents_at(&tx, as_of).await?;
    let coverage = by_content(&store::coverage_rows_at(&tx, as_of).await?);
    let last = period.end().saturating_add_micros(-1);
    let touches = store::content_used(&tx, period.start(), last, as_of).await?;
    let resolved = resolved_with(&tx, (period.start(), last), as_of).await?;
    drop(tx);
    let cover = |content: &content::Model| {
        let Some(coverage) = coverage.get(&content.id) else { return Piece::default() };
        let covers = |(_, stage): &(usize, &stage::Model)| coverage.stages.contains(&stage.key);
        Piece {
            stages: stages.iter().enumerate().filter(covers).map(|(number, _)| number).collect(),
            blockers: coverage.blockers.iter().filter_map(|kind| number_of(*kind)).collect(),
            ..Piece::default()
        }
    };
    let covering: Vec<Piece> = contents.iter().map(cover).collect();
    let places: HashMap<ContentId, usize> = contents.iter().enumerate().map(|(place, content)| (content.id, place)).collect();
    let point = |part: Period| {
        let mut pieces = covering.clone();
        for (content, _) in touches.iter().filter(|(_, at)| part.contains(*at)) {
            if let Some(piece) = places.get(content).and_then(|&place| pieces.get_mut(place)) {
                piece.touches = piece.touches.saturating_add(1);
            }
        }
        for (content, kind, _) in resolved.iter().filter(|(_, _, at)| part.contains(*at)) {
            if let Some((piece, kind)) = places.get(content).and_then(|&place| pieces.get_mut(place)).zip(number_of(*kind)) {
                let count = piece.resolved.entry(kind).or_default();
                *count = count.saturating_add(1);
            }
        }
        let grid = grid(stages.len(), BlockerKind::ALL.len(), &pieces).map_err(Error::internal)?;
        Ok(EnablementPoint { period: part, grid, pieces })
    };
    let points = parts.into_iter().map(point).collect::<Result<_>>()?;
    Ok(Arc::new(Enablement { catalogue, as_of, period, points, stages, contents }))
}

/// The number of a kind of blocker, in the order of the kinds.
fn number_of(kind: BlockerKind) -> Option<usize> {
    BlockerKind::ALL.iter().position(|other| *other == kind)
}

/// One page of the content behind an answer that the caller sees, by stage and kind of blocker.
///
/// # Errors
/// A problem with `stage`.
pub async fn enablement_rows(
    scope: &Scope<TacticRead>,
    answer: &Enablement,
    point: usize,
    (stage, blocker): (Option<&str>, Option<BlockerKind>),
    (page, with_total): (PageRequest, bool),
) -> Result<Listing<EnablementRow>> {
    let point = answer.points.get(point).ok_or(Error::broken("a point of the answer"))?;
    if stage.is_some_and(|key| !answer.stages.iter().any(|stage| stage.key == key)) {
        return Err(Error::invalid("stage", ProblemCode::NotFound, "the pipeline has no stage of this key on the way"));
    }
    let seen = scope.read().await?.ids_seen::<content::Entity>().await?;
    let is_seen = |id: Uuid| seen.as_ref().is_none_or(|seen| seen.contains(&id));
    let mut found = Vec::new();
    for (number, cell) in (0..).zip(&point.grid.cells) {
        let Some((of_stage, of_blocker)) = answer.place(cell) else { continue };
        if stage.is_some_and(|key| key != of_stage.key) || blocker.is_some_and(|kind| kind != of_blocker) {
            continue;
        }
        let row = |piece: &usize| {
            let content = answer.contents.get(*piece)?.clone();
            let piece = point.pieces.get(*piece)?;
            let (touches, resolved) = (piece.touches, piece.resolved_of(cell.blocker));
            let cursor = Cursor { key: number, id: content.id.uuid() };
            Some(EnablementRow { stage: of_stage.clone(), blocker: of_blocker, content, touches, resolved, cursor })
        };
        found.extend(cell.pieces.iter().filter_map(row).filter(|row| is_seen(row.content.id.uuid())));
    }
    found.sort_unstable_by_key(|row| (row.cursor.key, row.cursor.id));
    let total = with_total.then(|| u64::try_from(found.len()).unwrap_or(u64::MAX));
    Ok(Listing { page: page.of_rising(&found, |row| row.cursor), total })
}
