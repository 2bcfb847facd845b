//! Accounts and people through the API.

use entity::kinds::Role;
use serde_json::{Value, json};

use crate::support::{Caller, but_members, on_both_engines, rows};

const RECORD_ACCOUNT: &str = "mutation($input: RecordAccountInput!) { recordAccount(input: $input) {
    account { id name domain externalId { source value } version } userErrors { field code } } }";
const RECORD_ACCOUNTS: &str = "mutation($input: RecordAccountsInput!) { recordAccounts(input: $input) {
    results { index outcome account { id name } userErrors { field code } } userErrors { field code } } }";
const REVISE_ACCOUNT: &str = "mutation($input: ReviseAccountInput!) { reviseAccount(input: $input) {
    account { name domain version } userErrors { field code } } }";
const RECORD_PERSON: &str = "mutation($input: RecordPersonInput!) { recordPerson(input: $input) {
    person { id kind name email knownAt account { name } } userErrors { field code } } }";
const RECORD_PEOPLE: &str = "mutation($input: RecordPeopleInput!) { recordPeople(input: $input) {
    results { index outcome person { id kind } userErrors { field code message } } userErrors { field code } } }";
const REVISE_PERSON: &str = "mutation($input: RevisePersonInput!) { revisePerson(input: $input) {
    person { kind name email knownAt version account { id } } userErrors { field code } } }";

/// An id that has the right form and no object.
fn nobody(prefix: &str) -> String {
    format!("{prefix}_00000000000000000000000001")
}

fn id(object: &Value) -> String {
    object["id"].as_str().unwrap().to_owned()
}

async fn account(caller: &Caller<'_>, name: &str) -> String {
    id(&caller.gql(RECORD_ACCOUNT, json!({ "input": { "name": name } })).await["recordAccount"]["account"])
}

async fn person(caller: &Caller<'_>, input: Value) -> String {
    id(&caller.gql(RECORD_PERSON, json!({ "input": input })).await["recordPerson"]["person"])
}

/// Each problem as the field below `input` and its code.
fn problems(errors: &Value) -> Value {
    let pair = |error: &Value| {
        let path: Vec<&str> = error["field"].as_array().unwrap().iter().skip(1).map(|part| part.as_str().unwrap()).collect();
        json!([path.join("."), error["code"]])
    };
    errors.as_array().unwrap().iter().map(pair).collect()
}

async fn count(caller: &Caller<'_>, list: &str, filter: Value) -> i64 {
    let kind = if list == "people" { "PersonFilter" } else { "AccountFilter" };
    let document = format!("query($filter: {kind}) {{ {list}(filter: $filter) {{ totalCount }} }}");
    caller.gql(&document, json!({ "filter": filter })).await[list]["totalCount"].as_i64().unwrap()
}

async fn names(caller: &Caller<'_>, search: &str) -> Value {
    let document = "query($search: String!) { accounts(filter: { search: $search }) { nodes { name } } }";
    let data = caller.gql(document, json!({ "search": search })).await;
    data["accounts"]["nodes"].as_array().unwrap().iter().map(|node| node["name"].clone()).collect()
}

on_both_engines! {
    async fn an_account_is_recorded_and_found_by_every_way(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let input = json!({ "name": " Globex ", "domain": "Globex.COM", "externalId": { "source": "crm", "value": "7" } });
        let data = ops.gql(RECORD_ACCOUNT, json!({ "input": input })).await;
        let recorded = &data["recordAccount"]["account"];
        let found = "query($id: ID!) { account(id: $id) { id name domain externalId { source value } version } node(id: $id) { id __typename }
            accountByExternalId(externalId: { source: \"crm\", value: \"7\" }) { id }
            other: accountByExternalId(externalId: { source: \"erp\", value: \"7\" }) { id } }";
        let data = ops.gql(found, json!({ "id": recorded["id"] })).await;
        assert_eq!(data["account"], *recorded);
        assert_eq!(data["account"]["name"], "Globex");
        assert_eq!(data["account"]["domain"], "globex.com");
        assert_eq!(data["account"]["externalId"], json!({ "source": "crm", "value": "7" }));
        assert_eq!(data["node"], json!({ "id": recorded["id"], "__typename": "Account" }));
        assert_eq!(data["accountByExternalId"]["id"], recorded["id"]);
        assert_eq!(data["other"], Value::Null);
    }

    async fn bad_accounts_are_named_and_store_nothing(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let before = rows(&app).await;
        let cases = [
            (json!({ "name": " " }), json!([["name", "REQUIRED"]])),
            (json!({ "name": "a\u{1}" }), json!([["name", "INVALID_TEXT"]])),
            (json!({ "name": "a".repeat(201) }), json!([["name", "TOO_LONG"]])),
            (json!({ "name": "", "domain": "localhost" }), json!([["name", "REQUIRED"], ["domain", "INVALID"]])),
            (json!({ "name": "a", "domain": "https://a.com" }), json!([["domain", "INVALID"]])),
            (json!({ "name": "a", "domain": "a..com" }), json!([["domain", "INVALID"]])),
            (json!({ "name": "a", "externalId": { "source": "", "value": "1" } }), json!([["externalId.source", "REQUIRED"]])),
            (json!({ "name": "a", "externalId": { "source": "crm", "value": "\u{1}" } }), json!([["externalId.value", "INVALID_TEXT"]])),
            (json!({ "name": "a", "idempotencyKey": "" }), json!([["idempotencyKey", "INVALID"]])),
        ];
        for (input, expected) in cases {
            let data = ops.gql(RECORD_ACCOUNT, json!({ "input": input })).await;
            assert_eq!(problems(&data["recordAccount"]["userErrors"]), expected, "{input}");
            assert_eq!(data["recordAccount"]["account"], Value::Null);
        }
        let nul = json!({ "input": { "name": "a\u{0}" } });
        assert_eq!(ops.refused(RECORD_ACCOUNT, nul).await, "BAD_USER_INPUT");
        assert_eq!(rows(&app).await, before);
    }

    async fn the_same_external_id_again_changes_nothing_and_other_content_is_refused(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Integration).await;
        let external = json!({ "source": "crm", "value": "1" });
        let first = ops.gql(RECORD_ACCOUNT, json!({ "input": { "name": "a", "externalId": external } })).await;
        let again = ops.gql(RECORD_ACCOUNT, json!({ "input": { "name": "a ", "externalId": external } })).await;
        assert_eq!(first, again);
        let other = ops.gql(RECORD_ACCOUNT, json!({ "input": { "name": "b", "externalId": external } })).await;
        assert_eq!(other["recordAccount"]["userErrors"], json!([{ "field": ["input", "externalId"], "code": "EXTERNAL_ID_CONFLICT" }]));
        let elsewhere = ops.gql(RECORD_ACCOUNT, json!({ "input": { "name": "b", "externalId": { "source": "erp", "value": "1" } } })).await;
        assert_eq!(elsewhere["recordAccount"]["userErrors"], json!([]));
        // Another organization has names of its own.
        let theirs = app.org("other").await.member(Role::Integration).await;
        let data = theirs.gql(RECORD_ACCOUNT, json!({ "input": { "name": "c", "externalId": external } })).await;
        assert_eq!(data["recordAccount"]["account"]["name"], "c");
        assert_eq!(count(&ops, "accounts", json!({})).await, 2);
        assert_eq!(count(&ops, "accounts", json!({ "source": "crm" })).await, 1);
    }

    async fn a_repeated_key_gives_the_first_account_and_not_for_other_input(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let input = json!({ "input": { "name": "a", "idempotencyKey": "k" } });
        let first = ops.gql(RECORD_ACCOUNT, input.clone()).await;
        assert_eq!(ops.gql(RECORD_ACCOUNT, input).await, first);
        let data = ops.gql(RECORD_ACCOUNT, json!({ "input": { "name": "b", "idempotencyKey": "k" } })).await;
        assert_eq!(problems(&data["recordAccount"]["userErrors"]), json!([["idempotencyKey", "IDEMPOTENCY_MISMATCH"]]));
        // What was rejected does not use a key up.
        let data = ops.gql(RECORD_ACCOUNT, json!({ "input": { "name": "", "idempotencyKey": "l" } })).await;
        assert_eq!(problems(&data["recordAccount"]["userErrors"]), json!([["name", "REQUIRED"]]));
        let data = ops.gql(RECORD_ACCOUNT, json!({ "input": { "name": "c", "idempotencyKey": "l" } })).await;
        assert_eq!(data["recordAccount"]["account"]["name"], "c");
        assert_eq!(count(&ops, "accounts", json!({})).await, 2);
    }

    async fn an_account_is_revised_by_who_saw_its_newest_version(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let account = account(&ops, "a").await;
        let data = ops.gql(REVISE_ACCOUNT, json!({ "input": { "accountId": account, "domain": "a.com", "expectedVersion": 1 } })).await;
        assert_eq!(data["reviseAccount"]["account"], json!({ "name": "a", "domain": "a.com", "version": 2 }));
        let input = json!({ "input": { "accountId": account, "name": "b", "domain": null, "idempotencyKey": "k" } });
        let data = ops.gql(REVISE_ACCOUNT, input.clone()).await;
        assert_eq!(data["reviseAccount"]["account"], json!({ "name": "b", "domain": null, "version": 3 }));
        assert_eq!(ops.gql(REVISE_ACCOUNT, input).await, data);
        for (input, expected) in [
            (json!({ "accountId": account, "name": "c", "expectedVersion": 2 }), json!([["expectedVersion", "STALE_VERSION"]])),
            (json!({ "accountId": account, "name": "" }), json!([["name", "REQUIRED"]])),
            (json!({ "accountId": nobody("acc"), "name": "c" }), json!([["accountId", "NOT_FOUND"]])),
        ] {
            let data = ops.gql(REVISE_ACCOUNT, json!({ "input": input })).await;
            assert_eq!(problems(&data["reviseAccount"]["userErrors"]), expected);
        }
        assert_eq!(names(&ops, "b").await, json!(["b"]));
        assert_eq!(names(&ops, "a").await, json!([]));
    }

    async fn search_ignores_case_and_takes_wildcards_literally(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        for name in ["MÜLLER 100%", "Muller_1", "Back\\slash", "Other"] {
            account(&ops, name).await;
        }
        assert_eq!(names(&ops, "müller").await, json!(["MÜLLER 100%"]));
        assert_eq!(names(&ops, "100%").await, json!(["MÜLLER 100%"]));
        assert_eq!(names(&ops, "%").await, json!(["MÜLLER 100%"]));
        assert_eq!(names(&ops, "R_").await, json!(["Muller_1"]));
        assert_eq!(names(&ops, "k\\S").await, json!(["Back\\slash"]));
        assert_eq!(names(&ops, "' OR 1=1").await, json!([]));
        let refused = ops.refused("{ accounts(filter: { search: \"\" }) { totalCount } }", json!({})).await;
        assert_eq!(refused, "BAD_USER_INPUT");
    }

    async fn a_person_is_anonymous_or_known(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let since = "2026-05-01T00:00:00Z";
        let account = account(&ops, "Globex").await;
        let good = [
            (json!({}), json!({ "kind": "ANONYMOUS", "name": null, "email": null, "knownAt": null, "account": null })),
            (
                json!({ "email": "Ada@Example.com", "knownAt": since, "accountId": account }),
                json!({ "kind": "KNOWN", "name": null, "email": "ada@example.com", "knownAt": since, "account": { "name": "Globex" } }),
            ),
            (
                json!({ "knownAt": since, "externalId": { "source": "crm", "value": "1" } }),
                json!({ "kind": "KNOWN", "name": null, "email": null, "knownAt": since, "account": null }),
            ),
        ];
        for (input, expected) in good {
            let mut data = ops.gql(RECORD_PERSON, json!({ "input": input })).await;
            data["recordPerson"]["person"].as_object_mut().unwrap().remove("id");
            assert_eq!(data["recordPerson"], json!({ "person": expected, "userErrors": [] }));
        }
        let foreign = account_of_another(&app).await;
        let bad = [
            (json!({ "knownAt": since }), json!([["email", "REQUIRED"]])),
            (json!({ "name": "Ada" }), json!([["knownAt", "REQUIRED"]])),
            (json!({ "email": "ada@example.com" }), json!([["knownAt", "REQUIRED"]])),
            (json!({ "email": "ada", "knownAt": since }), json!([["email", "INVALID"]])),
            (json!({ "name": "A\u{1}", "knownAt": since }), json!([["name", "INVALID_TEXT"]])),
            (json!({ "name": "A", "knownAt": "1969-12-31T23:59:59Z" }), json!([["knownAt", "DATE_OUT_OF_RANGE"]])),
            (json!({ "name": "A", "knownAt": "2026-06-02T12:00:00.000001Z" }), json!([["knownAt", "DATE_OUT_OF_RANGE"]])),
            (json!({ "accountId": nobody("acc") }), json!([["accountId", "NOT_FOUND"]])),
            (json!({ "accountId": foreign }), json!([["accountId", "NOT_FOUND"]])),
        ];
        for (input, expected) in bad {
            let data = ops.gql(RECORD_PERSON, json!({ "input": input })).await;
            assert_eq!(problems(&data["recordPerson"]["userErrors"]), expected, "{input}");
        }
        let tomorrow = json!({ "name": "A", "knownAt": "2026-06-02T12:00:00Z" });
        assert_eq!(ops.gql(RECORD_PERSON, json!({ "input": tomorrow })).await["recordPerson"]["userErrors"], json!([]));
        assert_eq!(count(&ops, "people", json!({})).await, 4);
        assert_eq!(count(&ops, "people", json!({ "kind": "KNOWN" })).await, 3);
        assert_eq!(count(&ops, "people", json!({ "accountId": account })).await, 1);
        assert_eq!(count(&ops, "people", json!({ "email": "ADA@example.com" })).await, 1);
        assert_eq!(count(&ops, "people", json!({ "search": "EXAMPLE" })).await, 1);
        assert_eq!(count(&ops, "people", json!({ "source": "crm" })).await, 1);
        let answer = ops.answer("{ person(id: \"acc_00000000000000000000000001\") { id } }", json!({})).await;
        assert_eq!((&answer["data"]["person"], &answer["errors"][0]["extensions"]["code"]), (&Value::Null, &json!("BAD_USER_INPUT")));
    }

    async fn nobody_becomes_known_before_their_first_touch(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let person = person(&ops, json!({})).await;
        let touch = "mutation($input: RecordTouchInput!) { recordTouch(input: $input) { touch { id } userErrors { field code } } }";
        for at in ["2026-04-02T00:00:00Z", "2026-04-01T00:00:00Z"] {
            let input = json!({ "personId": person, "occurredAt": at, "kind": "VISIT", "channel": "WEB", "actorKind": "CAMPAIGN", "resource": "MARKETING" });
            assert_eq!(ops.gql(touch, json!({ "input": input })).await["recordTouch"]["userErrors"], json!([]));
        }
        let revise = async |input: Value| ops.gql(REVISE_PERSON, json!({ "input": input })).await["revisePerson"].clone();
        let early = revise(json!({ "personId": person, "name": "Ada", "knownAt": "2026-03-31T23:59:59.999999Z" })).await;
        assert_eq!(early, json!({ "person": null, "userErrors": [{ "field": ["input", "knownAt"], "code": "OUT_OF_ORDER" }] }));
        let unsaid = revise(json!({ "personId": person, "name": "Ada" })).await;
        assert_eq!(problems(&unsaid["userErrors"]), json!([["knownAt", "REQUIRED"]]));
        let nameless = revise(json!({ "personId": person, "knownAt": "2026-04-01T00:00:00Z" })).await;
        assert_eq!(problems(&nameless["userErrors"]), json!([["email", "REQUIRED"]]));
        let known = revise(json!({ "personId": person, "name": "Ada", "knownAt": "2026-04-01T00:00:00Z" })).await;
        let expected = json!({ "kind": "KNOWN", "name": "Ada", "email": null, "knownAt": "2026-04-01T00:00:00Z", "version": 2, "account": null });
        assert_eq!(known, json!({ "person": expected, "userErrors": [] }));
        let nameless = revise(json!({ "personId": person, "name": null })).await;
        assert_eq!(problems(&nameless["userErrors"]), json!([["email", "REQUIRED"]]));
        let account = account(&ops, "Globex").await;
        let moved = revise(json!({ "personId": person, "accountId": account, "expectedVersion": 2 })).await;
        assert_eq!(moved["person"]["account"]["id"], json!(account));
        let left = revise(json!({ "personId": person, "accountId": null })).await;
        assert_eq!(left["person"]["account"], Value::Null);
        let foreign = account_of_another(&app).await;
        for (input, expected) in [
            (json!({ "personId": nobody("per") }), json!([["personId", "NOT_FOUND"]])),
            (json!({ "personId": person, "accountId": nobody("acc") }), json!([["accountId", "NOT_FOUND"]])),
            (json!({ "personId": person, "accountId": foreign }), json!([["accountId", "NOT_FOUND"]])),
            (json!({ "personId": person, "expectedVersion": 1 }), json!([["expectedVersion", "STALE_VERSION"]])),
        ] {
            assert_eq!(problems(&revise(input).await["userErrors"]), expected);
        }
    }

    async fn contact_data_is_hidden_from_who_may_not_read_it(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        let person = person(&ops, json!({ "name": "Ada", "email": "ada@example.com", "knownAt": "2026-05-01T00:00:00Z" })).await;
        let document = "query($id: ID!) { person(id: $id) { kind name email knownAt } people { nodes { name email } } }";
        for (role, name, email) in [(Role::Marketer, json!("Ada"), json!("ada@example.com")), (Role::Executive, Value::Null, Value::Null), (Role::Auditor, Value::Null, Value::Null)] {
            let caller = acme.member(role).await;
            let data = caller.gql(document, json!({ "id": person })).await;
            assert_eq!(data["person"], json!({ "kind": "KNOWN", "name": name, "email": email, "knownAt": "2026-05-01T00:00:00Z" }), "{role:?}");
            assert_eq!(data["people"]["nodes"], json!([{ "name": name, "email": email }]));
        }
        // What cannot be read cannot be guessed by searching either.
        let executive = acme.member(Role::Executive).await;
        for filter in ["search: \"ada\"", "email: \"ada@example.com\""] {
            assert_eq!(executive.refused(&format!("{{ people(filter: {{ {filter} }}) {{ totalCount }} }}"), json!({})).await, "FORBIDDEN");
        }
        let partner = acme.member(Role::Partner).await;
        assert_eq!(partner.answer(document, json!({ "id": person })).await["errors"][0]["extensions"]["code"], "FORBIDDEN");
        let data = partner.gql("query($id: ID!) { node(id: $id) { id } }", json!({ "id": person })).await;
        assert_eq!(data["node"], Value::Null);
    }

    async fn a_bulk_of_people_is_settled_item_by_item(app: TestApp) {
        let acme = app.org("acme").await;
        let crm = acme.member(Role::Integration).await;
        let named = |name: &str, key: &str| json!({ "name": name, "knownAt": "2026-05-01T00:00:00Z", "externalId": { "source": "crm", "value": key } });
        let stored = person(&crm, named("Ada", "1")).await;
        let items = json!([
            named("Ada", "1"), named("Eve", "1"), named("Bob", "2"), named("Bob", "2"), named("Cyd", "2"),
            { "name": "Dan" }, {}, { "accountId": nobody("acc"), "email": "x" },
        ]);
        let input = json!({ "input": { "items": items, "idempotencyKey": "k" } });
        let data = crm.gql(RECORD_PEOPLE, input.clone()).await;
        let results = data["recordPeople"]["results"].as_array().unwrap();
        let outcomes: Vec<&str> = results.iter().map(|result| result["outcome"].as_str().unwrap()).collect();
        assert_eq!(outcomes, ["UNCHANGED", "REJECTED", "RECORDED", "UNCHANGED", "REJECTED", "REJECTED", "RECORDED", "REJECTED"]);
        assert_eq!(results.iter().map(|result| result["index"].as_i64().unwrap()).collect::<Vec<_>>(), (0..8).collect::<Vec<_>>());
        assert_eq!(results[0]["person"]["id"], json!(stored));
        assert_eq!(results[2]["person"]["id"], results[3]["person"]["id"]);
        assert_eq!(results[6]["person"]["kind"], "ANONYMOUS");
        let rejected: Vec<Value> = results.iter().map(|result| problems(&result["userErrors"])).collect();
        assert_eq!(json!(rejected), json!([
            [], [["items.1.externalId", "EXTERNAL_ID_CONFLICT"]], [], [], [["items.4.externalId", "EXTERNAL_ID_CONFLICT"]],
            [["items.5.knownAt", "REQUIRED"]], [], [["items.7.email", "INVALID"], ["items.7.accountId", "NOT_FOUND"]],
        ]));
        assert_eq!(count(&crm, "people", json!({})).await, 3);
        // The same key answers the same and writes nothing.
        let another = acme.member(Role::Integration).await;
        let before = rows(&app).await;
        assert_eq!(crm.gql(RECORD_PEOPLE, input.clone()).await, data);
        // To nobody else, who might not see what became of it.
        let theirs = another.gql(RECORD_PEOPLE, input).await;
        assert_eq!(problems(&theirs["recordPeople"]["userErrors"]), json!([["idempotencyKey", "IDEMPOTENCY_MISMATCH"]]));
        let other = crm.gql(RECORD_PEOPLE, json!({ "input": { "items": [{}], "idempotencyKey": "k" } })).await;
        assert_eq!(problems(&other["recordPeople"]["userErrors"]), json!([["idempotencyKey", "IDEMPOTENCY_MISMATCH"]]));
        assert_eq!(other["recordPeople"]["results"], Value::Null);
        assert_eq!(rows(&app).await, before);
    }

    async fn a_bulk_holds_a_thousand_items(app: TestApp) {
        let acme = app.org("acme").await;
        let crm = acme.member(Role::Integration).await;
        let items = |count: usize| (0..count).map(|number| json!({ "name": format!("a{number}") })).collect::<Value>();
        let data = crm.gql(RECORD_ACCOUNTS, json!({ "input": { "items": items(1_001) } })).await;
        assert_eq!(data["recordAccounts"], json!({ "results": null, "userErrors": [{ "field": ["input", "items"], "code": "TOO_MANY" }] }));
        let data = crm.gql(RECORD_ACCOUNTS, json!({ "input": { "items": [] } })).await;
        assert_eq!(data["recordAccounts"], json!({ "results": null, "userErrors": [{ "field": ["input", "items"], "code": "REQUIRED" }] }));
        assert_eq!(count(&crm, "accounts", json!({})).await, 0);
        let data = crm.gql(RECORD_ACCOUNTS, json!({ "input": { "items": items(1_000) } })).await;
        let results = data["recordAccounts"]["results"].as_array().unwrap();
        assert!(results.iter().all(|result| result["outcome"] == "RECORDED"));
        assert_eq!(results[999]["account"]["name"], "a999");
        assert_eq!(count(&crm, "accounts", json!({})).await, 1_000);
    }

    async fn pages_walk_all_accounts_both_ways(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        for number in 0..7 {
            account(&ops, &format!("a{number}")).await;
        }
        let document = "query($first: Int, $after: String, $last: Int, $before: String) {
            accounts(first: $first, after: $after, last: $last, before: $before) {
                totalCount nodes { name } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";
        let read = async |variables: Value| {
            let data = ops.gql(document, variables).await;
            let names: Vec<String> = data["accounts"]["nodes"].as_array().unwrap().iter().map(|node| node["name"].as_str().unwrap().to_owned()).collect();
            assert_eq!(data["accounts"]["totalCount"], 7);
            (names, data["accounts"]["pageInfo"].clone())
        };
        let (mut forward, mut after) = (Vec::new(), Value::Null);
        loop {
            let (names, info) = read(json!({ "first": 3, "after": after })).await;
            assert_eq!(info["hasPreviousPage"], json!(!forward.is_empty()));
            forward.extend(names);
            after = info["endCursor"].clone();
            if info["hasNextPage"] == false {
                break;
            }
        }
        assert_eq!(forward, ["a6", "a5", "a4", "a3", "a2", "a1", "a0"]);
        let (names, info) = read(json!({ "last": 3 })).await;
        assert_eq!((names, &info["hasPreviousPage"], &info["hasNextPage"]), (vec!["a2".into(), "a1".into(), "a0".into()], &json!(true), &json!(false)));
        let (names, info) = read(json!({ "last": 5, "before": info["startCursor"] })).await;
        assert_eq!((names, &info["hasPreviousPage"], &info["hasNextPage"]), (vec!["a6".into(), "a5".into(), "a4".into(), "a3".into()], &json!(false), &json!(true)));
        assert_eq!(ops.refused("{ accounts(first: 101) { totalCount } }", json!({})).await, "BAD_USER_INPUT");
    }

    async fn the_people_of_an_account_come_in_pages_of_their_own(app: TestApp) {
        let acme = app.org("acme").await;
        let ops = acme.member(Role::Revops).await;
        for name in ["a", "b", "c"] {
            let account = account(&ops, name).await;
            let people = if name == "a" { 0 } else { 3 };
            for number in 0..people {
                person(&ops, json!({ "name": format!("{name}{number}"), "knownAt": "2026-05-01T00:00:00Z", "accountId": account })).await;
            }
        }
        let document = "query($after: String) { accounts { nodes { name people(first: 2, after: $after) { totalCount nodes { name } pageInfo { hasNextPage hasPreviousPage endCursor } } } } }";
        let data = ops.gql(document, json!({})).await;
        let page = |node: &Value| json!([node["name"], node["people"]["totalCount"], node["people"]["nodes"], node["people"]["pageInfo"]["hasNextPage"]]);
        let pages: Value = data["accounts"]["nodes"].as_array().unwrap().iter().map(page).collect();
        assert_eq!(pages, json!([
            ["c", 3, [{ "name": "c2" }, { "name": "c1" }], true], ["b", 3, [{ "name": "b2" }, { "name": "b1" }], true], ["a", 0, [], false],
        ]));
        let after = &data["accounts"]["nodes"][0]["people"]["pageInfo"]["endCursor"];
        let data = ops.gql(document, json!({ "after": after })).await;
        assert_eq!(data["accounts"]["nodes"][0]["people"]["nodes"], json!([{ "name": "c0" }]));
        assert_eq!(data["accounts"]["nodes"][0]["people"]["pageInfo"]["hasPreviousPage"], true);
        let last = "{ accounts { nodes { people(last: 2) { nodes { name } pageInfo { hasNextPage hasPreviousPage } } } } }";
        let data = ops.gql(last, json!({})).await;
        assert_eq!(data["accounts"]["nodes"][1]["people"], json!({
            "nodes": [{ "name": "b1" }, { "name": "b0" }], "pageInfo": { "hasNextPage": false, "hasPreviousPage": true },
        }));
    }

    async fn who_may_not_record_changes_nothing(app: TestApp) {
        let acme = app.org("acme").await;
        let before = rows(&app).await;
        for role in [Role::Executive, Role::Auditor, Role::SalesAssistant, Role::Partner] {
            let caller = acme.member(role).await;
            assert_eq!(caller.refused(RECORD_PERSON, json!({ "input": {} })).await, "FORBIDDEN");
            assert_eq!(caller.refused(RECORD_PEOPLE, json!({ "input": { "items": [{}] } })).await, "FORBIDDEN");
            assert_eq!(caller.refused(RECORD_ACCOUNT, json!({ "input": { "name": "a" } })).await, "FORBIDDEN");
            assert_eq!(caller.refused(RECORD_ACCOUNTS, json!({ "input": { "items": [{ "name": "a" }] } })).await, "FORBIDDEN");
        }
        assert_eq!(but_members(&rows(&app).await), but_members(&before));
    }

    async fn two_callers_cannot_both_record_one_external_id(app: TestApp) {
        let acme = app.org("acme").await;
        let crm = acme.member(Role::Integration).await;
        let input = |name: &str| json!({ "input": { "name": name, "externalId": { "source": "crm", "value": "1" } } });
        let (one, two) = tokio::join!(crm.answer(RECORD_ACCOUNT, input("a")), crm.answer(RECORD_ACCOUNT, input("b")));
        let told = |answer: &Value| {
            let payload = &answer["data"]["recordAccount"];
            let refused = answer["errors"][0]["extensions"]["code"].as_str().or(payload["userErrors"][0]["code"].as_str());
            refused.unwrap_or("RECORDED").to_owned()
        };
        let mut told = [told(&one), told(&two)];
        told.sort();
        assert!(told == ["CONFLICT", "RECORDED"] || told == ["EXTERNAL_ID_CONFLICT", "RECORDED"], "{told:?}");
        assert_eq!(count(&crm, "accounts", json!({})).await, 1);
    }
}

/// The id of an account of another organization.
async fn account_of_another(app: &crate::support::TestApp) -> String {
    account(&app.org("other").await.member(Role::Revops).await, "theirs").await
}
