//! Trusted documents: texts the operator knows before anybody sends them, named by their SHA-256.
//!
//! A client may send the hash in place of the text, as `documentId` or as `extensions.persistedQuery.sha256Hash`. In strict mode
//! nothing else is run, whoever asks. Nobody can add to the list by sending something.
//!
//! The list is a JSON object of hash and text, as Relay (`persistConfig`, algorithm SHA256) and graphql-codegen
//! (`persistedDocuments`, `hashAlgorithm: "sha256"`) write it, or a directory of `.graphql` files.

use std::{collections::HashMap, fmt::Write, fs, path::Path};

use async_graphql::{Request, ServerError, Variables};
use axum::http::StatusCode;
use sha2::{Digest, Sha256};

use super::{answer::Failure, parameters::Parameters};
use crate::{
    error::{Error, ProblemCode, Result},
    graphql::{
        code::ErrorCode,
        extension::{MayIntrospect, OnlyValidate},
        guard::{Limits, admit},
        omitted::leave_out,
        schema,
    },
};

type Hash = [u8; 32];

/// The documents the operator trusts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedDocuments {
    documents: HashMap<Hash, Box<str>>,
    strict: bool,
}

fn hash(text: &str) -> Hash {
    Sha256::digest(text.as_bytes()).into()
}

/// The hash that an id names: 64 hexadecimal digits, `sha256:` before them or not.
fn hash_of_id(id: &str) -> Option<Hash> {
    let digits = id.strip_prefix("sha256:").unwrap_or(id);
    if digits.len() != 64 || !digits.is_ascii() {
        return None;
    }
    let mut hash = Hash::default();
    for (index, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(hash)
}

fn written(hash: Hash) -> String {
    hash.iter().fold("sha256:".to_owned(), |mut text, byte| {
        // writing to a string cannot fail
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn refused(message: impl Into<String>) -> Error {
    Error::invalid("trusted documents", ProblemCode::Invalid, message)
}

impl TrustedDocuments {
    /// Reads a file or directory, and checks every document as if it were sent: its hash, the guard, the schema.
    ///
    /// # Errors
    /// A problem that names the document.
    pub async fn load(path: &Path, strict: bool, limits: &Limits) -> Result<Self> {
        let unreadable = |cause: std::io::Error| refused(format!("{}: {cause}", path.display()));
        let mut documents = HashMap::new();
        if fs::metadata(path).map_err(unreadable)?.is_dir() {
            for file in fs::read_dir(path).map_err(unreadable)? {
                let file = file.map_err(unreadable)?.path();
                if file.extension().is_some_and(|extension| extension == "graphql" || extension == "gql") {
                    let text = fs::read_to_string(&file).map_err(|cause| refused(format!("{}: {cause}", file.display())))?;
                    documents.insert(hash(&text), text.into());
                }
            }
        } else {
            let text = fs::read_to_string(path).map_err(unreadable)?;
            let list: HashMap<String, Box<str>> = serde_json::from_str(&text)
                .map_err(|cause| refused(format!("{}: must be a JSON object of hash and text: {cause}", path.display())))?;
            for (id, text) in list {
                let hash = hash(&text);
                if hash_of_id(&id) != Some(hash) {
                    return Err(refused(format!("{id:?} is not the SHA-256 of its text, which is {}", written(hash))));
                }
                documents.insert(hash, text);
            }
        }
        if documents.is_empty() {
            return Err(refused(format!("{} holds none", path.display())));
        }
        check(&documents, limits).await?;
        Ok(Self { documents, strict })
    }

    /// The text a request asks for: its own, or the one its id names.
    ///
    /// # Errors
    /// [`Failure`] if there is no such text, or it may not be sent.
    pub(super) fn text(&self, parameters: &mut Parameters) -> Result<String, Failure> {
        let unknown = |message| Failure::http(StatusCode::BAD_REQUEST, ErrorCode::PersistedQueryNotFound, message);
        let Some(text) = parameters.query.take() else {
            let hash = parameters.document_id.as_deref().and_then(hash_of_id);
            // a client that knows this code sends the text next
            let text = hash.and_then(|hash| self.documents.get(&hash)).ok_or_else(|| unknown("there is no trusted document of this id"))?;
            return Ok(text.to_string());
        };
        if let Some(id) = &parameters.document_id
            && hash_of_id(id) != Some(hash(&text))
        {
            let message = "the id is not the SHA-256 of the document";
            return Err(Failure::http(StatusCode::BAD_REQUEST, ErrorCode::BadUserInput, message));
        }
        if self.strict && !self.documents.contains_key(&hash(&text)) {
            return Err(unknown("only trusted documents are served"));
        }
        Ok(text)
    }
}

async fn check(documents: &HashMap<Hash, Box<str>>, limits: &Limits) -> Result<()> {
    let schema = schema(limits.clone());
    for (hash, text) in documents {
        let problem = |error: &ServerError| {
            let place = error.locations.first().map(|place| format!(" at line {}, column {}", place.line, place.column));
            refused(format!("{}{}: {}", written(*hash), place.unwrap_or_default(), error.message))
        };
        let variables = Variables::default();
        let (mut document, admitted) = admit(text, &variables, limits).map_err(|error| problem(&error.into()))?;
        leave_out(&mut document, &variables);
        let mut request = Request::new(text.as_ref()).data(admitted).data(MayIntrospect).data(OnlyValidate);
        request.set_parsed_query(document);
        let errors = schema.execute(request).await.errors;
        if let Some(error) = errors.iter().find(|error| !is_missing_value(error)) {
            return Err(problem(error));
        }
    }
    Ok(())
}

/// Whether the cost of a field depends on a variable, which has no value before somebody sends one.
fn is_missing_value(error: &ServerError) -> bool {
    let name = error.message.strip_prefix("Variable ").and_then(|rest| rest.strip_suffix(" is not defined."));
    name.is_some_and(|name| name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric()))
}
