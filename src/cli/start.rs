//! What every command needs before it begins: a runtime, the application.

use std::sync::Arc;

use crate::access::Access;
use crate::access::mail::{Post, Smtp};
use crate::app::App;
use crate::auth::oidc::{Providers, Settings};
use crate::auth::token::Keys;
use crate::clock::{IdSource, SystemClock};
use crate::config::Config;
use crate::db::Db;
use crate::error::{Error, ProblemCode, Result};
use crate::facts::service as facts;

/// The stack of each thread that serves requests. A document asks fields within fields, each on the stack of the one before,
/// and a build for development keeps much more there than one for use; what is never touched takes no memory.
pub const STACK_BYTES: usize = 8 << 20;

/// Starts the runtime.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.enable_all().thread_stack_size(STACK_BYTES).build().map_err(Error::internal)
}

/// Makes the data directory, for its owner only: it holds contact data and the signing key.
pub(super) fn make_data_dir(config: &Config) -> Result<()> {
    let mut directory = std::fs::DirBuilder::new();
    directory.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut directory, 0o700);
    directory.create(&config.data_dir).map_err(Error::internal)
}

/// Makes schema changes that are missing and puts the application together.
pub(super) async fn app(config: &Config) -> Result<Arc<App>> {
    make_data_dir(config)?;
    let url = config.database_url();
    Db::migrate_up(&url).await?;
    let db = Db::connect(&url, config.max_connections).await?;
    facts::limit(&db, config.facts_mebibytes);
    let keys = Keys::load(&config.signing_key_file(), &config.issuer, &config.audience)?;
    let clock = Arc::new(SystemClock);
    Ok(App::with_access(db, clock.clone(), IdSource::random(clock), keys, access(config)?))
}

/// Mail and identity providers, as far as they are configured.
fn access(config: &Config) -> Result<Access> {
    let given = &config.access;
    let post = match given.mail_server()? {
        None => None,
        Some(url) => {
            let needed = |field: &str| Error::invalid(field, ProblemCode::Required, "is needed to send letters");
            let from = given.mail_from.as_deref().ok_or_else(|| needed("mail_from"))?;
            let public_url = given.public_url.as_deref().ok_or_else(|| needed("public_url"))?;
            Some(Post::new(Arc::new(Smtp::new(url.reveal(), from)?), public_url))
        }
    };
    let settings = given.oidc_config.as_deref().map(Settings::read).transpose()?.unwrap_or_default();
    if settings.trusts(&config.issuer) {
        return Err(Error::invalid("oidc_config", ProblemCode::Invalid, "an identity provider has the issuer of this server"));
    }
    Ok(Access::new(post, Providers::new(settings)?))
}
