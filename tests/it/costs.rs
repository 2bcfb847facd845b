//! Cost entries and allocation rules, through the API.

use entity::kinds::Role;
use serde_json::{Value, json};

use crate::support::story::{CORRECT_COST, RECORD_COST, SET_RULE, Story, problems, usd};
use crate::support::{on_both_engines, rows};

const RECORD_COSTS: &str = "mutation($input: RecordCostsInput!) { recordCosts(input: $input) {
    results { index outcome costEntry { id amount { amount } } userErrors { field code } } userErrors { field code } } }";
const DEFINE_ROLE: &str =
    "mutation($input: DefineRoleInput!) { defineRole(input: $input) { customRole { id } userErrors { field code } } }";
const REVISE_MEMBER: &str =
    "mutation($input: ReviseMemberInput!) { reviseMember(input: $input) { member { id } userErrors { field code } } }";
const LIST: &str = "query($filter: CostEntryFilter, $first: Int, $after: String, $last: Int) { costEntries(filter: $filter, first: $first, after: $after, last: $last) {
    totalCount pageInfo { hasNextPage endCursor } nodes { note } } }";

fn cost(more: Value) -> Value {
    let mut input =
        json!({ "owner": "SALES", "category": "TOOL", "amount": usd("10.00"), "firstOn": "2026-01-01", "lastOn": "2026-01-31" });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

fn one(field: &str, code: &str) -> Vec<(String, String)> {
    vec![(field.to_owned(), code.to_owned())]
}

fn notes(data: &Value) -> Vec<&str> {
    data["costEntries"]["nodes"].as_array().unwrap().iter().map(|entry| entry["note"].as_str().unwrap()).collect()
}

on_both_engines! {
    async fn a_cost_is_shown_as_it_was_recorded(app: TestApp) {
        let story = Story::begin(&app).await;
        let caller = story.at("2026-02-01T00:00:00Z");
        let team = story.team("demand", "MARKETING").await;
        let tactic = story.tactic(json!({ "name": "webinar", "resource": "MARKETING", "channel": "EVENT" })).await;
        let id = story.cost_of(cost(json!({ "owner": "SHARED", "category": "EVENT", "amount": { "amount": "1000", "currency": "JPY" }, "tacticId": tactic, "teamId": team,
            "channel": "EVENT", "note": " hall ", "externalId": { "source": "erp", "value": "1" } }))).await;
        let document = "query($id: ID!) { node(id: $id) { __typename } costEntry(id: $id) { id owner category amount { amount currency } firstOn lastOn tactic { name } team { name } channel note
            externalId { source value } supersedes { id } supersededBy { id } retracted recordedBy { role } recordedAt } }";
        let data = caller.gql(document, json!({ "id": id })).await;
        assert_eq!(data, json!({ "node": { "__typename": "CostEntry" }, "costEntry": {
            "id": id, "owner": "SHARED", "category": "EVENT", "amount": { "amount": "1000", "currency": "JPY" }, "firstOn": "2026-01-01", "lastOn": "2026-01-31",
            "tactic": { "name": "webinar" }, "team": { "name": "demand" }, "channel": "EVENT", "note": "hall", "externalId": { "source": "erp", "value": "1" },
            "supersedes": null, "supersededBy": null, "retracted": false, "recordedBy": { "role": "REVOPS" }, "recordedAt": "2026-02-01T00:00:00Z",
        } }));
    }

    async fn many_are_recorded_each_for_itself(app: TestApp) {
        let story = Story::begin(&app).await;
        let caller = story.today();
        let named = |id: &str, amount: &str| cost(json!({ "amount": usd(amount), "externalId": { "source": "erp", "value": id } }));
        story.cost_of(named("0", "5.00")).await;
        let items = json!([named("1", "1.00"), named("1", "1.00"), named("1", "2.00"), named("0", "5.00"), named("0", "6.00"), cost(json!({ "lastOn": "2025-12-31" })), cost(json!({}))]);
        let input = json!({ "input": { "items": items, "idempotencyKey": "k" } });
        let data = caller.gql(RECORD_COSTS, input.clone()).await;
        let results = data["recordCosts"]["results"].as_array().unwrap();
        let told: Vec<_> = results.iter().map(|result| (result["outcome"].as_str().unwrap(), result["userErrors"][0]["code"].as_str())).collect();
        assert_eq!(told, [
            ("RECORDED", None), ("UNCHANGED", None), ("REJECTED", Some("EXTERNAL_ID_CONFLICT")), ("UNCHANGED", None), ("REJECTED", Some("EXTERNAL_ID_CONFLICT")),
            ("REJECTED", Some("PERIOD_EMPTY")), ("RECORDED", None),
        ]);
        assert_eq!(results[5]["userErrors"][0]["field"], json!(["input", "items", "5", "lastOn"]));
        let before = rows(&app).await;
        assert_eq!(caller.gql(RECORD_COSTS, input).await, data);
        let other = caller.gql(RECORD_COSTS, json!({ "input": { "items": [cost(json!({}))], "idempotencyKey": "k" } })).await;
        assert_eq!(problems(&other["recordCosts"]), one("idempotencyKey", "IDEMPOTENCY_MISMATCH"));
        let many = vec![cost(json!({})); 1_001];
        let data = caller.gql(RECORD_COSTS, json!({ "input": { "items": many } })).await;
        assert_eq!(problems(&data["recordCosts"]), one("items", "TOO_MANY"));
        assert_eq!(rows(&app).await, before);
    }

    async fn bad_costs_are_named_and_stored_nowhere(app: TestApp) {
        let story = Story::begin(&app).await;
        let other = app.org("other").await;
        let create = "mutation { createTeam(input: { name: \"x\", resources: [SALES] }) { team { id } } }";
        let foreign_team = other.member(Role::Admin).await.gql(create, json!({})).await["createTeam"]["team"]["id"].take();
        let caller = story.today();
        story.cost_of(cost(json!({ "externalId": { "source": "erp", "value": "1" } }))).await;
        let before = rows(&app).await;
        for (more, expected) in [
            (json!({ "amount": usd("-1.00") }), one("amount.amount", "INVALID_AMOUNT")),
            (json!({ "amount": usd("1.001") }), one("amount.amount", "INVALID_AMOUNT")),
            (json!({ "amount": usd("99999999999999999999") }), one("amount.amount", "INVALID_AMOUNT")),
            (json!({ "amount": { "amount": "1", "currency": "usd" } }), one("amount.currency", "UNKNOWN_CURRENCY")),
            (json!({ "firstOn": "1969-12-31" }), one("firstOn", "DATE_OUT_OF_RANGE")),
            (json!({ "lastOn": "2201-01-01" }), one("lastOn", "DATE_OUT_OF_RANGE")),
            (json!({ "lastOn": "2025-12-31" }), one("lastOn", "PERIOD_EMPTY")),
            (json!({ "tacticId": "tac_00000000000000000000000001" }), one("tacticId", "NOT_FOUND")),
            (json!({ "teamId": "team_00000000000000000000000001" }), one("teamId", "NOT_FOUND")),
            (json!({ "teamId": foreign_team }), one("teamId", "NOT_FOUND")),
            (json!({ "note": "a\u{1}" }), one("note", "INVALID_TEXT")),
            (json!({ "note": "a".repeat(2_001) }), one("note", "TOO_LONG")),
            (json!({ "externalId": { "source": "erp", "value": "1" }, "category": "MEDIA" }), one("externalId", "EXTERNAL_ID_CONFLICT")),
            (json!({ "externalId": { "source": " ", "value": "1" } }), one("externalId.source", "REQUIRED")),
        ] {
            let data = caller.gql(RECORD_COST, json!({ "input": cost(more.clone()) })).await;
            assert_eq!(problems(&data["recordCost"]), expected, "{more}");
            assert!(data["recordCost"]["costEntry"].is_null());
        }
        assert_eq!(rows(&app).await, before);
    }

    async fn a_lead_writes_and_sees_their_own_resource_only(app: TestApp) {
        let story = Story::begin(&app).await;
        story.today();
        let sales = story.cost_of(cost(json!({ "note": "sales" }))).await;
        story.cost_of(cost(json!({ "owner": "SHARED", "note": "shared" }))).await;
        let marketing = story.cost_of(cost(json!({ "owner": "MARKETING", "note": "marketing" }))).await;
        let lead = story.member(Role::MarketingLead).await;
        let before = rows(&app).await;
        for owner in ["SALES", "PRODUCT", "SHARED"] {
            let data = lead.gql(RECORD_COST, json!({ "input": cost(json!({ "owner": owner })) })).await;
            assert_eq!(problems(&data["recordCost"]), one("owner", "NOT_ALLOWED"), "{owner}");
        }
        // What they may not see is not there, and what is theirs cannot be made somebody else's.
        for (input, expected) in [
            (json!({ "costEntryId": sales, "retract": true }), one("costEntryId", "NOT_FOUND")),
            (json!({ "costEntryId": "cst_00000000000000000000000001", "retract": true }), one("costEntryId", "NOT_FOUND")),
            (json!({ "costEntryId": marketing, "owner": "SALES" }), one("owner", "NOT_ALLOWED")),
        ] {
            let data = lead.gql(CORRECT_COST, json!({ "input": input })).await;
            assert_eq!(problems(&data["correctCost"]), expected, "{input}");
        }
        assert_eq!(rows(&app).await, before);
        let data = lead.gql(LIST, json!({})).await;
        assert_eq!((notes(&data), &data["costEntries"]["totalCount"]), (vec!["marketing"], &json!(1)));
        let single = "query($id: ID!) { costEntry(id: $id) { note } node(id: $id) { id } }";
        assert_eq!(lead.gql(single, json!({ "id": sales })).await, json!({ "costEntry": null, "node": null }));
        assert_eq!(lead.gql(single, json!({ "id": marketing })).await["costEntry"]["note"], "marketing");
        let data = lead.gql(RECORD_COST, json!({ "input": cost(json!({ "owner": "MARKETING" })) })).await;
        assert_eq!(problems(&data["recordCost"]), []);
    }

    async fn who_may_not_is_refused_and_nothing_changes(app: TestApp) {
        let story = Story::begin(&app).await;
        let rule = json!({ "input": { "firstOn": "2026-01-01", "method": "EQUAL" } });
        for &role in Role::ALL {
            let caller = story.member(role).await;
            let before = rows(&app).await;
            let writes = matches!(role, Role::Admin | Role::Revops | Role::Integration | Role::MarketingLead | Role::SalesLead | Role::ProductLead);
            if !writes {
                assert_eq!(caller.refused(RECORD_COST, json!({ "input": cost(json!({})) })).await, "FORBIDDEN", "{role:?}");
                assert_eq!(caller.refused(RECORD_COSTS, json!({ "input": { "items": [cost(json!({}))] } })).await, "FORBIDDEN", "{role:?}");
            }
            if !matches!(role, Role::Admin | Role::Revops) {
                assert_eq!(caller.refused(SET_RULE, rule.clone()).await, "FORBIDDEN", "{role:?}");
            }
            if matches!(role, Role::SalesRep | Role::SalesAssistant | Role::Partner) {
                assert_eq!(caller.refused(LIST, json!({})).await, "FORBIDDEN", "{role:?}");
            }
            assert_eq!(rows(&app).await, before, "{role:?}");
        }
    }

    async fn a_correction_takes_the_place_of_an_entry_once(app: TestApp) {
        let story = Story::begin(&app).await;
        let caller = story.today();
        let first = story.cost_of(cost(json!({ "note": "wrong", "externalId": { "source": "erp", "value": "1" } }))).await;
        let change = json!({ "costEntryId": first, "amount": usd("12.00"), "note": "right", "idempotencyKey": "k" });
        let second = story.correct_cost(change.clone()).await;
        assert_eq!(second, json!({ "id": second["id"], "retracted": false, "amount": { "amount": "12.00" }, "supersedes": { "id": first } }));
        assert_eq!(story.correct_cost(change).await, second);
        let data = caller.gql(LIST, json!({})).await;
        assert_eq!(notes(&data), ["right"]);
        let data = caller.gql(LIST, json!({ "filter": { "includeCorrected": true } })).await;
        assert_eq!(notes(&data), ["right", "wrong"]);
        let document = "query($id: ID!) { costEntry(id: $id) { category firstOn supersededBy { id } externalId { value } } }";
        let data = caller.gql(document, json!({ "id": first })).await;
        assert_eq!(data["costEntry"]["supersededBy"], json!({ "id": second["id"] }));
        let data = caller.gql(document, json!({ "id": second["id"] })).await;
        assert_eq!(data["costEntry"], json!({ "category": "TOOL", "firstOn": "2026-01-01", "supersededBy": null, "externalId": null }));
        let third = story.correct_cost(json!({ "costEntryId": second["id"], "retract": true })).await;
        let before = rows(&app).await;
        for (input, expected) in [
            (json!({ "costEntryId": first, "amount": usd("1.00") }), one("costEntryId", "ALREADY_CORRECTED")),
            (json!({ "costEntryId": second["id"], "retract": true }), one("costEntryId", "ALREADY_CORRECTED")),
            (json!({ "costEntryId": third["id"], "amount": usd("1.00") }), one("costEntryId", "ALREADY_CORRECTED")),
        ] {
            let data = caller.gql(CORRECT_COST, json!({ "input": input })).await;
            assert_eq!(problems(&data["correctCost"]), expected, "{input}");
        }
        // The name stays with the first entry: what was sent then is known, something else is not.
        let again = json!({ "input": cost(json!({ "note": "wrong", "externalId": { "source": "erp", "value": "1" } })) });
        assert_eq!(caller.gql(RECORD_COST, again).await["recordCost"]["costEntry"]["id"], first.as_str());
        assert_eq!(rows(&app).await, before);
        assert_eq!(caller.gql(LIST, json!({})).await["costEntries"]["totalCount"], 0);
    }

    async fn a_bad_correction_changes_nothing(app: TestApp) {
        let story = Story::begin(&app).await;
        let caller = story.today();
        let id = story.cost_of(cost(json!({}))).await;
        let before = rows(&app).await;
        for (more, expected) in [
            (json!({ "retract": true, "note": "x" }), one("retract", "INVALID")),
            (json!({ "lastOn": "2025-01-01" }), one("lastOn", "PERIOD_EMPTY")),
            (json!({ "amount": usd("-1.00") }), one("amount.amount", "INVALID_AMOUNT")),
            (json!({ "tacticId": "tac_00000000000000000000000001" }), one("tacticId", "NOT_FOUND")),
        ] {
            let mut input = json!({ "costEntryId": id });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let data = caller.gql(CORRECT_COST, json!({ "input": input })).await;
            assert_eq!(problems(&data["correctCost"]), expected, "{input}");
        }
        assert_eq!(rows(&app).await, before);
    }

    async fn lists_are_filtered_and_paged(app: TestApp) {
        let story = Story::begin(&app).await;
        let caller = story.today();
        let tactic = story.tactic(json!({ "name": "webinar", "resource": "MARKETING", "channel": "EVENT" })).await;
        story.cost_of(cost(json!({ "note": "january", "externalId": { "source": "erp", "value": "1" } }))).await;
        story.cost_of(cost(json!({ "note": "march", "firstOn": "2026-03-01", "lastOn": "2026-03-31", "category": "MEDIA" }))).await;
        story.cost_of(cost(json!({ "note": "february", "firstOn": "2026-02-01", "lastOn": "2026-02-28", "owner": "MARKETING", "tacticId": tactic }))).await;
        for (filter, expected) in [
            (json!({}), vec!["march", "february", "january"]),
            (json!({ "owner": "MARKETING" }), vec!["february"]),
            (json!({ "category": "MEDIA" }), vec!["march"]),
            (json!({ "tacticId": tactic }), vec!["february"]),
            (json!({ "source": "erp" }), vec!["january"]),
            (json!({ "from": "2026-01-31", "to": "2026-02-02" }), vec!["february", "january"]),
            (json!({ "from": "2026-02-28" }), vec!["march", "february"]),
            (json!({ "to": "2026-02-01" }), vec!["january"]),
        ] {
            let data = caller.gql(LIST, json!({ "filter": filter })).await;
            assert_eq!(notes(&data), expected, "{filter}");
        }
        let first = caller.gql(LIST, json!({ "first": 2 })).await;
        let rest = caller.gql(LIST, json!({ "first": 2, "after": first["costEntries"]["pageInfo"]["endCursor"] })).await;
        assert_eq!([notes(&first), notes(&rest)].concat(), ["march", "february", "january"]);
        let last = caller.gql(LIST, json!({ "last": 1 })).await;
        assert_eq!(notes(&last), ["january"]);
        let answer = caller.answer(LIST, json!({ "filter": { "from": "2026-02-01", "to": "2026-02-01" } })).await;
        assert_eq!((&answer["errors"][0]["extensions"]["reason"], &answer["errors"][0]["extensions"]["field"]), (&json!("PERIOD_EMPTY"), &json!("filter.to")));
    }

    async fn allocation_rules_are_checked_and_listed(app: TestApp) {
        let story = Story::begin(&app).await;
        let caller = story.today();
        let share = |resource: &str, bp: i64| json!({ "resource": resource, "basisPoints": bp });
        let equal = story.rule(json!({ "firstOn": "2026-01-01", "lastOn": "2026-01-01", "method": "EQUAL", "idempotencyKey": "k" })).await;
        assert_eq!((&equal["method"], &equal["shares"]), (&json!("EQUAL"), &Value::Null));
        let fixed = story.rule(json!({ "firstOn": "2026-02-01", "method": "FIXED", "shares": [share("SALES", 7000), share("PRODUCT", 3000)] })).await;
        assert_eq!(fixed["shares"], json!([share("SALES", 7000), share("MARKETING", 0), share("PRODUCT", 3000)]));
        let before = rows(&app).await;
        for (input, expected) in [
            (json!({ "firstOn": "2026-01-01", "method": "FIXED", "shares": [share("SALES", 9_999)] }), one("shares", "SHARES_DO_NOT_SUM")),
            (json!({ "firstOn": "2026-01-01", "method": "FIXED" }), one("shares", "SHARES_DO_NOT_SUM")),
            (json!({ "firstOn": "2026-01-01", "method": "FIXED", "shares": [share("SALES", 10_001), share("PRODUCT", -1)] }), one("shares", "INVALID_AMOUNT")),
            (json!({ "firstOn": "2026-01-01", "method": "FIXED", "shares": [share("SALES", 5_000), share("SALES", 5_000)] }), one("shares", "INVALID")),
            (json!({ "firstOn": "2026-01-01", "method": "EQUAL", "shares": [share("SALES", 10_000)] }), one("shares", "INVALID")),
            (json!({ "firstOn": "2026-01-02", "lastOn": "2026-01-01", "method": "EQUAL" }), one("lastOn", "PERIOD_EMPTY")),
            (json!({ "firstOn": "1969-12-31", "method": "EQUAL" }), one("firstOn", "DATE_OUT_OF_RANGE")),
        ] {
            let data = caller.gql(SET_RULE, json!({ "input": input })).await;
            assert_eq!(problems(&data["setAllocationRule"]), expected, "{input}");
        }
        assert_eq!(story.rule(json!({ "firstOn": "2026-01-01", "lastOn": "2026-01-01", "method": "EQUAL", "idempotencyKey": "k" })).await, equal);
        assert_eq!(rows(&app).await, before);
        let data = caller.gql("{ allocationRules { totalCount nodes { id firstOn lastOn } } }", json!({})).await;
        assert_eq!(data["allocationRules"], json!({ "totalCount": 2, "nodes": [
            { "id": fixed["id"], "firstOn": "2026-02-01", "lastOn": null }, { "id": equal["id"], "firstOn": "2026-01-01", "lastOn": "2026-01-01" },
        ] }));
        let data = caller.gql("query($id: ID!) { node(id: $id) { __typename } }", json!({ "id": fixed["id"] })).await;
        assert_eq!(data["node"]["__typename"], "AllocationRule");
    }

    async fn who_reads_all_costs_corrects_those_they_may_write(app: TestApp) {
        let story = Story::begin(&app).await;
        let admin = story.member(Role::Admin).await;
        let grants = json!([{ "permission": "COST_READ", "reach": "ORGANIZATION" }, { "permission": "COST_WRITE", "reach": "RESOURCE" }]);
        let role = admin.gql(DEFINE_ROLE, json!({ "input": { "name": "Buyer of media", "grants": grants } })).await["defineRole"]["customRole"]["id"].take();
        let buyer = story.member(Role::Partner).await;
        let change = json!({ "memberId": buyer.member.unwrap().to_string(), "customRoleId": role, "resource": "MARKETING" });
        assert_eq!(problems(&admin.gql(REVISE_MEMBER, json!({ "input": change })).await["reviseMember"]), []);
        story.today();
        let named = |id: &str, owner: &str| cost(json!({ "owner": owner, "externalId": { "source": "erp", "value": id } }));
        let sales = story.cost_of(named("1", "SALES")).await;
        let shared = story.cost_of(named("2", "SHARED")).await;
        let own = story.cost_of(named("3", "MARKETING")).await;
        assert_eq!(buyer.gql(LIST, json!({})).await["costEntries"]["totalCount"], 3);
        let before = rows(&app).await;
        for input in [
            json!({ "costEntryId": sales, "retract": true }), json!({ "costEntryId": shared, "retract": true }),
            json!({ "costEntryId": sales, "owner": "MARKETING" }), json!({ "costEntryId": shared, "owner": "MARKETING" }),
        ] {
            assert_eq!(problems(&buyer.gql(CORRECT_COST, json!({ "input": input })).await["correctCost"]), one("costEntryId", "NOT_ALLOWED"), "{input}");
        }
        let input = json!({ "items": [named("1", "MARKETING"), named("2", "MARKETING")], "toldOtherwise": "SUPERSEDE" });
        let data = buyer.gql(RECORD_COSTS, json!({ "input": input })).await;
        for result in data["recordCosts"]["results"].as_array().unwrap() {
            assert_eq!((&result["outcome"], &result["userErrors"][0]["code"]), (&json!("REJECTED"), &json!("NOT_ALLOWED")));
        }
        assert_eq!(rows(&app).await, before);
        assert_eq!(problems(&buyer.gql(CORRECT_COST, json!({ "input": { "costEntryId": own, "retract": true } })).await["correctCost"]), []);
    }

    async fn what_was_corrected_by_hand_stays_until_the_books_tell_something_new(app: TestApp) {
        let story = Story::begin(&app).await;
        story.at("2026-02-01T00:00:00Z");
        let team = story.team("demand", "SALES").await;
        let named = |amount: &str, more: Value| {
            let mut input = cost(json!({ "amount": usd(amount), "externalId": { "source": "erp", "value": "1" } }));
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            input
        };
        let tell = async |items: Value| {
            let input = json!({ "items": items, "toldOtherwise": "SUPERSEDE" });
            let data = story.today().gql(RECORD_COSTS, json!({ "input": input })).await;
            let results = data["recordCosts"]["results"].as_array().unwrap().iter();
            results
                .map(|result| {
                    let code = result["userErrors"][0]["code"].as_str().unwrap_or_default();
                    format!("{} {code}", result["outcome"].as_str().unwrap()).trim().to_owned()
                })
                .collect::<Vec<_>>()
        };
        let standing = async || {
            let list = "{ costEntries { nodes { id amount { amount } team { name } note firstOn } } }";
            let mut data = story.today().gql(list, json!({})).await;
            let nodes = data["costEntries"]["nodes"].as_array_mut().unwrap();
            assert_eq!(nodes.len(), 1);
            nodes[0].take()
        };
        let first = story.cost_of(named("10.00", json!({}))).await;
        story.today();
        story.correct_cost(json!({ "costEntryId": first, "amount": usd("11.00"), "teamId": team })).await;
        let before = rows(&app).await;
        assert_eq!(tell(json!([named("10.00", json!({})), named("10.00", json!({}))])).await, ["UNCHANGED", "UNCHANGED"]);
        assert_eq!(rows(&app).await, before, "the books tell nothing new");
        // Only what is new is corrected; then it is the books' word again.
        assert_eq!(tell(json!([named("10.00", json!({ "note": "hall" })), named("10.00", json!({ "note": "hall" }))])).await, ["RECORDED", "UNCHANGED"]);
        let found = standing().await;
        assert_eq!((&found["amount"]["amount"], &found["team"]["name"], &found["note"]), (&json!("11.00"), &json!("demand"), &json!("hall")));
        assert_eq!(tell(json!([named("12.00", json!({ "note": "hall" })), named("10.00", json!({ "note": "hall" }))])).await, ["RECORDED", "REJECTED EXTERNAL_ID_CONFLICT"]);
        let found = standing().await;
        assert_eq!((&found["amount"]["amount"], &found["team"]["name"]), (&json!("12.00"), &json!("demand")));
        // A campaign that costs again in another month under the same name does not take the place of the month before.
        let february = json!({ "firstOn": "2026-02-01", "lastOn": "2026-02-28", "note": "hall" });
        let before = rows(&app).await;
        assert_eq!(tell(json!([named("12.00", february)])).await, ["REJECTED EXTERNAL_ID_CONFLICT"]);
        assert_eq!(rows(&app).await, before);
        assert_eq!(standing().await["firstOn"], "2026-01-01");
        // Who keeps the books sees no pay of single people: told of again, it is known, and no more is said of it.
        story.correct_cost(json!({ "costEntryId": standing().await["id"], "category": "SALARY" })).await;
        assert_eq!(tell(json!([named("12.00", json!({ "note": "hall" }))])).await, ["REJECTED EXTERNAL_ID_CONFLICT"]);
    }

    async fn books_that_are_read_again_correct_what_they_told_otherwise(app: TestApp) {
        let story = Story::begin(&app).await;
        let named = |id: &str, amount: &str| cost(json!({ "amount": usd(amount), "externalId": { "source": "erp", "value": id } }));
        let tell = async |moment: &str, items: Value| {
            let input = json!({ "items": items, "toldOtherwise": "SUPERSEDE" });
            let data = story.at(moment).gql(RECORD_COSTS, json!({ "input": input })).await;
            let results = data["recordCosts"]["results"].as_array().unwrap().clone();
            let code = |result: &Value| result["userErrors"][0]["code"].as_str().unwrap_or_default().to_owned();
            let told: Vec<(String, String)> = results.iter().map(|result| (result["outcome"].as_str().unwrap().to_owned(), code(result))).collect();
            (told, results)
        };
        let outcome = |outcome: &str, code: &str| (outcome.to_owned(), code.to_owned());
        let (recorded, unchanged) = (outcome("RECORDED", ""), outcome("UNCHANGED", ""));
        let (told, _) = tell("2026-02-01T00:00:00Z", json!([named("1", "1.00"), named("2", "2.00")])).await;
        assert_eq!(told, [recorded.clone(), recorded.clone()]);
        let before = rows(&app).await;
        let (told, _) = tell("2026-02-02T00:00:00Z", json!([named("1", "1.00"), named("2", "2.00")])).await;
        assert_eq!(told, [unchanged.clone(), unchanged.clone()]);
        assert_eq!(rows(&app).await, before, "nothing new is told");
        let items = json!([named("1", "5.00"), named("1", "6.00"), named("3", "3.00"), named("2", "2.00"), named("2", "-2.00")]);
        let (told, results) = tell("2026-02-03T00:00:00Z", items).await;
        let refused = |code: &str| outcome("REJECTED", code);
        assert_eq!(told, [recorded.clone(), refused("EXTERNAL_ID_CONFLICT"), recorded.clone(), unchanged.clone(), refused("INVALID_AMOUNT")]);
        // Again and again: the newest row is what is compared, and what is corrected.
        let (told, _) = tell("2026-02-04T00:00:00Z", json!([named("1", "5.00")])).await;
        assert_eq!(told, [unchanged]);
        let (told, _) = tell("2026-02-05T00:00:00Z", json!([named("1", "7.00")])).await;
        assert_eq!(told, [recorded]);
        let total = "query($asOf: DateTime!) { costPerClose(period: { from: \"2026-01-01\", to: \"2026-02-01\", timeZone: \"UTC\" }, asOf: $asOf) { blended { cost { amount } } } }";
        for (as_of, amount) in [("2026-02-02T00:00:00Z", "3.00"), ("2026-02-04T00:00:00Z", "10.00"), ("2026-02-06T00:00:00Z", "12.00")] {
            let data = story.today().gql(total, json!({ "asOf": as_of })).await;
            assert_eq!(data["costPerClose"]["blended"]["cost"]["amount"], amount, "{as_of}");
        }
        // One that was taken back by hand stays so.
        let newest = "{ costEntries { nodes { id amount { amount } supersedes { id } } } }";
        let data = story.today().gql(newest, json!({})).await;
        let standing = data["costEntries"]["nodes"].as_array().unwrap().iter().find(|entry| entry["amount"]["amount"] == "7.00").unwrap();
        assert_eq!(standing["supersedes"]["id"], results[0]["costEntry"]["id"]);
        story.today();
        story.correct_cost(json!({ "costEntryId": standing["id"], "retract": true })).await;
        let before = rows(&app).await;
        let (told, _) = tell("2026-06-01T00:00:00Z", json!([named("1", "7.00")])).await;
        assert_eq!(told, [refused("ALREADY_CORRECTED")]);
        assert_eq!(rows(&app).await, before);
    }
}
