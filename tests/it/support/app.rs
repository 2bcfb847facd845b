//! The application under test and its callers.

use std::any::Any;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::response::Response;
use ed25519_dalek::SigningKey;
use entity::ids::{MemberId, OrganizationId};
use entity::kinds::{Resource, Role};
use entity::member;
use entity::time::Timestamp;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tandem::access::Access;
use tandem::app::App;
use tandem::auth::token::{Claims, Keys};
use tandem::auth::{Session, System};
use tandem::clock::{FixedClock, IdSource};
use tandem::db::{Db, Engine};
use tandem::organization::service::{AddMember, NewOrganization, add_member, found};
use tokio::sync::OnceCell;
use tower::ServiceExt;

use super::postgres;

/// 2026-06-01T12:00Z: after everything the worked examples tell of.
pub const NOW: Timestamp = Timestamp::from_micros(1_780_315_200_000_000);

const EVENT_STREAM: &str = "text/event-stream";

/// A migrated SQLite file to copy.
static TEMPLATE: OnceCell<PathBuf> = OnceCell::const_new();

/// An application on a database of its own.
pub struct TestApp {
    pub app: Arc<App>,
    pub clock: Arc<FixedClock>,
    pub engine: Engine,
    pub url: String,
    router: Router,
    members: AtomicU32,
    /// The database and its files, which go when the application goes.
    _kept: Kept,
}

/// What goes when an application goes.
pub type Kept = Box<dyn Any + Send + Sync>;

impl TestApp {
    /// `None` where the engine is not installed.
    pub async fn new(engine: Engine) -> Option<Self> {
        let (url, kept): (String, Kept) = match engine {
            Engine::Sqlite => {
                let files = tempfile::tempdir().unwrap();
                let file = files.path().join("tandem.db");
                std::fs::copy(TEMPLATE.get_or_init(sqlite_template).await, &file).unwrap();
                (format!("sqlite:{}", file.display()), Box::new(files))
            }
            Engine::Postgres => {
                let database = postgres::fresh_database().await?;
                (database.url.clone(), Box::new(database))
            }
        };
        Some(Self::over(engine, url, kept).await)
    }

    /// Over a database that is there already; what is kept goes when the application goes.
    pub async fn over(engine: Engine, url: String, kept: Kept) -> Self {
        let db = Db::connect(&url, 10).await.unwrap();
        let clock = FixedClock::at(NOW);
        let app = App::new(db, clock.clone(), IdSource::seeded(clock.clone(), 1), signing_keys());
        let router = tandem::http::service(&app, tandem::http::HttpSettings { explorer: true, ..Default::default() });
        Self { app, clock, engine, url, router, members: AtomicU32::new(0), _kept: kept }
    }

    /// A second process over the same database, with the same clock and keys, that signs members in differently.
    pub async fn beside(&self, access: Access) -> Self {
        let db = Db::connect(&self.url, 10).await.unwrap();
        let app = App::with_access(db, self.clock.clone(), IdSource::seeded(self.clock.clone(), 2), signing_keys(), access).forgetful();
        let router = tandem::http::service(&app, tandem::http::HttpSettings::default());
        let (clock, engine, url) = (self.clock.clone(), self.engine, self.url.clone());
        Self { app, clock, engine, url, router, members: AtomicU32::new(1_000), _kept: Box::new(()) }
    }

    /// Statements sent so far. The next caller is read anew, so that every request is counted whole.
    pub fn statements(&self) -> u64 {
        self.app.forget_callers();
        self.app.db().statement_count()
    }

    /// Moves the clock.
    pub fn wait(&self, seconds: i64) {
        self.clock.set(self.app.now().saturating_add_micros(seconds * 1_000_000));
    }

    /// A new organization in USD and UTC.
    pub async fn org(&self, name: &str) -> TestOrganization<'_> {
        self.org_in(name, "USD", "UTC").await
    }

    /// A new organization.
    pub async fn org_in(&self, name: &str, currency: &str, zone: &str) -> TestOrganization<'_> {
        let id = self.app.ids().next();
        let setup = Session::system(&self.app, id, System::Setup).authorize().unwrap();
        let new = NewOrganization { name: name.to_owned(), base_currency: currency.to_owned(), time_zone: zone.to_owned() };
        found(&setup, &new).await.unwrap();
        TestOrganization { app: self, id }
    }

    /// A caller without a token.
    pub fn anonymous(&self) -> Caller<'_> {
        Caller { app: self, token: None, member: None }
    }

    /// What answers requests.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// The answer of the router to a request.
    pub async fn respond(&self, request: Request<Body>) -> Response {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Sends a request to the router.
    pub async fn send(&self, request: Request<Body>) -> (StatusCode, Vec<u8>) {
        let response = self.respond(request).await;
        let status = response.status();
        (status, response.into_body().collect().await.unwrap().to_bytes().to_vec())
    }
}

/// The key every application of the tests signs with.
fn signing_keys() -> Keys {
    Keys::new(&SigningKey::from_bytes(&[7; 32]), "tandem", "tandem").unwrap()
}

async fn sqlite_template() -> PathBuf {
    let file = std::env::temp_dir().join(format!("tandem-template-{}.db", std::process::id()));
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", file.display()));
    }
    Db::migrate_up(&format!("sqlite:{}", file.display())).await.unwrap();
    file
}

/// An organization and a way to get members of it.
#[derive(Clone, Copy)]
pub struct TestOrganization<'a> {
    pub app: &'a TestApp,
    pub id: OrganizationId,
}

impl<'a> TestOrganization<'a> {
    /// A session that may do everything here, for building what a test stands on.
    pub fn setup(&self) -> Session {
        Session::system(&self.app.app, self.id, System::Setup)
    }

    /// A new member with the role, working for the resource the role belongs to.
    pub async fn member(&self, role: Role) -> Caller<'a> {
        let resource = match role {
            Role::MarketingLead | Role::Marketer => Some(Resource::Marketing),
            Role::SalesLead | Role::SalesRep | Role::SalesAssistant => Some(Resource::Sales),
            Role::ProductLead => Some(Resource::Product),
            _ => None,
        };
        let number = self.app.members.fetch_add(1, Ordering::Relaxed);
        let new = AddMember {
            email: format!("{}.{number}@example.com", role.name().to_lowercase()),
            name: format!("{} {number}", role.name()),
            role,
            custom_role_id: None,
            resource,
            team_id: None,
            idempotency_key: None,
        };
        let member = add_member(&self.setup().authorize().unwrap(), &new).await.unwrap();
        self.caller(member)
    }

    /// A caller with a token of a member.
    pub fn caller(&self, member: member::Model) -> Caller<'a> {
        self.signed_in(member.id)
    }

    /// A member with a token of this moment: tokens do not last when the clock is moved.
    pub fn signed_in(&self, member: MemberId) -> Caller<'a> {
        let claims = Claims::of_member(self.id, member, None);
        let token = self.app.app.keys().sign(claims, self.app.app.now(), 900, "test".to_owned()).unwrap();
        Caller { app: self.app, token: Some(token), member: Some(member) }
    }
}

/// Somebody who sends requests.
#[derive(Clone)]
pub struct Caller<'a> {
    pub app: &'a TestApp,
    pub token: Option<String>,
    pub member: Option<MemberId>,
}

impl Caller<'_> {
    /// The whole answer to a document, errors and all. Of a subscription it is why it was not opened, or nothing where it was.
    pub async fn answer(&self, document: &str, variables: Value) -> Value {
        let accepted = if document.starts_with("subscription") { EVENT_STREAM } else { "application/json" };
        let mut request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json").header(header::ACCEPT, accepted);
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let body = json!({ "query": document, "variables": variables }).to_string();
        let response = self.app.respond(request.body(Body::from(body)).unwrap()).await;
        if response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == EVENT_STREAM) {
            return json!({});
        }
        serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap()
    }

    /// The data of an answer that must have no errors.
    pub async fn gql(&self, document: &str, variables: Value) -> Value {
        let mut answer = self.answer(document, variables).await;
        assert!(answer.get("errors").is_none(), "{document}\n{answer:#}");
        answer["data"].take()
    }

    /// The code of the one error of an answer without data.
    pub async fn refused(&self, document: &str, variables: Value) -> String {
        let answer = self.answer(document, variables).await;
        assert!(answer.get("data").is_none_or(Value::is_null), "{document}\n{answer:#}");
        let errors = answer["errors"].as_array().unwrap();
        assert_eq!(errors.len(), 1, "{document}\n{answer:#}");
        errors[0]["extensions"]["code"].as_str().unwrap().to_owned()
    }
}
