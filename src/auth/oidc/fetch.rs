//! Fetching a provider's documents: within bounds, and never where an answer points.

use std::net::IpAddr;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{StatusCode, Uri, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::de::DeserializeOwned;

use crate::error::Result;

/// How long a document may take, from the name look-up to the last byte.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Longest document, in bytes.
const MAX_BYTES: usize = 256 * 1024;

/// An address that documents may be fetched from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address(Uri);

impl Address {
    /// HTTPS; plain HTTP on the loopback address only, where nobody stands in between.
    pub(super) fn new(url: &str) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let host = uri.host()?.trim_start_matches('[').trim_end_matches(']');
        let loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        let plain = uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
        let safe = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => loopback,
            _ => false,
        };
        (safe && plain).then_some(Self(uri))
    }
}

/// Why a document could not be had, for the log.
#[derive(Debug)]
pub(super) struct Failure(pub(super) String);

/// Fetches documents.
pub(super) struct Fetcher(Client<HttpsConnector<HttpConnector>, Empty<Bytes>>);

impl std::fmt::Debug for Fetcher {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Fetcher")
    }
}

impl Fetcher {
    /// With the roots of the web.
    ///
    /// # Errors
    /// None in practice.
    pub(super) fn new() -> Result<Self> {
        let connector = HttpsConnectorBuilder::new().with_webpki_roots().https_or_http().enable_http1().build();
        Ok(Self(Client::builder(TokioExecutor::new()).build(connector)))
    }

    /// The document at an address. A redirect is a failure like any other status.
    pub(super) async fn document<T: DeserializeOwned>(&self, address: &Address) -> Result<T, Failure> {
        let fetched = tokio::time::timeout(TIMEOUT, self.fetch(address)).await;
        let bytes = fetched.map_err(|_| Failure("took too long".to_owned()))??;
        serde_json::from_slice(&bytes).map_err(|cause| Failure(cause.to_string()))
    }

    async fn fetch(&self, address: &Address) -> Result<Bytes, Failure> {
        let request = axum::http::Request::get(address.0.clone()).header(header::ACCEPT, "application/json").body(Empty::new());
        let answer =
            self.0.request(request.map_err(|cause| Failure(cause.to_string()))?).await.map_err(|cause| Failure(cause.to_string()))?;
        if answer.status() != StatusCode::OK {
            return Err(Failure(format!("answered {}", answer.status())));
        }
        let body = Limited::new(answer.into_body(), MAX_BYTES).collect().await.map_err(|cause| Failure(cause.to_string()))?;
        Ok(body.to_bytes())
    }
}
