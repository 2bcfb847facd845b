//! Pipelines and stages.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, ID, Object};
use entity::ids::{PipelineId, StageId};
use entity::kinds::{Resource, StageKind};
use entity::stage;

use crate::auth::permission::grant::JourneyRead;
use crate::error::{Error, ProblemCode, Result};
use crate::graphql::context::{Authorize, Loads};
use crate::graphql::scalar::DateTime;
use crate::journey::service::{self, Catalogue};

/// One immutable version of a pipeline: an order of stages.
#[derive(Clone, Debug, Description)]
pub struct Pipeline(Catalogue);

impl From<Catalogue> for Pipeline {
    fn from(catalogue: Catalogue) -> Self {
        Self(catalogue)
    }
}

impl Pipeline {
    /// The pipeline version with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read the journey.
    pub async fn find(ctx: &Context<'_>, id: PipelineId) -> Result<Option<Self>> {
        match service::pipeline(&ctx.authorize::<JourneyRead>()?, Some(id)).await {
            Ok(catalogue) => Ok(Some(Self(catalogue))),
            Err(Error::Invalid(problems)) if problems.iter().all(|problem| problem.code == ProblemCode::NotFound) => Ok(None),
            Err(other) => Err(other),
        }
    }
}

#[Object(use_type_description)]
impl Pipeline {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.pipeline.id.to_string())
    }

    /// The same for all its versions.
    async fn key(&self) -> &str {
        &self.0.pipeline.key
    }

    /// Which version it is, from 1.
    async fn version(&self) -> i32 {
        self.0.pipeline.pipeline_version
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.0.pipeline.name
    }

    /// Its stages in their order.
    #[graphql(complexity = "20 * child_complexity + 1")]
    async fn stages(&self) -> Vec<Stage> {
        self.0.stages.iter().cloned().map(Stage).collect()
    }

    /// When it was defined.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.pipeline.recorded_at)
    }
}

/// One stage of a version of a pipeline.
#[derive(Clone, Debug, Description)]
pub struct Stage(stage::Model);

impl From<stage::Model> for Stage {
    fn from(row: stage::Model) -> Self {
        Self(row)
    }
}

impl Stage {
    /// The stage with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read the journey.
    pub async fn find(ctx: &Context<'_>, id: StageId) -> Result<Option<Self>> {
        ctx.authorize::<JourneyRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }
}

#[Object(use_type_description)]
impl Stage {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Its name, unique in the version of the pipeline.
    async fn key(&self) -> &str {
        &self.0.key
    }

    /// Its place in the order, from 0.
    async fn position(&self) -> i32 {
        i32::from(self.0.position)
    }

    /// Whether it lies on the way or beside it.
    async fn kind(&self) -> StageKind {
        self.0.kind
    }

    /// The resource that moves buyers into it.
    async fn owner_resource(&self) -> Resource {
        self.0.owner_resource
    }

    /// What entries have to meet, but for those that are backdated and those of closes; null for nothing.
    async fn entry_rule(&self, ctx: &Context<'_>) -> Result<Option<StageEntryRule>> {
        ctx.authorize::<JourneyRead>()?;
        Ok(ctx.loads()?.load_one(RuleOf(self.0.id)).await.map_err(Arc::unwrap_or_clone)?.map(StageEntryRule))
    }
}

/// What entries into a stage have to meet.
#[derive(Clone, Debug, Description)]
pub struct StageEntryRule(service::EntryRule);

#[Object(use_type_description)]
impl StageEntryRule {
    /// Whether only known people, and accounts that have one, enter it.
    async fn known_person(&self) -> bool {
        self.0.known_person
    }

    /// The stages it is entered from; any where there is none.
    #[graphql(name = "fromStages", complexity = "20 * child_complexity + 1")]
    async fn origins(&self, ctx: &Context<'_>) -> Result<Vec<Stage>> {
        ctx.authorize::<JourneyRead>()?;
        let found = ctx.loads()?.load_many(self.0.from_stages.iter().copied()).await.map_err(Arc::unwrap_or_clone)?;
        Ok(self.0.from_stages.iter().filter_map(|id| found.get(id)).cloned().map(Stage).collect())
    }

    /// Whether entries need a reason.
    async fn reason_required(&self) -> bool {
        self.0.reason_required
    }
}

/// The key of what entries into a stage have to meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct RuleOf(StageId);

impl Loader<RuleOf> for Loads {
    type Value = service::EntryRule;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[RuleOf]) -> Result<HashMap<RuleOf, service::EntryRule>, Arc<Error>> {
        let ids: Vec<StageId> = keys.iter().map(|key| key.0).collect();
        let found = service::entry_rules(&self.authorize()?, &ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|(id, rule)| (RuleOf(id), rule)).collect())
    }
}

impl Loader<StageId> for Loads {
    type Value = stage::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[StageId]) -> Result<HashMap<StageId, stage::Model>, Arc<Error>> {
        service::stages_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}
