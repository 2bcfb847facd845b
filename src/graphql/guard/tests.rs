//! The guard's tests: limits as a table, the attacks it exists for, and the memoised counts against a naive expansion.

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use async_graphql::parser::types::{Field, Selection, SelectionSet};
use proptest::prelude::*;

use super::*;

fn ask(query: &str) -> Result<DocumentCost, GuardError> {
    ask_with(query, serde_json::json!({}))
}

fn ask_with(query: &str, variables: serde_json::Value) -> Result<DocumentCost, GuardError> {
    let variables = Variables::from_json(variables);
    admit(query, &variables, &Limits::default()).map(|(_, admitted)| admitted.cost())
}

fn over(limit: &'static str, value: u32, maximum: u32) -> Result<DocumentCost, GuardError> {
    Err(GuardError::OverLimit { limit, value, maximum })
}

/// A field named `name`, nested in itself.
fn nested(name: &str, depth: usize) -> String {
    format!("{}{}", format!("{{{name}").repeat(depth), "}".repeat(depth))
}

/// graphql-js's `getIntrospectionQuery` with every option on.
pub(crate) const STANDARD_INTROSPECTION: &str = include_str!("../../../tests/documents/introspection.graphql");

#[test]
fn a_mutation_stands_once_under_each_name() {
    for query in ["mutation { a(x: 1) a(x: 1) }", "mutation { a ... on M { a } }", "mutation { a ...F } fragment F on M { a }"] {
        assert!(matches!(ask(query), Err(GuardError::Repeated { key, .. }) if key == "a"), "{query}");
    }
    for query in ["mutation { a b: a }", "{ a a }", "mutation { a { b b } }"] {
        assert!(ask(query).is_ok(), "{query}");
    }
}

#[test]
fn each_limit_holds_on_both_sides() {
    let operations = |n: usize| (0..n).fold(String::new(), |text, i| text + &format!("query Q{i} {{ a }}"));
    let fragments = |n: usize| (0..n).fold("{ ...F0 }".to_owned(), |text, i| text + &format!("fragment F{i} on Q {{ a }}"));
    let variables = |n: usize| format!("query Q({}) {{ a }}", (0..n).fold(String::new(), |text, i| text + &format!("$v{i}: Int ")));
    let aliases = |n: usize| format!("{{ a {{ {} }} }}", (0..n).fold(String::new(), |text, i| text + &format!("b{i}: b ")));
    let directives = |n: usize| format!("{{ a {} }}", "@skip(if: false) ".repeat(n));
    let fields = |n: usize| format!("{{ a {{ {} }} }}", "b ".repeat(n - 1));
    let roots = |n: usize| format!("{{ {} }}", "a ".repeat(n));
    let comment = |n: usize| format!("{{ a }} #{}", "x".repeat(n - 7));
    let tokens = |n: usize| format!("{{ a(b: [{}]) }}", "1 ".repeat(n - 9));
    let brackets = |n: usize| format!("{{ a(b: {}{}) }}", "[".repeat(n - 2), "]".repeat(n - 2));
    type Document<'a> = &'a dyn Fn(usize) -> String;
    let depth: Document<'_> = &|n| nested("a", n);
    for (limit, document, maximum) in [
        ("bytes", &comment as Document<'_>, 65_536),
        ("tokens", &tokens, 5_000),
        ("nesting", &brackets, 60),
        ("operations", &operations, 20),
        ("fragments", &fragments, 100),
        ("variables", &variables, 200),
        ("rootFields", &roots, 40),
        ("directives", &directives, 20),
        ("fields", &fields, 2_000),
        ("aliases", &aliases, 30),
        ("depth", depth, 15),
    ] {
        let value = u32::try_from(maximum).unwrap();
        assert!(ask(&document(maximum)).is_ok(), "{limit}: {:?}", ask(&document(maximum)));
        assert_eq!(ask(&document(maximum + 1)), over(limit, value + 1, value));
    }
}

#[test]
fn counts_are_those_of_the_expanded_document() {
    let cost = ask(r#"query Q($v: Int @a, $w: [Int!] = [1, 2]) @b {
             x: one(i: $v, l: $w) { ...F }
             two { ... on T @c { y: three ...F @d } }
           }
           fragment F on T @e { four { five @include(if: true) } }"#);
    let expected = DocumentCost {
        operations: 1,
        fragments: 1,
        variables: 2,
        root_fields: 2,
        directives: 8,
        // one, spread, four, five; two, inline, three, spread, four, five
        fields: 10,
        aliases: 2,
        depth: 3,
        // $v is 1, $w is a list of two; `if` once for each spread
        input_values: 6,
        ..DocumentCost::default()
    };
    assert_eq!(cost, Ok(expected));
}

#[test]
fn operations_add_up_and_the_deepest_counts() {
    let cost = ask("query A { a { b } c } query B { d }").unwrap();
    assert_eq!((cost.fields, cost.depth, cost.root_fields), (4, 2, 2));
}

#[test]
fn a_fragment_that_nothing_spreads_is_counted_too() {
    let leaves = "a ".repeat(500);
    let text = format!("{{ a }} fragment U on Q {{ b {{ ...F }} b {{ ...F }} b {{ ...F }} b {{ ...F }} }} fragment F on Q {{ {leaves} }}");
    assert_eq!(ask(&text), over("fields", 1 + 4 + 4 + 2_000 + 500, 2_000));
}

/// `levels` fragments, each spreading the next one twice: 2^levels leaves in a few hundred bytes.
fn bomb(levels: usize, leaf: &str) -> String {
    let mut text = "query{a{...F0}}".to_owned();
    for level in 0..levels {
        write!(text, "fragment F{level} on Query{{...F{next} ...F{next}}}", next = level + 1).unwrap();
    }
    text + &format!("fragment F{levels} on Query{{{leaf}}}")
}

#[test]
fn nested_fragments_are_counted_without_being_expanded() {
    for (levels, value) in [(10, 3 << 10), (28, 3 << 28), (60, u32::MAX), (99, u32::MAX)] {
        for leaf in ["a", "__typename", "...Unknown"] {
            assert_eq!(ask(&bomb(levels, leaf)), over("fields", value, 2_000), "{levels} levels of {leaf}");
        }
    }
    assert_eq!(ask("{ ...A } fragment A on Q { ...B ...B } fragment B on Q { a { b b } }").unwrap().fields, 9);
}

#[test]
fn every_kind_of_flood_through_fragments_is_seen() {
    let through = |leaf: &str| format!("{{ a {{ ...A }} }} fragment A on Q {{ ...B ...B ...B }} fragment B on Q {{ {leaf} }}");
    assert_eq!(ask(&through(&"x: b ".repeat(11))), over("aliases", 33, 30));
    assert_eq!(ask(&through(&"b @skip(if: false) ".repeat(7))), over("directives", 21, 20));
    let roots = format!("{{ ...A }} fragment A on Q {{ ...B ...B ...B }} fragment B on Q {{ {} }}", "b ".repeat(14));
    assert_eq!(ask(&roots), over("rootFields", 42, 40));
    let deep =
        format!("{{ a {{ ...A }} }} fragment A on Q {} fragment B on Q {}", nested("b", 7).replace("{b}", "{b{...B}}"), nested("c", 8));
    assert_eq!(ask(&deep), over("depth", 16, 15));
}

#[test]
fn a_fragment_in_itself_is_refused() {
    for (text, culprit) in [
        ("{ ...A } fragment A on Q { a { ...A } }", "A"),
        ("{ ...A } fragment A on Q { ...B } fragment B on Q { ... { ...C } } fragment C on Q { ...A }", "A"),
        ("{ a } fragment X on Q { ...Y ...Y } fragment Y on Q { ...X b }", "X"),
    ] {
        let Err(GuardError::FragmentCycle { fragment, .. }) = ask(text) else { panic!("{text}") };
        assert_eq!(fragment, culprit);
    }
}

#[test]
fn a_variable_counts_with_its_value_wherever_it_is_used() {
    let items: Vec<i32> = (0..999).collect();
    let used = |times: usize| format!("query Q($v: [Int!]!) {{ a {{ {} }} }}", "b(v: $v) ".repeat(times));
    assert_eq!(ask_with(&used(100), serde_json::json!({ "v": items })).unwrap().input_values, 100_000);
    assert_eq!(ask_with(&used(101), serde_json::json!({ "v": items })), over("inputValues", 101_000, 100_000));
    let text = "x".repeat(640_000);
    assert_eq!(ask_with(&used(10), serde_json::json!({ "v": text })), over("inputValues", 100_010, 100_000));
    let default = ask("query Q($v: [Int!] = [1, 2, 3]) { a(v: $v) b(v: [$v, {k: \"t\", n: 1}]) }").unwrap();
    assert_eq!(default.input_values, 4 + (1 + 4 + 3));
}

#[test]
fn the_standard_introspection_query_passes() {
    let cost = ask(STANDARD_INTROSPECTION).unwrap();
    assert_eq!((cost.introspection_depth, cost.introspection_lists, cost.introspection_aliases), (15, 1, 0));
    assert_eq!((cost.fields, cost.introspection_cost), (0, 198_863));
}

#[test]
fn circles_and_floods_of_introspection_are_refused() {
    let circle =
        |times: usize| format!(r#"{{ __type(name: "T") {}name{} }}"#, "{ fields { type ".repeat(times) + "{", "}".repeat(2 * times + 1));
    assert!(ask(&circle(2)).is_ok());
    assert_eq!(ask(&circle(3)), over("introspectionLists", 3, 2));
    let spread = r#"{ __type(name: "T") { ...A } } fragment A on __Type { ofType { ...B ...B } } fragment B on __Type { interfaces { ...C } }
                    fragment C on __Type { possibleTypes { ofType { inputFields { name } } } }"#;
    assert_eq!(ask(spread), over("introspectionLists", 3, 2));
    assert_eq!(ask(&format!("{{ __schema {} }}", nested("ofType", 20))), over("introspectionDepth", 21, 20));
    let aliased = |n: usize| format!("{{ __schema {{ {} }} }}", "x: description ".repeat(n));
    assert!(ask(&aliased(10)).is_ok());
    assert_eq!(ask(&aliased(11)), over("introspectionAliases", 11, 10));
    let flood = format!("{{ __schema {{ types {{ fields {{ args {{ {} }} }} }} }} }}", "name ".repeat(1_000));
    assert_eq!(ask(&flood), over("introspectionCost", 1 + 1 + 100 * (1 + 10 * (1 + 3 * 1_000)), 500_000));
    let schemas = STANDARD_INTROSPECTION.replacen(
        "__schema {",
        "__schema { ...S } __schema { ...S } __schema { ...S } } fragment S on __Schema {",
        1,
    );
    let schemas = schemas.replacen("}\nfragment FullType", "fragment FullType", 1);
    assert_eq!(ask(&schemas), over("introspectionCost", 3 * 198_863, 500_000));
}

#[test]
fn introspection_beside_data_does_not_loosen_the_limits_of_data() {
    let both = format!("{{ __schema {{ types {{ name }} }} b {} }}", nested("a", 15));
    assert_eq!(ask(&both), over("depth", 16, 15));
    assert_eq!(ask(&format!("{{ b {} }}", nested("fields", 14))).unwrap().introspection_lists, 0);
}

#[test]
fn nul_is_refused_with_the_way_to_it() {
    let variables = serde_json::json!({ "input": { "items": [{ "name": "ok" }, { "name": "a\0b" }] } });
    let error = GuardError::Nul { field: Some("input.items.1.name".to_owned()), position: None };
    assert_eq!(ask_with("query Q($input: I) { a(input: $input) }", variables), Err(error));
    let error = GuardError::Nul { field: None, position: Some(Pos { line: 1, column: 9 }) };
    assert_eq!(ask(r#"{ a(b: ["\u0000"]) }"#), Err(error));
}

#[test]
fn syntax_errors_do_not_echo_the_document() {
    let line = "secret ".repeat(500);
    let error = ServerError::from(ask(&format!("{{ a {line} )")).unwrap_err());
    assert_eq!(ErrorCode::of(&error), Some(ErrorCode::GraphqlParseFailed));
    assert!(error.message.len() < 200 && !error.message.contains("secret"), "{}", error.message);
    assert_eq!(error.locations.len(), 1);
    assert_eq!(ServerError::from(ask("").unwrap_err()).message, "syntax error: expected executable_definition");
}

#[test]
fn a_limit_error_names_limit_value_and_maximum() {
    let error = serde_json::to_value(ServerError::from(ask(&nested("a", 17)).unwrap_err())).unwrap();
    let expected = serde_json::json!({
        "message": "the document is over a limit: depth 17, at most 15",
        "extensions": { "code": "QUERY_TOO_COMPLEX", "limit": "depth", "value": 17, "maximum": 15 },
    });
    assert_eq!(error, expected);
}

#[test]
fn brackets_without_end_are_answered_and_do_not_overflow_the_stack() {
    for bracket in ["{", "[", "(", "{a", "{a(b:", "{a(b:[", "{a(b:{c:", "query Q($a:["] {
        let begin = Instant::now();
        assert!(ask(&bracket.repeat(200_000)).is_err(), "{bracket}");
        assert!(matches!(ask(&bracket.repeat(8_000)), Err(GuardError::OverLimit { .. })), "{bracket}");
        assert!(ask(&bracket.repeat(20)).is_err(), "{bracket}");
        assert!(begin.elapsed() < Duration::from_secs(5), "{bracket} took {:?}", begin.elapsed());
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Root,
    Data,
    Schema,
}

/// The counts by following every spread.
fn naive(document: &ExecutableDocument, set: &SelectionSet, place: Place) -> DocumentCost {
    let mut cost = DocumentCost::default();
    for selection in &set.items {
        let mut inner = match &selection.node {
            Selection::Field(field) => naive_field(document, &field.node, place),
            Selection::FragmentSpread(spread) => {
                naive(document, &document.fragments[&spread.node.fragment_name.node].node.selection_set.node, place)
            }
            Selection::InlineFragment(fragment) => naive(document, &fragment.node.selection_set.node, place),
        };
        inner.fields += u32::from(!matches!(selection.node, Selection::Field(_)) && place != Place::Schema);
        inner.directives += count(selection.node.directives().len());
        cost = add(cost, inner);
    }
    cost
}

fn naive_field(document: &ExecutableDocument, field: &Field, place: Place) -> DocumentCost {
    let place = match place {
        Place::Root if field.name.node == "__schema" => Place::Schema,
        Place::Root => Place::Data,
        place => place,
    };
    let inner = naive(document, &field.selection_set.node, place);
    let (aliases, lists) = (u32::from(field.alias.is_some()), u32::from(field.name.node == "fields"));
    let mut cost = DocumentCost { root_fields: 1, ..inner };
    if place == Place::Schema {
        cost.introspection_aliases += aliases;
        cost.introspection_depth += 1;
        cost.introspection_lists += lists;
        cost.introspection_cost = 1 + inner.introspection_cost * if lists == 1 { 10 } else { 1 };
    } else {
        cost.fields += 1;
        cost.aliases += aliases;
        cost.depth += 1;
    }
    cost
}

fn add(a: DocumentCost, b: DocumentCost) -> DocumentCost {
    DocumentCost {
        root_fields: a.root_fields + b.root_fields,
        directives: a.directives + b.directives,
        fields: a.fields + b.fields,
        aliases: a.aliases + b.aliases,
        depth: a.depth.max(b.depth),
        introspection_aliases: a.introspection_aliases + b.introspection_aliases,
        introspection_depth: a.introspection_depth.max(b.introspection_depth),
        introspection_lists: a.introspection_lists.max(b.introspection_lists),
        introspection_cost: a.introspection_cost + b.introspection_cost,
        ..a
    }
}

/// A selection set that spreads only fragments from `first` to `last`, so that no circle arises.
fn selection_set(first: usize, last: usize) -> impl Strategy<Value = String> {
    let leaf = prop_oneof![Just("a".to_owned()), Just("x: b".to_owned()), Just("c @skip(if: false)".to_owned())];
    let spread = (first..=last.max(first)).prop_map(move |to| if to < last { format!("...F{to}") } else { "d".to_owned() });
    let item = prop_oneof![leaf, spread.clone(), spread];
    let nested = item.prop_recursive(3, 12, 3, |inner| {
        let name = prop::sample::select(vec!["e", "y: f", "fields", "__schema", "... on T", "... @include(if: true)"]);
        (name, prop::collection::vec(inner, 1..3)).prop_map(|(name, items)| format!("{name} {{ {} }}", items.join(" ")))
    });
    prop::collection::vec(nested, 1..4).prop_map(|items| format!("{{ {} }}", items.join(" ")))
}

fn small_document() -> impl Strategy<Value = String> {
    const FRAGMENTS: usize = 4;
    let fragments: Vec<_> = (0..FRAGMENTS).map(|index| selection_set(index + 1, FRAGMENTS)).collect();
    (selection_set(0, FRAGMENTS), fragments).prop_map(|(query, fragments)| {
        fragments.iter().enumerate().fold(query, |text, (index, set)| text + &format!(" fragment F{index} on T {set}"))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn memoised_counts_equal_the_naive_expansion(text in small_document()) {
        let document = parse_query(&text).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        let reached = naive(&document, &operation.node.selection_set.node, Place::Root);
        // what no operation reaches is added, each fragment by itself
        let unreached = document.fragments.iter().filter(|(name, _)| !reaches(&document, &operation.node.selection_set.node, name));
        let sum = unreached.fold(reached, |sum, (_, fragment)| add(sum, naive(&document, &fragment.node.selection_set.node, Place::Root)));
        let expected = DocumentCost { root_fields: reached.root_fields, ..sum };
        let unlimited = Limits {
            root_fields: u32::MAX, directives: u32::MAX, fields: u32::MAX, aliases: u32::MAX, depth: u32::MAX, input_values: u32::MAX,
            introspection_aliases: u32::MAX, introspection_depth: u32::MAX, introspection_lists: u32::MAX, introspection_cost: u32::MAX,
            ..Limits::default()
        };
        let cost = inspect(&document, &Variables::default(), &unlimited).unwrap();
        prop_assert_eq!(DocumentCost { operations: 0, fragments: 0, input_values: 0, ..cost }, expected);
    }

    #[test]
    fn no_text_makes_the_guard_panic(text in "[{}()\\[\\]\"\\\\.:$@#a-c\\n\u{0}é🏃 ]{0,60}") {
        let _ = ask(&text);
    }
}

fn reaches(document: &ExecutableDocument, set: &SelectionSet, name: &Name) -> bool {
    set.items.iter().any(|selection| match &selection.node {
        Selection::Field(field) => reaches(document, &field.node.selection_set.node, name),
        Selection::InlineFragment(fragment) => reaches(document, &fragment.node.selection_set.node, name),
        Selection::FragmentSpread(spread) => {
            let spread = &spread.node.fragment_name.node;
            spread == name || reaches(document, &document.fragments[spread].node.selection_set.node, name)
        }
    })
}
