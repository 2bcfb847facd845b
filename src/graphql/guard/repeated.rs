//! Mutations that stand in a document more often than they may.
//!
//! The language merges two equal fields into one. The library validates that they are equal and then executes both,
//! which would write twice for one answer, so such a document is refused. So is one that makes several attempts at a secret,
//! under whatever names.

use std::collections::HashSet;

use async_graphql::parser::types::{ExecutableDocument, Field, OperationType, Selection, SelectionSet};

use super::GuardError;
use crate::graphql::SENSITIVE_MUTATIONS;

/// Finds a response key that stands twice among the root fields of a mutation. Called after the counts have passed, so the
/// root fields of an operation, fragments unfolded, are few.
pub(super) fn refuse(document: &ExecutableDocument) -> Result<(), GuardError> {
    for operation in mutations(document) {
        let mut seen = HashSet::new();
        root(document, operation, &mut |field| {
            let key = field.response_key();
            if seen.insert(key.node.as_str()) { Ok(()) } else { Err(GuardError::Repeated { key: key.node.clone(), position: key.pos }) }
        })?;
    }
    Ok(())
}

/// How many [`SENSITIVE_MUTATIONS`] the document asks for, all operations together. Called as [`refuse`] is.
pub(super) fn sensitive(document: &ExecutableDocument) -> u32 {
    let mut count = 0;
    for operation in mutations(document) {
        // counting refuses nothing
        let _ = root(document, operation, &mut |field| {
            count += u32::from(SENSITIVE_MUTATIONS.contains(&field.name.node.as_str()));
            Ok(())
        });
    }
    count
}

fn mutations(document: &ExecutableDocument) -> impl Iterator<Item = &SelectionSet> {
    let mutations = document.operations.iter().filter(|(_, operation)| operation.node.ty == OperationType::Mutation);
    mutations.map(|(_, operation)| &operation.node.selection_set.node)
}

/// Visits the fields of an operation's root, fragments unfolded.
fn root<'a>(
    document: &'a ExecutableDocument,
    set: &'a SelectionSet,
    visit: &mut impl FnMut(&'a Field) -> Result<(), GuardError>,
) -> Result<(), GuardError> {
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) => visit(&field.node)?,
            Selection::InlineFragment(fragment) => root(document, &fragment.node.selection_set.node, visit)?,
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                    root(document, &fragment.node.selection_set.node, visit)?;
                }
            }
        }
    }
    Ok(())
}
