//! Organizations, teams and members through the API.

use entity::kinds::Role;
use serde_json::json;

use crate::support::on_both_engines;

const CREATE_TEAM: &str = "mutation($input: CreateTeamInput!) { createTeam(input: $input) { team { id name resources parent { name } } userErrors { field code } } }";
const REVISE_TEAM: &str =
    "mutation($input: ReviseTeamInput!) { reviseTeam(input: $input) { team { name version parent { id } } userErrors { field code } } }";

on_both_engines! {
    async fn me_tells_who_is_calling(app: TestApp) {
        let acme = app.org("acme").await;
        let rep = acme.member(Role::SalesRep).await;
        let data = rep.gql("{ me { id name role resource organization { name baseCurrency timeZone } } }", json!({})).await;
        assert_eq!(data["me"], json!({
            "id": rep.member.unwrap().to_string(), "name": "SALES_REP 0", "role": "SALES_REP", "resource": "SALES",
            "organization": { "name": "acme", "baseCurrency": "USD", "timeZone": "UTC" },
        }));
        assert_eq!(app.anonymous().refused("{ me { id } }", json!({})).await, "UNAUTHENTICATED");
    }

    async fn an_inactive_member_is_out_at_once(app: TestApp) {
        let acme = app.org("acme").await;
        let admin = acme.member(Role::Admin).await;
        let rep = acme.member(Role::SalesRep).await;
        let revise = "mutation($input: ReviseMemberInput!) { reviseMember(input: $input) { member { active } userErrors { code } } }";
        let data = admin.gql(revise, json!({ "input": { "memberId": rep.member.unwrap().to_string(), "active": false } })).await;
        assert_eq!(data["reviseMember"]["member"]["active"], false);
        assert_eq!(rep.refused("{ me { id } }", json!({})).await, "UNAUTHENTICATED");
    }

    async fn teams_are_a_tree_without_cycles(app: TestApp) {
        let acme = app.org("acme").await;
        let admin = acme.member(Role::Admin).await;
        let mut ids = Vec::new();
        for name in ["a", "b", "c"] {
            let parent = ids.last().cloned();
            let input = json!({ "input": { "name": name, "resources": ["PRODUCT", "SALES"], "parentId": parent } });
            let data = admin.gql(CREATE_TEAM, input).await;
            assert_eq!(data["createTeam"]["team"]["resources"], json!(["SALES", "PRODUCT"]));
            ids.push(data["createTeam"]["team"]["id"].as_str().unwrap().to_owned());
        }
        for parent in &ids {
            let data = admin.gql(REVISE_TEAM, json!({ "input": { "teamId": ids[0], "parentId": parent } })).await;
            assert_eq!(data["reviseTeam"]["userErrors"], json!([{ "field": ["input", "parentId"], "code": "CYCLE" }]));
        }
        let data = admin.gql(REVISE_TEAM, json!({ "input": { "teamId": ids[2], "parentId": null, "expectedVersion": 1 } })).await;
        assert_eq!(data["reviseTeam"]["team"], json!({ "name": "c", "version": 2, "parent": null }));
        let data = admin.gql(REVISE_TEAM, json!({ "input": { "teamId": ids[2], "name": "d", "expectedVersion": 1 } })).await;
        assert_eq!(data["reviseTeam"]["userErrors"], json!([{ "field": ["input", "expectedVersion"], "code": "STALE_VERSION" }]));
        let data = admin.gql("{ teams { totalCount nodes { name children { name } } } }", json!({})).await;
        assert_eq!(data["teams"], json!({ "totalCount": 3, "nodes": [
            { "name": "c", "children": [] }, { "name": "b", "children": [] }, { "name": "a", "children": [{ "name": "b" }] },
        ]}));
    }

    async fn bad_team_input_is_named_and_stores_nothing(app: TestApp) {
        let acme = app.org("acme").await;
        let other = app.org("other").await;
        let admin = acme.member(Role::Admin).await;
        let foreign = other.member(Role::Admin).await.gql(CREATE_TEAM, json!({ "input": { "name": "x", "resources": ["SALES"] } })).await;
        let cases = [
            (json!({ "name": " ", "resources": [] }), json!([["name", "REQUIRED"], ["resources", "REQUIRED"]])),
            (json!({ "name": "a\u{1}", "resources": ["SALES"] }), json!([["name", "INVALID_TEXT"]])),
            (json!({ "name": "a".repeat(201), "resources": ["SALES"] }), json!([["name", "TOO_LONG"]])),
            (json!({ "name": "a", "resources": ["SALES"], "parentId": foreign["createTeam"]["team"]["id"] }), json!([["parentId", "NOT_FOUND"]])),
        ];
        for (input, expected) in cases {
            let data = admin.gql(CREATE_TEAM, json!({ "input": input })).await;
            let errors: Vec<_> = data["createTeam"]["userErrors"].as_array().unwrap().iter().map(|error| json!([error["field"][1], error["code"]])).collect();
            assert_eq!(json!(errors), expected, "{input}");
            assert!(data["createTeam"]["team"].is_null());
        }
        let nul = json!({ "input": { "name": "a\u{0}", "resources": ["SALES"] } });
        assert_eq!(admin.refused(CREATE_TEAM, nul).await, "BAD_USER_INPUT");
        let data = admin.gql("{ teams { totalCount } }", json!({})).await;
        assert_eq!(data["teams"]["totalCount"], 0);
    }

    async fn a_repeated_key_gives_the_first_team(app: TestApp) {
        let acme = app.org("acme").await;
        let admin = acme.member(Role::Admin).await;
        let input = json!({ "input": { "name": "a", "resources": ["SALES"], "idempotencyKey": "k" } });
        let first = admin.gql(CREATE_TEAM, input.clone()).await;
        let second = admin.gql(CREATE_TEAM, input).await;
        assert_eq!(first, second);
        let data = admin.gql(CREATE_TEAM, json!({ "input": { "name": "b", "resources": ["SALES"], "idempotencyKey": "k" } })).await;
        assert_eq!(data["createTeam"]["userErrors"], json!([{ "field": ["input", "idempotencyKey"], "code": "IDEMPOTENCY_MISMATCH" }]));
        let data = admin.gql(CREATE_TEAM, json!({ "input": { "name": "a", "resources": ["SALES"] } })).await;
        assert_eq!(data["createTeam"]["userErrors"], json!([{ "field": ["input", "name"], "code": "TAKEN" }]));
    }

    async fn the_last_admin_stays(app: TestApp) {
        let acme = app.org("acme").await;
        let admin = acme.member(Role::Admin).await;
        let revise = "mutation($input: ReviseMemberInput!) { reviseMember(input: $input) { member { role } userErrors { field code } } }";
        let input = json!({ "input": { "memberId": admin.member.unwrap().to_string(), "role": "EXECUTIVE" } });
        let data = admin.gql(revise, input.clone()).await;
        assert_eq!(data["reviseMember"]["userErrors"], json!([{ "field": ["input", "memberId"], "code": "NOT_ALLOWED" }]));
        acme.member(Role::Admin).await;
        let data = admin.gql(revise, input).await;
        assert_eq!(data["reviseMember"]["member"]["role"], "EXECUTIVE");
    }
}
