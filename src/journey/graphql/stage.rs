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
}

impl Loader<StageId> for Loads {
    type Value = stage::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[StageId]) -> Result<HashMap<StageId, stage::Model>, Arc<Error>> {
        service::stages_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}
