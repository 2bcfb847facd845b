//! Taking note of insights, and who may see them.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{ACKNOWLEDGE, find, shown, spent_in_vain};
use crate::support::story::{Story, problems};
use crate::support::{Caller, but_members, on_both_engines, rows};

async fn acknowledge(by: &Caller<'_>, insight: &Value, action: &str) -> Value {
    let input = json!({ "insightId": insight["id"], "action": action });
    by.gql(ACKNOWLEDGE, json!({ "input": input })).await["acknowledgeInsight"].take()
}

fn problem(field: &str, code: &str) -> Vec<(String, String)> {
    vec![(field.to_owned(), code.to_owned())]
}

on_both_engines! {
    async fn who_leads_the_resource_takes_note_once_and_says_what_is_done(app: TestApp) {
        let story = Story::begin(&app).await;
        let (desk, insight) = spent_in_vain(&story).await;
        let [marketing, sales] = [Role::MarketingLead, Role::SalesLead];
        let (marketing, sales) = (story.acme.member(marketing).await, story.acme.member(sales).await);
        let marketer = story.acme.member(Role::Marketer).await;
        let before = but_members(&rows(&app).await);
        assert_eq!(problems(&acknowledge(&sales, &insight, "not ours").await), problem("insightId", "NOT_ALLOWED"));
        assert_eq!(problems(&acknowledge(&marketing, &insight, "  ").await), problem("action", "REQUIRED"));
        assert_eq!(problems(&acknowledge(&marketing, &insight, &"a".repeat(2_001)).await), problem("action", "TOO_LONG"));
        let input = json!({ "input": { "insightId": insight["id"], "action": "mine" } });
        assert_eq!(marketer.refused(ACKNOWLEDGE, input).await, "FORBIDDEN");
        assert_eq!(but_members(&rows(&app).await), before);
        let noted = acknowledge(&marketing, &insight, "paused the campaign").await;
        let acknowledgement = json!({ "action": "paused the campaign", "acknowledgedBy": { "id": marketing.member.unwrap().to_string() },
            "recordedAt": "2026-06-01T12:00:00Z" });
        assert_eq!(noted["insight"], json!({ "id": insight["id"], "state": "ACKNOWLEDGED", "acknowledgement": acknowledgement }));
        let before = rows(&app).await;
        assert_eq!(problems(&acknowledge(&marketing, &insight, "again").await), problem("insightId", "ALREADY_DECIDED"));
        assert_eq!(rows(&app).await, before);
        assert_eq!((shown(&desk, "(unacknowledged: true)").await, shown(&desk, "(unacknowledged: false)").await), (0, 1));
        // What they noted was less bad: the next one stands beside it.
        story.cost("MARKETING", "300.00", "2026-04-01", "2026-04-30").await;
        let worse = find(&desk).await;
        assert_eq!((worse.len(), &worse[0]["severity"], &worse[0]["replaces"]), (1, &json!("CRITICAL"), &json!(null)));
    }

    async fn of_what_has_become_worse_nobody_takes_note(app: TestApp) {
        let story = Story::begin(&app).await;
        let (desk, insight) = spent_in_vain(&story).await;
        story.cost("MARKETING", "300.00", "2026-04-01", "2026-04-30").await;
        let worse = find(&desk).await.remove(0);
        let before = rows(&app).await;
        assert_eq!(problems(&acknowledge(&desk, &insight, "late").await), problem("insightId", "ALREADY_DECIDED"));
        assert_eq!(rows(&app).await, before);
        // Who answers for all of it may take note of anything, and a key makes it once.
        let input = json!({ "input": { "insightId": worse["id"], "action": "stopped it", "idempotencyKey": "one" } });
        let executive = story.acme.member(Role::Executive).await;
        let first = executive.gql(ACKNOWLEDGE, input.clone()).await;
        assert_eq!(first["acknowledgeInsight"]["insight"]["state"], "ACKNOWLEDGED");
        assert_eq!(executive.gql(ACKNOWLEDGE, input).await, first);
    }

    async fn who_may_not_read_amounts_is_not_told_of_money(app: TestApp) {
        let story = Story::begin(&app).await;
        let (desk, insight) = spent_in_vain(&story).await;
        assert_eq!((shown(&desk, "").await, shown(&desk, "(resource: MARKETING)").await, shown(&desk, "(resource: SALES)").await), (1, 1, 0));
        assert_eq!((shown(&desk, "(kind: ZERO_CLOSES)").await, shown(&desk, "(kind: CREDIT_GAP)").await), (1, 0));
        let assistant = story.acme.member(Role::SalesAssistant).await;
        assert_eq!(shown(&assistant, "").await, 0);
        let asked = "query($id: ID!) { insight(id: $id) { id } node(id: $id) { id } }";
        assert_eq!(assistant.gql(asked, json!({ "id": insight["id"] })).await, json!({ "insight": null, "node": null }));
        let seller = story.acme.member(Role::SalesRep).await;
        assert_eq!(seller.gql(asked, json!({ "id": insight["id"] })).await["node"], json!({ "id": insight["id"] }));
        let partner = story.acme.member(Role::Partner).await;
        assert_eq!(partner.refused("{ insights { totalCount } }", json!({})).await, "FORBIDDEN");
        let document = "mutation { findInsights(input: {}) { insights { id } } }";
        for role in [Role::MarketingLead, Role::Auditor, Role::Partner] {
            assert_eq!(story.acme.member(role).await.refused(document, json!({})).await, "FORBIDDEN");
        }
    }

    async fn another_organization_knows_nothing_of_it(app: TestApp) {
        let story = Story::begin(&app).await;
        let (_, insight) = spent_in_vain(&story).await;
        let other = app.org("globex").await.member(Role::Admin).await;
        assert_eq!(shown(&other, "").await, 0);
        let before = rows(&app).await;
        assert_eq!(problems(&acknowledge(&other, &insight, "ours").await), problem("insightId", "NOT_FOUND"));
        assert_eq!(rows(&app).await, before);
        assert_eq!(find(&other).await, Vec::<Value>::new());
    }
}
