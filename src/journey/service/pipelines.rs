//! Defining pipelines, and who moves buyers into which of their stages.

use std::collections::{HashMap, HashSet};

use entity::ids::{PipelineId, StageId};
use entity::kinds::{Resource, Role, StageKind, StageMovement, StageRuleKind};
use entity::time::Timestamp;
use entity::{pipeline, stage, stage_rule};
use serde::Serialize;

use super::catalogue::{Catalogue, DEFAULT_PIPELINE, catalogue, catalogues};
use super::order::Orders;
use crate::auth::Scope;
use crate::auth::permission::grant::{JourneyRead, PipelineManage};
use crate::auth::permission::{Permission, Reach, reach};
use crate::db::{Idempotent, TenantWrite, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input;
use crate::journey::store;

/// Longest key of a pipeline or a stage.
const KEY: usize = 60;

/// Most stages of a pipeline.
const MAX_STAGES: usize = 50;

/// The stage of the default pipeline that every close enters.
const CLOSED: &str = "CLOSED";

/// A stage of a version to define.
#[derive(Clone, Debug, Serialize)]
pub struct NewStage {
    /// In upper case, unique in the version.
    pub key: String,
    /// On the way or beside it.
    pub kind: StageKind,
    /// Who moves buyers into it.
    pub owner_resource: Resource,
    /// Only known people, and accounts that have one, enter it.
    pub known_person: bool,
    /// The keys of the stages it is entered from; any where there is none.
    pub from_stages: Vec<String>,
    /// Entries need a reason.
    pub reason_required: bool,
}

/// A version of a pipeline to define.
#[derive(Clone, Debug, Serialize)]
pub struct DefinePipeline {
    /// In lower case: of a new pipeline, or of the one this is the next version of.
    pub key: String,
    /// What it is called.
    pub name: String,
    /// Its stages in their order.
    pub stages: Vec<NewStage>,
    /// Repeating it gives the same version.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Defines version 1 of a new pipeline, or the next version of a known one.
///
/// # Errors
/// Problems with the fields.
pub async fn define_pipeline(scope: &Scope<PipelineManage>, new: &DefinePipeline) -> Result<Catalogue> {
    let once = Idempotent::new(new.idempotency_key.as_deref(), "definePipeline", new)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<PipelineId>(&tx).await? {
        return catalogue(&tx, Some(id)).await;
    }
    let mut problems = Problems::new();
    problems.take(identifier("key", &new.key, char::is_ascii_lowercase))?;
    let name = problems.take(input::text("name", &new.name, input::NAME))?.unwrap_or_default();
    check_stages(new, &mut problems)?;
    problems.check()?;
    let before = store::newest_pipeline(&tx, &new.key).await?;
    let pipeline = pipeline::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        key: new.key.clone(),
        pipeline_version: before.map_or(0, |before| before.pipeline_version).saturating_add(1),
        name,
        recorded_at: scope.now(),
    };
    let stage = |(position, new): (i16, &NewStage)| stage::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        pipeline_id: pipeline.id,
        key: new.key.clone(),
        position,
        kind: new.kind,
        owner_resource: new.owner_resource,
    };
    let stages: Vec<stage::Model> = (0..).zip(&new.stages).map(stage).collect();
    tx.insert::<pipeline::Entity>(pipeline.clone()).await?;
    tx.insert_many::<stage::Entity>(&stages).await?;
    write_rules(&tx, scope, &new.stages, &stages).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &pipeline.id).await?;
    tx.commit().await?;
    Ok(Catalogue { pipeline, stages })
}

fn check_stages(new: &DefinePipeline, problems: &mut Problems) -> Result<()> {
    if new.stages.len() > MAX_STAGES {
        problems.push("stages", ProblemCode::TooMany, format!("must be at most {MAX_STAGES}"));
        return Ok(());
    }
    let main = || new.stages.iter().filter(|stage| stage.kind == StageKind::Main);
    if main().count() < 2 {
        problems.push("stages", ProblemCode::Required, "at least two stages lie on the way");
    }
    if new.key == DEFAULT_PIPELINE && !main().any(|stage| stage.key == CLOSED) {
        problems.push("stages", ProblemCode::Required, "the default pipeline has the stage CLOSED on the way: every close enters it");
    }
    let keys: HashSet<&str> = new.stages.iter().map(|stage| stage.key.as_str()).collect();
    let mut seen = HashSet::new();
    for (index, stage) in new.stages.iter().enumerate() {
        let field = format!("stages.{index}.key");
        problems.take(identifier(&field, &stage.key, char::is_ascii_uppercase))?;
        if !seen.insert(stage.key.as_str()) {
            problems.push(field, ProblemCode::Taken, "another stage of this version has this key");
        }
        let mut from = HashSet::new();
        for (place, key) in stage.from_stages.iter().enumerate() {
            let field = format!("stages.{index}.entryRule.fromStages.{place}");
            if !keys.contains(key.as_str()) {
                problems.push(field, ProblemCode::NotFound, "this version has no stage of this key");
            } else if *key == stage.key {
                problems.push(field, ProblemCode::SelfReference, "no stage is entered from itself");
            } else if !from.insert(key.as_str()) {
                problems.push(field, ProblemCode::Taken, "is named twice");
            }
        }
    }
    Ok(())
}

/// A key: a letter and then letters of the same case, digits and underscores.
fn identifier(field: &str, key: &str, is_letter: fn(&char) -> bool) -> Result<()> {
    input::text(field, key, KEY)?;
    let starts = key.chars().next().is_some_and(|first| is_letter(&first));
    if starts && key.chars().all(|each| is_letter(&each) || each.is_ascii_digit() || each == '_') {
        Ok(())
    } else {
        let message = "must be a letter and then letters, digits and underscores; stages in upper case, pipelines in lower case";
        Err(Error::invalid(field, ProblemCode::Invalid, message))
    }
}

async fn write_rules(tx: &TenantWrite, scope: &Scope<PipelineManage>, new: &[NewStage], stages: &[stage::Model]) -> Result<()> {
    let ids: HashMap<&str, StageId> = stages.iter().map(|stage| (stage.key.as_str(), stage.id)).collect();
    let mut rows = Vec::new();
    for (new, stage) in new.iter().zip(stages) {
        let mut add = |kind, from_stage_id| {
            let (organization_id, id) = (scope.organization_id(), scope.next_id());
            rows.push(stage_rule::Model { organization_id, id, stage_id: stage.id, kind, from_stage_id });
        };
        if new.known_person {
            add(StageRuleKind::KnownPerson, None);
        }
        for from in new.from_stages.iter().filter_map(|key| ids.get(key.as_str())) {
            add(StageRuleKind::FromStages, Some(*from));
        }
        if new.reason_required {
            add(StageRuleKind::ReasonRequired, None);
        }
    }
    tx.insert_many::<stage_rule::Entity>(&rows).await
}

/// How an entry lies to the stage left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Move {
    /// The stage left.
    pub from: Option<StageId>,
    /// The stage entered.
    pub to: StageId,
    /// When it was recorded: versions that were defined later do not change what it was.
    pub recorded_at: Timestamp,
}

/// How some entries lie to the stages left, by the versions there were when they were recorded.
///
/// # Errors
/// What the database says.
pub async fn movements(scope: &Scope<JourneyRead>, moves: &[Move]) -> Result<HashMap<Move, StageMovement>> {
    let all = catalogues(&scope.read().await?).await?;
    // Entries between two versions are judged alike, so there are as many orders as there are sets of versions.
    let mut orders: HashMap<usize, Orders> = HashMap::new();
    let mut found = HashMap::with_capacity(moves.len());
    for wanted in moves {
        let known = || all.iter().filter(|catalogue| catalogue.pipeline.recorded_at <= wanted.recorded_at);
        let order = orders.entry(known().count()).or_insert_with(|| Orders::new(known()));
        // Where the clocks of two processes differ, an entry may seem older than its own version.
        let movement = order.movement(wanted.from, wanted.to).or_else(|| Orders::new(&all).movement(wanted.from, wanted.to));
        found.extend(movement.map(|movement| (*wanted, movement)));
    }
    Ok(found)
}

/// Who moves buyers into a stage.
#[derive(Clone, Debug)]
pub struct Duty {
    /// The stage.
    pub stage: stage::Model,
    /// The built-in roles that may, each with whether only those of its members who work for the owner may.
    pub roles: Vec<(Role, bool)>,
    /// Whether the caller may.
    pub yours: bool,
}

/// Who moves buyers into which stage of a version of a pipeline, or of the newest version of the default one.
///
/// # Errors
/// A problem with `pipelineId` where there is no such pipeline.
pub async fn duties(scope: &Scope<JourneyRead>, pipeline: Option<PipelineId>) -> Result<(Catalogue, Vec<Duty>)> {
    let catalogue = catalogue(&scope.read().await?, pipeline).await?;
    let may = |role: &Role| reach(*role, Permission::StageWrite).map(|reach| (*role, reach != Reach::Organization));
    let roles: Vec<(Role, bool)> = Role::ALL.iter().filter_map(may).collect();
    let duty = |stage: &stage::Model| Duty {
        yours: scope.could_cover(Permission::StageWrite, stage.owner_resource),
        stage: stage.clone(),
        roles: roles.clone(),
    };
    let duties = catalogue.stages.iter().map(duty).collect();
    Ok((catalogue, duties))
}
