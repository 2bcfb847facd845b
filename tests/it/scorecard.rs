//! Scorecards: what the areas tell of a resource or a team, in one answer.

use entity::kinds::Role;
use serde_json::{Value, json};

use crate::support::story::Story;
use crate::support::{Caller, Demo, on_both_engines};

const SCORECARD: &str = "query($resource: Resource, $team: ID) {
    scorecard(resource: $resource, teamId: $team, period: { from: \"2026-04-01\", to: \"2026-07-01\" }) {
        resource team { name } period { timeZone } duties { stage { key ownerResource } } goals { totalCount nodes { name } }
        agreements { side status { agreement { id } whole { handoffs { offered } receiving { attainment { value } } } groups { value } }
            figures { handoffs { offered accepted } receiving { met attainment { value } } } }
        feedbackOwed { totalCount nodes { toResource state } } } }";

async fn scorecard(caller: &Caller<'_>, of: Value) -> Value {
    caller.gql(SCORECARD, of).await["scorecard"].take()
}

#[tokio::test]
async fn it_tells_what_the_areas_tell() {
    let demo = Demo::new().await;
    let lead = demo.member(Role::SalesLead);
    let sales = scorecard(&lead, json!({ "resource": "SALES" })).await;
    let stages = sales["duties"].as_array().unwrap();
    assert!(!stages.is_empty() && stages.iter().all(|duty| duty["stage"]["ownerResource"] == "SALES"), "{stages:?}");
    let all = lead
        .gql(
            "{ goals(filter: { resource: SALES, period: { from: \"2026-04-01\", to: \"2026-07-01\" } }) { totalCount nodes { name } } }",
            json!({}),
        )
        .await;
    assert_eq!(sales["goals"], all["goals"]);
    assert_eq!(all["goals"]["totalCount"], 5);
    let kept = &sales["agreements"][0];
    assert_eq!((&kept["side"], sales["agreements"].as_array().unwrap().len()), (&json!("SALES"), 1));
    let status = "query($id: ID!) { slaStatus(agreementId: $id, period: { from: \"2026-04-01\", to: \"2026-07-01\" }) { whole {
        handoffs { offered accepted } receiving { met attainment { value } } } } }";
    let alone = lead.gql(status, json!({ "id": kept["status"]["agreement"]["id"] })).await;
    assert_eq!(kept["figures"], alone["slaStatus"]["whole"]);
    assert_eq!(kept["status"]["groups"], json!([]));
    let owed = |state: &str| format!("{{ feedback(filter: {{ toResource: SALES, state: {state} }}) {{ totalCount }} }}");
    let mut counted = 0;
    for state in ["OPEN", "OVERDUE"] {
        counted += lead.gql(&owed(state), json!({})).await["feedback"]["totalCount"].as_i64().unwrap();
    }
    assert!(counted > 0);
    assert_eq!(sales["feedbackOwed"]["totalCount"], counted);

    let teams = lead.gql("{ teams { nodes { id name } } }", json!({})).await;
    let team = teams["teams"]["nodes"].as_array().unwrap().iter().find(|team| team["name"] == "Sales").unwrap()["id"].clone();
    let told = scorecard(&lead, json!({ "team": team })).await;
    assert_eq!((&told["resource"], &told["team"]["name"], &told["duties"]), (&Value::Null, &json!("Sales"), &sales["duties"]));
    assert_eq!(told["goals"]["nodes"], json!([{ "name": "Deals won of those closed" }]));
    let kept = &told["agreements"][0];
    let groups = kept["status"]["groups"].as_array().unwrap();
    assert!(groups.iter().any(|group| group["value"] == team), "{groups:?}");
    assert!(kept["figures"]["handoffs"]["offered"].as_i64() < kept["status"]["whole"]["handoffs"]["offered"].as_i64());
}

on_both_engines! {
    async fn it_is_of_a_resource_or_of_a_team(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.today();
        let team = story.team("North", "SALES").await;
        let empty = scorecard(&ops, json!({ "team": team })).await;
        assert_eq!((&empty["goals"]["totalCount"], &empty["agreements"], &empty["feedbackOwed"]["totalCount"]), (&json!(0), &json!([]), &json!(0)));
        for (of, field, reason) in [
            (json!({}), "resource", "REQUIRED"),
            (json!({ "resource": "SALES", "team": team }), "teamId", "INVALID"),
            (json!({ "team": "team_00000000000000000000000001" }), "teamId", "NOT_FOUND"),
        ] {
            let answer = ops.answer(SCORECARD, of).await;
            let told = &answer["errors"][0]["extensions"];
            assert_eq!((&told["field"], &told["reason"]), (&json!(field), &json!(reason)));
        }
        assert_eq!(story.member(Role::Partner).await.refused(SCORECARD, json!({ "resource": "SALES" })).await, "FORBIDDEN");
    }
}
