//! The documents the explorer offers, asked of the demonstration.

use std::path::Path;

use entity::kinds::Role;
use serde_json::{Value, json};

use crate::support::Demo;

/// The documents by their names, in order.
pub fn documents() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/queries");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let read =
        |file: std::path::PathBuf| (file.file_stem().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(&file).unwrap());
    let mut documents: Vec<_> = files.map(read).collect();
    documents.sort();
    documents
}

/// Whether there is a list with nothing in it where the question was about something.
fn is_empty(answer: &Value) -> bool {
    match answer {
        Value::Array(items) => items.is_empty() || items.iter().all(is_empty),
        Value::Object(fields) => fields.is_empty(),
        Value::Null => true,
        _ => false,
    }
}

#[tokio::test]
async fn every_example_has_an_answer() {
    let demo = Demo::new().await;
    let executive = demo.member(Role::Executive);
    let documents = documents();
    assert!(!documents.is_empty());
    for (name, document) in documents {
        let answer = executive.gql(&document, json!({})).await;
        for (field, value) in answer.as_object().unwrap() {
            assert!(!is_empty(value), "{name}: {field}");
            for list in ["nodes", "points", "lines", "groups", "steps"] {
                assert!(value.get(list).is_none_or(|list| !is_empty(list)), "{name}: {field}.{list}");
            }
        }
    }
}
