//! Whose turn it is to look for insights: one process at a time in each organization.

use entity::insight_search;
use entity::time::Timestamp;

use crate::auth::Scope;
use crate::auth::permission::grant::InsightWrite;
use crate::db::{TenantTx, TenantWrite};
use crate::error::{Error, Result};
use crate::input;
use crate::insights::store;
use crate::metrics::period::local_day;
use crate::organization::service::settings;

/// How long others wait for somebody who looks, in microseconds: an hour. Whoever was stopped would else be waited for for ever.
const PATIENCE: i64 = 60 * 60 * 1_000_000;

/// When it is somebody's turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// Unless somebody else looks.
    Now,
    /// And unless somebody did today.
    OnceADay,
}

/// That it is somebody's turn, since an instant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    since: Timestamp,
}

/// Whether nobody looked today, where the organization is. Who asks may still find that somebody does.
pub(super) async fn is_due(tx: &TenantTx, now: Timestamp) -> Result<bool> {
    match store::search(tx).await? {
        None => Ok(true),
        Some(row) => Ok(!is_running(&row, now) && !was_done_today(tx, &row, now).await?),
    }
}

fn is_running(row: &insight_search::Model, now: Timestamp) -> bool {
    row.started_at.is_some_and(|started| now < started.saturating_add_micros(PATIENCE))
}

async fn was_done_today(tx: &TenantTx, row: &insight_search::Model, now: Timestamp) -> Result<bool> {
    let Some(finished) = row.finished_at else { return Ok(false) };
    let zone = input::time_zone("timezone", &settings(tx).await?.timezone)?;
    Ok(local_day(finished, zone) >= local_day(now, zone))
}

/// Takes the turn, where it is the caller's.
pub(super) async fn take(tx: &TenantWrite, scope: &Scope<InsightWrite>, when: When) -> Result<Option<Turn>> {
    let since = scope.now();
    let Some(row) = store::search_locked(tx).await? else {
        let (organization_id, id) = (scope.organization_id(), scope.next_id());
        let row = insight_search::Model { organization_id, id, started_at: Some(since), finished_at: None, version: 1 };
        tx.insert::<insight_search::Entity>(row).await?;
        return Ok(Some(Turn { since }));
    };
    if is_running(&row, since) || (when == When::OnceADay && was_done_today(tx, &row, since).await?) {
        return Ok(None);
    }
    let row = insight_search::Model { started_at: Some(since), ..row };
    store::update_search(tx, &row).await?;
    Ok(Some(Turn { since }))
}

/// Ends a turn, with what was found.
pub(super) async fn end(tx: &TenantWrite, turn: &Turn, now: Timestamp) -> Result<()> {
    let row = own(tx, turn).await?.ok_or(Error::Conflict("somebody else looked for insights meanwhile; try again"))?;
    store::update_search(tx, &insight_search::Model { started_at: None, finished_at: Some(now), ..row }).await
}

/// Gives a turn back that came to nothing.
pub(super) async fn give_back(tx: &TenantWrite, turn: &Turn) -> Result<()> {
    match own(tx, turn).await? {
        Some(row) => store::update_search(tx, &insight_search::Model { started_at: None, ..row }).await,
        None => Ok(()),
    }
}

/// The row, held, while the turn is still theirs who took it.
async fn own(tx: &TenantWrite, turn: &Turn) -> Result<Option<insight_search::Model>> {
    Ok(store::search_locked(tx).await?.filter(|row| row.started_at == Some(turn.since)))
}
