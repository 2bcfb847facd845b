//! Defining pipelines, and the duties that follow from them.

use async_graphql::{Context, Description, ID, InputObject, Object, SimpleObject};
use entity::kinds::{Resource, Role, StageKind};

use super::{Pipeline, Stage};
use crate::auth::permission::grant::{JourneyRead, PipelineManage};
use crate::error::Result;
use crate::graphql::context::Authorize;
use crate::graphql::node::parse_optional_id;
use crate::journey::service;
use crate::payloads;

/// Who moves buyers into which stage.
#[derive(Clone, Debug, Description)]
pub struct DutiesMatrix {
    pipeline: service::Catalogue,
    duties: Vec<service::Duty>,
}

#[Object(use_type_description)]
impl DutiesMatrix {
    /// The version of the pipeline.
    async fn pipeline(&self) -> Pipeline {
        self.pipeline.clone().into()
    }

    /// Its stages in their order, with who moves buyers into them.
    #[graphql(complexity = "20 * child_complexity + 1")]
    async fn duties(&self) -> Vec<Duty> {
        self.duties.iter().cloned().map(Duty::from).collect()
    }
}

/// Who moves buyers into a stage.
#[derive(Clone, Debug, SimpleObject)]
pub struct Duty {
    /// The stage.
    stage: Stage,
    /// The resource that answers for entries into it.
    owner_resource: Resource,
    /// The built-in roles that record entries into it.
    roles: Vec<DutyRole>,
    /// Whether you may record entries into it.
    yours: bool,
}

/// A role that records entries into a stage.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct DutyRole {
    /// The role.
    role: Role,
    /// Only those of its members who work for this resource; null where all of them do.
    working_for: Option<Resource>,
}

impl From<service::Duty> for Duty {
    fn from(duty: service::Duty) -> Self {
        let owner_resource = duty.stage.owner_resource;
        let role = |(role, bound): (Role, bool)| DutyRole { role, working_for: bound.then_some(owner_resource) };
        Self { owner_resource, roles: duty.roles.into_iter().map(role).collect(), yours: duty.yours, stage: duty.stage.into() }
    }
}

/// Asking for the duties.
#[derive(Debug, Default)]
pub struct DutiesQuery;

#[Object]
impl DutiesQuery {
    /// Who moves buyers into which stage of a pipeline: the resource that owns it, and the roles.
    async fn duties_matrix(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A version of a pipeline. Default: the newest of the default one.")] pipeline_id: Option<ID>,
    ) -> Result<DutiesMatrix> {
        let scope = ctx.authorize::<JourneyRead>()?;
        let (pipeline, duties) = service::duties(&scope, parse_optional_id(pipeline_id.as_ref(), "pipelineId")?).await?;
        Ok(DutiesMatrix { pipeline, duties })
    }
}

/// What entries into a stage have to meet, but for those that are backdated and those of closes.
#[derive(InputObject)]
pub struct StageEntryRuleInput {
    /// Only known people, and accounts that have one, enter it.
    #[graphql(default)]
    known_person: bool,
    /// The keys of the stages of this version it is entered from. Default: any.
    #[graphql(default)]
    from_stages: Vec<String>,
    /// Entries need a reason.
    #[graphql(default)]
    reason_required: bool,
}

/// A stage of a pipeline.
#[derive(InputObject)]
pub struct NewStageInput {
    /// Its name, unique in the version: `PROOF_OF_VALUE`.
    key: String,
    /// Whether it lies on the way or beside it.
    kind: StageKind,
    /// The resource that moves buyers into it.
    owner_resource: Resource,
    /// What entries have to meet. Default: nothing.
    entry_rule: Option<StageEntryRuleInput>,
}

impl From<NewStageInput> for service::NewStage {
    fn from(input: NewStageInput) -> Self {
        let rule = input.entry_rule;
        Self {
            key: input.key,
            kind: input.kind,
            owner_resource: input.owner_resource,
            known_person: rule.as_ref().is_some_and(|rule| rule.known_person),
            reason_required: rule.as_ref().is_some_and(|rule| rule.reason_required),
            from_stages: rule.map(|rule| rule.from_stages).unwrap_or_default(),
        }
    }
}

/// A version of a pipeline.
#[derive(InputObject)]
pub struct DefinePipelineInput {
    /// In lower case. Of a new pipeline, or of the one this is the next version of: `default`, `renewal`.
    key: String,
    /// What it is called.
    name: String,
    /// Its stages in their order, at most 50, at least two of them on the way.
    stages: Vec<NewStageInput>,
    /// Repeating the mutation with the same key gives the same version.
    idempotency_key: Option<String>,
}

payloads! {
    /// What came of defining a pipeline.
    DefinePipelinePayload {
        /// The new version.
        pipeline: Pipeline
    }
}

/// Defining pipelines.
#[derive(Debug, Default)]
pub struct PipelineMutation;

#[Object]
impl PipelineMutation {
    /// Defines version 1 of a new pipeline, or the next version of a known one. Versions never change; what was recorded in
    /// earlier ones stays, and goes on in the next by the keys of the stages.
    async fn define_pipeline(&self, ctx: &Context<'_>, input: DefinePipelineInput) -> Result<DefinePipelinePayload> {
        let scope = ctx.authorize::<PipelineManage>()?;
        let new = service::DefinePipeline {
            key: input.key,
            name: input.name,
            stages: input.stages.into_iter().map(Into::into).collect(),
            idempotency_key: input.idempotency_key,
        };
        DefinePipelinePayload::settle(service::define_pipeline(&scope, &new).await.map(Pipeline::from))
    }
}
