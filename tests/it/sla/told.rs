//! What the resources tell each other.

use entity::kinds::Role;
use serde_json::{Value, json};
use tandem::agreements::scheduler::service::pass;

use super::{Agreed, done};
use crate::support::story::problems;
use crate::support::{on_both_engines, rows};

const SEND: &str = "mutation($input: SendFeedbackInput!) { sendFeedback(input: $input) {
    feedback { id fromResource toResource kind body state acknowledgeBy handoff { id } } userErrors { field code } } }";
const ACKNOWLEDGE: &str = "mutation($input: AcknowledgeFeedbackInput!) { acknowledgeFeedback(input: $input) {
    feedback { id state acknowledgement { outcome note acknowledgedBy { id } } } userErrors { field code } } }";
const LIST: &str =
    "query($filter: FeedbackFilter) { feedback(filter: $filter) { totalCount nodes { id kind fromResource toResource state body } } }";

fn praise(agreed: &Agreed<'_>, handoff: &str) -> Value {
    json!({
        "fromResource": "SALES", "toResource": "MARKETING", "kind": "PRAISE", "handoffId": handoff, "body": "they knew what they wanted",
        "agreementId": agreed.agreement,
    })
}

on_both_engines! {
    async fn what_is_told_is_acknowledged_once_in_business_time(app: TestApp) {
        let agreed = Agreed::begin(&app).await;
        let lead = agreed.leads(1, "2026-04-02T08:00:00Z", json!({})).await.remove(0);
        let told = done(&agreed.by(agreed.seller, "2026-04-02T09:00:00Z"), SEND, praise(&agreed, &lead.handoff)).await["feedback"].clone();
        // Two business days after Thursday, with a holiday and a weekend in between.
        assert_eq!((&told["acknowledgeBy"], &told["state"]), (&json!("2026-04-07T17:00:00Z"), &json!("OPEN")));
        let filter = |state: &str| json!({ "filter": { "state": state, "kind": "PRAISE" } });
        let count = |data: Value| data["feedback"]["totalCount"].clone();
        assert_eq!(count(agreed.desk("2026-04-07T17:00:00Z").gql(LIST, filter("OPEN")).await), 1);
        assert_eq!(count(agreed.desk("2026-04-07T17:00:01Z").gql(LIST, filter("OVERDUE")).await), 1);
        let input = json!({ "feedbackId": told["id"], "outcome": "ACTED", "note": "more of these" });
        let marketing = agreed.by(agreed.marketing, "2026-04-08T09:00:00Z");
        let noted = done(&marketing, ACKNOWLEDGE, input.clone()).await["feedback"].clone();
        let by = json!({ "outcome": "ACTED", "note": "more of these", "acknowledgedBy": { "id": agreed.marketing.to_string() } });
        assert_eq!((&noted["state"], &noted["acknowledgement"]), (&json!("ACKNOWLEDGED"), &by));
        assert_eq!(count(marketing.gql(LIST, filter("ACKNOWLEDGED")).await), 1);
        let before = rows(&app).await;
        let again = marketing.gql(ACKNOWLEDGE, json!({ "input": input })).await["acknowledgeFeedback"].take();
        assert_eq!(problems(&again), [("feedbackId".to_owned(), "ALREADY_DECIDED".to_owned())]);
        assert_eq!(rows(&app).await, before);
    }

    async fn a_breach_is_told_once_by_the_side_it_was_owed_to(app: TestApp) {
        let agreed = Agreed::begin(&app).await;
        let leads = agreed.leads(3, "2026-04-06T08:00:00Z", json!({})).await;
        agreed.call(&leads[..1], "2026-04-06T09:00:00Z").await;
        agreed.desk("2026-04-06T13:00:00Z");
        pass(&app.app).await.unwrap();
        assert_eq!(agreed.desk("2026-04-06T13:00:00Z").gql(LIST, json!({})).await["feedback"]["totalCount"], 0);
        let desk = agreed.desk("2026-04-06T13:00:01Z");
        pass(&app.app).await.unwrap();
        pass(&app.app).await.unwrap();
        let data = desk.gql("{ feedback { nodes { kind fromResource toResource body recordedBy { id } acknowledgeBy clock { id state dueAt } handoff { id } } } }", json!({})).await;
        let mut told = data["feedback"]["nodes"].as_array().unwrap().clone();
        told.sort_by_key(|told| told["handoff"]["id"].to_string());
        let expected: Vec<Value> = leads[1..].iter().map(|lead| json!({
            "kind": "BREACH", "fromResource": "MARKETING", "toResource": "SALES", "body": "", "recordedBy": null,
            "acknowledgeBy": "2026-04-08T17:00:00Z", "clock": { "id": lead.clock, "state": "OVERDUE", "dueAt": "2026-04-06T13:00:00Z" },
            "handoff": { "id": lead.handoff },
        })).collect();
        let mut expected = expected;
        expected.sort_by_key(|told| told["handoff"]["id"].to_string());
        assert_eq!(told, expected);
    }

    async fn what_cannot_be_told_is_not_stored(app: TestApp) {
        let agreed = Agreed::begin(&app).await;
        let lead = agreed.leads(1, "2026-04-06T08:00:00Z", json!({})).await.remove(0);
        let good = praise(&agreed, &lead.handoff);
        let with = |more: Value| {
            let mut input = good.clone();
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            input
        };
        let seller = agreed.by(agreed.seller, "2026-04-06T09:00:00Z");
        let before = rows(&app).await;
        for (input, field, code) in [
            (with(json!({ "fromResource": "MARKETING", "toResource": "SALES" })), "fromResource", "NOT_ALLOWED"),
            (with(json!({ "toResource": "SALES" })), "toResource", "SELF_REFERENCE"),
            (with(json!({ "kind": "BREACH" })), "kind", "NOT_ALLOWED"),
            (with(json!({ "body": "  " })), "body", "REQUIRED"),
            (with(json!({ "handoffId": "hnd_00000000000000000000000000" })), "handoffId", "NOT_FOUND"),
            (with(json!({ "tacticId": "tac_00000000000000000000000000" })), "tacticId", "NOT_FOUND"),
            (with(json!({ "agreementId": "sla_00000000000000000000000000" })), "agreementId", "AGREEMENT_STATE"),
        ] {
            let payload = seller.gql(SEND, json!({ "input": input })).await["sendFeedback"].take();
            assert_eq!(problems(&payload), [(field.to_owned(), code.to_owned())], "{input}");
        }
        assert_eq!(rows(&app).await.len(), before.len());
        let product = json!({ "toResource": "PRODUCT", "handoffId": null });
        let payload = seller.gql(SEND, json!({ "input": with(product) })).await["sendFeedback"].take();
        assert_eq!(problems(&payload), [("agreementId".to_owned(), "INVALID".to_owned())]);
        // Nobody who had a hand in it says that it was noted.
        let desk = agreed.desk("2026-04-06T09:00:00Z");
        let by_desk = done(&desk, SEND, good.clone()).await["feedback"]["id"].clone();
        let own = desk.gql(ACKNOWLEDGE, json!({ "input": { "feedbackId": by_desk, "outcome": "NOTED" } })).await["acknowledgeFeedback"].take();
        assert_eq!(problems(&own), [("feedbackId".to_owned(), "SELF_APPROVAL".to_owned())]);
        // Of who was erased nothing more is said.
        let gone = agreed.leads(1, "2026-04-06T09:00:00Z", json!({})).await.remove(0);
        let erase = "mutation($input: ErasePersonInput!) { erasePerson(input: $input) { userErrors { code } } }";
        done(&desk, erase, json!({ "personId": gone.person })).await;
        let payload = seller.gql(SEND, json!({ "input": with(json!({ "handoffId": gone.handoff })) })).await["sendFeedback"].take();
        assert_eq!(problems(&payload), [("handoffId".to_owned(), "ERASED".to_owned())]);
        let told = done(&seller, SEND, good).await["feedback"]["id"].clone();
        let own = seller.gql(ACKNOWLEDGE, json!({ "input": { "feedbackId": told, "outcome": "NOTED" } })).await["acknowledgeFeedback"].take();
        assert_eq!(problems(&own), [("feedbackId".to_owned(), "NOT_ALLOWED".to_owned())]);
    }

    async fn it_is_about_a_handoff_a_tactic_content_or_what_a_metric_means(app: TestApp) {
        let agreed = Agreed::begin(&app).await;
        let lead = agreed.leads(1, "2026-04-06T08:00:00Z", json!({})).await.remove(0);
        let desk = agreed.desk("2026-04-06T09:00:00Z");
        let tactic = agreed.story.tactic(json!({ "name": "Webinar", "resource": "MARKETING", "channel": "EMAIL" })).await;
        let create = "mutation($input: CreateContentInput!) { createContent(input: $input) { content { id } userErrors { field code } } }";
        let content = done(&desk, create, json!({ "name": "Guide", "kind": "ARTICLE", "resource": "MARKETING" })).await["content"]["id"].take();
        let seller = agreed.by(agreed.seller, "2026-04-06T09:00:00Z");
        let send = "mutation($input: SendFeedbackInput!) { sendFeedback(input: $input) { feedback { id acknowledgeBy state
            handoff { id } tactic { id } content { id } metric { key version } } userErrors { field code } } }";
        let mut about = Vec::new();
        for (name, value, told) in [
            ("handoffId", json!(lead.handoff), json!({ "handoff": { "id": lead.handoff } })),
            ("tacticId", json!(tactic), json!({ "tactic": { "id": tactic } })),
            ("contentId", content.clone(), json!({ "content": { "id": content } })),
            ("metricKey", json!("sla_status"), json!({ "metric": { "key": "sla_status", "version": 1 } })),
        ] {
            let mut input = json!({ "fromResource": "SALES", "toResource": "MARKETING", "kind": "QUESTION", "body": "what is meant",
                "agreementId": agreed.agreement });
            input[name] = value.clone();
            let found = done(&seller, send, input).await["feedback"].take();
            // Two business days, whatever it is about.
            let mut expected = json!({ "id": found["id"], "acknowledgeBy": "2026-04-08T17:00:00Z", "state": "OPEN", "handoff": null,
                "tactic": null, "content": null, "metric": null });
            expected.as_object_mut().unwrap().extend(told.as_object().unwrap().clone());
            assert_eq!(found, expected);
            about.push((name, value, found["id"].clone()));
        }
        for (name, value, id) in about {
            let mut filter = json!({});
            filter[name] = value;
            let found = desk.gql(LIST, json!({ "filter": filter })).await["feedback"]["nodes"].take();
            assert_eq!((found.as_array().unwrap().len(), &found[0]["id"]), (1, &id), "{name}");
        }
        let unknown = json!({ "fromResource": "SALES", "toResource": "MARKETING", "kind": "QUESTION", "body": "what", "metricKey": "luck" });
        let payload = seller.gql(SEND, json!({ "input": unknown })).await["sendFeedback"].take();
        assert_eq!(problems(&payload), [("metricKey".to_owned(), "NOT_FOUND".to_owned())]);
    }

    async fn sellers_read_what_their_resource_tells_and_is_told(app: TestApp) {
        let agreed = Agreed::begin(&app).await;
        agreed.desk("2026-04-06T09:00:00Z");
        let product = agreed.acme().member(Role::ProductLead).await;
        let told = json!({ "fromResource": "PRODUCT", "toResource": "MARKETING", "kind": "QUESTION", "body": "who are they" });
        done(&product, SEND, told.clone()).await;
        let mut to_sales = told;
        to_sales["toResource"] = json!("SALES");
        done(&product, SEND, to_sales).await;
        let seller = agreed.by(agreed.seller, "2026-04-06T09:00:00Z");
        assert_eq!(seller.gql(LIST, json!({})).await["feedback"]["totalCount"], 1);
        assert_eq!(agreed.by(agreed.marketing, "2026-04-06T09:00:00Z").gql(LIST, json!({})).await["feedback"]["totalCount"], 2);
        let partner = agreed.acme().member(Role::Partner).await;
        assert_eq!(partner.refused(LIST, json!({})).await, "FORBIDDEN");
    }
}
