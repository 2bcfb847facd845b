//! A document for every root field, made from the schema itself, so that no field can be forgotten.

use serde_json::{Map, Value, json};

/// One call of one root field.
#[derive(Clone, Debug)]
pub struct Operation {
    /// `query`, `mutation` or `subscription`.
    pub kind: &'static str,
    /// The root field.
    pub field: String,
    /// Which id stands in the place under test, as a path; empty where none is.
    pub place: String,
    /// The document.
    pub document: String,
    /// Its variables.
    pub variables: Value,
}

/// Gives ids by the prefix of their kind.
pub trait Ids {
    /// The id that stands where one is needed.
    fn ordinary(&self, prefix: &str) -> String;
    /// The id that stands in the place under test.
    fn tested(&self, prefix: &str) -> String;
}

const INTROSPECTION: &str =
    "{ __schema { queryType { fields { ...F } } mutationType { fields { ...F } } subscriptionType { fields { ...F } } types { kind name
    interfaces { name } possibleTypes { name } fields { ...F } inputFields { name type { ...T } defaultValue } enumValues { name } } } }
    fragment F on __Field { name args { name type { ...T } defaultValue } type { ...T } }
    fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

/// The schema as the API tells it.
pub async fn schema(caller: &super::Caller<'_>) -> Value {
    caller.gql(INTROSPECTION, json!({})).await["__schema"].take()
}

/// One call of every root field, with what is required and nothing else.
pub fn plain(schema: &Value, ids: &dyn Ids) -> Vec<Operation> {
    roots(schema)
        .map(|(kind, field)| Maker { schema, ids, root: name(field), place: None, seen: Vec::new() }.operation(kind, field))
        .collect()
}

/// A call of every query with what is required and, one by one, with each thing it also takes.
pub fn for_every_input(schema: &Value, ids: &dyn Ids) -> Vec<Operation> {
    let queries = roots(schema).filter(|(kind, _)| *kind == "query");
    let places = queries.flat_map(|(kind, field)| {
        let mut places: Vec<String> = places_of(schema, field, |_| true).into_iter().collect();
        places.push(String::new());
        places.into_iter().map(move |place| (kind, field, place))
    });
    places
        .map(|(kind, field, place)| Maker { schema, ids, root: name(field), place: Some(place), seen: Vec::new() }.operation(kind, field))
        .collect()
}

/// A call for every place of the schema where an id can stand.
pub fn for_every_place(schema: &Value, ids: &dyn Ids) -> Vec<Operation> {
    roots(schema)
        .flat_map(|(kind, field)| {
            places(schema, field)
                .into_iter()
                .map(move |place| Maker { schema, ids, root: name(field), place: Some(place), seen: Vec::new() }.operation(kind, field))
        })
        .collect()
}

fn roots(schema: &Value) -> impl Iterator<Item = (&'static str, &Value)> {
    [("query", "queryType"), ("mutation", "mutationType"), ("subscription", "subscriptionType")]
        .into_iter()
        .flat_map(move |(kind, root)| schema[root]["fields"].as_array().unwrap().iter().map(move |field| (kind, field)))
}

pub fn name(value: &Value) -> &str {
    value["name"].as_str().unwrap()
}

/// The name of a type without its lists and bangs.
pub fn bare(kind: &Value) -> &str {
    if kind["ofType"].is_null() { name(kind) } else { bare(&kind["ofType"]) }
}

fn written(kind: &Value) -> String {
    match kind["kind"].as_str().unwrap() {
        "NON_NULL" => format!("{}!", written(&kind["ofType"])),
        "LIST" => format!("[{}]", written(&kind["ofType"])),
        _ => name(kind).to_owned(),
    }
}

pub fn definition<'a>(schema: &'a Value, wanted: &str) -> &'a Value {
    schema["types"].as_array().unwrap().iter().find(|kind| name(kind) == wanted).unwrap()
}

/// The paths of all ids among the arguments of a field.
fn places(schema: &Value, field: &Value) -> Vec<String> {
    places_of(schema, field, |scalar| scalar == "ID")
}

/// The paths of all values of some types among the arguments of a field.
fn places_of(schema: &Value, field: &Value, wanted: fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for argument in field["args"].as_array().unwrap() {
        collect(schema, &argument["type"], name(argument), wanted, &mut Vec::new(), &mut found);
    }
    found
}

fn collect(schema: &Value, kind: &Value, path: &str, wanted: fn(&str) -> bool, above: &mut Vec<String>, found: &mut Vec<String>) {
    let bare = bare(kind).to_owned();
    let is_object = definition(schema, &bare)["inputFields"].is_array();
    if !is_object && wanted(&bare) {
        found.push(path.to_owned());
    } else if let Some(fields) = definition(schema, &bare)["inputFields"].as_array()
        && !above.contains(&bare)
    {
        above.push(bare);
        for field in fields {
            collect(schema, &field["type"], &format!("{path}.{}", name(field)), wanted, above, found);
        }
        above.pop();
    }
}

struct Maker<'a> {
    schema: &'a Value,
    ids: &'a dyn Ids,
    root: &'a str,
    place: Option<String>,
    seen: Vec<String>,
}

impl Maker<'_> {
    fn operation(mut self, kind: &'static str, field: &Value) -> Operation {
        let mut variables = Map::new();
        let (mut declared, mut passed) = (Vec::new(), Vec::new());
        for argument in field["args"].as_array().unwrap() {
            if let Some(value) = self.value(&argument["type"], name(argument), argument["defaultValue"].is_null()) {
                declared.push(format!("${}: {}", name(argument), written(&argument["type"])));
                passed.push(format!("{0}: ${0}", name(argument)));
                variables.insert(name(argument).to_owned(), value);
            }
        }
        let brackets = |parts: Vec<String>| if parts.is_empty() { String::new() } else { format!("({})", parts.join(", ")) };
        let document = format!("{kind}{} {{ {}{}{} }}", brackets(declared), self.root, brackets(passed), self.selection(&field["type"]));
        Operation {
            kind,
            field: self.root.to_owned(),
            place: self.place.unwrap_or_default(),
            document,
            variables: Value::Object(variables),
        }
    }

    /// Enough of the answer to tell something from nothing.
    fn selection(&self, kind: &Value) -> String {
        let definition = definition(self.schema, bare(kind));
        let fields = definition["fields"].as_array().map(Vec::as_slice).unwrap_or_default();
        let has = |wanted: &str| fields.iter().any(|field| name(field) == wanted);
        match definition["kind"].as_str().unwrap() {
            "OBJECT" | "INTERFACE" if has("userErrors") => " { __typename userErrors { field code message } }".to_owned(),
            "OBJECT" | "INTERFACE" if has("edges") => " { edges { cursor } }".to_owned(),
            "OBJECT" | "INTERFACE" | "UNION" => " { __typename }".to_owned(),
            _ => String::new(),
        }
    }

    /// A value for a type; `None` where it can be left out.
    fn value(&mut self, kind: &Value, path: &str, needed: bool) -> Option<Value> {
        let required = kind["kind"] == "NON_NULL" && needed;
        let on_the_way = self.place.as_deref().is_some_and(|place| place == path || place.starts_with(&format!("{path}.")));
        if !required && !on_the_way {
            return None;
        }
        Some(self.inner(if kind["kind"] == "NON_NULL" { &kind["ofType"] } else { kind }, path))
    }

    fn inner(&mut self, kind: &Value, path: &str) -> Value {
        match kind["kind"].as_str().unwrap() {
            "NON_NULL" => self.inner(&kind["ofType"], path),
            "LIST" => json!([self.inner(&kind["ofType"], path)]),
            // Only a breakdown by segments has a use for some.
            "ENUM" if name(kind) == "Dimension" && self.place.as_deref().is_some_and(|place| place.ends_with(".segments")) => {
                json!("SEGMENT")
            }
            "ENUM" => definition(self.schema, name(kind))["enumValues"][0]["name"].clone(),
            "INPUT_OBJECT" => {
                let fields = definition(self.schema, name(kind))["inputFields"].as_array().unwrap().clone();
                let values = fields.iter().filter_map(|field| {
                    let value = self.value(&field["type"], &format!("{path}.{}", name(field)), field["defaultValue"].is_null())?;
                    Some((name(field).to_owned(), value))
                });
                Value::Object(values.collect())
            }
            _ => self.scalar(name(kind), path),
        }
    }

    fn scalar(&mut self, scalar: &str, path: &str) -> Value {
        let last = path.rsplit('.').next().unwrap();
        match scalar {
            "ID" => {
                let prefix = prefix(self.root, last);
                let tested = self.place.as_deref() == Some(path);
                json!(if tested { self.ids.tested(prefix) } else { self.ids.ordinary(prefix) })
            }
            "String" if path.ends_with("metric.key") || (last == "key" && self.root.starts_with("metric")) => {
                json!(metric_that_takes(self.place.as_deref()))
            }
            "String" if last == "email" => json!("somebody@example.com"),
            "String" => {
                self.seen.push(path.to_owned());
                json!(format!("text {}", self.seen.len()))
            }
            "Int" => json!(1),
            "Boolean" => json!(false),
            "Decimal" => json!("1.00"),
            "DateTime" => json!("2026-05-01T00:00:00Z"),
            "LocalDate" if last.starts_with("to") || last.starts_with("last") => json!("2026-05-31"),
            "LocalDate" => json!("2026-05-01"),
            "CurrencyCode" => json!("USD"),
            "TimeZone" => json!("UTC"),
            "Duration" => json!("P30D"),
            other => panic!("say in support/operations.rs what a value of {other} looks like"),
        }
    }
}

/// A metric that can be told what is tested.
fn metric_that_takes(place: Option<&str>) -> &'static str {
    match place.unwrap_or_default().rsplit('.').next() {
        Some("segmentId" | "ownerId") => "win_rate",
        Some("pipelineId") => "enablement_coverage",
        Some("agreementId") => "sla_status",
        Some("icpProfileId") => "icp_fit",
        _ => "cost_per_close",
    }
}

/// Which kind of object an id names.
fn prefix(root: &str, argument: &str) -> &'static str {
    let named = if matches!(argument, "id" | "ids") { root } else { argument };
    if argument == "parentId" && matches!(root, "goals" | "createGoal") {
        return "gol";
    }
    match named.trim_end_matches("Id").trim_end_matches("Ids") {
        "account" | "node" | "nodes" | "object" => "acc",
        "person" | "referrerPerson" | "from" | "to" | "buyer" => "per",
        "organization" => "org",
        "team" | "parent" => "team",
        "member" | "owner" | "assistant" | "principal" | "toldTo" => "mem",
        "role" | "customRole" => "rol",
        "delegation" => "dlg",
        "identityPointer" => "idp",
        "tactic" => "tac",
        "segment" | "segments" => "seg",
        "profile" | "icpProfile" => "icp",
        "touch" => "tch",
        "content" => "cnt",
        "pipeline" => "pip",
        "stageEvent" => "evt",
        "opportunity" => "opp",
        "buyingRole" => "bro",
        "blocker" => "blk",
        "activity" => "act",
        "calendar" | "businessCalendar" => "cal",
        "agreement" | "serviceAgreement" => "sla",
        "handoff" => "hnd",
        "slaClock" | "clock" => "clk",
        "clause" => "clu",
        "feedback" => "fbk",
        "goal" => "gol",
        "insight" => "ins",
        "close" | "reopensClose" => "cls",
        "creditBatch" | "batch" => "bat",
        "creditTransfer" | "transfer" => "ctr",
        "creditDispute" | "dispute" => "dsp",
        "costEntry" => "cst",
        "budget" => "bgt",
        "apiClient" => "cli",
        "clientSecret" => "csc",
        other => panic!("say in support/operations.rs which kind of object {other} of {root} names"),
    }
}
