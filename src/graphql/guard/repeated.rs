//! The same mutation asked for twice under one name.
//!
//! The language merges two equal fields into one. The library validates that they are equal and then executes both,
//! which would write twice for one answer, so such a document is refused.

use std::collections::HashSet;

use async_graphql::parser::types::{ExecutableDocument, OperationType, Selection, SelectionSet};

use super::GuardError;

/// Finds a response key that stands twice among the root fields of a mutation. Called after the counts have passed, so the
/// root fields of an operation, fragments unfolded, are few.
pub(super) fn refuse(document: &ExecutableDocument) -> Result<(), GuardError> {
    for (_, operation) in document.operations.iter().filter(|(_, operation)| operation.node.ty == OperationType::Mutation) {
        root(document, &operation.node.selection_set.node, &mut HashSet::new())?;
    }
    Ok(())
}

fn root<'a>(document: &'a ExecutableDocument, set: &'a SelectionSet, seen: &mut HashSet<&'a str>) -> Result<(), GuardError> {
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) => {
                let key = field.node.response_key();
                if !seen.insert(key.node.as_str()) {
                    return Err(GuardError::Repeated { key: key.node.clone(), position: key.pos });
                }
            }
            Selection::InlineFragment(fragment) => root(document, &fragment.node.selection_set.node, seen)?,
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                    root(document, &fragment.node.selection_set.node, seen)?;
                }
            }
        }
    }
    Ok(())
}
