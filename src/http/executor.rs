//! The application behind the front door: who is calling, then what they ask.

use std::sync::Arc;

use async_graphql::{Request, Response};
use axum::Router;

use super::HttpSettings;
use super::graphql::{Executor, Refusal};
use crate::app::App;
use crate::auth::Session;
use crate::error::Error;
use crate::graphql::{TandemSchema, attach, schema};

#[derive(Clone)]
struct Front {
    app: Arc<App>,
    schema: TandemSchema,
}

/// The whole application as a router.
pub fn service(app: &Arc<App>, settings: HttpSettings) -> Router {
    super::router(Front { app: Arc::clone(app), schema: schema() }, settings)
}

impl Executor for Front {
    async fn execute(&self, request: Request, bearer: Option<&str>) -> Result<Response, Refusal> {
        let session = match bearer {
            None => None,
            Some(token) => Some(Session::from_token(&self.app, token).await.map_err(refusal)?),
        };
        let response = self.schema.execute(attach(request, session.clone())).await;
        if let Some(session) = session
            && let Err(error) = session.report_denied().await
        {
            tracing::error!(error.cause = %error.for_operator(), "a denial could not be told to the audit log");
        }
        Ok(response)
    }

    async fn ready(&self) -> bool {
        self.app.db().ping().await.is_ok()
    }
}

/// A token that could not be checked is not a bad token.
fn refusal(error: Error) -> Refusal {
    match error {
        Error::Unauthenticated => Refusal::InvalidToken,
        other => {
            tracing::error!(error.cause = %other.for_operator(), "the caller could not be read");
            Refusal::Unavailable
        }
    }
}
