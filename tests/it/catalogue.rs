//! Any metric by its key: the number that the field of its own tells.

use entity::kinds::{Resource, Role};
use serde_json::{Value, json};
use tandem::metrics::definition::{ALL, Argument, Definition};

use crate::support::Caller;
use crate::support::Demo;
use crate::support::on_both_engines;
use crate::support::story::{Story, quarter};

const METRIC: &str = "query($key: String!, $period: PeriodInput!, $args: MetricArgsInput, $asOf: DateTime) {
    metric(key: $key, period: $period, args: $args, asOf: $asOf) { value numerator denominator nullReason unit currency pending
        definition { key version } contributions { resource value } source { field document variables path } } }";
const SERIES: &str = "query($key: String!, $period: PeriodInput!, $args: MetricArgsInput, $grain: Grain!) {
    metricSeries(key: $key, period: $period, args: $args, grain: $grain) { points { value period { from to } } } }";
/// Scale in which decimals are compared that are told as whole numbers elsewhere.
const WHOLE: &str = "0123456789";

pub(crate) fn days(from: &str, to: &str) -> Value {
    json!({ "from": from, "to": to })
}

pub(crate) async fn metric(caller: &Caller<'_>, key: &str, period: Value, args: Value) -> Value {
    caller.gql(METRIC, json!({ "key": key, "period": period, "args": args })).await["metric"].take()
}

/// The code and the field of the one problem.
async fn refusal(caller: &Caller<'_>, key: &str, args: Value) -> (String, String) {
    let answer = caller.answer(METRIC, json!({ "key": key, "period": days("2026-01-01", "2026-04-01"), "args": args })).await;
    let extensions = &answer["errors"][0]["extensions"];
    let text = |name: &str| extensions[name].as_str().unwrap_or_default().to_owned();
    (if extensions["reason"].is_null() { text("code") } else { text("reason") }, text("field"))
}

/// What stands at a path: `a.b[name=x].c`; nothing where a list has no such item.
pub(crate) fn at(mut value: &Value, path: &str) -> Value {
    for step in path.split('.') {
        let (field, item) = step.split_once('[').map_or((step, None), |(field, item)| (field, Some(item.trim_end_matches(']'))));
        value = &value[field];
        if let Some((name, wanted)) = item.and_then(|item| item.split_once('=')) {
            let is_it = |item: &&Value| name.split('>').fold(*item, |item, field| &item[field]) == wanted;
            let Some(found) = value.as_array().unwrap().iter().find(is_it) else { return Value::Null };
            value = found;
        }
    }
    value.clone()
}

/// Numbers without the zeros after their point, whatever they are told as.
pub(crate) fn number(value: &Value) -> Option<String> {
    let text = value.as_str().map(str::to_owned).or_else(|| value.as_i64().map(|number| number.to_string()))?;
    assert!(text.contains(|digit| WHOLE.contains(digit)), "{text}");
    Some(if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text })
}

/// Ways to ask for a metric: as plainly as can be, and narrowed by each thing it can be.
pub(crate) async fn ways(admin: &Caller<'_>, definition: &Definition) -> Vec<Value> {
    let ids = admin.gql(
        "{ tactics(first: 3) { nodes { id } } teams(first: 2) { nodes { id } } segments(first: 1) { nodes { id } } serviceAgreements(first: 1) { nodes { id } }
           opportunities(first: 1) { nodes { owner { id } } } pipelines { id } icpProfiles(first: 1) { nodes { id } } }",
        json!({}),
    );
    let ids = ids.await;
    let id = |list: &str| ids[list]["nodes"][0]["id"].clone();
    let mut plain = json!({});
    let give = |args: &mut Value, argument: Argument| match argument {
        Argument::Resource => args["resource"] = json!("MARKETING"),
        Argument::Tactic => args["tacticId"] = id("tactics"),
        Argument::Team => args["teamId"] = id("teams"),
        Argument::Channel => args["channel"] = json!("EMAIL"),
        Argument::Segment => args["segmentId"] = id("segments"),
        Argument::Owner => args["ownerId"] = ids["opportunities"]["nodes"][0]["owner"]["id"].clone(),
        Argument::Basis => args["basis"] = json!("GROSS"),
        Argument::RefundPeriod => args["refundPeriod"] = json!("EVENT_PERIOD"),
        Argument::Matching => args["matching"] = json!({ "mode": "LAGGED", "days": 30 }),
        Argument::ConstantCurrency => args["constantCurrency"] = json!({ "on": "2026-03-01" }),
        Argument::GrossMargin => args["grossMargin"] = json!("0.8"),
        Argument::MatureAfterDays => args["matureAfterDays"] = json!(30),
        Argument::Pipeline => args["pipelineId"] = ids["pipelines"][0]["id"].clone(),
        Argument::Stage => args["stage"] = json!("QUALIFIED"),
        Argument::Subject => args["subject"] = json!("ACCOUNT"),
        Argument::Order => args["order"] = json!("STRICT"),
        Argument::Window => args["window"] = json!("P45D"),
        Argument::WinRateBasis => args["winRateBasis"] = json!("COHORT_BASIS"),
        Argument::Blocker => args["blocker"] = json!("CONSENSUS"),
        Argument::Model => args["model"] = json!("W_SHAPED"),
        Argument::Pooling => args["pooling"] = json!("PERSON"),
        Argument::LookbackDays => args["lookbackDays"] = json!(60),
        Argument::Agreement => args["agreementId"] = id("serviceAgreements"),
        Argument::FitOf => args["of"] = json!("CLOSES"),
        Argument::IcpProfile => args["icpProfileId"] = id("icpProfiles"),
        Argument::Reached => args["reached"] = json!("CUSTOMER"),
    };
    definition.needs.iter().filter_map(|needed| needed.first()).for_each(|needed| give(&mut plain, *needed));
    let mut ways = vec![plain.clone()];
    for argument in definition.arguments() {
        let mut way = plain.clone();
        // One of several that are needed is given already.
        if let Some(group) = definition.needs.iter().find(|group| group.contains(&argument)) {
            for (needed, name) in group.iter().map(|needed| (needed, tandem::catalogue::service::name(*needed))) {
                if *needed != argument {
                    way.as_object_mut().unwrap().remove(name);
                }
            }
        }
        give(&mut way, argument);
        if !ways.contains(&way) {
            ways.push(way);
        }
    }
    ways
}

#[tokio::test]
async fn every_metric_is_what_the_field_of_its_own_tells() {
    let demo = Demo::new().await;
    let admin = demo.member(Role::Admin);
    let (mut asked, mut valued) = (0, 0);
    for definition in ALL {
        for args in ways(&admin, definition).await {
            let told = metric(&admin, definition.key, days("2026-04-01", "2026-07-01"), args.clone()).await;
            assert_eq!(told["definition"], json!({ "key": definition.key, "version": definition.version }));
            let source = &told["source"];
            let answer = admin.gql(source["document"].as_str().unwrap(), source["variables"].clone()).await;
            let typed = at(&answer, source["path"].as_str().unwrap());
            // Where nothing belongs to it, a number of things is nothing.
            let nothing = typed.is_null() && number(&told["value"]).as_deref() == Some("0");
            assert!(nothing || number(&told["value"]) == number(&typed), "{} {args}\n{told:#}\n{answer:#}", definition.key);
            assert_eq!(told["value"].is_null(), !told["nullReason"].is_null(), "{} {args}", definition.key);
            (asked, valued) = (asked + 1, valued + usize::from(!told["value"].is_null()));
            if let Some(parts) = told["contributions"].as_array() {
                let sum: rust_decimal::Decimal =
                    parts.iter().map(|part| part["value"].as_str().unwrap().parse::<rust_decimal::Decimal>().unwrap()).sum();
                assert_eq!(Some(sum.to_string()), told["value"].as_str().map(str::to_owned), "{} {args}", definition.key);
            }
        }
    }
    // What is compared is there: a metric that never has a value compares nothing with nothing.
    assert!(asked > 150 && valued * 10 > asked * 8, "{valued} of {asked}");
}

#[tokio::test]
async fn a_series_is_the_metric_of_each_part() {
    let demo = Demo::new().await;
    let admin = demo.member(Role::Admin);
    for definition in ALL {
        let args = ways(&admin, definition).await.swap_remove(0);
        let series = json!({ "key": definition.key, "period": days("2026-02-10", "2026-05-01"), "args": args, "grain": "MONTH" });
        let told = admin.gql(SERIES, series).await["metricSeries"]["points"].take();
        let points = told.as_array().unwrap();
        assert_eq!(points.len(), 3, "{}", definition.key);
        for point in points {
            let period = days(point["period"]["from"].as_str().unwrap(), point["period"]["to"].as_str().unwrap());
            let alone = metric(&admin, definition.key, period, args.clone()).await;
            assert_eq!(point["value"], alone["value"], "{} {point}", definition.key);
        }
    }
}

on_both_engines! {
    async fn g1_closes_and_costs_by_key_with_the_resources_parts(app: TestApp) {
        let story = Story::begin(&app).await;
        quarter(&story).await;
        let ops = story.today();
        let first = || json!({ "from": "2026-01-01", "to": "2026-04-01", "timeZone": "UTC" });
        let told = async |key: &str, args: Value| metric(&ops, key, first(), args).await;
        for (key, sales, whole, parts) in [
            ("credited_closes", "1.7334", "4.0000", ["1.7334", "1.3333", "0.9333"]),
            ("credited_value", "2893.35", "4500.01", ["2893.35", "1033.33", "573.33"]),
            ("cost", "6300.00", "11400.00", ["6300.00", "3300.00", "1800.00"]),
            ("cost_per_close", "3634.48", "2850.00", ["1575.00", "825.00", "450.00"]),
        ] {
            assert_eq!(told(key, json!({ "resource": "SALES" })).await["value"], sales, "{key}");
            let answer = told(key, json!({})).await;
            assert_eq!(answer["value"], whole, "{key}");
            let named: Vec<Value> = Resource::ALL.iter().zip(parts).map(|(resource, value)| json!({ "resource": resource.name(), "value": value })).collect();
            assert_eq!(answer["contributions"], json!(named), "{key}");
        }
        assert_eq!(told("resource_index", json!({ "resource": "PRODUCT" })).await["value"], "1.4777");
        // Of what was never heard of, nothing.
        let empty = metric(&ops, "cost_per_close", days("2025-01-01", "2025-02-01"), json!({})).await;
        assert_eq!((&empty["value"], &empty["nullReason"], &empty["currency"]), (&Value::Null, &json!("ZERO_CLOSES"), &json!("USD")));
    }

    async fn what_a_metric_cannot_be_told_is_refused(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.today();
        let strange = "tac_00000000000000000000000001";
        for (key, args, reason, field) in [
            ("closes", json!({}), "NOT_FOUND", "key"),
            ("credited_closes", json!({ "stage": "QUALIFIED" }), "INVALID", "args.stage"),
            ("stage_entries", json!({}), "REQUIRED", "args.stage"),
            ("stage_entries", json!({ "stage": "NOWHERE" }), "NOT_FOUND", "args.stage"),
            ("attribution", json!({}), "REQUIRED", "args"),
            ("credited_closes", json!({ "resource": "SALES", "channel": "EMAIL" }), "INVALID", "args.channel"),
            ("credited_closes", json!({ "tacticId": strange }), "NOT_FOUND", "args.tacticId"),
            ("romi", json!({ "grossMargin": "2" }), "INVALID", "args.grossMargin"),
            ("cost", json!({ "matching": { "mode": "LAGGED" } }), "REQUIRED", "args.matching.days"),
            ("cost", json!({ "matching": { "mode": "LAGGED", "days": 9999 } }), "INVALID", "args.matching.days"),
            ("close_rate", json!({ "resource": "SALES", "matureAfterDays": -1 }), "INVALID", "args.matureAfterDays"),
            ("order_taking", json!({ "lookbackDays": 0 }), "INVALID", "args.lookbackDays"),
        ] {
            assert_eq!(refusal(&ops, key, args.clone()).await, (reason.to_owned(), field.to_owned()), "{key} {args}");
        }
    }

    async fn a_metric_is_for_those_who_may_read_it(app: TestApp) {
        let story = Story::begin(&app).await;
        let partner = story.member(Role::Partner).await;
        assert_eq!(refusal(&partner, "cost_per_close", json!({})).await.0, "FORBIDDEN");
        assert_eq!(refusal(&partner, "win_rate", json!({})).await.0, "FORBIDDEN");
        // Whom fields are forbidden by name, they are by key.
        let reader = story.member(Role::Marketer).await;
        assert_eq!(metric(&reader, "win_rate", days("2026-01-01", "2026-04-01"), json!({})).await["nullReason"], "ZERO_DENOMINATOR");
        assert_eq!(app.anonymous().refused(METRIC, json!({ "key": "win_rate", "period": days("2026-01-01", "2026-04-01") })).await, "UNAUTHENTICATED");
    }
}
