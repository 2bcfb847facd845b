//! The funnel split by what touched its subjects.

use serde_json::{Value, json};

use super::*;
use crate::support::on_both_engines;

const GROUPS: &str = "missing breakdown { at source } steps { entered } pending matured excluded
    groups { of { value channel resource tactic { name } team { name } } steps { entered matured } pending matured excluded }";

/// The value of each group and how many were counted at each step.
fn groups(funnel: &Value) -> Value {
    let groups = funnel["groups"].as_array().unwrap();
    groups.iter().map(|group| json!([group["of"]["value"], column(&group["steps"], "/entered")])).collect()
}

fn split(by: &str) -> Value {
    with(january(), json!({ "breakdown": { "by": by } }))
}

on_both_engines! {
    async fn by_channel_with_those_who_have_none(app: TestApp) {
        let story = Story::of_g7(app.org("acme").await).await;
        // Paid search came after A was known, and the e-mail before; E's only touch came after everything.
        for (name, channel, when) in [
            ("A", Channel::Email, "2026-01-01"), ("A", Channel::PaidSearch, "2026-01-04"),
            ("B", Channel::Email, "2026-01-03"), ("C", Channel::OrganicSearch, "2025-12-24"),
            ("E", Channel::Email, "2026-02-01"), ("F", Channel::Email, "2025-12-01"),
        ] {
            story.touched(name, channel, when).await;
        }
        let reader = story.reader().await;
        let funnel = ask(&reader, GROUPS, split("CHANNEL")).await;
        assert_eq!(groups(&funnel), json!([["ORGANIC_SEARCH", [1, 1, 1, 1]], ["EMAIL", [2, 2, 1, 1]], [null, [2, 1, 0, 0]]]));
        assert_eq!(column(&funnel["groups"], "/of/channel"), json!(["ORGANIC_SEARCH", "EMAIL", null]));
        assert_eq!(column(&funnel["groups"], "/pending"), json!([0, 0, 1]));
        assert_eq!(column(&funnel["groups"], "/matured"), json!([1, 2, 1]));
        assert_eq!(funnel["missing"], 2);
        assert_eq!(column(&funnel["steps"], "/entered"), json!([5, 4, 2, 2]));
        assert_eq!(funnel["breakdown"], json!({ "at": "FIRST_STEP", "source": "channel of the latest touch at or before the entry" }));
    }

    async fn the_value_is_taken_at_the_step_that_was_asked_for(app: TestApp) {
        let story = Story::of_g7(app.org("acme").await).await;
        story.touched("A", Channel::Email, "2026-01-01").await;
        story.touched("A", Channel::PaidSearch, "2026-01-05").await;
        story.touched("A", Channel::Phone, "2026-02-10").await;
        let reader = story.reader().await;
        for (at, step, expected) in [
            ("FIRST_STEP", None, "EMAIL"), ("LAST_STEP", None, "PHONE"), ("AT_STEP", Some("QUALIFIED"), "PAID_SEARCH"), ("AT_STEP", Some("CLOSED"), "PHONE"),
        ] {
            let asked = json!({ "breakdown": { "by": "CHANNEL", "at": at, "step": step } });
            let funnel = ask(&reader, GROUPS, with(january(), asked)).await;
            assert_eq!(groups(&funnel)[0], json!([expected, [1, 1, 1, 1]]), "{at} {step:?}");
            assert_eq!(funnel["missing"], 4, "{at}");
        }
    }

    async fn by_resource_tactic_and_team(app: TestApp) {
        let story = Story::of_g7(app.org("acme").await).await;
        let (webinar, team) = story.tactic("Webinar", Some("Demand")).await;
        let (flyer, _) = story.tactic("Flyer", None).await;
        for (name, tactic, resource, when) in [
            ("A", Some(webinar), Resource::Marketing, "2026-01-01"),
            ("B", Some(webinar), Resource::Marketing, "2026-01-01"),
            // The later touch is part of nothing: it has a resource, but neither tactic nor team.
            ("B", None, Resource::Product, "2026-01-02"),
            ("C", Some(flyer), Resource::Marketing, "2026-01-01"),
        ] {
            let touch = story.touch(Channel::Event, when);
            story.write_touch(touch::Model { person_id: Some(story.people[name]), tactic_id: tactic, resource, ..touch }).await;
        }
        let reader = story.reader().await;
        let funnel = ask(&reader, GROUPS, split("RESOURCE")).await;
        assert_eq!(groups(&funnel), json!([["MARKETING", [2, 2, 2, 2]], ["PRODUCT", [1, 1, 0, 0]], [null, [2, 1, 0, 0]]]));
        assert_eq!(column(&funnel["groups"], "/of/resource"), json!(["MARKETING", "PRODUCT", null]));
        let funnel = ask(&reader, GROUPS, split("TACTIC")).await;
        assert_eq!(groups(&funnel), json!([[webinar.to_string(), [2, 2, 1, 1]], [flyer.to_string(), [1, 1, 1, 1]], [null, [2, 1, 0, 0]]]));
        assert_eq!(column(&funnel["groups"], "/of/tactic/name"), json!(["Webinar", "Flyer", null]));
        let funnel = ask(&reader, GROUPS, split("TEAM")).await;
        assert_eq!(groups(&funnel), json!([[team.unwrap().to_string(), [2, 2, 1, 1]], [null, [3, 2, 1, 1]]]));
        assert_eq!(column(&funnel["groups"], "/of/team/name"), json!(["Demand", null]));
        assert_eq!(funnel["missing"], 3);
    }

    async fn accounts_have_the_values_of_touches_that_name_them(app: TestApp) {
        let story = Story::of_g7(app.org("acme").await).await;
        let account = story.account("Initech").await;
        story.tell_of_account(account, event("KNOWN", "2026-01-05")).await;
        let touch = story.touch(Channel::Meeting, "2026-01-02");
        story.write_touch(touch::Model { account_id: Some(account), person_id: Some(story.people["A"]), ..touch }).await;
        let reader = story.reader().await;
        let funnel = ask(&reader, GROUPS, with(split("CHANNEL"), json!({ "subject": "ACCOUNT" }))).await;
        assert_eq!(groups(&funnel), json!([["MEETING", [1, 0, 0, 0]]]));
        assert_eq!(funnel["missing"], 0);
    }

    async fn groups_of_every_mode_add_up_and_so_do_their_rows(app: TestApp) {
        let story = Story::of_g7(app.org("acme").await).await;
        for (name, channel, when) in [
            ("A", Channel::Email, "2026-01-01"), ("A", Channel::Phone, "2026-01-10"), ("B", Channel::Phone, "2026-01-03"),
            ("F", Channel::Social, "2025-12-01"), ("F", Channel::Email, "2026-01-20"),
        ] {
            story.touched(name, channel, when).await;
        }
        let reader = story.reader().await;
        for mode in ["COHORT", "PERIOD", "STOCK"] {
            let variables = with(split("CHANNEL"), json!({ "mode": mode, "window": null }));
            let funnel = ask(&reader, "missing steps { stage { key } entered } groups { of { value } steps { entered } }", variables.clone()).await;
            let mut without_value = None;
            for (index, step) in funnel["steps"].as_array().unwrap().iter().enumerate() {
                let mut sum = 0;
                for group in funnel["groups"].as_array().unwrap() {
                    let count = group["steps"][index]["entered"].as_u64().unwrap();
                    sum += count;
                    let arguments = format!("step: {}, group: {{ value: {} }}", step["stage"]["key"], group["of"]["value"]);
                    let found = ask(&reader, &format!("rows({arguments}) {{ totalCount }}"), variables.clone()).await;
                    assert_eq!(found["rows"]["totalCount"], count, "{mode} {arguments}");
                    if group["of"]["value"].is_null() {
                        let found = ask(&reader, "rows(group: { value: null }) { totalCount }", variables.clone()).await;
                        without_value = Some(found["rows"]["totalCount"].clone());
                    }
                }
                assert_eq!(step["entered"], sum, "{mode}");
            }
            assert_eq!(without_value.unwrap(), funnel["missing"], "{mode}");
        }
    }

    async fn a_corrected_touch_counts_as_corrected_from_then_on(app: TestApp) {
        let story = Story::of_g7(app.org("acme").await).await;
        let wrong = story.touched("A", Channel::Email, "2026-01-01").await;
        let touch = touch::Model { recorded_at: at("2026-02-20"), supersedes_id: Some(wrong), ..story.touch(Channel::Social, "2026-01-01") };
        let right = story.write_touch(touch::Model { person_id: Some(story.people["A"]), ..touch }).await;
        let touch = touch::Model { recorded_at: at("2026-02-25"), supersedes_id: Some(right), retracted: true, ..story.touch(Channel::Social, "2026-01-01") };
        story.write_touch(touch::Model { person_id: Some(story.people["A"]), ..touch }).await;
        let reader = story.reader().await;
        for (as_of, expected) in [("2026-02-19", json!("EMAIL")), ("2026-02-20", json!("SOCIAL")), ("2026-02-25", json!(null))] {
            let funnel = ask(&reader, GROUPS, with(split("CHANNEL"), json!({ "asOf": format!("{as_of}T00:00:00Z") }))).await;
            assert_eq!(funnel["groups"][0]["of"]["value"], expected, "{as_of}");
        }
    }

    async fn rows_say_which_value_counts(app: TestApp) {
        let story = Story::of_g7(app.org("acme").await).await;
        story.touched("A", Channel::Email, "2026-01-01").await;
        story.touched("A", Channel::Phone, "2026-01-10").await;
        let reader = story.reader().await;
        let fields = "rows(first: 1) { nodes { steps { stage { key } value } } }";
        let cohort = ask(&reader, fields, split("CHANNEL")).await;
        assert_eq!(column(&cohort["rows"]["nodes"][0]["steps"], "/value"), json!(["EMAIL", "EMAIL", "EMAIL", "EMAIL"]));
        // In the mode PERIOD each entry has its own moment.
        let asked = json!({ "mode": "PERIOD", "window": null });
        let fields = "rows(group: { value: \"PHONE\" }) { nodes { subjectId steps { stage { key } value } } }";
        let period = ask(&reader, fields, with(split("CHANNEL"), asked)).await;
        assert_eq!(period["rows"]["nodes"][0]["subjectId"], story.people["A"].to_string());
        assert_eq!(column(&period["rows"]["nodes"][0]["steps"], "/value"), json!(["EMAIL", "EMAIL", "PHONE"]));
    }
}
