//! Documents that were read before.
//!
//! Programs send the same documents again and again, with other variables. What a document says does not depend on who sends
//! it, so it is parsed once and copied; and where it defines no variables, what it asks for and whether it fits the schema
//! does not depend on the request at all, so that is found out once too. Only documents that the [guard](super::guard) let
//! pass are kept, by their whole text, and only so many that they take a bounded part of memory.

use std::sync::{Arc, OnceLock};

use async_graphql::{CacheControl, ValidationResult, Variables, parser::types::ExecutableDocument};
use moka::sync::Cache;

use super::guard::{Admitted, GuardError, Limits, admit_parsed, parse};

/// Bytes that the documents may take together.
const MAX_BYTES: u64 = 32 * 1024 * 1024;

/// Bytes of a parsed token: most are a name or a field, with its place in the text.
const TOKEN_BYTES: u32 = 256;

/// The documents of one schema.
#[derive(Debug)]
pub struct Documents {
    kept: Cache<Box<str>, Arc<Document>>,
}

#[derive(Debug)]
struct Document {
    parsed: ExecutableDocument,
    bytes: u32,
    /// What is known of it, whatever the variables, where it defines none.
    fixed: Option<Fixed>,
}

/// What is known of a document that defines no variables.
#[derive(Clone, Debug)]
pub struct Fixed(Arc<Found>);

#[derive(Debug)]
struct Found {
    admitted: Admitted,
    validated: OnceLock<(CacheControl, usize, usize)>,
}

impl Fixed {
    /// How the document fits the schema, if it was found to fit before.
    #[must_use]
    pub fn validated(&self) -> Option<ValidationResult> {
        let &(cache_control, complexity, depth) = self.0.validated.get()?;
        Some(ValidationResult { cache_control, complexity, depth })
    }

    /// Keeps how the document fits the schema.
    pub fn keep(&self, result: &ValidationResult) {
        self.0.validated.get_or_init(|| (result.cache_control, result.complexity, result.depth));
    }
}

/// A document that passed the guard.
#[derive(Debug)]
pub struct Read {
    /// What it says.
    pub document: ExecutableDocument,
    /// The proof.
    pub admitted: Admitted,
    /// What is known of it, if it does not depend on variables.
    pub fixed: Option<Fixed>,
}

impl Default for Documents {
    fn default() -> Self {
        let kept = Cache::builder().max_capacity(MAX_BYTES).weigher(|_, document: &Arc<Document>| document.bytes).build();
        Self { kept }
    }
}

impl Documents {
    /// Reads a document, or remembers it.
    ///
    /// # Errors
    /// [`GuardError`]: the first rule that the document or its variables break.
    pub fn read(&self, text: &str, variables: &Variables, limits: &Limits) -> Result<Read, GuardError> {
        if let Some(known) = self.kept.get(text) {
            let fixed = known.fixed.as_ref().filter(|_| variables.is_empty()).cloned();
            let admitted = match &fixed {
                Some(fixed) => fixed.0.admitted,
                None => admit_parsed(&known.parsed, variables, limits)?,
            };
            return Ok(Read { document: known.parsed.clone(), admitted, fixed });
        }
        let (parsed, tokens) = parse(text, limits)?;
        let admitted = admit_parsed(&parsed, variables, limits)?;
        let is_fixed = variables.is_empty() && parsed.operations.iter().all(|(_, it)| it.node.variable_definitions.is_empty());
        let fixed = is_fixed.then(|| Fixed(Arc::new(Found { admitted, validated: OnceLock::new() })));
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let bytes = length.saturating_add(tokens.saturating_mul(TOKEN_BYTES));
        self.kept.insert(text.into(), Arc::new(Document { parsed: parsed.clone(), bytes, fixed: fixed.clone() }));
        Ok(Read { document: parsed, admitted, fixed })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(documents: &Documents, text: &str, variables: serde_json::Value) -> Result<Read, GuardError> {
        documents.read(text, &Variables::from_json(variables), &Limits::default())
    }

    #[test]
    fn a_document_is_read_once() {
        let (documents, result) =
            (Documents::default(), ValidationResult { cache_control: CacheControl::default(), complexity: 7, depth: 2 });
        let first = read(&documents, "{ me { id } }", json!({})).unwrap();
        assert!(first.fixed.as_ref().unwrap().validated().is_none());
        first.fixed.unwrap().keep(&result);
        let again = read(&documents, "{ me { id } }", json!({})).unwrap();
        assert_eq!(again.fixed.unwrap().validated().map(|it| (it.complexity, it.depth)), Some((7, 2)));
        assert_eq!((again.admitted, format!("{:?}", again.document)), (first.admitted, format!("{:?}", first.document)));
        let other = read(&documents, "{ me { name } }", json!({})).unwrap();
        assert!(other.fixed.unwrap().validated().is_none());
    }

    #[test]
    fn what_depends_on_variables_is_found_out_each_time() {
        let (documents, text) = (Documents::default(), "query($ids: [ID!]!) { accounts(ids: $ids) { id } }");
        let cost =
            |count: usize| read(&documents, text, json!({ "ids": vec!["x"; count] })).map(|read| (read.admitted, read.fixed.is_some()));
        let (one, two) = (cost(1).unwrap(), cost(2).unwrap());
        assert!(!one.1 && !two.1 && one.0 != two.0);
        assert!(matches!(cost(1_000_000), Err(GuardError::OverLimit { .. })));
        assert_eq!(cost(1).unwrap(), one);
        // Variables that nothing defines count as well.
        let plain = "{ me { id } }";
        assert!(read(&documents, plain, json!({})).unwrap().fixed.is_some());
        let many = json!({ "x": vec!["x"; 1_000_000] });
        assert_eq!(read(&documents, plain, many.clone()).is_err(), read(&Documents::default(), plain, many).is_err());
        assert!(read(&documents, plain, json!({ "x": "\0" })).is_err());
    }

    #[test]
    fn what_the_guard_refuses_is_not_kept() {
        let documents = Documents::default();
        for _ in 0..2 {
            assert!(matches!(read(&documents, "{ me {", json!({})), Err(GuardError::Syntax(_))));
        }
        documents.kept.run_pending_tasks();
        assert_eq!(documents.kept.entry_count(), 0);
    }
}
