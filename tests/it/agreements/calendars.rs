//! Business calendars: their hours, their versions, and the holidays of files.

use entity::kinds::Role;
use serde_json::{Value, json};

use super::{DEFINE_CALENDAR, IMPORT, REVISE_CALENDAR, act, done, hours, lisbon, made, refused, with, without};
use crate::support::story::Story;
use crate::support::{Caller, on_both_engines, rows};

const TOLD: &str = "query($id: ID!) { businessCalendar(id: $id) { name version timeZone week { weekday hours { from to } }
    specialDays { nodes { day name hours { from to } } totalCount } recordedBy { id } recordedAt
    versions { totalCount nodes { number timeZone calendar { name } specialDays { nodes { day } } recordedBy { role } recordedAt } } } }";

async fn told(by: &Caller<'_>, id: &str) -> Value {
    by.gql(TOLD, json!({ "id": id })).await["businessCalendar"].take()
}

async fn special_days(by: &Caller<'_>, id: &str) -> Vec<(String, String)> {
    let days = told(by, id).await["specialDays"]["nodes"].take();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    days.as_array().unwrap().iter().map(|day| (text(&day["day"]), text(&day["name"]))).collect()
}

fn file(events: &[&str]) -> String {
    let events: Vec<String> = events.iter().map(|event| format!("BEGIN:VEVENT\n{event}\nEND:VEVENT\n")).collect();
    format!("BEGIN:VCALENDAR\nVERSION:2.0\n{}END:VCALENDAR\n", events.concat())
}

on_both_engines! {
    async fn a_calendar_is_defined_and_revised_by_versions(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.at("2026-01-05T09:00:00Z");
        let id = made(&ops, DEFINE_CALENDAR, lisbon()).await;
        let first = told(&ops, &id).await;
        assert_eq!((&first["name"], &first["version"], &first["timeZone"]), (&json!("Lisbon"), &json!(1), &json!("Europe/Lisbon")));
        let day = json!([hours("09:00", "12:00"), hours("13:00", "18:00")]);
        assert_eq!(first["week"][0], json!({ "weekday": "MONDAY", "hours": day }), "in order");
        assert_eq!(first["week"].as_array().unwrap().len(), 5, "days off are not among them");
        assert_eq!(first["specialDays"], json!({ "nodes": [{ "day": "2026-04-03", "name": "Sexta-feira Santa", "hours": [] }], "totalCount": 1 }));
        assert_eq!((&first["recordedBy"]["id"], &first["recordedAt"]), (&json!(ops.member.unwrap().to_string()), &json!("2026-01-05T09:00:00Z")));
        // Hours of half days, up to midnight, on a Sunday.
        let ops = story.at("2026-01-06T09:00:00Z");
        let days = json!([{ "day": "2026-12-24", "name": " Christmas Eve ", "hours": [hours("09:00", "12:30")] }, { "day": "2026-06-28", "name": "Fair", "hours": [hours("00:00", "24:00")] }]);
        let change = json!({ "calendarId": id, "specialDays": days, "expectedVersion": 1, "idempotencyKey": "days" });
        assert_eq!(done(&ops, REVISE_CALENDAR, change.clone()).await["version"], 2);
        let before = rows(&app).await;
        assert_eq!(done(&ops, REVISE_CALENDAR, change.clone()).await["version"], 2, "the same again");
        assert_eq!(done(&ops, REVISE_CALENDAR, json!({ "calendarId": id, "specialDays": days, "timeZone": "Europe/Lisbon" })).await["version"], 2);
        assert_eq!(rows(&app).await, before, "what says nothing new is no version");
        let second = told(&ops, &id).await;
        let expected = json!([{ "day": "2026-06-28", "name": "Fair", "hours": [hours("00:00", "24:00")] }, { "day": "2026-12-24", "name": "Christmas Eve", "hours": [hours("09:00", "12:30")] }]);
        assert_eq!(second["specialDays"]["nodes"], expected);
        assert_eq!(second["week"], first["week"], "what is left out stays");
        let versions = json!({ "totalCount": 2, "nodes": [
            { "number": 2, "timeZone": "Europe/Lisbon", "calendar": { "name": "Lisbon" }, "specialDays": { "nodes": [{ "day": "2026-06-28" }, { "day": "2026-12-24" }] },
                "recordedBy": { "role": "REVOPS" }, "recordedAt": "2026-01-06T09:00:00Z" },
            { "number": 1, "timeZone": "Europe/Lisbon", "calendar": { "name": "Lisbon" }, "specialDays": { "nodes": [{ "day": "2026-04-03" }] },
                "recordedBy": { "role": "REVOPS" }, "recordedAt": "2026-01-05T09:00:00Z" },
        ] });
        assert_eq!(second["versions"], versions);
        refused(&app, &ops, REVISE_CALENDAR, without(with(change, json!({ "timeZone": "UTC" })), "idempotencyKey"), &[("expectedVersion", "STALE_VERSION")]).await;
        let part = "query($id: ID!) { businessCalendar(id: $id) { specialDays(within: { from: \"2026-07-01\", to: \"2026-12-25\" }, first: 1) { nodes { day } pageInfo { hasNextPage } } } }";
        let part = ops.gql(part, json!({ "id": id })).await;
        assert_eq!(part["businessCalendar"]["specialDays"], json!({ "nodes": [{ "day": "2026-12-24" }], "pageInfo": { "hasNextPage": false } }));
        let listed = ops.gql("{ businessCalendars { totalCount nodes { name version } } }", json!({})).await;
        assert_eq!(listed["businessCalendars"], json!({ "totalCount": 1, "nodes": [{ "name": "Lisbon", "version": 2 }] }));
    }

    async fn business_time_is_told_by_the_same_rules(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.at("2026-01-05T09:00:00Z");
        let id = made(&ops, DEFINE_CALENDAR, lisbon()).await;
        let due = "query($id: ID!, $start: DateTime!, $within: BusinessSpanInput!) { businessCalendar(id: $id) { due(start: $start, within: $within) } }";
        let day = || json!({ "days": 0 });
        let four = || json!({ "minutes": 240 });
        // The worked example, local times as instants: Lisbon is at UTC until 2026-03-29.
        for (start, within, expected) in [
            ("2026-03-27T16:30:00Z", four(), "2026-03-30T10:30:00Z"),
            ("2026-04-02T16:00:00Z", four(), "2026-04-06T11:00:00Z"),
            ("2026-03-28T11:00:00Z", four(), "2026-03-30T13:00:00Z"),
            ("2026-03-30T11:30:00Z", four(), "2026-03-30T16:00:00Z"),
            ("2026-03-27T11:00:00Z", day(), "2026-03-27T18:00:00Z"),
            ("2026-03-27T20:00:00Z", day(), "2026-03-30T17:00:00Z"),
            ("2026-03-27T11:00:00Z", json!({ "days": 2 }), "2026-03-31T17:00:00Z"),
        ] {
            let told = ops.gql(due, json!({ "id": id, "start": start, "within": within })).await;
            assert_eq!(told["businessCalendar"]["due"], expected, "{start} {within}");
        }
        let time = "query($id: ID!, $from: DateTime!, $to: DateTime!) { businessCalendar(id: $id) { businessTime(from: $from, to: $to) } }";
        for (from, to, expected) in [
            ("2026-03-27T16:30:00Z", "2026-03-30T10:30:00Z", "PT4H"),
            ("2026-03-30T10:30:00Z", "2026-03-27T16:30:00Z", "PT0S"),
            ("2026-03-23T00:00:00Z", "2026-03-30T00:00:00Z", "PT40H"),
            ("2026-04-03T00:00:00Z", "2026-04-06T00:00:00Z", "PT0S"),
        ] {
            let told = ops.gql(time, json!({ "id": id, "from": from, "to": to })).await;
            assert_eq!(told["businessCalendar"]["businessTime"], expected, "{from} {to}");
        }
        for (within, field) in [(json!({}), "within"), (json!({ "days": 1, "minutes": 1 }), "within"), (json!({ "days": 61 }), "within.days"), (json!({ "minutes": 0 }), "within.minutes")] {
            let answer = ops.answer(due, json!({ "id": id, "start": "2026-03-27T11:00:00Z", "within": within })).await;
            assert_eq!(answer["errors"][0]["extensions"]["field"], field, "{within}");
        }
        let answer = ops.answer(time, json!({ "id": id, "from": "1969-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z" })).await;
        assert_eq!(answer["errors"][0]["extensions"]["field"], "from");
    }

    async fn bad_hours_are_refused_where_they_stand(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.at("2026-01-05T09:00:00Z");
        made(&ops, DEFINE_CALENDAR, lisbon()).await;
        let good = with(lisbon(), json!({ "name": "Porto" }));
        let monday = |given: Value| json!({ "week": [{ "weekday": "MONDAY", "hours": given }] });
        let special = |given: Value| json!({ "specialDays": given });
        for (change, reasons) in [
            (json!({ "name": "Lisbon" }), vec![("name", "TAKEN")]),
            (json!({ "name": " ", "timeZone": "Mars/Olympus" }), vec![("name", "REQUIRED"), ("timeZone", "UNKNOWN_TIME_ZONE")]),
            (json!({ "week": [] }), vec![("week", "REQUIRED")]),
            (monday(json!([])), vec![("week", "REQUIRED")]),
            (monday(json!([hours("09:00", "12:00"), hours("11:59", "18:00")])), vec![("week.0.hours.1", "OVERLAP")]),
            (monday(json!([hours("09:00", "12:00"), hours("09:00", "12:00")])), vec![("week.0.hours.1", "OVERLAP")]),
            (monday(json!([hours("18:00", "09:00")])), vec![("week.0.hours.0.to", "PERIOD_EMPTY")]),
            (monday(json!([hours("09:00", "09:00")])), vec![("week.0.hours.0.to", "PERIOD_EMPTY")]),
            (monday(json!([hours("9:00", "24:01")])), vec![("week.0.hours.0.from", "INVALID"), ("week.0.hours.0.to", "INVALID")]),
            (monday(Value::Array(vec![hours("09:00", "12:00"); 49])), vec![("week.0.hours", "TOO_MANY")]),
            (json!({ "week": [{ "weekday": "MONDAY", "hours": [hours("09:00", "12:00")] }, { "weekday": "MONDAY", "hours": [] }] }), vec![("week.1.weekday", "INVALID")]),
            (special(json!([{ "day": "2026-12-25", "name": "A" }, { "day": "2026-12-25", "name": "B" }])), vec![("specialDays.1.day", "INVALID")]),
            (special(json!([{ "day": "1969-12-25", "name": "" }])), vec![("specialDays.0.day", "DATE_OUT_OF_RANGE"), ("specialDays.0.name", "REQUIRED")]),
            (special(json!([{ "day": "2026-12-24", "name": "A", "hours": [hours("09:00", "12:00"), hours("10:00", "11:00")] }])), vec![("specialDays.0.hours.1", "OVERLAP")]),
            (special(Value::Array(vec![json!({ "day": "2026-12-25", "name": "A" }); 2_001])), vec![("specialDays", "TOO_MANY")]),
        ] {
            refused(&app, &ops, DEFINE_CALENDAR, with(good.clone(), change), &reasons).await;
        }
        let id = made(&ops, DEFINE_CALENDAR, good).await;
        for (change, reasons) in [
            (json!({ "timeZone": "Mars/Olympus", "week": [] }), vec![("timeZone", "UNKNOWN_TIME_ZONE"), ("week", "REQUIRED")]),
            (special(json!([{ "day": "2026-12-25", "name": "A" }, { "day": "2026-12-25", "name": "B" }])), vec![("specialDays.1.day", "INVALID")]),
            (json!({ "calendarId": "cal_00000000000000000000000001" }), vec![("calendarId", "NOT_FOUND")]),
        ] {
            refused(&app, &ops, REVISE_CALENDAR, with(json!({ "calendarId": id }), change), &reasons).await;
        }
        // Hours may touch.
        let touching = with(with(lisbon(), json!({ "name": "Faro" })), monday(json!([hours("12:00", "18:00"), hours("09:00", "12:00")])));
        made(&ops, DEFINE_CALENDAR, touching).await;
    }

    async fn holidays_come_out_of_files(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.at("2026-01-05T09:00:00Z");
        let id = made(&ops, DEFINE_CALENDAR, lisbon()).await;
        let ics = file(&[
            "UID:1\nDTSTART;VALUE=DATE:20100501\nRRULE:FREQ=YEARLY\nSUMMARY:Labour D\n ay",
            "UID:2\nDTSTART;VALUE=DATE:20260403\nSUMMARY:Good Friday",
            "UID:3\nDTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261227\nSUMMARY:Christmas",
            "UID:4\nDTSTART:20260601T090000Z\nSUMMARY:Meeting",
            "UID:5\nDTSTART;VALUE=DATE:20260610\nSTATUS:CANCELLED",
        ]);
        let input = json!({ "calendarId": id, "ics": ics, "from": "2026-01-01", "to": "2028-01-01", "expectedVersion": 1, "idempotencyKey": "holidays" });
        let told_first = done(&ops, IMPORT, input.clone()).await;
        assert_eq!(told_first, json!({ "imported": 5, "alreadyKnown": 1, "leftOut": 2, "calendar": { "id": id, "version": 2 } }));
        let day = |day: &str, name: &str| (day.to_owned(), name.to_owned());
        let expected = [
            day("2026-04-03", "Sexta-feira Santa"), day("2026-05-01", "Labour Day"), day("2026-12-24", "Christmas"), day("2026-12-25", "Christmas"),
            day("2026-12-26", "Christmas"), day("2027-05-01", "Labour Day"),
        ];
        assert_eq!(special_days(&ops, &id).await, expected);
        // The same again is the same; by another key it is all known.
        let before = rows(&app).await;
        assert_eq!(done(&ops, IMPORT, input.clone()).await, told_first);
        assert_eq!(rows(&app).await, before);
        let again = without(with(input.clone(), json!({ "expectedVersion": 2 })), "idempotencyKey");
        assert_eq!(done(&ops, IMPORT, again.clone()).await, json!({ "imported": 0, "alreadyKnown": 6, "leftOut": 2, "calendar": { "id": id, "version": 2 } }));
        assert_eq!(rows(&app).await, before, "nothing new is no version");
        let broken = file(&["UID:1\nDTSTART;VALUE=DATE:20260501", "UID:2\nDTSTART:tomorrow"]);
        for (change, reasons) in [
            (json!({ "expectedVersion": 1 }), vec![("expectedVersion", "STALE_VERSION")]),
            (json!({ "ics": "hello" }), vec![("ics", "INVALID")]),
            (json!({ "ics": "" }), vec![("ics", "INVALID")]),
            (json!({ "ics": broken }), vec![("ics", "INVALID")]),
            (json!({ "ics": format!("BEGIN:VCALENDAR\n{}\nEND:VCALENDAR\n", "X-A:1\n".repeat(90_000)) }), vec![("ics", "TOO_LONG")]),
            (json!({ "ics": file(&["DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=DAILY"]), "to": "2033-01-01" }), vec![("ics", "TOO_MANY")]),
            // With the days that are special already it is too much.
            (json!({ "ics": file(&["DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=DAILY"]), "from": "2027-01-01", "to": "2032-06-23" }), vec![("ics", "TOO_MANY")]),
            (json!({ "to": "2026-01-01" }), vec![("to", "PERIOD_EMPTY")]),
            (json!({ "from": "1969-01-01", "to": "2201-01-01" }), vec![("from", "DATE_OUT_OF_RANGE"), ("to", "DATE_OUT_OF_RANGE")]),
            (json!({ "calendarId": "cal_00000000000000000000000001" }), vec![("calendarId", "NOT_FOUND")]),
        ] {
            refused(&app, &ops, IMPORT, with(again.clone(), change), &reasons).await;
        }
        // Clocks go by it: the second half of a Thursday, then Labour Day, a Friday.
        let due = "query($id: ID!) { businessCalendar(id: $id) { due(start: \"2026-04-30T15:00:00Z\", within: { minutes: 180 }) } }";
        assert_eq!(ops.gql(due, json!({ "id": id })).await["businessCalendar"]["due"], "2026-05-04T09:00:00Z");
    }

    async fn only_who_keeps_the_books_changes_hours_and_two_who_do_are_told_apart(app: TestApp) {
        let story = Story::begin(&app).await;
        let ops = story.at("2026-01-05T09:00:00Z");
        let id = made(&ops, DEFINE_CALENDAR, lisbon()).await;
        for role in [Role::MarketingLead, Role::SalesLead, Role::SalesRep] {
            let by = story.acme.member(role).await;
            assert_eq!(by.refused(DEFINE_CALENDAR, json!({ "input": lisbon() })).await, "FORBIDDEN");
            assert_eq!(told(&by, &id).await["version"], 1, "and all who owe something read them");
        }
        let partner = story.acme.member(Role::Partner).await;
        assert_eq!(partner.refused("{ businessCalendars { totalCount } }", json!({})).await, "FORBIDDEN");
        let zone = |zone: &str| json!({ "input": { "calendarId": id, "timeZone": zone, "expectedVersion": 1 } });
        let both = futures_util::future::join(ops.answer(REVISE_CALENDAR, zone("Europe/Madrid")), ops.answer(REVISE_CALENDAR, zone("Europe/Paris"))).await;
        let won = [&both.0, &both.1].into_iter().filter(|answer| answer["data"]["reviseCalendar"]["calendar"]["version"] == 2).count();
        assert_eq!(won, 1, "{both:#?}");
        let lost = [&both.0, &both.1].into_iter().find(|answer| answer["data"]["reviseCalendar"]["calendar"]["version"] != 2).unwrap();
        let code = lost["data"]["reviseCalendar"]["userErrors"][0]["code"].as_str().or(lost["errors"][0]["extensions"]["code"].as_str());
        assert!(matches!(code, Some("STALE_VERSION" | "CONFLICT")), "{lost:#}");
        assert_eq!(told(&ops, &id).await["versions"]["totalCount"], 2);
        assert_eq!(act(&ops, REVISE_CALENDAR, json!({ "calendarId": id, "expectedVersion": 1 })).await["userErrors"][0]["code"], "STALE_VERSION");
    }
}
