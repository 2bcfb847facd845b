//! Settings: each is an option of the command line or an environment variable, read once at the start.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::budget::Rates;
use crate::facts::service::DEFAULT_MEBIBYTES;
use crate::http::Origin;

/// Where the data is and how it is served.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// Where the data is: `sqlite:FILE` or `postgres://…`. Default: `sqlite:tandem.db` in the data directory.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, global = true)]
    pub database_url: Option<String>,

    /// Where the signing key and the default database are kept.
    #[arg(long, env = "TANDEM_DATA_DIR", default_value = "tandem-data", global = true)]
    pub data_dir: PathBuf,

    /// Most connections to the database at once.
    #[arg(long, env = "TANDEM_MAX_CONNECTIONS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(2..=500), global = true)]
    pub max_connections: u32,

    /// Most memory that touches and stage events of organizations may take in this process, in MiB. What does not fit is read from
    /// the database each time, which is slower and says the same.
    #[arg(long, env = "TANDEM_FACTS_MEBIBYTES", value_name = "MIB", default_value_t = DEFAULT_MEBIBYTES, global = true)]
    pub facts_mebibytes: usize,

    /// Who signs the tokens: `iss`.
    #[arg(long, env = "TANDEM_ISSUER", default_value = "tandem", global = true)]
    pub issuer: String,

    /// Whom the tokens are for: `aud`.
    #[arg(long, env = "TANDEM_AUDIENCE", default_value = "tandem", global = true)]
    pub audience: String,

    /// An Ed25519 key in PKCS #8 PEM to sign tokens with. Default: one made in the data directory.
    #[arg(long, env = "TANDEM_SIGNING_KEY_FILE", global = true)]
    pub signing_key_file: Option<PathBuf>,

    /// How the log is written to standard error.
    #[arg(long, env = "TANDEM_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text, global = true)]
    pub log_format: LogFormat,

    /// How members sign in.
    #[command(flatten)]
    pub access: AccessConfig,
}

/// How members sign in.
#[derive(Args, Clone, Debug)]
pub struct AccessConfig {
    /// The mail server that invitations and resets go through: `smtps://user:password@host`. Others on this computer can
    /// read a command line: give it by the environment, or by a file.
    #[arg(long, env = "TANDEM_SMTP_URL", hide_env_values = true, global = true)]
    pub smtp_url: Option<Hidden>,

    /// A file with the URL of the mail server.
    #[arg(long, env = "TANDEM_SMTP_URL_FILE", global = true)]
    pub smtp_url_file: Option<PathBuf>,

    /// Who letters come from: `Tandem <tandem@example.com>`.
    #[arg(long, env = "TANDEM_MAIL_FROM", global = true)]
    pub mail_from: Option<String>,

    /// Where the pages are that letters lead to: `PUBLIC_URL/accept-invitation#…` and `PUBLIC_URL/reset-password#…`.
    #[arg(long, env = "TANDEM_PUBLIC_URL", global = true)]
    pub public_url: Option<String>,

    /// A TOML file with the identity providers whose tokens are accepted.
    #[arg(long, env = "TANDEM_OIDC_CONFIG", value_name = "FILE", global = true)]
    pub oidc_config: Option<PathBuf>,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// A line for people.
    Text,
    /// A JSON object on a line: `timestamp`, `level`, `target`, `message`, what the event tells, and the request as `span`.
    Json,
}

/// A setting that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(String);

impl Hidden {
    /// The value, where it is needed.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for Hidden {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl std::fmt::Debug for Hidden {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("(hidden)")
    }
}

impl AccessConfig {
    /// The URL of the mail server, from where it was given.
    ///
    /// # Errors
    /// A problem with `smtp_url_file` where it cannot be read.
    pub fn mail_server(&self) -> crate::Result<Option<Hidden>> {
        let Some(file) = self.smtp_url_file.as_ref().filter(|_| self.smtp_url.is_none()) else { return Ok(self.smtp_url.clone()) };
        let text = std::fs::read_to_string(file).map_err(|cause| {
            crate::Error::invalid("smtp_url_file", crate::error::ProblemCode::Invalid, format!("{}: {cause}", file.display()))
        })?;
        Ok(Some(Hidden(text.trim().to_owned())))
    }
}

/// How requests are answered.
#[derive(Args, Clone, Debug)]
pub struct HttpConfig {
    /// The address to listen on.
    #[arg(long, env = "TANDEM_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// Seconds a request may take.
    #[arg(long, env = "TANDEM_REQUEST_TIMEOUT", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub request_timeout: u64,

    /// Seconds between two looks at what falls due on handoffs and their clocks. Several processes share that work.
    #[arg(long, env = "TANDEM_SCHEDULER_SECONDS", value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    pub scheduler_seconds: u64,

    /// Leave what falls due, and looking for insights, to other processes.
    #[arg(long, env = "TANDEM_NO_SCHEDULER")]
    pub no_scheduler: bool,

    /// Days for which events are kept: who has heard of nothing for longer begins anew.
    #[arg(long, env = "TANDEM_EVENT_DAYS", value_name = "DAYS", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    pub event_days: u32,

    /// Serve no explorer page at `/`.
    #[arg(long, env = "TANDEM_NO_EXPLORER")]
    pub no_explorer: bool,

    /// Let callers who are not signed in read the schema. For development; `demo` does.
    #[arg(long, env = "TANDEM_OPEN_INTROSPECTION")]
    pub open_introspection: bool,

    /// Let pages of this origin read answers, like `https://app.example.com`. May be given several times; in the variable the
    /// origins stand with commas between them.
    #[arg(long = "allow-origin", env = "TANDEM_ALLOW_ORIGIN", value_name = "ORIGIN", value_delimiter = ',')]
    pub allowed_origins: Vec<Origin>,

    /// TLS ends in front of the server: tell browsers to use nothing else.
    #[arg(long, env = "TANDEM_BEHIND_TLS")]
    pub behind_tls: bool,

    /// How many proxies of yours stand in front and append to `X-Forwarded-For`.
    #[arg(long, env = "TANDEM_TRUSTED_PROXIES", value_name = "NUMBER", default_value_t = 0)]
    pub trusted_proxies: u8,

    /// Requests executed at once.
    #[arg(long, env = "TANDEM_MAX_EXECUTING", value_name = "NUMBER", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    pub max_executing: u32,

    /// Requests that may wait for their turn; more are sent away at once.
    #[arg(long, env = "TANDEM_MAX_WAITING", value_name = "NUMBER", default_value_t = 512, value_parser = clap::value_parser!(u32).range(0..=65_536))]
    pub max_waiting: u32,

    /// WebSockets and event streams open at once; more get 503.
    #[arg(long, env = "TANDEM_MAX_LIVE", value_name = "NUMBER", default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub max_live: u32,

    /// Those of one member or API client, or of a network address where nobody signed in.
    #[arg(long, env = "TANDEM_MAX_LIVE_PER_CALLER", value_name = "NUMBER", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub max_live_per_caller: u32,

    /// Points one document may cost: each field costs one, a list its length times what it holds.
    #[arg(long, env = "TANDEM_MAX_COST", value_name = "POINTS", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub max_cost: u32,

    /// Points a member, or an API client, may spend in a minute; 0 is without limit.
    #[arg(long, env = "TANDEM_MEMBER_RATE", value_name = "POINTS", default_value_t = 300_000)]
    pub member_rate: u32,

    /// Points all members and API clients of an organization may spend in a minute; 0 is without limit.
    #[arg(long, env = "TANDEM_ORGANIZATION_RATE", value_name = "POINTS", default_value_t = 1_500_000)]
    pub organization_rate: u32,

    /// Points a network address may spend in a minute without signing in; 0 is without limit.
    #[arg(long, env = "TANDEM_ADDRESS_RATE", value_name = "POINTS", default_value_t = 6_000)]
    pub address_rate: u32,

    /// Documents that may be sent by their SHA-256: a JSON object of hash and text, or a directory of `.graphql` files.
    #[arg(long, env = "TANDEM_TRUSTED_DOCUMENTS", value_name = "PATH")]
    pub trusted_documents: Option<PathBuf>,

    /// Serve trusted documents and no others.
    #[arg(long, env = "TANDEM_TRUSTED_DOCUMENTS_ONLY", requires = "trusted_documents")]
    pub trusted_documents_only: bool,
}

impl Config {
    /// The database to use.
    #[must_use]
    pub fn database_url(&self) -> String {
        self.database_url.clone().unwrap_or_else(|| format!("sqlite:{}", self.data_dir.join("tandem.db").display()))
    }

    /// The file of the signing key.
    #[must_use]
    pub fn signing_key_file(&self) -> PathBuf {
        self.signing_key_file.clone().unwrap_or_else(|| self.data_dir.join("signing-key.pem"))
    }
}

impl HttpConfig {
    /// How long a request may take.
    #[must_use]
    pub const fn request_timeout(&self) -> Duration {
        Duration::from_secs(self.request_timeout)
    }

    /// What callers may spend.
    #[must_use]
    pub const fn rates(&self) -> Rates {
        Rates { member: self.member_rate, organization: self.organization_rate, address: self.address_rate }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(smtp_url: Option<&str>, smtp_url_file: Option<PathBuf>) -> AccessConfig {
        let smtp_url = smtp_url.map(|url| Hidden(url.to_owned()));
        AccessConfig { smtp_url, smtp_url_file, mail_from: None, public_url: None, oidc_config: None }
    }

    #[test]
    fn a_hidden_setting_is_never_printed() {
        let printed = format!("{:?}", given(Some("smtps://me:hunter2@mail.example.com"), None));
        assert!(!printed.contains("hunter2") && printed.contains("(hidden)"), "{printed}");
    }

    #[test]
    fn a_mail_server_is_read_from_a_file() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("smtp");
        std::fs::write(&file, "smtps://me:hunter2@mail.example.com\n").unwrap();
        let found = given(None, Some(file.clone())).mail_server().unwrap().unwrap();
        assert_eq!(found.reveal(), "smtps://me:hunter2@mail.example.com");
        assert_eq!(given(Some("smtp://a"), Some(file)).mail_server().unwrap().unwrap().reveal(), "smtp://a");
        assert!(given(None, Some(directory.path().join("none"))).mail_server().is_err());
        assert_eq!(given(None, None).mail_server().unwrap(), None);
    }
}
