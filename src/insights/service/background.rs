//! Looking for insights without being asked.

use std::sync::Arc;
use std::time::Duration;

use entity::ids::OrganizationId;
use tokio::time::Instant;

use super::finding::find_daily;
use crate::app::App;
use crate::auth::{Session, System};
use crate::error::{Error, Result};

/// Looks for insights in every organization once a day, until it is dropped. What goes wrong is logged and tried again.
pub async fn run(app: Arc<App>, every: Duration) {
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let began = Instant::now();
        match pass(&app).await {
            Ok(0) => {}
            Ok(raised) => tracing::info!(raised, elapsed = ?began.elapsed(), "raised insights"),
            Err(error) => tracing::error!(?error, "could not look for insights"),
        }
    }
}

/// Looks for insights in every organization where nobody did today and nobody does now; how many were raised. What goes wrong in one
/// organization keeps no other one waiting.
///
/// # Errors
/// The first thing that went wrong, after the other organizations had their turn.
pub async fn pass(app: &Arc<App>) -> Result<usize> {
    let (mut raised, mut failed) = (0, None);
    for organization in app.db().organization_ids().await? {
        match in_organization(app, organization).await {
            Ok(insights) => raised += insights,
            // Somebody else was faster.
            Err(Error::Conflict(_)) => {}
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    failed.map_or(Ok(raised), Err)
}

async fn in_organization(app: &Arc<App>, organization: OrganizationId) -> Result<usize> {
    find_daily(&Session::system(app, organization, System::Insights).authorize()?).await
}
