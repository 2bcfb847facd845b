//! Taking note of insights.

use entity::ids::InsightId;
use entity::{insight, insight_acknowledgement};
use serde::Serialize;

use crate::auth::Scope;
use crate::auth::permission::Permission;
use crate::auth::permission::grant::InsightAcknowledge;
use crate::db::{Idempotent, remember};
use crate::error::{Error, ProblemCode, Problems, Result};
use crate::input;
use crate::insights::store;

/// That somebody takes note of an insight.
#[derive(Clone, Debug, Serialize)]
pub struct AcknowledgeInsight {
    /// Of which.
    pub insight_id: InsightId,
    /// What is done about it.
    pub action: String,
    /// Repeating it changes nothing more.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Takes note of an insight, and says what is done about it.
///
/// # Errors
/// Problems with `insightId`: `NOT_ALLOWED` where it is addressed to other resources, `ALREADY_DECIDED` where somebody took note of it
/// or a worse one took its place; with `action`.
pub async fn acknowledge_insight(scope: &Scope<InsightAcknowledge>, change: &AcknowledgeInsight) -> Result<insight::Model> {
    let once = Idempotent::new(change.idempotency_key.as_deref(), "acknowledgeInsight", change)?;
    let tx = scope.write().await?;
    if let Some(id) = once.recall::<InsightId>(&tx).await? {
        return tx.get::<insight::Entity>(id).await?.ok_or(Error::NotFound);
    }
    let row = tx.get::<insight::Entity>(change.insight_id).await?.ok_or_else(|| Error::unknown("insightId"))?;
    let mut problems = Problems::new();
    problems.take(is_for(scope, &row))?;
    let action = problems.take(input::text("action", &change.action, input::NOTE))?.unwrap_or_default();
    if !store::noted(&tx, &[row.id]).await?.is_empty() {
        problems.push("insightId", ProblemCode::AlreadyDecided, "somebody took note of it already");
    } else if !store::replaced(&tx, &[row.id]).await?.is_empty() {
        problems.push("insightId", ProblemCode::AlreadyDecided, "it has become worse, and another one took its place");
    }
    problems.check()?;
    let noted = insight_acknowledgement::Model {
        organization_id: scope.organization_id(),
        id: scope.next_id(),
        insight_id: row.id,
        action,
        // Somebody takes note.
        acknowledged_by: scope.member_id().ok_or(Error::Forbidden)?,
        recorded_at: scope.now(),
    };
    tx.insert::<insight_acknowledgement::Entity>(noted).await?;
    remember(&tx, &once, scope.next_id(), scope.now(), &row.id).await?;
    tx.commit().await?;
    Ok(row)
}

/// Goes on where an insight is addressed to a resource of the caller, or to nobody in particular.
fn is_for(scope: &Scope<InsightAcknowledge>, row: &insight::Model) -> Result<()> {
    let mut resources = row.addressed_to.iter().peekable();
    let is_for_all = resources.peek().is_none();
    if is_for_all || resources.any(|resource| scope.could_cover(Permission::InsightAcknowledge, resource)) {
        return Ok(());
    }
    Err(scope.out_of_reach("insightId", format!("it is addressed to {}", row.addressed_to)))
}
