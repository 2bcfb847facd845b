//! Settings: each is an option of the command line or an environment variable, read once at the start.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

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

    /// Who signs the tokens: `iss`.
    #[arg(long, env = "TANDEM_ISSUER", default_value = "tandem", global = true)]
    pub issuer: String,

    /// Whom the tokens are for: `aud`.
    #[arg(long, env = "TANDEM_AUDIENCE", default_value = "tandem", global = true)]
    pub audience: String,

    /// An Ed25519 key in PKCS #8 PEM to sign tokens with. Default: one made in the data directory.
    #[arg(long, env = "TANDEM_SIGNING_KEY_FILE", global = true)]
    pub signing_key_file: Option<PathBuf>,
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

    /// Serve no explorer page at `/`.
    #[arg(long, env = "TANDEM_NO_EXPLORER")]
    pub no_explorer: bool,
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
}
