//! The public keys of access tokens, for whoever checks them elsewhere.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};

use crate::app::App;

/// How long the keys may be kept. A new key signs at once, so whoever meets one they do not know asks again.
const MAX_AGE: &str = "public, max-age=300";

pub(super) fn routes(app: &Arc<App>) -> Router {
    Router::new().route("/.well-known/jwks.json", get(jwks)).with_state(Arc::clone(app))
}

async fn jwks(State(app): State<Arc<App>>) -> impl IntoResponse {
    ([(header::CACHE_CONTROL, MAX_AGE)], Json(app.keys().jwks(app.now())))
}
