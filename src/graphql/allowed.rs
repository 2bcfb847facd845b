//! Documents of callers who may ask for some fields only, and fill in some only.
//!
//! The whole document is walked with its variables before anything is executed, so that a mutation is not done for an
//! answer that is then refused. A fragment is walked once however often it is spread.
//!
//! What belongs to no object is free: the parts of connections, payloads and results of items, and `__typename`. What a
//! field list leaves open its caller still needs the permission for.

use std::collections::HashSet;

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType, Selection, SelectionSet};
use async_graphql::registry::{MetaInputValue, MetaType, MetaTypeName, Registry};
use async_graphql::{Name, Variables};
use async_graphql_value::{ConstValue, Value};

use crate::auth::Fields;
use crate::error::{Error, Problem, ProblemCode, Result};

/// Most fields of a list.
const MAX_FIELDS: usize = 1_000;

/// What the names of types end with that hold nothing of their own.
const FREE: &[&str] = &["Connection", "Edge", "Payload", "Result", "PageInfo", "UserError", "Visibility"];

/// A list of fields as it is kept: sorted, each once, every one a field of the schema.
///
/// # Errors
/// Problems with `fields`, by their place.
pub fn settled(registry: &Registry, mut fields: Vec<String>) -> Result<Vec<String>> {
    if fields.len() > MAX_FIELDS {
        return Err(Error::invalid("fields", ProblemCode::TooMany, format!("must be at most {MAX_FIELDS}")));
    }
    let unknown = fields.iter().enumerate().filter(|(_, field)| !exists(registry, field)).map(|(place, _)| Problem {
        field: format!("fields.{place}"),
        code: ProblemCode::Invalid,
        message: "must be Type.field or Type.*, of an object or input type of this API".to_owned(),
    });
    let unknown: Vec<Problem> = unknown.collect();
    if !unknown.is_empty() {
        return Err(Error::Invalid(unknown));
    }
    fields.sort_unstable();
    fields.dedup();
    Ok(fields)
}

fn exists(registry: &Registry, name: &str) -> bool {
    let Some((kind, field)) = name.split_once('.') else { return false };
    let known = match registry.types.get(kind) {
        Some(MetaType::Object { fields, .. } | MetaType::Interface { fields, .. }) => fields.contains_key(field),
        Some(MetaType::InputObject { input_fields, .. }) => input_fields.contains_key(field),
        _ => return false,
    };
    !kind.starts_with("__") && !field.starts_with("__") && (known || field == "*")
}

/// The fields a document asks for or fills in that are not among those allowed, each once, in the order of the document.
#[must_use]
pub fn refused(document: &ExecutableDocument, variables: &Variables, registry: &Registry, allowed: &Fields) -> Vec<String> {
    let mut walk = Walk { document, registry, allowed, walked: HashSet::new(), refused: Vec::new() };
    match &document.operations {
        DocumentOperations::Single(operation) => walk.operation(&operation.node, variables),
        DocumentOperations::Multiple(operations) => {
            for operation in operations.values() {
                walk.operation(&operation.node, variables);
            }
        }
    }
    walk.refused
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    registry: &'a Registry,
    allowed: &'a Fields,
    /// Fragments.
    walked: HashSet<&'a Name>,
    refused: Vec<String>,
}

impl<'a> Walk<'a> {
    fn operation(&mut self, operation: &'a OperationDefinition, variables: &Variables) {
        let root = match operation.ty {
            OperationType::Query => Some(&self.registry.query_type),
            OperationType::Mutation => self.registry.mutation_type.as_ref(),
            OperationType::Subscription => self.registry.subscription_type.as_ref(),
        };
        for definition in &operation.variable_definitions {
            let (definition, kind) = (&definition.node, definition.node.var_type.node.to_string());
            let default = definition.default_value.as_ref().map(|value| &value.node);
            if let Some(value) = variables.get(&definition.name.node).or(default) {
                self.value(MetaTypeName::concrete_typename(&kind), value);
            }
        }
        if let Some(root) = root {
            self.set(root, &operation.selection_set.node);
        }
    }

    fn set(&mut self, kind: &str, set: &'a SelectionSet) {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    let name = field.node.name.node.as_str();
                    // Introspection shows the API, whatever may be asked of it.
                    if name.starts_with("__") {
                        continue;
                    }
                    // What is no field of the type the engine refuses.
                    let Some(meta) = self.registry.types.get(kind).and_then(|meta| meta.field_by_name(name)) else { continue };
                    if !FREE.iter().any(|end| kind.ends_with(end)) {
                        self.ask(kind, name);
                    }
                    for (argument, value) in &field.node.arguments {
                        if let Some(argument) = meta.args.get(argument.node.as_str()) {
                            self.literal(argument, &value.node);
                        }
                    }
                    self.set(MetaTypeName::concrete_typename(&meta.ty), &field.node.selection_set.node);
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref().map(|condition| condition.node.on.node.as_str());
                    self.set(condition.unwrap_or(kind), &fragment.node.selection_set.node);
                }
                Selection::FragmentSpread(spread) => {
                    let Some((name, fragment)) = self.document.fragments.get_key_value(&spread.node.fragment_name.node) else { continue };
                    if self.walked.insert(name) {
                        self.set(&fragment.node.type_condition.node.on.node, &fragment.node.selection_set.node);
                    }
                }
            }
        }
    }

    fn ask(&mut self, kind: &str, field: &str) {
        if !self.allowed.allow(kind, field) {
            let name = format!("{kind}.{field}");
            if !self.refused.contains(&name) {
                self.refused.push(name);
            }
        }
    }

    /// A value in the document. Variables within it are looked at where they are defined.
    fn literal(&mut self, place: &MetaInputValue, value: &Value) {
        match value {
            Value::List(items) => items.iter().for_each(|item| self.literal(place, item)),
            Value::Object(object) => {
                let kind = MetaTypeName::concrete_typename(&place.ty);
                for (name, value) in object {
                    if let Some(place) = self.fill_in(kind, name) {
                        self.literal(place, value);
                    }
                }
            }
            _ => {}
        }
    }

    /// The value of a variable.
    fn value(&mut self, kind: &str, value: &ConstValue) {
        match value {
            ConstValue::List(items) => items.iter().for_each(|item| self.value(kind, item)),
            ConstValue::Object(object) => {
                for (name, value) in object {
                    if let Some(place) = self.fill_in(kind, name) {
                        self.value(MetaTypeName::concrete_typename(&place.ty), value);
                    }
                }
            }
            _ => {}
        }
    }

    /// Asks for a field of an input object and gives what is to be put there.
    fn fill_in(&mut self, kind: &str, field: &str) -> Option<&'a MetaInputValue> {
        let Some(MetaType::InputObject { input_fields, .. }) = self.registry.types.get(kind) else { return None };
        let place = input_fields.get(field)?;
        self.ask(kind, field);
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::OutputType;
    use async_graphql::parser::parse_query;
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::graphql::{Mutation, Query};

    fn registry() -> Registry {
        let mut registry = Registry::default();
        Query::create_type_info(&mut registry);
        Mutation::create_type_info(&mut registry);
        registry.query_type = Query::type_name().into_owned();
        registry.mutation_type = Some(Mutation::type_name().into_owned());
        registry
    }

    fn refused_of(document: &str, variables: Json, allowed: &[&str]) -> Vec<String> {
        let document = parse_query(document).unwrap();
        refused(&document, &Variables::from_json(variables), &registry(), &allowed.iter().collect())
    }

    #[test]
    fn only_what_is_named_may_be_asked_for() {
        let document = "{ accounts(first: 1) { totalCount edges { cursor node { __typename id name domain } } pageInfo { hasNextPage } } __schema { queryType { name } } }";
        assert_eq!(refused_of(document, json!({}), &["Query.accounts", "Account.id", "Account.name"]), ["Account.domain"]);
        assert_eq!(refused_of(document, json!({}), &["Query.*", "Account.*"]), Vec::<String>::new());
        assert_eq!(refused_of(document, json!({}), &["Account.*"]), ["Query.accounts"]);
        assert_eq!(refused_of(document, json!({}), &[]), ["Query.accounts", "Account.id", "Account.name", "Account.domain"]);
    }

    #[test]
    fn no_alias_fragment_or_interface_is_a_way_round() {
        let allowed = &["Query.node", "Query.accounts", "Account.id"];
        for document in [
            "{ node(id: \"x\") { ... on Account { name } } }",
            "{ accounts { edges { node { id: name } } } }",
            "{ accounts { edges { node { ...F } } } } fragment F on Account { ... { ... on Account { name } } }",
            "{ accounts { ...C } } fragment C on AccountConnection { edges { node { ...F } } } fragment F on Account { id name }",
            "query A { accounts { totalCount } } query B { accounts { edges { node { name } } } }",
        ] {
            assert_eq!(refused_of(document, json!({}), allowed), ["Account.name"], "{document}");
        }
        assert_eq!(refused_of("{ node(id: \"x\") { id } }", json!({}), allowed), ["Node.id"]);
    }

    #[test]
    fn fragments_that_spread_each_other_are_walked_once() {
        let mut document = "{ accounts { edges { node { ...F0 } } } }".to_owned();
        for level in 0..60 {
            document.push_str(&format!(" fragment F{level} on Account {{ ...F{0} ...F{0} }}", level + 1));
        }
        document.push_str(" fragment F60 on Account { name ...F0 }");
        assert_eq!(refused_of(&document, json!({}), &["Query.accounts"]), ["Account.name"]);
    }

    #[test]
    fn only_what_is_named_may_be_filled_in() {
        let allowed = &["Mutation.recordAccount", "RecordAccountInput.name", "Account.id"];
        let input = json!({ "name": "n", "domain": "d.example", "externalId": { "source": "s", "value": "v" } });
        let by_variable =
            "mutation($input: RecordAccountInput!) { recordAccount(input: $input) { account { id } userErrors { message } } }";
        let expected = ["RecordAccountInput.domain", "RecordAccountInput.externalId", "ExternalIdInput.source", "ExternalIdInput.value"];
        assert_eq!(refused_of(by_variable, json!({ "input": input }), allowed), expected);
        let inline = "mutation($id: ExternalIdInput = { source: \"s\" }) { recordAccount(input: { name: \"n\", domain: \"d\", externalId: $id }) { account { id } } }";
        assert_eq!(
            refused_of(inline, json!({}), allowed),
            ["ExternalIdInput.source", "RecordAccountInput.domain", "RecordAccountInput.externalId"]
        );
        assert_eq!(refused_of(by_variable, json!({ "input": { "name": "n" } }), allowed), Vec::<String>::new());
        let items = "mutation($items: [NewAccountInput!]!) { recordAccounts(input: { items: $items }) { results { account { id } } } }";
        assert_eq!(refused_of(items, json!({ "items": [{ "name": "n" }, { "name": "m" }] }), allowed)[0], "NewAccountInput.name");
    }

    #[test]
    fn what_is_free_holds_nothing_of_its_own() {
        // A payload gives the object it made, which is asked for by itself, and secrets and letters, which none but people are given.
        let objects = registry().types.into_values().filter_map(|meta| match meta {
            MetaType::Object { name, fields, .. } if FREE.iter().any(|end| name.ends_with(end)) => Some((name, fields)),
            _ => None,
        });
        let plain = ["String", "Int", "Boolean", "ID", "DateTime", "Cursor"];
        let mut holding: Vec<String> = objects
            .flat_map(|(name, fields)| {
                let own = fields.into_values().filter(|field| plain.contains(&MetaTypeName::concrete_typename(&field.ty)));
                own.map(|field| format!("{name}.{}", field.name)).collect::<Vec<_>>()
            })
            .filter(|name| !["totalCount", "cursor", "message", "field"].iter().any(|known| name.ends_with(&format!(".{known}"))))
            .collect();
        holding.sort_unstable();
        insta::assert_snapshot!(holding.join("\n"), @r"
        ChangePasswordPayload.changed
        ChangePasswordPayload.retryAfter
        CreateApiClientPayload.secret
        GenerateAccountsResult.index
        HandoffResult.index
        InviteMemberPayload.mailed
        PageInfo.endCursor
        PageInfo.hasNextPage
        PageInfo.hasPreviousPage
        PageInfo.startCursor
        RecordAccountAttributesResult.index
        RecordAccountsResult.index
        RecordCostsResult.index
        RecordFxRatesResult.index
        RecordPeopleResult.index
        RecordStageEventsResult.index
        RecordTouchesResult.index
        RepinCalendarPayload.repinned
        RequestPasswordResetPayload.accepted
        RequestPasswordResetPayload.retryAfter
        ResetPasswordPayload.changed
        RotateClientSecretPayload.secret
        SignInPayload.retryAfter
        SignOutEverywherePayload.endedSessions
        SignOutPayload.endedSessions
        Visibility.complete
        ");
    }

    #[test]
    fn a_list_names_fields_of_the_schema() {
        let registry = registry();
        let settled = |fields: &[&str]| settled(&registry, fields.iter().map(|&field| field.to_owned()).collect());
        assert_eq!(settled(&["Person.*", "Account.name", "Person.*"]).unwrap(), ["Account.name", "Person.*"]);
        for bad in ["Account", "Account.", "Account.nope", "Nope.*", "DateTime.*", "__Type.name", "", ".", "Account.name.x"] {
            let Err(Error::Invalid(problems)) = settled(&["Account.id", bad]) else { panic!("{bad}") };
            assert_eq!((problems.len(), problems[0].field.as_str()), (1, "fields.1"), "{bad}");
        }
        let many: Vec<&str> = std::iter::repeat_n("Account.id", MAX_FIELDS + 1).collect();
        assert!(matches!(settled(&many), Err(Error::Invalid(problems)) if problems[0].code == ProblemCode::TooMany));
    }
}
