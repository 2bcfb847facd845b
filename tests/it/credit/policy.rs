//! Versions of the credit policy.

use entity::kinds::Role;
use serde_json::{Value, json};

use crate::support::story::{DEFINE_POLICY, Story, problems, usd};
use crate::support::{on_both_engines, rows};

const DEFAULT: [&str; 5] = ["REFERRAL_CLAIM", "SIGNED_SPLIT", "SELF_SERVE", "EVIDENCE", "SOURCE_RESOURCE"];

fn policy(more: Value) -> Value {
    let mut input = json!({ "lookbackDays": 30, "roundingBasisPoints": 2500, "rules": DEFAULT, "transferApproval": "BOTH" });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "input": input })
}

on_both_engines! {
    async fn closes_keep_the_policy_they_were_opened_with(app: TestApp) {
        let story = Story::begin(&app).await;
        let books = story.today();
        let referrer = story.person(json!({})).await;
        let close = json!({ "newAccount": { "name": "buyer" }, "occurredAt": "2026-05-10T12:00:00Z", "amount": usd("100.00"), "path": "ASSISTED",
            "referral": { "referrerPersonId": referrer, "claimedAt": "2026-05-01T12:00:00Z" },
            "signedSplit": { "signedAt": "2026-05-01T12:00:00Z", "shares": [{ "resource": "SALES", "basisPoints": 10_000 }] } });
        let before = story.close(close.clone()).await;
        let first = books.gql("{ creditPolicy { version lookbackDays roundingBasisPoints rules transferApproval definedBy { role } } }", json!({})).await;
        assert_eq!(first["creditPolicy"], json!({ "version": 1, "lookbackDays": 90, "roundingBasisPoints": 100, "rules": DEFAULT,
            "transferApproval": "DONOR", "definedBy": null }));
        let rules = ["SIGNED_SPLIT", "REFERRAL_CLAIM", "SELF_SERVE", "EVIDENCE", "SOURCE_RESOURCE"];
        let input = policy(json!({ "rules": rules, "expectedVersion": 1, "idempotencyKey": "k" }));
        let made = books.gql(DEFINE_POLICY, input.clone()).await;
        let second = &made["defineCreditPolicy"]["policy"];
        assert_eq!(*second, json!({ "id": second["id"], "version": 2, "lookbackDays": 30, "roundingBasisPoints": 2500, "rules": rules,
            "transferApproval": "BOTH", "definedBy": { "role": "REVOPS" } }));
        assert_eq!(books.gql(DEFINE_POLICY, input).await, made, "once");
        let after = story.close(close).await;
        let document = "query($id: ID!) { close(id: $id) { policy { version } referrer { id } batches { rule entries { resource basisPoints } } } }";
        for (close, version, rule, resource, referred) in
            [(&before, 1, "REFERRAL_CLAIM", "PRODUCT", true), (&after, 2, "SIGNED_SPLIT", "SALES", false)]
        {
            let data = books.gql(document, json!({ "id": close["id"] })).await;
            assert_eq!(data["close"]["policy"]["version"], version);
            assert_eq!(data["close"]["referrer"].is_object(), referred);
            assert_eq!(data["close"]["batches"], json!([{ "rule": rule, "entries": [{ "resource": resource, "basisPoints": 10_000 }] }]));
        }
        let listed = books.gql("{ creditPolicies(first: 1) { totalCount pageInfo { hasNextPage endCursor } nodes { version } } }", json!({})).await;
        assert_eq!((&listed["creditPolicies"]["totalCount"], &listed["creditPolicies"]["nodes"]), (&json!(2), &json!([{ "version": 2 }])));
        let rest = books.gql("query($after: String) { creditPolicies(after: $after) { nodes { version } } }", json!({ "after": listed["creditPolicies"]["pageInfo"]["endCursor"] })).await;
        assert_eq!(rest["creditPolicies"]["nodes"], json!([{ "version": 1 }]));
    }

    async fn evidence_counts_as_the_version_says(app: TestApp) {
        let story = Story::begin(&app).await;
        story.today();
        let person = story.person(json!({})).await;
        story.touch("2026-03-01T12:00:00Z", "MARKETING", json!({ "personId": person })).await;
        for at in ["2026-05-01T12:00:00Z", "2026-05-02T12:00:00Z", "2026-05-03T12:00:00Z"] {
            story.touch(at, "SALES", json!({ "personId": person })).await;
        }
        let close = |name: &str| json!({ "newAccount": { "name": name }, "personId": person, "occurredAt": "2026-05-10T12:00:00Z", "amount": usd("100.00"), "path": "ASSISTED" });
        let entries = async |name: &str| story.close(close(name)).await["batches"][0]["entries"].take();
        let wide = entries("wide").await;
        assert_eq!(wide.as_array().unwrap().len(), 2, "{wide}");
        story.policy(policy(json!({}))["input"].clone()).await;
        assert_eq!(entries("narrow").await, json!([{ "resource": "SALES", "basisPoints": 10_000 }]), "Marketing came in more than 30 days before");
    }

    async fn whose_permission_goes_less_far_than_the_policy_does_not_define_it(app: TestApp) {
        let story = Story::begin(&app).await;
        let (admin, lead) = (story.member(Role::Admin).await, story.member(Role::SalesLead).await);
        let role = "mutation($input: DefineRoleInput!) { defineRole(input: $input) { customRole { id } userErrors { field code } } }";
        let revise = "mutation($input: ReviseMemberInput!) { reviseMember(input: $input) { member { role } userErrors { field code } } }";
        for (reach, expected, version) in [
            ("OWN", vec![("rules".to_owned(), "NOT_ALLOWED".to_owned())], 1),
            ("TEAM", vec![("rules".to_owned(), "NOT_ALLOWED".to_owned())], 1),
            ("RESOURCE", vec![("rules".to_owned(), "NOT_ALLOWED".to_owned())], 1),
            ("ORGANIZATION", vec![], 2),
        ] {
            let grants = [("CLOSE_READ", "ORGANIZATION"), ("CREDIT_WRITE", reach)].map(|(permission, reach)| json!({ "permission": permission, "reach": reach }));
            let role = admin.gql(role, json!({ "input": { "name": reach, "grants": grants } })).await["defineRole"]["customRole"]["id"].take();
            let revised = admin.gql(revise, json!({ "input": { "memberId": lead.member.unwrap().to_string(), "customRoleId": role } })).await;
            assert_eq!(problems(&revised["reviseMember"]), []);
            let data = lead.gql(DEFINE_POLICY, policy(json!({}))).await;
            assert_eq!(problems(&data["defineCreditPolicy"]), expected, "{reach}");
            assert_eq!(admin.gql("{ creditPolicy { version } }", json!({})).await["creditPolicy"]["version"], version, "{reach}");
        }
    }

    async fn a_version_that_is_wrong_is_not_defined(app: TestApp) {
        let story = Story::begin(&app).await;
        let books = story.today();
        let without = ["REFERRAL_CLAIM", "SIGNED_SPLIT", "SELF_SERVE", "SOURCE_RESOURCE"];
        let twice = ["REFERRAL_CLAIM", "REFERRAL_CLAIM", "SELF_SERVE", "EVIDENCE", "SOURCE_RESOURCE"];
        let last = ["REFERRAL_CLAIM", "SIGNED_SPLIT", "SELF_SERVE", "SOURCE_RESOURCE", "EVIDENCE"];
        let before = rows(&app).await;
        for (more, field, code) in [
            (json!({ "rules": without }), "rules", "REQUIRED"),
            (json!({ "rules": [] }), "rules", "REQUIRED"),
            (json!({ "rules": twice }), "rules", "INVALID"),
            (json!({ "rules": last }), "rules", "INVALID"),
            (json!({ "lookbackDays": 0 }), "lookbackDays", "INVALID"),
            (json!({ "lookbackDays": 3661 }), "lookbackDays", "INVALID"),
            (json!({ "lookbackDays": 100_000 }), "lookbackDays", "INVALID"),
            (json!({ "roundingBasisPoints": 0 }), "roundingBasisPoints", "INVALID"),
            (json!({ "roundingBasisPoints": 300 }), "roundingBasisPoints", "INVALID"),
            (json!({ "roundingBasisPoints": 20_000 }), "roundingBasisPoints", "INVALID"),
            (json!({ "expectedVersion": 2 }), "expectedVersion", "STALE_VERSION"),
        ] {
            let data = books.gql(DEFINE_POLICY, policy(more.clone())).await;
            assert_eq!(problems(&data["defineCreditPolicy"]), [(field.to_owned(), code.to_owned())], "{more}");
        }
        assert_eq!(rows(&app).await, before);
        for role in [Role::SalesLead, Role::ProductLead, Role::Executive, Role::Integration] {
            assert_eq!(story.member(role).await.refused(DEFINE_POLICY, policy(json!({}))).await, "FORBIDDEN", "{role:?}");
        }
        let ten_years = books.gql(DEFINE_POLICY, policy(json!({ "lookbackDays": 3660, "roundingBasisPoints": 10_000 }))).await;
        assert_eq!(problems(&ten_years["defineCreditPolicy"]), []);
    }
}
