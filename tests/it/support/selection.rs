//! Selections that ask for all there is of a type, made from the schema.

use serde_json::Value;

use super::operations::{bare, definition, name};

/// Everything a type has to say. Objects with an id of their own are named by it where they stand within others, for they
/// are asked for by themselves.
pub fn full(schema: &Value, kind: &str) -> String {
    Selector { schema, above: Vec::new() }.fields(kind, "")
}

/// Whether objects of a type have ids of their own.
fn is_node(definition: &Value) -> bool {
    let interfaces = definition["interfaces"].as_array().map(Vec::as_slice).unwrap_or_default();
    definition["kind"] == "INTERFACE" || interfaces.iter().any(|interface| name(interface) == "Node")
}

struct Selector<'a> {
    schema: &'a Value,
    above: Vec<&'a str>,
}

impl<'a> Selector<'a> {
    /// The fields of a type; `alias` begins the names they are given in the answer.
    fn fields(&mut self, kind: &str, alias: &str) -> String {
        let definition = definition(self.schema, kind);
        self.above.push(name(definition));
        let fields: Vec<String> = match definition["kind"].as_str().unwrap() {
            // Members may have fields of one name and of several types.
            "UNION" => {
                let members = definition["possibleTypes"].as_array().unwrap();
                members
                    .iter()
                    .map(|member| format!("... on {0} {1}", name(member), self.fields(name(member), &format!("{}_", name(member)))))
                    .collect()
            }
            _ => definition["fields"].as_array().unwrap().iter().flat_map(|field| self.field(field, alias)).collect(),
        };
        self.above.pop();
        format!("{{ __typename {} }}", fields.join(" "))
    }

    /// A field, once for each value of an enum that it has to be given.
    fn field(&mut self, field: &Value, alias: &str) -> Vec<String> {
        let required =
            field["args"].as_array().unwrap().iter().find(|arg| arg["type"]["kind"] == "NON_NULL" && arg["defaultValue"].is_null());
        let below = self.below(bare(&field["type"]));
        let name_of = name(field);
        let Some(argument) = required else {
            let alias = if alias.is_empty() { String::new() } else { format!("{alias}{name_of}: ") };
            return vec![format!("{alias}{name_of}{below}")];
        };
        let Some(values) = definition(self.schema, bare(&argument["type"]))["enumValues"].as_array() else {
            let given = field["args"].as_array().unwrap().iter().filter(|arg| arg["type"]["kind"] == "NON_NULL");
            let given: Vec<String> = given.map(|arg| format!("{}: {}", name(arg), literal(bare(&arg["type"])))).collect();
            return vec![format!("{alias}{name_of}_1: {name_of}({}){below}", given.join(", "))];
        };
        values.iter().map(|value| format!("{alias}{name_of}_{0}: {name_of}({1}: {0}){below}", name(value), name(argument))).collect()
    }

    fn below(&mut self, kind: &str) -> String {
        let definition = definition(self.schema, kind);
        match definition["kind"].as_str().unwrap() {
            "SCALAR" | "ENUM" => String::new(),
            _ if is_node(definition) => " { __typename id }".to_owned(),
            _ if self.above.contains(&name(definition)) => " { __typename }".to_owned(),
            _ => format!(" {}", self.fields(kind, "")),
        }
    }
}

/// A value that stands in a document.
fn literal(kind: &str) -> &'static str {
    match kind {
        "DateTime" => "\"2026-05-01T00:00:00Z\"",
        "BusinessSpanInput" => "{ days: 1 }",
        other => panic!("say in support/selection.rs what a value of {other} looks like"),
    }
}
