//! Pipelines and their stages.

use std::collections::HashMap;

use entity::ids::{PipelineId, StageId};
use entity::kinds::{Resource, StageKind};
use entity::time::Timestamp;
use entity::{pipeline, stage};

use crate::auth::Scope;
use crate::auth::permission::Grant;
use crate::auth::permission::grant::JourneyRead;
use crate::db::{TenantTx, TenantWrite};
use crate::error::{Error, Result};
use crate::journey::store;

/// The pipeline that is meant where none is named.
pub(super) const DEFAULT_PIPELINE: &str = "default";

/// Version 1 of the default pipeline. Marketing leads buyers until they are qualified, Sales from there to the close,
/// Product where use of the product decides. Beside the way stands who is recycled, disqualified, undecided or lost.
const DEFAULT_STAGES: [(&str, StageKind, Resource); 16] = [
    ("UNAWARE", StageKind::Main, Resource::Marketing),
    ("AWARE", StageKind::Main, Resource::Marketing),
    ("ENGAGED", StageKind::Main, Resource::Marketing),
    ("KNOWN", StageKind::Main, Resource::Marketing),
    ("QUALIFIED", StageKind::Main, Resource::Marketing),
    ("ACCEPTED", StageKind::Main, Resource::Sales),
    ("OPPORTUNITY", StageKind::Main, Resource::Sales),
    ("CLOSED", StageKind::Main, Resource::Sales),
    ("ONBOARDED", StageKind::Main, Resource::Product),
    ("RETAINED", StageKind::Main, Resource::Sales),
    ("EXPANDED", StageKind::Main, Resource::Sales),
    ("ADVOCATE", StageKind::Main, Resource::Product),
    ("RECYCLED", StageKind::Side, Resource::Marketing),
    ("DISQUALIFIED", StageKind::Side, Resource::Sales),
    ("NO_DECISION", StageKind::Side, Resource::Sales),
    ("CHURNED", StageKind::Side, Resource::Product),
];

/// One version of a pipeline with its stages.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// The version.
    pub pipeline: pipeline::Model,
    /// Its stages in their order.
    pub stages: Vec<stage::Model>,
}

impl Catalogue {
    /// The stage with a key.
    #[must_use]
    pub fn stage_named(&self, key: &str) -> Option<&stage::Model> {
        self.stages.iter().find(|stage| stage.key == key)
    }

    /// The stage with an id.
    #[must_use]
    pub fn stage(&self, id: StageId) -> Option<&stage::Model> {
        self.stages.iter().find(|stage| stage.id == id)
    }
}

/// Gives an organization version 1 of the default pipeline, within the transaction that founds it.
///
/// # Errors
/// What the database says.
pub async fn install_default_pipeline<P: Grant>(tx: &TenantWrite, scope: &Scope<P>) -> Result<Catalogue> {
    let pipeline = pipeline::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        key: DEFAULT_PIPELINE.to_owned(),
        pipeline_version: 1,
        name: "Buyer journey".to_owned(),
        recorded_at: scope.now(),
    };
    let stage = |(position, (key, kind, owner)): (i16, (&str, StageKind, Resource))| stage::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        pipeline_id: pipeline.id,
        key: key.to_owned(),
        position,
        kind,
        owner_resource: owner,
    };
    let stages: Vec<stage::Model> = (0..).zip(DEFAULT_STAGES).map(stage).collect();
    tx.insert::<pipeline::Entity>(pipeline.clone()).await?;
    tx.insert_many::<stage::Entity>(&stages).await?;
    Ok(Catalogue { pipeline, stages })
}

/// One version of a pipeline, or the newest version of the default one, within a transaction of another area.
///
/// # Errors
/// A problem with `pipelineId` where there is no such pipeline.
pub async fn catalogue(tx: &TenantTx, pipeline: Option<PipelineId>) -> Result<Catalogue> {
    let found = match pipeline {
        Some(id) => store::pipeline(tx, id).await?.ok_or_else(|| Error::unknown("pipelineId"))?,
        None => store::newest_pipeline(tx, DEFAULT_PIPELINE).await?.ok_or(Error::broken("every organization has the default pipeline"))?,
    };
    let stages = store::stages_of(tx, &[found.id]).await?;
    Ok(Catalogue { pipeline: found, stages })
}

/// One version of a pipeline, or the version of the default one that was the newest at an instant, within a transaction of
/// another area. Before the organization was founded nothing happened, and its first version will do.
///
/// # Errors
/// A problem with `pipelineId` where there is no such pipeline.
pub async fn catalogue_as_of(tx: &TenantTx, pipeline: Option<PipelineId>, as_of: Timestamp) -> Result<Catalogue> {
    if pipeline.is_some() {
        return catalogue(tx, pipeline).await;
    }
    let versions = versions_of(tx, DEFAULT_PIPELINE).await?;
    let known = versions.iter().find(|version| version.pipeline.recorded_at <= as_of);
    known.or(versions.last()).cloned().ok_or(Error::broken("every organization has the default pipeline"))
}

/// Every version of every pipeline: the newest version of each first.
pub(super) async fn catalogues(tx: &TenantTx) -> Result<Vec<Catalogue>> {
    whole(tx, store::pipelines(tx).await?).await
}

/// Versions of pipelines with their stages.
async fn whole(tx: &TenantTx, pipelines: Vec<pipeline::Model>) -> Result<Vec<Catalogue>> {
    let ids: Vec<PipelineId> = pipelines.iter().map(|pipeline| pipeline.id).collect();
    let mut stages: HashMap<PipelineId, Vec<stage::Model>> = HashMap::new();
    for stage in store::stages_of(tx, &ids).await? {
        stages.entry(stage.pipeline_id).or_default().push(stage);
    }
    let whole = |pipeline: pipeline::Model| Catalogue { stages: stages.remove(&pipeline.id).unwrap_or_default(), pipeline };
    Ok(pipelines.into_iter().map(whole).collect())
}

/// The stages of a key: that of one version of a pipeline, or those of all versions of the default one.
pub(super) async fn stages_named(tx: &TenantTx, pipeline: Option<PipelineId>, key: &str) -> Result<Vec<StageId>> {
    let catalogues = match pipeline {
        Some(_) => vec![catalogue(tx, pipeline).await?],
        None => versions_of(tx, DEFAULT_PIPELINE).await?,
    };
    let stages: Vec<StageId> = catalogues.iter().filter_map(|catalogue| catalogue.stage_named(key)).map(|stage| stage.id).collect();
    if stages.is_empty() { Err(Error::unknown("filter.stage")) } else { Ok(stages) }
}

/// Every version of the pipeline with a key, the newest first, within a transaction of another area.
///
/// # Errors
/// What the database says.
pub async fn versions_of(tx: &TenantTx, key: &str) -> Result<Vec<Catalogue>> {
    whole(tx, store::versions_of(tx, key).await?).await
}

/// The newest version of the default pipeline among all.
pub(super) fn default_of(catalogues: &[Catalogue]) -> Option<&Catalogue> {
    catalogues.iter().find(|catalogue| catalogue.pipeline.key == DEFAULT_PIPELINE)
}

/// Every version of every pipeline with its stages, the newest version of each first.
///
/// # Errors
/// What the database says.
pub async fn pipelines(scope: &Scope<JourneyRead>) -> Result<Vec<Catalogue>> {
    catalogues(&scope.read().await?).await
}

/// One version of a pipeline, or the newest version of the default one.
///
/// # Errors
/// A problem with `pipelineId` where there is no such pipeline.
pub async fn pipeline(scope: &Scope<JourneyRead>, id: Option<PipelineId>) -> Result<Catalogue> {
    catalogue(&scope.read().await?, id).await
}

/// The stages with some ids.
///
/// # Errors
/// What the database says.
pub async fn stages_by_id(scope: &Scope<JourneyRead>, ids: &[StageId]) -> Result<HashMap<StageId, stage::Model>> {
    let rows = scope.read().await?.get_many::<stage::Entity>(ids.iter().copied()).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}
