//! The extension against a schema whose fields fail in every way.

use async_graphql::{EmptySubscription, Object, Schema, SimpleObject};
use serde_json::json;

use super::*;

/// Stands for the error of the application: a code and a message.
struct Failure(ErrorCode, &'static str);

#[expect(clippy::disallowed_types, reason = "the conversion that a resolver's error needs")]
impl From<Failure> for async_graphql::Error {
    fn from(Failure(code, message): Failure) -> Self {
        let error = code.error(message);
        Self { message: error.message, source: None, extensions: error.extensions }
    }
}

fn panicking() -> i32 {
    panic!("secret state")
}

struct Query;

#[Object]
impl Query {
    async fn ok(&self) -> i32 {
        1
    }
    async fn nullable(&self) -> Result<Option<i32>, Failure> {
        Err(Failure(ErrorCode::NotFound, "no such thing"))
    }
    async fn late(&self) -> Result<Option<i32>, Failure> {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        Err(Failure(ErrorCode::Conflict, "too late"))
    }
    async fn required(&self) -> Result<i32, Failure> {
        Err(Failure(ErrorCode::Forbidden, "not yours"))
    }
    async fn internal(&self) -> Result<Option<i32>, Failure> {
        Err(Failure(ErrorCode::Internal, "SELECT * FROM secret"))
    }
    async fn logged(&self) -> Option<Logged> {
        Some(Logged)
    }
    async fn panics(&self) -> Option<i32> {
        Some(panicking())
    }
    async fn panics_required(&self) -> i32 {
        panicking()
    }
    async fn bounded(&self, #[graphql(validator(minimum = 1))] n: i32) -> Option<i32> {
        Some(n)
    }
    async fn items(&self) -> Vec<Option<Item>> {
        (0..3).map(|n| Some(Item { n })).collect()
    }
    async fn long(&self) -> Result<Option<i32>, Failure> {
        Err(Failure(ErrorCode::Conflict, Box::leak("é".repeat(400).into_boxed_str())))
    }
    async fn item(&self) -> Option<Item> {
        Some(Item { n: 1 })
    }
}

#[derive(SimpleObject)]
#[graphql(complex)]
struct Item {
    n: i32,
}

#[async_graphql::ComplexObject]
impl Item {
    async fn odd(&self) -> Result<i32, Failure> {
        if self.n % 2 == 1 { Ok(self.n) } else { Err(Failure(ErrorCode::BadUserInput, "even")) }
    }
}

struct Logged;

#[Object]
impl Logged {
    /// An error that its maker has logged under an id of its own.
    #[expect(clippy::disallowed_types, reason = "stands for the application's conversion")]
    async fn value(&self) -> Result<i32, async_graphql::Error> {
        let mut error = async_graphql::Error::from(Failure(ErrorCode::Internal, "internal error"));
        error.extensions.get_or_insert_default().set("errorId", "e1");
        Err(error)
    }
    #[expect(clippy::disallowed_types, reason = "stands for an error that nobody gave a code")]
    async fn stranger(&self) -> Result<i32, async_graphql::Error> {
        let mut error = async_graphql::Error::new("secret");
        error.extensions.get_or_insert_default().set("code", "TEAPOT");
        Err(error)
    }
    #[expect(clippy::disallowed_types, reason = "stands for an error that nobody gave a code")]
    async fn uncoded(&self) -> Result<i32, async_graphql::Error> {
        Err(async_graphql::Error::new("secret"))
    }
}

struct Mutation;

#[Object]
impl Mutation {
    async fn fail(&self) -> Result<Option<i32>, Failure> {
        Err(Failure(ErrorCode::Conflict, "taken"))
    }
    async fn count(&self) -> i32 {
        7
    }
}

async fn run(request: Request) -> Response {
    let schema = Schema::build(Query, Mutation, EmptySubscription).extension(Hardening::default()).limit_depth(9).finish();
    schema.execute(request.data(RequestId("r1".into())).data(MayIntrospect)).await
}

async fn answer(query: &str) -> serde_json::Value {
    serde_json::to_value(run(Request::new(query)).await).unwrap()
}

async fn codes(query: &str) -> Vec<&'static str> {
    run(Request::new(query)).await.errors.iter().map(|error| ErrorCode::of(error).expect("a code of the list").name()).collect()
}

#[tokio::test]
async fn an_error_of_a_nullable_field_nulls_that_field_alone() {
    let expected = json!({
        "data": { "ok": 1, "nullable": null },
        "errors": [{
            "message": "no such thing", "locations": [{ "line": 1, "column": 6 }], "path": ["nullable"], "extensions": { "code": "NOT_FOUND" },
        }],
    });
    assert_eq!(answer("{ ok nullable }").await, expected);
}

#[tokio::test]
async fn an_error_of_a_required_field_nulls_the_nearest_nullable_one() {
    assert_eq!(answer("{ ok required }").await["data"], json!(null));
    let answer = answer("{ items { n odd } }").await;
    assert_eq!(answer["data"], json!({ "items": [null, { "n": 1, "odd": 1 }, null] }));
    assert_eq!(answer["errors"][0]["path"], json!(["items", 0, "odd"]));
    assert_eq!(answer["errors"][1]["path"], json!(["items", 2, "odd"]));
}

#[tokio::test]
async fn a_failed_mutation_does_not_stop_the_next_one() {
    assert_eq!(answer("mutation { a: fail b: count }").await["data"], json!({ "a": null, "b": 7 }));
}

#[tokio::test]
async fn a_panic_is_an_internal_error_of_its_field() {
    let masked = |path: &str, column: usize| {
        json!({
            "message": "internal error", "locations": [{ "line": 1, "column": column }], "path": [path],
            "extensions": { "code": "INTERNAL", "errorId": "r1" },
        })
    };
    assert_eq!(answer("{ ok panics }").await, json!({ "data": { "ok": 1, "panics": null }, "errors": [masked("panics", 6)] }));
    assert_eq!(answer("{ panicsRequired }").await, json!({ "data": null, "errors": [masked("panicsRequired", 3)] }));
}

#[tokio::test]
async fn what_was_not_meant_for_a_client_is_hidden() {
    for (query, id) in
        [("{ internal }", "r1"), ("{ logged { stranger } }", "r1"), ("{ logged { uncoded } }", "r1"), ("{ logged { value } }", "e1")]
    {
        let answer = answer(query).await;
        assert_eq!(answer["errors"][0]["extensions"], json!({ "code": "INTERNAL", "errorId": id }), "{query}");
        assert_eq!(answer["errors"][0]["message"], "internal error");
    }
}

#[tokio::test]
async fn every_error_has_the_code_of_its_kind() {
    let fragments = "{ item { ...F } } fragment F on Item { ...F }";
    for (query, code) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ missing }", "GRAPHQL_VALIDATION_FAILED"),
        (fragments, "GRAPHQL_VALIDATION_FAILED"),
        ("query A { ok } query B { ok }", "BAD_USER_INPUT"),
        ("{ bounded(n: 0) }", "BAD_USER_INPUT"),
        ("{ bounded(n: \"x\") }", "BAD_USER_INPUT"),
        ("{ item }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ __schema{types{fields{args{type{ofType{ofType{ofType{ofType{name}}}}}}}}} }", "QUERY_TOO_COMPLEX"),
        ("{ long }", "CONFLICT"),
    ] {
        assert_eq!(codes(query).await, [code], "{query}");
    }
    let variables = Variables::from_json(json!({ "n": "x" }));
    let response = run(Request::new("query Q($n: Int!) { bounded(n: $n) }").variables(variables)).await;
    assert_eq!(ErrorCode::of(&response.errors[0]), Some(ErrorCode::BadUserInput));
}

#[tokio::test]
async fn a_document_that_no_transport_admitted_is_guarded() {
    let mut text = "{ item { ...F0 } }".to_owned();
    for level in 0..40 {
        text += &format!("fragment F{level} on Item {{ ...F{next} ...F{next} }}", next = level + 1);
    }
    assert_eq!(codes(&(text + "fragment F40 on Item { n }")).await, ["QUERY_TOO_COMPLEX"]);
}

#[tokio::test]
async fn messages_and_errors_are_bounded() {
    let response = run(Request::new("{ long }")).await;
    assert_eq!(response.errors[0].message, format!("{}…", "é".repeat(MAX_MESSAGE_CHARS - 1)));
    let mut exact = "x".repeat(MAX_MESSAGE_CHARS);
    cut(&mut exact);
    assert_eq!(exact, "x".repeat(MAX_MESSAGE_CHARS));

    let response = run(Request::new(format!("{{ {} }}", "nullable ".repeat(25)))).await;
    assert_eq!(response.errors.len(), MAX_ERRORS);
    let columns: Vec<_> = response.errors.iter().map(|error| error.locations[0].column).collect();
    assert!(columns.is_sorted() && columns[0] == 3, "{columns:?}");
    let response = run(Request::new(format!("{{ {} }}", (0..50).map(|n| format!("x{n} ")).collect::<String>()))).await;
    assert_eq!(response.errors.len(), 1, "refused by the guard: {:?}", response.errors);
    let response = run(Request::new(format!("{{ {} }}", (0..40).map(|n| format!("x{n} ")).collect::<String>()))).await;
    assert_eq!(response.errors.len(), MAX_ERRORS);
}

#[tokio::test]
async fn errors_stand_in_the_order_of_the_document() {
    assert_eq!(codes("{ late nullable }").await, ["CONFLICT", "NOT_FOUND"]);
    assert_eq!(codes("{ nullable late }").await, ["NOT_FOUND", "CONFLICT"]);
}

#[tokio::test]
async fn the_flag_tells_whether_execution_began() {
    for (query, began) in
        [("{ ok }", true), ("{ required }", true), ("{", false), ("{ missing }", false), ("query A{ok} query B{ok}", false)]
    {
        let flag = ExecutionFlag::default();
        run(Request::new(query).data(flag.clone())).await;
        assert_eq!(flag.began(), began, "{query}");
    }
}
