//! How long subjects stay in each stage, on both engines.

use serde_json::{Value, json};

use super::*;
use crate::support::on_both_engines;

const YEAR: &str = r#"period: { from: "2025-12-01", to: "2026-12-01", timeZone: "UTC" }"#;

/// What is told of one stage, as seen at the end of February.
const LINE: &str =
    "stage { key } ended running backdated longestRunning mean { value unit nullReason } median { value numerator denominator }
    ninetieth { value } survivalMedian survival { after share }";

async fn asked(caller: &Caller<'_>, arguments: &str, fields: &str) -> Value {
    caller.gql(&format!("{{ timeInStage({arguments}) {{ {fields} }} }}"), json!({})).await["timeInStage"].take()
}

fn line<'a>(answer: &'a Value, key: &str) -> &'a Value {
    answer["stages"].as_array().unwrap().iter().find(|line| line["stage"]["key"] == key).unwrap()
}

on_both_engines! {
    async fn g8_visits_that_ended_and_one_that_runs(app: TestApp) {
        let story = Story::of_g7(app.org("acme").await).await;
        let reader = story.reader().await;
        let fields = format!("definition {{ key version unit }} unit period {{ from to timeZone }} asOf subject pipeline {{ key }} visibility {{ scope complete }} stages {{ {LINE} }}");
        let answer = asked(&reader, &format!(r#"{YEAR}, asOf: "2026-02-28T00:00:00Z""#), &fields).await;
        assert_eq!(line(&answer, "QUALIFIED"), &json!({
            "stage": { "key": "QUALIFIED" }, "ended": 4, "running": 1, "backdated": 0, "longestRunning": "P27D",
            "mean": { "value": "19.00", "unit": "DAYS", "nullReason": null },
            "median": { "value": "13.50", "numerator": "116640000000000", "denominator": "8640000000000" },
            "ninetieth": { "value": "33.20" }, "survivalMedian": "P15D",
            "survival": [{ "after": "P8D", "share": "0.8000" }, { "after": "P12D", "share": "0.6000" }, { "after": "P15D", "share": "0.4000" }, { "after": "P41D", "share": "0.0000" }],
        }));
        assert_eq!((&answer["definition"], &answer["unit"]), (&json!({ "key": "time_in_stage", "version": 1, "unit": "DAYS" }), &json!("DAYS")));
        assert_eq!((&answer["asOf"], &answer["subject"]), (&json!("2026-02-28T00:00:00Z"), &json!("PERSON")));
        assert_eq!(answer["visibility"], json!({ "scope": "ORGANIZATION", "complete": true }));
        // Nobody was there: no number, and why.
        let nobody = line(&answer, "RECYCLED");
        assert_eq!((&nobody["ended"], &nobody["mean"]["value"], &nobody["mean"]["nullReason"]), (&json!(0), &Value::Null, &json!("ZERO_DENOMINATOR")));
        // Those who closed are there still.
        let closed = line(&answer, "CLOSED");
        assert_eq!((&closed["running"], &closed["mean"]["nullReason"], &closed["survivalMedian"]), (&json!(3), &json!("IMMATURE"), &Value::Null));
    }

    async fn rows_add_up_to_every_number(app: TestApp) {
        let story = Story::of_g7(app.org("acme").await).await;
        story.tell("E", event("QUALIFIED", "2026-02-10").backdated()).await;
        let reader = story.reader().await;
        let arguments = format!(r#"{YEAR}, asOf: "2026-02-28T00:00:00Z""#);
        let answer = asked(&reader, &arguments, "stages { stage { key } ended running backdated }").await;
        let total = async |narrowed: String| asked(&reader, &arguments, &format!("rows({narrowed}) {{ totalCount }}")).await["rows"]["totalCount"].as_u64().unwrap();
        let mut all = 0;
        for told in answer["stages"].as_array().unwrap() {
            let key = told["stage"]["key"].as_str().unwrap();
            for (state, count) in [("ENDED", &told["ended"]), ("RUNNING", &told["running"]), ("BACKDATED", &told["backdated"])] {
                assert_eq!(total(format!("stage: \"{key}\", state: {state}")).await, count.as_u64().unwrap(), "{key} {state}");
                all += count.as_u64().unwrap();
            }
        }
        assert_eq!((total("first: 1".to_owned()).await, all), (18 + 1, 18 + 1));
        // E came late to both ends of what nobody timed.
        assert_eq!((&line(&answer, "KNOWN")["backdated"], &line(&answer, "QUALIFIED")["backdated"]), (&json!(1), &json!(1)));
        // Page by page they are each there once, oldest first.
        let mut seen: Vec<Value> = Vec::new();
        let mut after = String::new();
        loop {
            let page = asked(&reader, &arguments, &format!("rows(first: 4 {after}) {{ nodes {{ subjectId stage {{ key }} enteredAt leftAt backdated }} pageInfo {{ endCursor hasNextPage }} }}")).await["rows"].take();
            seen.extend(page["nodes"].as_array().unwrap().iter().cloned());
            if page["pageInfo"]["hasNextPage"] == json!(false) {
                break;
            }
            after = format!(", after: {}", page["pageInfo"]["endCursor"]);
        }
        assert_eq!(seen.len(), 19);
        assert!(seen.windows(2).all(|pair| pair[0]["enteredAt"].as_str() <= pair[1]["enteredAt"].as_str()));
        assert_eq!(seen[0], json!({ "subjectId": story.people["F"].to_string(), "stage": { "key": "KNOWN" }, "enteredAt": "2025-12-20T00:00:00Z", "leftAt": "2026-01-03T00:00:00Z", "backdated": false }));
    }

    async fn a_seller_sees_the_totals_and_the_visits_of_their_own(app: TestApp) {
        let story = Story::of_g7(app.org("acme").await).await;
        let rep = story.organization.member(Role::SalesRep).await;
        let own = "mutation($input: RevisePersonInput!) { revisePerson(input: $input) { userErrors { code } } }";
        let input = json!({ "personId": story.people["A"].to_string(), "ownerId": rep.member.unwrap().to_string() });
        story.organization.member(Role::Admin).await.gql(own, json!({ "input": input })).await;
        let fields = "stages { stage { key } ended } visibility { complete } rows(first: 100) { totalCount visibility { scope complete } nodes { subjectId person { id } } }";
        let arguments = format!(r#"{YEAR}, asOf: "2026-02-28T00:00:00Z""#);
        let (seen, all) = (asked(&rep, &arguments, fields).await, asked(&story.reader().await, &arguments, fields).await);
        assert_eq!((&seen["stages"], &seen["visibility"]), (&all["stages"], &json!({ "complete": true })), "totals are everybody's");
        assert_eq!((&seen["rows"]["totalCount"], &all["rows"]["totalCount"]), (&json!(4), &json!(18)));
        assert_eq!(seen["rows"]["visibility"], json!({ "scope": "OWN", "complete": false }));
        assert!(seen["rows"]["nodes"].as_array().unwrap().iter().all(|row| row["subjectId"] == story.people["A"].to_string() && row["person"]["id"] == row["subjectId"]));
    }

    async fn what_is_recorded_later_changes_no_answer(app: TestApp) {
        let story = Story::of_g7(app.org("acme").await).await;
        let reader = story.reader().await;
        let arguments = format!(r#"{YEAR}, asOf: "2026-02-28T00:00:00Z""#);
        let fields = format!("stages {{ {LINE} }} rows(first: 100) {{ totalCount nodes {{ enteredAt leftAt }} }}");
        let before = asked(&reader, &arguments, &fields).await;
        story.tell("E", event("QUALIFIED", "2026-02-10").recorded("2026-03-01")).await;
        story.tell("D", event("CLOSED", "2026-03-02")).await;
        assert_eq!(asked(&reader, &arguments, &fields).await, before);
        let later = asked(&reader, &format!(r#"{YEAR}, asOf: "2026-03-03T00:00:00Z""#), "stages { stage { key } ended running }").await;
        assert_eq!(line(&later, "QUALIFIED"), &json!({ "stage": { "key": "QUALIFIED" }, "ended": 5, "running": 1 }));
    }

    async fn accounts_have_visits_of_their_own(app: TestApp) {
        let story = Story::of_g7(app.org("acme").await).await;
        let account = story.account("Initech").await;
        story.tell_of_account(account, event("KNOWN", "2026-01-01")).await;
        story.tell_of_account(account, event("QUALIFIED", "2026-01-11")).await;
        let reader = story.reader().await;
        let arguments = format!(r#"{YEAR}, subject: ACCOUNT, asOf: "2026-02-28T00:00:00Z""#);
        let answer = asked(&reader, &arguments, "stages { stage { key } ended median { value } } rows { totalCount nodes { person { id } account { name } } }").await;
        assert_eq!(line(&answer, "KNOWN"), &json!({ "stage": { "key": "KNOWN" }, "ended": 1, "median": { "value": "10.00" } }));
        assert_eq!(answer["rows"]["nodes"], json!([{ "person": null, "account": { "name": "Initech" } }, { "person": null, "account": { "name": "Initech" } }]));
    }

    async fn each_point_is_what_a_question_about_its_part_would_answer(app: TestApp) {
        let story = Story::of_g7(app.org("acme").await).await;
        let reader = story.reader().await;
        // Whole curves of every stage and month would cost more than a document may.
        let line = LINE.replace("survival { after share }", "");
        let fields = format!("period {{ from to timeZone }} stages {{ {line} }} rows(first: 20) {{ totalCount nodes {{ subjectId enteredAt leftAt }} }}");
        let document = format!(r#"{{ timeInStageTrend(period: {{ from: "2025-12-15", to: "2026-02-20", timeZone: "UTC" }}, grain: MONTH, asOf: "2026-02-28T00:00:00Z") {{
            definition {{ key }} period {{ from }} grain asOf visibility {{ complete }} points {{ {fields} }} }} }}"#);
        let trend = reader.gql(&document, json!({})).await["timeInStageTrend"].take();
        assert_eq!((&trend["grain"], &trend["definition"]["key"]), (&json!("MONTH"), &json!("time_in_stage")));
        let points = trend["points"].as_array().unwrap();
        let mut visits = 0;
        for point in points {
            let part = &point["period"];
            let arguments = format!(r#"period: {{ from: {}, to: {}, timeZone: "UTC" }}, asOf: "2026-02-28T00:00:00Z""#, part["from"], part["to"]);
            assert_eq!(&asked(&reader, &arguments, &fields).await, point);
            visits += point["rows"]["totalCount"].as_u64().unwrap();
        }
        assert_eq!((points.len(), visits), (3, 18 - 1), "but for what begins on the last day of the history");
    }

    async fn who_may_not_ask_and_what_cannot_be_asked(app: TestApp) {
        let story = Story::of_g7(app.org("acme").await).await;
        let other = Story::of_g7(app.org("other").await).await;
        let reader = story.reader().await;
        let document = |arguments: &str, fields: &str| format!("{{ timeInStage({arguments}) {{ {fields} }} }}");
        assert_eq!(story.organization.member(Role::Partner).await.refused(&document(YEAR, "asOf"), json!({})).await, "FORBIDDEN");
        assert_eq!(app.anonymous().refused(&document(YEAR, "asOf"), json!({})).await, "UNAUTHENTICATED");
        for (arguments, fields, field) in [
            (format!(r#"{YEAR}, pipeline: "{}""#, other.pipeline.id), "asOf", "pipeline"),
            (r#"period: { from: "2026-02-01", to: "2026-02-01" }"#.to_owned(), "asOf", "period"),
            (format!(r#"{YEAR}, asOf: "2999-01-01T00:00:00Z""#), "asOf", "asOf"),
            (YEAR.to_owned(), "rows(stage: \"NOWHERE\") { totalCount }", "stage"),
        ] {
            let answer = reader.answer(&document(&arguments, fields), json!({})).await;
            let extensions = &answer["errors"][0]["extensions"];
            assert_eq!((&extensions["code"], &extensions["field"]), (&json!("BAD_USER_INPUT"), &json!(field)), "{answer:#}");
        }
    }
}
