//! Insights: the type.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, Enum, ID, Object};
use entity::ids::InsightId;
use entity::kinds::{InsightKind, InsightSeverity, Resource};
use entity::{insight, insight_acknowledgement};

use super::told::{InsightFigures, InsightQuestion, InsightStatementKey, InsightSubject};
use crate::auth::permission::grant::InsightRead;
use crate::connections;
use crate::error::{Error, Result};
use crate::graphql::context::{Authorize, Loads};
use crate::graphql::metric::PeriodOutput;
use crate::graphql::scalar::DateTime;
use crate::insights::service::{self, Standing};
use crate::metrics::insight::{Statement, statement};
use crate::organization::graphql::Member;

/// How an insight stands.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub enum InsightState {
    /// Nobody took note of it yet.
    Open,
    /// It became worse before anybody did: another one took its place.
    Replaced,
    /// Somebody took note of it.
    Acknowledged,
}

/// Something in the figures that somebody should look at. It never changes.
#[derive(Clone, Debug, Description)]
pub struct Insight(insight::Model);

impl From<insight::Model> for Insight {
    fn from(row: insight::Model) -> Self {
        Self(row)
    }
}

impl Insight {
    /// The insight with an id.
    ///
    /// # Errors
    /// [`Error::Forbidden`] where the caller may not read insights.
    pub async fn find(ctx: &Context<'_>, id: InsightId) -> Result<Option<Self>> {
        ctx.authorize::<InsightRead>()?;
        Ok(ctx.loads()?.load_one(id).await.map_err(Arc::unwrap_or_clone)?.map(Self))
    }

    /// Whether it is addressed to a resource, or to nobody in particular; where none is named, to whomever.
    pub(super) fn is_for(&self, resource: Option<Resource>) -> bool {
        let mut addressed_to = self.0.addressed_to.iter().peekable();
        addressed_to.peek().is_none() || resource.is_none_or(|resource| addressed_to.any(|to| to == resource))
    }

    async fn standing(&self, ctx: &Context<'_>) -> Result<Standing> {
        ctx.authorize::<InsightRead>()?;
        let standing = ctx.loads()?.load_one(StandingOf(self.0.id)).await.map_err(Arc::unwrap_or_clone)?;
        standing.ok_or(Error::broken("an insight stands in some way"))
    }
}

#[Object(use_type_description)]
impl Insight {
    /// Its id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// By which rule it was found.
    async fn kind(&self) -> InsightKind {
        self.0.kind
    }

    /// How bad it is.
    async fn severity(&self) -> InsightSeverity {
        self.0.severity
    }

    /// What it is about.
    async fn subject(&self) -> Result<InsightSubject> {
        Ok(InsightSubject(service::finding_of(&self.0)?.subject))
    }

    /// The resources that are told to do something about it; none where it is for all three.
    async fn addressed_to(&self) -> Vec<Resource> {
        self.0.addressed_to.iter().collect()
    }

    /// What it says, without its figures.
    async fn statement_key(&self) -> Result<InsightStatementKey> {
        Ok(Statement::of(&service::finding_of(&self.0)?).into())
    }

    /// What it says, in English.
    async fn statement(&self) -> Result<String> {
        Ok(statement(&service::finding_of(&self.0)?, self.0.currency))
    }

    /// The figures that say so, as they were when it was found.
    async fn figures(&self) -> Result<InsightFigures> {
        Ok(InsightFigures::new(&service::finding_of(&self.0)?.figures, self.0.currency))
    }

    /// The days it was found in.
    async fn period(&self) -> Result<PeriodOutput> {
        Ok((&service::period_of(&self.0)?).into())
    }

    /// When it was raised.
    async fn raised_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }

    /// The one whose place it takes: it has become worse before anybody took note of that one.
    async fn replaces(&self, ctx: &Context<'_>) -> Result<Option<Self>> {
        match self.0.replaces_id {
            Some(id) => Self::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// How it stands now.
    async fn state(&self, ctx: &Context<'_>) -> Result<InsightState> {
        Ok(match self.standing(ctx).await? {
            Standing::Open => InsightState::Open,
            Standing::Replaced => InsightState::Replaced,
            Standing::Acknowledged(_) => InsightState::Acknowledged,
        })
    }

    /// That somebody took note of it; null while nobody did.
    async fn acknowledgement(&self, ctx: &Context<'_>) -> Result<Option<InsightAcknowledgement>> {
        Ok(match self.standing(ctx).await? {
            Standing::Acknowledged(row) => Some(InsightAcknowledgement(row)),
            Standing::Open | Standing::Replaced => None,
        })
    }

    /// The question that tells what was observed again, as it was known when it was found; its path leads to that. Of REJECT_REASON_DRIFT
    /// it tells as a part of the whole what the figures tell in percent.
    async fn source(&self) -> Result<InsightQuestion> {
        service::source_of(&self.0).map(InsightQuestion::from)
    }

    /// The question that tells what stands behind the figures; its path leads to a connection, whose pages go by `$first` and `$after`.
    /// It takes the right to see these rows.
    async fn rows(&self) -> Result<InsightQuestion> {
        service::evidence_of(&self.0).map(InsightQuestion::from)
    }
}

/// That somebody took note of an insight. It never changes.
#[derive(Clone, Debug, Description)]
pub struct InsightAcknowledgement(insight_acknowledgement::Model);

#[Object(use_type_description)]
impl InsightAcknowledgement {
    /// What is done about it, in words.
    async fn action(&self) -> &str {
        &self.0.action
    }

    /// Who took note; null where you may not read members.
    async fn acknowledged_by(&self, ctx: &Context<'_>) -> Result<Option<Member>> {
        Member::shown(ctx, Some(self.0.acknowledged_by)).await
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }
}

connections! {
    InsightConnection, InsightEdge, Insight, "insights";
}

impl Loader<InsightId> for Loads {
    type Value = insight::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[InsightId]) -> Result<HashMap<InsightId, insight::Model>, Arc<Error>> {
        service::insights_by_id(&self.authorize()?, ids).await.map_err(Arc::new)
    }
}

/// The key of how an insight stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct StandingOf(InsightId);

impl Loader<StandingOf> for Loads {
    type Value = Standing;
    type Error = Arc<Error>;

    async fn load(&self, keys: &[StandingOf]) -> Result<HashMap<StandingOf, Standing>, Arc<Error>> {
        let ids: Vec<InsightId> = keys.iter().map(|key| key.0).collect();
        let found = service::standings(&self.authorize()?, &ids).await.map_err(Arc::new)?;
        Ok(found.into_iter().map(|(id, standing)| (StandingOf(id), standing)).collect())
    }
}
