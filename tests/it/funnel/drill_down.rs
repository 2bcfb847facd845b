//! The rows behind the numbers.

use serde_json::{Value, json};

use super::*;
use crate::support::on_both_engines;

/// A document that asks one funnel for some rows.
fn rows(arguments: &str, fields: &str) -> String {
    funnel(&format!("rows({arguments}) {{ {fields} }}"))
}

async fn total(caller: &Caller<'_>, arguments: &str, variables: &Value) -> Value {
    let arguments = if arguments.is_empty() { String::new() } else { format!("({arguments})") };
    ask(caller, &format!("rows{arguments} {{ totalCount }}"), variables.clone()).await["rows"]["totalCount"].take()
}

on_both_engines! {
    async fn g7_rows_say_who_reached_what_and_when(app: TestApp) {
        let story = Story::of_g7(app.org("acme").await).await;
        let reader = story.reader().await;
        let fields = "totalCount nodes { subjectId enteredAt pending excluded backdated furthestStage { key } steps { stage { key } reachedAt visits value } }";
        let data = reader.gql(&rows("first: 10", fields), january()).await;
        let found = &data["funnel"]["rows"];
        let nodes = &found["nodes"];
        assert_eq!(found["totalCount"], 5);
        assert_eq!(column(nodes, "/subjectId"), story.ids(&["A", "B", "C", "D", "E"]));
        assert_eq!(column(nodes, "/pending"), json!([false, false, false, false, true]));
        assert_eq!(column(nodes, "/furthestStage/key"), json!(["CLOSED", "QUALIFIED", "CLOSED", "QUALIFIED", "KNOWN"]));
        // C went straight to the close: what lies between was passed then.
        assert_eq!(nodes[2], json!({
            "subjectId": story.people["C"].to_string(), "enteredAt": "2026-01-04T00:00:00Z", "pending": false, "excluded": false, "backdated": false,
            "furthestStage": { "key": "CLOSED" },
            "steps": [
                { "stage": { "key": "KNOWN" }, "reachedAt": "2026-01-04T00:00:00Z", "visits": 1, "value": null },
                { "stage": { "key": "QUALIFIED" }, "reachedAt": "2026-01-06T00:00:00Z", "visits": 0, "value": null },
                { "stage": { "key": "OPPORTUNITY" }, "reachedAt": "2026-01-06T00:00:00Z", "visits": 0, "value": null },
                { "stage": { "key": "CLOSED" }, "reachedAt": "2026-01-06T00:00:00Z", "visits": 1, "value": null },
            ],
        }));
        assert_eq!(column(&nodes[3]["steps"], "/visits"), json!([2, 2]));
    }

    async fn rows_add_up_to_every_number(app: TestApp) {
        let mut story = Story::of_g7(app.org("acme").await).await;
        for (name, stage) in [("G", "ENGAGED"), ("H", "RECYCLED")] {
            story.person(name).await;
            story.tell(name, event(stage, "2026-01-20")).await;
        }
        story.tell("B", event("RECYCLED", "2026-01-05")).await;
        let reader = story.reader().await;
        let fields = "steps { stage { key } entered matured } matured pending excluded before aside";
        let exclusions = json!([{ "stage": "RECYCLED", "afterStep": "KNOWN", "beforeStep": "QUALIFIED" }]);
        for asked in [
            json!({ "order": "STRICT" }),
            json!({ "exclusions": exclusions }),
            json!({ "mode": "PERIOD", "window": null }),
            json!({ "mode": "STOCK", "window": null }),
        ] {
            let variables = with(january(), asked.clone());
            let funnel = ask(&reader, fields, variables.clone()).await;
            for step in funnel["steps"].as_array().unwrap() {
                let key = step["stage"]["key"].as_str().unwrap();
                assert_eq!(total(&reader, &format!(r#"step: "{key}""#), &variables).await, step["entered"], "{asked} {key}");
                if !step["matured"].is_null() {
                    assert_eq!(total(&reader, &format!(r#"step: "{key}", state: MATURED"#), &variables).await, step["matured"], "{asked} {key}");
                }
            }
            for (state, field) in [("MATURED", "matured"), ("BEFORE", "before"), ("ASIDE", "aside")] {
                if !funnel[field].is_null() {
                    assert_eq!(total(&reader, &format!("state: {state}"), &variables).await, funnel[field], "{asked} {state}");
                }
            }
            if !funnel["matured"].is_null() {
                assert_eq!(total(&reader, "state: PENDING", &variables).await, funnel["pending"], "{asked}");
                assert_eq!(total(&reader, "state: EXCLUDED", &variables).await, funnel["excluded"], "{asked}");
                assert_eq!(total(&reader, "", &variables).await, funnel["steps"][0]["entered"], "{asked}");
            }
        }
        let excluded = ask(&reader, "rows(state: EXCLUDED) { nodes { subjectId excluded } }", with(january(), json!({ "exclusions": exclusions }))).await;
        assert_eq!(excluded["rows"]["nodes"], json!([{ "subjectId": story.people["B"].to_string(), "excluded": true }]));
    }

    async fn pages_walk_the_rows_both_ways(app: TestApp) {
        let story = Story::of_g7(app.org("acme").await).await;
        let reader = story.reader().await;
        let fields = "edges { cursor node { subjectId } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";
        let (mut forward, mut cursor) = (Vec::new(), Value::Null);
        loop {
            let data = reader.gql(&rows(&format!("first: 2, after: {cursor}"), fields), january()).await;
            let page = &data["funnel"]["rows"];
            assert_eq!(page["pageInfo"]["hasPreviousPage"], !forward.is_empty());
            forward.extend(page["edges"].as_array().unwrap().iter().map(|edge| story.name(&edge["node"]["subjectId"])));
            assert_eq!(page["pageInfo"]["startCursor"], page["edges"][0]["cursor"]);
            cursor = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        assert_eq!(forward, ["A", "B", "C", "D", "E"]);
        let (mut backward, mut cursor) = (Vec::new(), Value::Null);
        loop {
            let data = reader.gql(&rows(&format!("last: 2, before: {cursor}"), fields), january()).await;
            let page = &data["funnel"]["rows"];
            let names = page["edges"].as_array().unwrap().iter().map(|edge| story.name(&edge["node"]["subjectId"]));
            backward.splice(0..0, names);
            cursor = page["pageInfo"]["startCursor"].clone();
            if page["pageInfo"]["hasPreviousPage"] == false {
                break;
            }
        }
        assert_eq!(backward, forward);
        for arguments in ["first: 101", "first: 0", r#"after: "nonsense""#, "first: 1, last: 1"] {
            assert_eq!(reader.refused(&rows(arguments, "totalCount"), january()).await, "BAD_USER_INPUT", "{arguments}");
        }
    }

    async fn subjects_of_one_instant_are_ordered_by_their_id(app: TestApp) {
        let mut story = Story::of(app.org("acme").await).await;
        for name in ["X", "Y", "Z"] {
            story.person(name).await;
        }
        for name in ["Z", "X", "Y"] {
            story.tell(name, event("KNOWN", "2026-01-05")).await;
        }
        let reader = story.reader().await;
        let first = reader.gql(&rows("first: 1", "nodes { subjectId } pageInfo { endCursor }"), january()).await;
        assert_eq!(column(&first["funnel"]["rows"]["nodes"], "/subjectId"), story.ids(&["X"]));
        let after = first["funnel"]["rows"]["pageInfo"]["endCursor"].clone();
        // The row of the cursor goes; its place stays.
        let entry = story.tell("X", event("KNOWN", "2026-01-04")).await;
        let rest = reader.gql(&rows(&format!("first: 5, after: {after}"), "nodes { subjectId }"), january()).await;
        assert_eq!(column(&rest["funnel"]["rows"]["nodes"], "/subjectId"), story.ids(&["Y", "Z"]), "{entry}");
    }

    async fn rows_cost_no_query(app: TestApp) {
        let story = Story::of_g7(app.org("acme").await).await;
        let reader = story.reader().await;
        let mut counted = Vec::new();
        for fields in ["pending", "pending a: rows { nodes { subjectId } } b: rows(step: \"CLOSED\", state: MATURED) { totalCount nodes { subjectId } }"] {
            ask(&reader, fields, january()).await;
            let before = app.statements();
            ask(&reader, fields, january()).await;
            counted.push(app.app.db().statement_count() - before);
        }
        assert_eq!(counted[0], counted[1]);
    }

    async fn rows_lead_to_people_and_accounts_in_one_statement(app: TestApp) {
        let story = Story::of_g7(app.org("acme").await).await;
        let account = story.account("Initech").await;
        story.tell_of_account(account, event("KNOWN", "2026-01-05")).await;
        let reader = story.reader().await;
        let mut counted = Vec::new();
        // What was recorded is known by then.
        ask(&reader, "pending", january()).await;
        for first in [1, 5] {
            let before = app.statements();
            let data = reader.gql(&rows(&format!("first: {first}"), "nodes { subjectId person { id kind } account { id } }"), january()).await;
            counted.push(app.app.db().statement_count() - before);
            let nodes = &data["funnel"]["rows"]["nodes"];
            assert_eq!(nodes.as_array().unwrap().len(), first);
            assert_eq!(column(nodes, "/person/id"), column(nodes, "/subjectId"));
            assert_eq!(column(nodes, "/account"), json!(vec![Value::Null; first]));
        }
        assert_eq!(counted[0], counted[1]);
        let asked = with(january(), json!({ "subject": "ACCOUNT" }));
        let data = reader.gql(&rows("first: 1", "nodes { person { id } account { id name } }"), asked).await;
        assert_eq!(data["funnel"]["rows"]["nodes"], json!([{ "person": null, "account": { "id": account.to_string(), "name": "Initech" } }]));
    }

    async fn many_facts_are_counted_on_a_thread_of_their_own_with_the_same_result(app: TestApp) {
        let story = Story::of(app.org("acme").await).await;
        let people: Vec<PersonId> = (0..4_000).map(|_| story.scope.next_id()).collect();
        let tx = story.scope.write().await.unwrap();
        tx.insert_many::<person::Entity>(&people.iter().map(|id| story.anonymous(*id)).collect::<Vec<_>>()).await.unwrap();
        tx.commit().await.unwrap();
        let stages: [(&'static str, usize); 4] = [("KNOWN", 1), ("QUALIFIED", 1), ("OPPORTUNITY", 2), ("CLOSED", 4)];
        let mut events = Vec::new();
        for (stage, every) in stages {
            events.extend(people.iter().step_by(every).map(|id| story.event_row(Some(*id), None, &event(stage, "2026-01-05"))));
        }
        assert_eq!(events.len(), 11_000);
        story.write(events).await;
        let reader = story.reader().await;
        assert_eq!(entered(&reader, january()).await, json!([4_000, 4_000, 2_000, 1_000]));
        let found = ask(&reader, "rows(step: \"CLOSED\", last: 1) { totalCount nodes { subjectId } }", january()).await;
        assert_eq!(found["rows"], json!({ "totalCount": 1_000, "nodes": [{ "subjectId": people[3_996].to_string() }] }));
    }
}
