//! Looking for insights, and raising what was found.

use std::collections::{HashMap, HashSet};

use entity::ids::InsightId;
use entity::insight;

use super::look::{Found, Look};
use super::rules;
use super::turns::{self, Turn, When};
use crate::auth::Scope;
use crate::auth::permission::grant::InsightWrite;
use crate::db::{Idempotent, TenantWrite, remember};
use crate::error::{Error, Result};
use crate::insights::store;
use crate::metrics::insight::{Decision, Raised, raise};

/// Looks for insights in the organization of the scope, and raises what was found and is new or worse; these, in the order of the rules.
///
/// # Errors
/// [`Error::Conflict`] while somebody else does so; [`Error::Forbidden`] where the caller may not read what the rules look at.
pub async fn find_insights(scope: &Scope<InsightWrite>, idempotency_key: Option<&str>) -> Result<Vec<insight::Model>> {
    let once = Idempotent::new(idempotency_key, "findInsights", &())?;
    let tx = scope.write().await?;
    if let Some(ids) = once.recall::<Vec<InsightId>>(&tx).await? {
        let mut rows = tx.get_many::<insight::Entity>(ids).await?;
        rows.sort_by_key(|row| row.id);
        return Ok(rows);
    }
    let turn = turns::take(&tx, scope, When::Now).await?.ok_or(Error::Conflict("somebody looks for insights already; try again"))?;
    tx.commit().await?;
    search(scope, &turn, &once).await
}

/// As [`find_insights`], where that was not done today and nobody else does so; how many were raised.
pub(super) async fn find_daily(scope: &Scope<InsightWrite>) -> Result<usize> {
    if !turns::is_due(&scope.read().await?, scope.now()).await? {
        return Ok(0);
    }
    let tx = scope.write().await?;
    let Some(turn) = turns::take(&tx, scope, When::OnceADay).await? else { return Ok(0) };
    tx.commit().await?;
    Ok(search(scope, &turn, &Idempotent::new(None, "findInsights", &())?).await?.len())
}

/// Looks, and raises. What is looked at takes a while, in which others may write.
async fn search(scope: &Scope<InsightWrite>, turn: &Turn, once: &Idempotent) -> Result<Vec<insight::Model>> {
    let raised = look_and_raise(scope, turn, once).await;
    if raised.is_err() {
        let tx = scope.write().await?;
        turns::give_back(&tx, turn).await?;
        tx.commit().await?;
    }
    raised
}

async fn look_and_raise(scope: &Scope<InsightWrite>, turn: &Turn, once: &Idempotent) -> Result<Vec<insight::Model>> {
    let look = Look::begin(scope).await?;
    let found = rules::found(&look).await?;
    let tx = scope.write().await?;
    turns::end(&tx, turn, scope.now()).await?;
    let rows = rows(&tx, scope, &look, &found).await?;
    tx.insert_many::<insight::Entity>(&rows).await?;
    let ids: Vec<InsightId> = rows.iter().map(|row| row.id).collect();
    remember(&tx, once, scope.next_id(), scope.now(), &ids).await?;
    tx.commit().await?;
    Ok(rows)
}

/// The insights to be raised.
async fn rows(tx: &TenantWrite, scope: &Scope<InsightWrite>, look: &Look, found: &[Found]) -> Result<Vec<insight::Model>> {
    let key = |found: &Found| found.finding.key(found.period.from()).to_string();
    let raised = store::raised(tx, &found.iter().map(key).collect::<Vec<_>>()).await?;
    let noted: HashSet<InsightId> = store::noted(tx, &raised.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
    let mut latest: HashMap<&str, &insight::Model> = HashMap::new();
    for row in &raised {
        // Each is worse than the ones before.
        let known = latest.entry(&row.key).or_insert(row);
        if row.severity > known.severity {
            *known = row;
        }
    }
    let mut rows = Vec::new();
    for found in found {
        let key = key(found);
        let known = latest.get(key.as_str());
        let of = |row: &&insight::Model| Raised { severity: row.severity, acknowledged: noted.contains(&row.id) };
        let replaces_id = match raise(known.map(of), found.finding.severity) {
            Decision::Silent => continue,
            Decision::Raise | Decision::RaiseAgain { replaces: false } => None,
            Decision::RaiseAgain { replaces: true } => known.map(|row| row.id),
        };
        rows.push(insight::Model {
            organization_id: scope.organization_id(),
            id: scope.next_id(),
            kind: found.finding.kind,
            severity: found.finding.severity,
            key,
            subject: written(&found.finding.subject)?,
            addressed_to: found.finding.addressed_to,
            figures: written(&found.finding.figures)?,
            currency: look.currency,
            period_from: found.period.from(),
            period_to: found.period.to(),
            time_zone: found.period.zone().name().to_owned(),
            as_of: look.as_of,
            source: written(&found.source)?,
            evidence: written(&found.evidence)?,
            replaces_id,
            recorded_at: scope.now(),
        });
    }
    Ok(rows)
}

fn written(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}
