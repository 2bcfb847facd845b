//! The parameters of a GraphQL request: `query` or `documentId`, `operationName`, `variables`, `extensions`. Other keys are ignored.

use std::collections::BTreeMap;

use async_graphql::Variables;
use axum::{extract::Query, http::Uri};
use serde::{Deserialize, de::IgnoredAny};

/// What a client asks to be executed.
#[derive(Debug, PartialEq)]
pub(super) struct Parameters {
    /// The text of the document; if there is none there is an id.
    pub(super) query: Option<String>,
    /// `documentId`, or the hash of `extensions.persistedQuery`.
    pub(super) document_id: Option<String>,
    pub(super) operation_name: Option<String>,
    pub(super) variables: Variables,
}

/// Why the parameters cannot be read. Fixed texts: serde's own would repeat what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed(pub(super) &'static str);

const NOT_JSON: Malformed = Malformed("the request body is not valid JSON");
const BATCH: Malformed = Malformed("the request body must be one JSON object; batches are not served");
const NOT_OBJECT: Malformed = Malformed("the request body must be a JSON object");
const NO_QUERY: Malformed = Malformed("\"query\" is missing");
const TWO_IDS: Malformed = Malformed("\"documentId\" and \"extensions.persistedQuery\" name two documents");
const WRONG_TYPES: Malformed =
    Malformed("\"query\", \"documentId\" and \"operationName\" must be text, \"variables\" and \"extensions\" objects, each given once");

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    query: Option<String>,
    document_id: Option<String>,
    operation_name: Option<String>,
    variables: Option<Variables>,
    extensions: Option<Extensions>,
}

/// A map, for serde would take an array for a struct.
type Extensions = BTreeMap<String, serde_json::Value>;

/// In a URL, `variables` and `extensions` are JSON texts.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UrlQuery {
    query: Option<String>,
    document_id: Option<String>,
    operation_name: Option<String>,
    variables: Option<String>,
    extensions: Option<String>,
}

impl Parameters {
    /// From a request body.
    ///
    /// # Errors
    /// [`Malformed`] if the body is not a JSON object with the right types.
    pub(super) fn from_body(body: &[u8]) -> Result<Self, Malformed> {
        // serde would take an array for the fields of the struct, in order
        match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
            Some(b'{') => {}
            Some(b'[') => return Err(BATCH),
            Some(_) => return Err(if serde_json::from_slice::<IgnoredAny>(body).is_ok() { NOT_OBJECT } else { NOT_JSON }),
            None => return Err(NOT_JSON),
        }
        let body: Body = serde_json::from_slice(body).map_err(|error| if error.is_data() { WRONG_TYPES } else { NOT_JSON })?;
        Self::new(body.query, body.document_id, body.operation_name, body.variables, body.extensions)
    }

    /// From the query of a URL.
    ///
    /// # Errors
    /// [`Malformed`] if a parameter stands twice or holds JSON of the wrong type.
    pub(super) fn from_url(uri: &Uri) -> Result<Self, Malformed> {
        let Ok(Query(url)) = Query::<UrlQuery>::try_from_uri(uri) else { return Err(WRONG_TYPES) };
        let variables: Option<Variables> = json(url.variables.as_deref())?;
        Self::new(url.query, url.document_id, url.operation_name, variables, json(url.extensions.as_deref())?)
    }

    fn new(
        query: Option<String>,
        document_id: Option<String>,
        operation_name: Option<String>,
        variables: Option<Variables>,
        extensions: Option<Extensions>,
    ) -> Result<Self, Malformed> {
        let persisted = extensions.as_ref().and_then(|extensions| extensions.get("persistedQuery")).filter(|value| !value.is_null());
        let persisted = persisted.map(|value| value.get("sha256Hash").and_then(|hash| hash.as_str()).ok_or(WRONG_TYPES)).transpose()?;
        let document_id = match (document_id, persisted) {
            (Some(id), Some(hash)) if id.strip_prefix("sha256:").unwrap_or(&id) != hash => return Err(TWO_IDS),
            (Some(id), _) => Some(id),
            (None, hash) => hash.map(str::to_owned),
        };
        if query.is_none() && document_id.is_none() {
            return Err(NO_QUERY);
        }
        Ok(Self { query, document_id, operation_name, variables: variables.unwrap_or_default() })
    }
}

fn json<T: for<'de> Deserialize<'de>>(text: Option<&str>) -> Result<Option<T>, Malformed> {
    text.filter(|text| !text.is_empty()).map_or(Ok(None), |text| serde_json::from_str(text).map_err(|_| WRONG_TYPES))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parameters(query: &str, operation_name: Option<&str>, variables: serde_json::Value) -> Result<Parameters, Malformed> {
        let variables = Variables::from_json(variables);
        Ok(Parameters { query: Some(query.to_owned()), document_id: None, operation_name: operation_name.map(str::to_owned), variables })
    }

    fn named(id: &str) -> Result<Parameters, Malformed> {
        Ok(Parameters { query: None, document_id: Some(id.to_owned()), operation_name: None, variables: Variables::default() })
    }

    #[test]
    fn bodies() {
        let nested = format!(r#"{{"query":"","variables":{{"v":{}{}}}}}"#, "[".repeat(200), "]".repeat(200));
        for (body, expected) in [
            (r#" {"query":"{a}"}"#, parameters("{a}", None, json!({}))),
            (r#"{"query":"{a}","operationName":"Q","variables":{"v":[1,null]},"extensions":{"x":[]},"other":1}"#, {
                parameters("{a}", Some("Q"), json!({ "v": [1, null] }))
            }),
            (r#"{"query":"{a}","operationName":null,"variables":null,"extensions":null}"#, parameters("{a}", None, json!({}))),
            ("", Err(NOT_JSON)),
            ("{\"query", Err(NOT_JSON)),
            ("query", Err(NOT_JSON)),
            ("{\"query\":\"\u{1}\"}", Err(NOT_JSON)),
            (r#"{"query":"\ud800"}"#, Err(NOT_JSON)),
            (&nested, Err(NOT_JSON)),
            (&"[".repeat(200_000), Err(BATCH)),
            (&format!("{{\"query\":{}", "[".repeat(200_000)), Err(WRONG_TYPES)),
            (&format!("{{\"query\":\"\",\"variables\":{{\"v\":{}", "[".repeat(200_000)), Err(NOT_JSON)),
            (&format!("{{\"query\":\"\",\"extensions\":{{\"v\":{}", "{\"a\":".repeat(200_000)), Err(NOT_JSON)),
            (r#"["{a}", null, null, null]"#, Err(BATCH)),
            (r#"[{"query":"{a}"}]"#, Err(BATCH)),
            ("\"{a}\"", Err(NOT_OBJECT)),
            ("1", Err(NOT_OBJECT)),
            ("{}", Err(NO_QUERY)),
            (r#"{"query":null}"#, Err(NO_QUERY)),
            (r#"{"query":1}"#, Err(WRONG_TYPES)),
            (r#"{"query":{}}"#, Err(WRONG_TYPES)),
            (r#"{"query":"{a}","query":"{b}"}"#, Err(WRONG_TYPES)),
            (r#"{"query":"{a}","operationName":0}"#, Err(WRONG_TYPES)),
            (r#"{"query":"{a}","variables":[]}"#, Err(WRONG_TYPES)),
            (r#"{"query":"{a}","variables":"{}"}"#, Err(WRONG_TYPES)),
            (r#"{"query":"{a}","extensions":false}"#, Err(WRONG_TYPES)),
            (r#"{"query":"{a}"} trailing"#, Err(NOT_JSON)),
            (r#"{"documentId":"sha256:ab"}"#, named("sha256:ab")),
            (r#"{"query":null,"documentId":"x"}"#, named("x")),
            (r#"{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"ab"}}}"#, named("ab")),
            (r#"{"documentId":"sha256:ab","extensions":{"persistedQuery":{"sha256Hash":"ab"}}}"#, named("sha256:ab")),
            (r#"{"documentId":"sha256:ab","extensions":{"persistedQuery":{"sha256Hash":"cd"}}}"#, Err(TWO_IDS)),
            (r#"{"documentId":1}"#, Err(WRONG_TYPES)),
            (r#"{"query":"{a}","extensions":{"persistedQuery":{"version":1}}}"#, Err(WRONG_TYPES)),
            (r#"{"query":"{a}","extensions":{"persistedQuery":["ab"]}}"#, Err(WRONG_TYPES)),
            (r#"{"extensions":{"persistedQuery":null}}"#, Err(NO_QUERY)),
            (r#"{"extensions":["persistedQuery"]}"#, Err(WRONG_TYPES)),
        ] {
            assert_eq!(Parameters::from_body(body.as_bytes()), expected, "{}", body.get(..80).unwrap_or(body));
        }
        assert_eq!(Parameters::from_body(b"{\"query\":\"\xff\"}"), Err(NOT_JSON));
    }

    #[test]
    fn urls() {
        for (url, expected) in [
            ("/graphql?query=%7Ba%7D&other=1", parameters("{a}", None, json!({}))),
            (
                "/graphql?query=a&operationName=Q&variables=%7B%22v%22%3A1%7D&extensions=%7B%7D",
                parameters("a", Some("Q"), json!({ "v": 1 })),
            ),
            ("/graphql?query=a&variables=&extensions=", parameters("a", None, json!({}))),
            ("/graphql?query=a&variables=null", parameters("a", None, json!({}))),
            ("/graphql", Err(NO_QUERY)),
            ("/graphql?documentId=sha256:ab", named("sha256:ab")),
            ("/graphql?extensions=%7B%22persistedQuery%22%3A%7B%22sha256Hash%22%3A%22ab%22%7D%7D", named("ab")),
            ("/graphql?query=a&query=b", Err(WRONG_TYPES)),
            ("/graphql?query=a&variables=%5B%5D", Err(WRONG_TYPES)),
            ("/graphql?query=a&extensions=1", Err(WRONG_TYPES)),
        ] {
            assert_eq!(Parameters::from_url(&url.parse().unwrap()), expected, "{url}");
        }
    }
}
