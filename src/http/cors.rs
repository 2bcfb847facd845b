//! Which pages of the web may read answers: those of an exact list of origins, and none by default.
//!
//! No origin is repeated to whoever names it, there is no `*` and no `null`, and no cookie is ever asked for. A page of another
//! origin gets an answer without leave to read it.

use std::{str::FromStr, time::Duration};

use axum::http::{HeaderValue, Method, Uri, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::{REQUEST_ID, answer::EXPOSED_HEADERS, asked::ACTING_FOR};

/// How long a browser may remember what it was allowed.
const PREFLIGHT_LIFE: Duration = Duration::from_secs(600);

/// An origin as browsers write it: `https://app.example.com`, with a port if it is not the usual one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(HeaderValue);

impl FromStr for Origin {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "must be an origin as browsers write it, like https://app.example.com";
        let uri: Uri = text.parse().map_err(|_| EXPECTED)?;
        let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host()) else { return Err(EXPECTED) };
        let usual_port = match scheme {
            "http" => 80,
            "https" => 443,
            _ => return Err(EXPECTED),
        };
        let port = uri.port_u16().filter(|port| *port != usual_port).map(|port| format!(":{port}")).unwrap_or_default();
        // exactly this: no path, no user, no usual port, no capital, no wildcard
        if text != format!("{scheme}://{}{port}", host.to_ascii_lowercase()) || host.contains('*') {
            return Err(EXPECTED);
        }
        HeaderValue::from_str(text).map(Self).map_err(|_| EXPECTED)
    }
}

impl Origin {
    /// Whether a browser means this one.
    pub(super) fn is(&self, sent: &HeaderValue) -> bool {
        self.0 == sent
    }
}

/// Answers preflights, and gives the origins leave to read.
pub(super) fn layer(origins: &[Origin]) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins.iter().map(|origin| origin.0.clone())))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, REQUEST_ID, ACTING_FOR])
        .expose_headers(EXPOSED_HEADERS)
        .max_age(PREFLIGHT_LIFE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        for good in ["https://app.example.com", "http://localhost:3000", "https://192.0.2.1", "http://[::1]:8080", "https://a.b:8443"] {
            assert!(good.parse::<Origin>().is_ok(), "{good}");
        }
        for bad in [
            "*",
            "null",
            "",
            "app.example.com",
            "https://",
            "https://*",
            "https://*.example.com",
            "https://app.example.com/",
            "https://app.example.com/x",
            "https://app.example.com?x",
            "https://App.example.com",
            "HTTPS://app.example.com",
            "https://app.example.com:443",
            "http://app.example.com:80",
            "https://user@app.example.com",
            "https://a.b, https://c.d",
            "ftp://app.example.com",
            "file:///x",
        ] {
            assert!(bad.parse::<Origin>().is_err(), "{bad}");
        }
    }
}
