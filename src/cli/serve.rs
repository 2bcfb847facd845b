//! `tandem serve`.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::signal;

use super::{print, start};
use crate::agreements::scheduler::service as scheduler;
use crate::app::App;
use crate::config::{Config, HttpConfig};
use crate::error::{Error, Result};
use crate::events::service as events;
use crate::graphql::guard::Limits;
use crate::http::connections::{self, Connections};
use crate::http::{HttpSettings, LiveSettings, TrustedDocuments, service};
use crate::insights::service as insights;

/// Between two looks at where nobody looked for insights today.
const INSIGHTS_EVERY: Duration = Duration::from_secs(10 * 60);

/// How often events that are too old are looked for.
const PRUNE_EVERY: Duration = Duration::from_secs(3_600);

const DAY: Duration = Duration::from_secs(86_400);

pub(super) async fn run(config: &Config, http: &HttpConfig) -> Result<()> {
    let settings = settings(http).await?;
    let app = start::app(config).await?;
    let listener = listen(http).await?;
    let address = listener.local_addr().map_err(Error::internal)?;
    print(&format!("listening on http://{address}"))?;
    serve(listener, service(&app, settings), &app, http).await;
    Ok(())
}

/// The settings that the options ask for, once the trusted documents are read.
pub(super) async fn settings(http: &HttpConfig) -> Result<HttpSettings> {
    let limits = Limits { cost: http.max_cost, ..Limits::default() };
    let trusted_documents = match &http.trusted_documents {
        Some(path) => TrustedDocuments::load(path, http.trusted_documents_only, &limits).await?,
        None => TrustedDocuments::default(),
    };
    let live = LiveSettings {
        most: http.max_live.try_into().map_err(Error::internal)?,
        most_of_caller: http.max_live_per_caller.try_into().map_err(Error::internal)?,
        ..LiveSettings::default()
    };
    Ok(HttpSettings {
        live,
        explorer: !http.no_explorer,
        request_timeout: http.request_timeout(),
        rates: http.rates(),
        max_executing: http.max_executing.try_into().map_err(Error::internal)?,
        max_waiting: http.max_waiting.try_into().map_err(Error::internal)?,
        allowed_origins: http.allowed_origins.clone(),
        trusted_proxies: http.trusted_proxies,
        behind_tls: http.behind_tls,
        open_introspection: http.open_introspection,
        trusted_documents: Arc::new(trusted_documents),
        limits,
        ..HttpSettings::default()
    })
}

/// Takes the address.
pub(super) async fn listen(http: &HttpConfig) -> Result<TcpListener> {
    TcpListener::bind(http.listen)
        .await
        .map_err(|cause| Error::invalid("listen", crate::error::ProblemCode::Invalid, format!("{}: {cause}", http.listen)))
}

/// Answers, carries out what falls due, looks for insights and lets go of old events, until the process is asked to stop; then
/// finishes answering. What is being carried out then is not, and is found by whoever comes next.
pub(super) async fn serve(listener: TcpListener, router: Router, app: &Arc<App>, options: &HttpConfig) {
    let due = scheduler::run(Arc::clone(app), Duration::from_secs(options.scheduler_seconds));
    let due = (!options.no_scheduler).then(|| tokio::spawn(due));
    let found = insights::run(Arc::clone(app), INSIGHTS_EVERY);
    let found = (!options.no_scheduler).then(|| tokio::spawn(found));
    let events = tokio::spawn(events::keep(Arc::clone(app), PRUNE_EVERY, DAY * options.event_days));
    connections::serve(listener, router, Connections::default(), asked_to_stop()).await;
    for task in [due, found, Some(events)].into_iter().flatten() {
        task.abort();
    }
}

async fn asked_to_stop() {
    let interrupted = signal::ctrl_c();
    #[cfg(unix)]
    {
        if let Ok(mut terminated) = signal::unix::signal(signal::unix::SignalKind::terminate()) {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    // Without a way to hear the signal the process goes on until it is ended.
    if interrupted.await.is_err() {
        std::future::pending::<()>().await;
    }
}
