//! Variables that were not sent.
//!
//! The specification has an argument or input field whose variable was not sent, and has no default, count as left out.
//! async-graphql does so when it executes, but when it computes what a field costs it refuses the document: a client that
//! declares `$first: Int, $last: Int` and sends one of them would get an error. So what counts as left out is left out,
//! before validation.

use std::collections::HashSet;

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, Selection, SelectionSet};
use async_graphql::{Name, Positioned, Variables};
use async_graphql_value::Value;

/// Leaves out of a document what depends on variables that were not sent. Required variables stay, for validation to miss
/// them.
pub fn leave_out(document: &mut ExecutableDocument, variables: &Variables) {
    let mut operations: Vec<&mut Positioned<OperationDefinition>> = match &mut document.operations {
        DocumentOperations::Single(operation) => vec![operation],
        DocumentOperations::Multiple(operations) => operations.values_mut().collect(),
    };
    let mut omitted = HashSet::new();
    for operation in &mut operations {
        operation.node.variable_definitions.retain(|definition| {
            let definition = &definition.node;
            let needed =
                !definition.var_type.node.nullable || definition.default_value.is_some() || variables.contains_key(&definition.name.node);
            if !needed {
                omitted.insert(definition.name.node.clone());
            }
            needed
        });
    }
    if omitted.is_empty() {
        return;
    }
    for operation in operations {
        prune(&mut operation.node.selection_set.node, &omitted);
    }
    for fragment in document.fragments.values_mut() {
        prune(&mut fragment.node.selection_set.node, &omitted);
    }
}

fn prune(set: &mut SelectionSet, omitted: &HashSet<Name>) {
    for item in &mut set.items {
        match &mut item.node {
            Selection::Field(field) => {
                field.node.arguments.retain(|(_, value)| !is_omitted(&value.node, omitted));
                for (_, value) in &mut field.node.arguments {
                    prune_value(&mut value.node, omitted);
                }
                prune(&mut field.node.selection_set.node, omitted);
            }
            Selection::InlineFragment(fragment) => prune(&mut fragment.node.selection_set.node, omitted),
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn is_omitted(value: &Value, omitted: &HashSet<Name>) -> bool {
    matches!(value, Value::Variable(name) if omitted.contains(name))
}

fn prune_value(value: &mut Value, omitted: &HashSet<Name>) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !is_omitted(value, omitted));
            fields.values_mut().for_each(|value| prune_value(value, omitted));
        }
        // A list keeps its length: an item that was not sent is null.
        Value::List(items) => {
            for item in items {
                if is_omitted(item, omitted) {
                    *item = Value::Null;
                }
                prune_value(item, omitted);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use async_graphql::value;

    use super::*;

    fn left(query: &str) -> String {
        let mut document = parse_query(query).unwrap();
        leave_out(&mut document, &Variables::from_value(value!({ "sent": 1, "cleared": null })));
        let (_, operation) = document.operations.iter().next().unwrap();
        let variables = operation.node.variable_definitions.iter().map(|definition| definition.node.name.node.as_str());
        let mut told = vec![variables.collect::<Vec<_>>().join(" ")];
        let fragments = document.fragments.values().map(|fragment| &fragment.node.selection_set);
        for set in std::iter::once(&operation.node.selection_set).chain(fragments) {
            for item in &set.node.items {
                if let Selection::Field(field) = &item.node {
                    told.extend(field.node.arguments.iter().map(|(name, value)| format!("{}: {}", name.node, value.node)));
                }
            }
        }
        told.join(", ")
    }

    #[test]
    fn only_what_was_not_sent_and_may_be_left_out_is() {
        assert_eq!(left("query($sent: Int, $gone: Int) { a(first: $sent, last: $gone) }"), "sent, first: $sent");
        assert_eq!(left("query($cleared: Int) { a(name: $cleared) }"), "cleared, name: $cleared");
        assert_eq!(left("query($gone: Int!) { a(first: $gone) }"), "gone, first: $gone");
        assert_eq!(left("query($gone: Int = 3) { a(first: $gone) }"), "gone, first: $gone");
        assert_eq!(left("query($gone: Int) { a(input: { b: $gone, c: [$gone, 1], d: { e: $gone } }) }"), ", input: {c: [null, 1], d: {}}");
        assert_eq!(left("query($gone: Int) { ...f } fragment f on Query { a(first: $gone, last: 1) }"), ", last: 1");
        assert_eq!(left("{ a(first: $undeclared) }"), ", first: $undeclared");
    }
}
