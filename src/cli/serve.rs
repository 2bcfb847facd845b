//! `tandem serve`.

use std::sync::Arc;

use axum::Router;
use tokio::net::TcpListener;
use tokio::signal;

use super::{print, start};
use crate::app::App;
use crate::config::{Config, HttpConfig};
use crate::error::{Error, Result};
use crate::http::{HttpSettings, service};

pub(super) async fn run(config: &Config, http: &HttpConfig) -> Result<()> {
    let app = start::app(config).await?;
    let listener = listen(http).await?;
    let address = listener.local_addr().map_err(Error::internal)?;
    print(&format!("listening on http://{address}"))?;
    serve(listener, router(&app, http)).await
}

/// The application as the settings want it.
pub(super) fn router(app: &Arc<App>, http: &HttpConfig) -> Router {
    service(app, HttpSettings { explorer: !http.no_explorer, request_timeout: http.request_timeout(), ..HttpSettings::default() })
}

/// Takes the address.
pub(super) async fn listen(http: &HttpConfig) -> Result<TcpListener> {
    TcpListener::bind(http.listen)
        .await
        .map_err(|cause| Error::invalid("listen", crate::error::ProblemCode::Invalid, format!("{}: {cause}", http.listen)))
}

/// Answers until the process is asked to stop, then finishes what it has begun.
pub(super) async fn serve(listener: TcpListener, router: Router) -> Result<()> {
    axum::serve(listener, router).with_graceful_shutdown(asked_to_stop()).await.map_err(Error::internal)
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
