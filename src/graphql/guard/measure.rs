//! The counts themselves: one pass over each selection set, fragments in dependency order, so that a spread costs one look-up.

use std::collections::HashMap;

use async_graphql::{
    Name, Positioned, Value as ConstValue, Variables,
    parser::types::{Directive, ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet},
};
use async_graphql_value::Value;

use super::{GuardError, count};

/// Counts of a selection set, of one kind of field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Measure {
    /// Fields, spreads and inline fragments.
    pub(super) fields: u32,
    pub(super) aliases: u32,
    pub(super) directives: u32,
    /// Values in arguments.
    pub(super) input_values: u32,
    /// Nested fields.
    pub(super) depth: u32,
    /// Times the worst path goes through a list that leads from a type to other types.
    pub(super) lists: u32,
    /// Fields of the answer, if this is introspection.
    pub(super) weight: u32,
}

/// Counts of a selection set: its fields that ask for data, and its fields that ask for the schema, each with all below it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Total {
    /// Fields of the set itself, those of its fragments included.
    pub(super) root_fields: u32,
    pub(super) ordinary: Measure,
    pub(super) introspection: Measure,
}

impl Measure {
    /// Two things side by side.
    const fn beside(self, other: Self) -> Self {
        Self {
            fields: self.fields.saturating_add(other.fields),
            aliases: self.aliases.saturating_add(other.aliases),
            directives: self.directives.saturating_add(other.directives),
            input_values: self.input_values.saturating_add(other.input_values),
            depth: if self.depth > other.depth { self.depth } else { other.depth },
            lists: if self.lists > other.lists { self.lists } else { other.lists },
            weight: self.weight.saturating_add(other.weight),
        }
    }

    /// The selection set `self` below a field of this name.
    fn under(self, name: &str) -> Self {
        let (length, leads_on) = introspection_list(name);
        Self {
            depth: self.depth.saturating_add(1),
            lists: self.lists.saturating_add(u32::from(leads_on)),
            weight: self.weight.saturating_mul(length).saturating_add(1),
            ..self
        }
    }
}

/// The typical length of a list of the introspection schema, and whether it leads from a type to other types.
fn introspection_list(name: &str) -> (u32, bool) {
    match name {
        "types" => (100, false),
        "fields" | "inputFields" => (10, true),
        "possibleTypes" => (5, true),
        "interfaces" => (2, true),
        "enumValues" | "directives" => (5, false),
        "args" => (3, false),
        _ => (1, false),
    }
}

impl Total {
    /// Two selections side by side.
    const fn beside(self, other: Self) -> Self {
        Self {
            root_fields: self.root_fields.saturating_add(other.root_fields),
            ordinary: self.ordinary.beside(other.ordinary),
            introspection: self.introspection.beside(other.introspection),
        }
    }

    fn of(measure: Measure) -> Self {
        Self { ordinary: measure, ..Self::default() }
    }
}

/// Counts a whole document: the sum over its operations, and over the fragments that none of them reaches, because validation
/// visits those too.
pub(super) fn document(document: &ExecutableDocument, variables: &Variables) -> Result<Total, GuardError> {
    let mut counter = Counter { input_values: variable_values(document, variables), fragments: HashMap::new() };
    for name in in_dependency_order(document)? {
        if let Some(fragment) = document.fragments.get(name) {
            let own = counter.directives(&fragment.node.directives);
            let total = counter.selection_set(&fragment.node.selection_set.node);
            counter.fragments.insert(name, Total::of(own).beside(total));
        }
    }

    let mut root_fields = 0;
    let mut sum = Total::default();
    for (_, operation) in document.operations.iter() {
        let total = counter.operation(&operation.node);
        root_fields = root_fields.max(total.root_fields);
        sum = sum.beside(total);
    }
    for name in unreached(document) {
        sum = sum.beside(counter.fragments.get(name).copied().unwrap_or_default());
    }
    Ok(Total { root_fields, ..sum })
}

struct Counter<'a> {
    /// Values that a use of the variable stands for.
    input_values: HashMap<&'a str, u32>,
    fragments: HashMap<&'a str, Total>,
}

impl Counter<'_> {
    fn operation(&self, operation: &OperationDefinition) -> Total {
        let definitions = &operation.variable_definitions;
        let on_variables = definitions.iter().map(|definition| self.directives(&definition.node.directives));
        let own = on_variables.fold(self.directives(&operation.directives), Measure::beside);
        Total::of(own).beside(self.selection_set(&operation.selection_set.node))
    }

    /// Recursion is bounded by [`Limits::nesting`](super::Limits::nesting): spreads are looked up, not followed.
    fn selection_set(&self, set: &SelectionSet) -> Total {
        set.items.iter().fold(Total::default(), |sum, selection| {
            sum.beside(match &selection.node {
                Selection::Field(field) => self.field(&field.node),
                Selection::FragmentSpread(spread) => {
                    let own = Measure { fields: 1, ..self.directives(&spread.node.directives) };
                    let inner = self.fragments.get(spread.node.fragment_name.node.as_str()).copied().unwrap_or_default();
                    Total::of(own).beside(inner)
                }
                Selection::InlineFragment(fragment) => {
                    let own = Measure { fields: 1, ..self.directives(&fragment.node.directives) };
                    Total::of(own).beside(self.selection_set(&fragment.node.selection_set.node))
                }
            })
        })
    }

    fn field(&self, field: &Field) -> Total {
        let arguments = field.arguments.iter().map(|(_, value)| self.value(&value.node));
        let directives = self.directives(&field.directives);
        let own = Measure {
            fields: 1,
            aliases: u32::from(field.alias.is_some()),
            input_values: arguments.fold(directives.input_values, u32::saturating_add),
            ..directives
        };
        let name = field.name.node.as_str();
        let inner = self.selection_set(&field.selection_set.node);
        let measure = own.beside(inner.ordinary.beside(inner.introspection).under(name));
        match name {
            "__schema" | "__type" => Total { root_fields: 1, introspection: measure, ..Total::default() },
            _ => Total { root_fields: 1, ..Total::of(measure) },
        }
    }

    fn directives(&self, directives: &[Positioned<Directive>]) -> Measure {
        let arguments = directives.iter().flat_map(|directive| &directive.node.arguments);
        Measure {
            directives: count(directives.len()),
            input_values: arguments.map(|(_, value)| self.value(&value.node)).fold(0, u32::saturating_add),
            ..Measure::default()
        }
    }

    fn value(&self, value: &Value) -> u32 {
        match value {
            Value::Variable(name) => self.input_values.get(name.as_str()).copied().unwrap_or(1),
            Value::String(text) => text_values(text),
            Value::List(items) => items.iter().map(|item| self.value(item)).fold(1, u32::saturating_add),
            Value::Object(entries) => entries.values().map(|item| self.value(item)).fold(1, u32::saturating_add),
            _ => 1,
        }
    }
}

/// What a use of each variable stands for: its value, or the largest default that an operation gives it.
fn variable_values<'a>(document: &'a ExecutableDocument, variables: &'a Variables) -> HashMap<&'a str, u32> {
    let mut values: HashMap<&str, u32> = variables.iter().map(|(name, value)| (name.as_str(), const_values(value))).collect();
    let definitions = document.operations.iter().flat_map(|(_, operation)| &operation.node.variable_definitions);
    for definition in definitions {
        let default = definition.node.default_value.as_ref().map_or(1, |value| const_values(&value.node));
        let value = values.entry(definition.node.name.node.as_str()).or_default();
        *value = default.max(*value);
    }
    values
}

fn const_values(value: &ConstValue) -> u32 {
    match value {
        ConstValue::String(text) => text_values(text),
        ConstValue::List(items) => items.iter().map(const_values).fold(1, u32::saturating_add),
        ConstValue::Object(entries) => {
            entries.iter().map(|(key, item)| count(key.len() / 64).saturating_add(const_values(item))).fold(1, u32::saturating_add)
        }
        _ => 1,
    }
}

fn text_values(text: &str) -> u32 {
    count(text.len() / 64).saturating_add(1)
}

/// The fragments, each after all those it spreads (Kahn's algorithm, so that no chain of fragments deepens the stack).
fn in_dependency_order(document: &ExecutableDocument) -> Result<Vec<&str>, GuardError> {
    let mut missing: HashMap<&str, usize> = HashMap::new();
    let mut spread_by: HashMap<&str, Vec<&str>> = HashMap::new();
    let mut ready = Vec::new();
    for (name, fragment) in &document.fragments {
        let mut spreads = spreads_of(&fragment.node.selection_set.node);
        spreads.retain(|spread| document.fragments.contains_key(*spread));
        if spreads.is_empty() {
            ready.push(name.as_str());
        }
        missing.insert(name, spreads.len());
        for spread in spreads {
            spread_by.entry(spread).or_default().push(name);
        }
    }
    let mut order = Vec::with_capacity(document.fragments.len());
    while let Some(name) = ready.pop() {
        order.push(name);
        for outer in spread_by.remove(name).unwrap_or_default() {
            if let Some(left) = missing.get_mut(outer) {
                *left -= 1;
                if *left == 0 {
                    ready.push(outer);
                }
            }
        }
    }
    if order.len() == document.fragments.len() {
        return Ok(order);
    }
    // the earliest of those left over, so that the answer does not depend on the order of a hash map; it lies on a circle
    // or leads into one, and both are named
    let left = document.fragments.iter().filter(|(name, _)| missing.get(name.as_str()).is_some_and(|left| *left > 0));
    match left.min_by_key(|(_, fragment)| fragment.pos) {
        Some((name, fragment)) => Err(GuardError::FragmentCycle { fragment: Name::new(name), position: fragment.pos }),
        None => Ok(order),
    }
}

/// Fragments that no operation reaches.
fn unreached(document: &ExecutableDocument) -> impl Iterator<Item = &str> {
    let mut waiting: Vec<&SelectionSet> = document.operations.iter().map(|(_, operation)| &operation.node.selection_set.node).collect();
    let mut unreached: HashMap<&str, &SelectionSet> =
        document.fragments.iter().map(|(name, fragment)| (name.as_str(), &fragment.node.selection_set.node)).collect();
    while let Some(set) = waiting.pop() {
        waiting.extend(spreads_of(set).into_iter().filter_map(|name| unreached.remove(name)));
    }
    unreached.into_keys()
}

/// The names a selection set spreads, at any depth, as often as it does.
fn spreads_of(set: &SelectionSet) -> Vec<&str> {
    let mut names = Vec::new();
    let mut waiting = vec![set];
    while let Some(set) = waiting.pop() {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => waiting.push(&field.node.selection_set.node),
                Selection::FragmentSpread(spread) => names.push(spread.node.fragment_name.node.as_str()),
                Selection::InlineFragment(fragment) => waiting.push(&fragment.node.selection_set.node),
            }
        }
    }
    names
}
