//! Files as others write them, and files that nobody should.

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn file(events: &[&str]) -> String {
    let events: Vec<String> =
        events.iter().map(|event| format!("BEGIN:VEVENT\r\n{}\r\nEND:VEVENT\r\n", event.replace('\n', "\r\n"))).collect();
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\n{}END:VCALENDAR\r\n", events.concat())
}

fn read(text: &str) -> Result<WholeDays, IcsError> {
    whole_days(text, day("2026-01-01"), day("2028-01-01"))
}

fn days(events: &[&str]) -> Vec<String> {
    read(&file(events)).unwrap().days.keys().map(ToString::to_string).collect()
}

#[test]
fn single_days_and_spans_have_their_end_outside() {
    let carnival = "UID:1\nDTSTART;VALUE=DATE:20260216\nDTEND;VALUE=DATE:20260218\nSUMMARY:Carnival";
    let found = read(&file(&[carnival])).unwrap();
    assert_eq!(found.days, BTreeMap::from([(day("2026-02-16"), "Carnival".into()), (day("2026-02-17"), "Carnival".into())]));
    assert_eq!(days(&["DTSTART:20260403\nSUMMARY:No end, no VALUE"]), ["2026-04-03"]);
    assert_eq!(days(&["DTSTART;VALUE=DATE:20260403\nDTEND;VALUE=DATE:20260403"]), ["2026-04-03"]);
    assert_eq!(days(&["DTSTART;VALUE=DATE:20260403\nDURATION:P2D"]), ["2026-04-03", "2026-04-04"]);
    assert_eq!(days(&["DTSTART;VALUE=DATE:20260403\nDURATION:P1W"]).len(), 7);
    // Only the days that are wanted.
    assert_eq!(days(&["DTSTART;VALUE=DATE:20251224\nDTEND;VALUE=DATE:20260102"]), ["2026-01-01"]);
    assert_eq!(days(&["DTSTART;VALUE=DATE:20271231\nDTEND;VALUE=DATE:20280105"]), ["2027-12-31"]);
    assert_eq!(days(&["DTSTART;VALUE=DATE:20280101"]), [""; 0]);
}

#[test]
fn rules_are_followed() {
    assert_eq!(days(&["DTSTART;VALUE=DATE:19900501\nRRULE:FREQ=YEARLY"]), ["2026-05-01", "2027-05-01"]);
    assert_eq!(days(&["DTSTART;VALUE=DATE:20200101\nRRULE:FREQ=YEARLY;UNTIL=20260101"]), ["2026-01-01"]);
    assert_eq!(days(&["DTSTART;VALUE=DATE:20200101\nRRULE:FREQ=YEARLY;UNTIL=20260101T000000Z;"]), ["2026-01-01"]);
    assert_eq!(days(&["DTSTART;VALUE=DATE:20200101\nRRULE:FREQ=YEARLY;UNTIL=20251231T235959Z"]), [""; 0]);
    assert_eq!(days(&["DTSTART;VALUE=DATE:20250101\nRRULE:FREQ=YEARLY;COUNT=2"]), ["2026-01-01"]);
    assert_eq!(days(&["DTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY"]), [""; 0], "there is no such day in these years");
    assert_eq!(days(&["DTSTART;VALUE=DATE:20201126\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH"]), ["2026-11-26", "2027-11-25"]);
    assert_eq!(
        days(&["DTSTART;VALUE=DATE:20251224\nDTEND;VALUE=DATE:20251227\nRRULE:FREQ=YEARLY;COUNT=2"]),
        ["2026-12-24", "2026-12-25", "2026-12-26"]
    );
    // One that began before reaches in.
    assert_eq!(days(&["DTSTART;VALUE=DATE:20241230\nDURATION:P4D\nRRULE:FREQ=YEARLY;COUNT=2"]), ["2026-01-01", "2026-01-02"]);
    // One that never comes ends.
    assert_eq!(days(&["DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"]), [""; 0]);
}

#[test]
fn more_days_and_fewer_days_than_the_rule() {
    let series =
        "UID:s\nDTSTART;VALUE=DATE:20260105\nRRULE:FREQ=WEEKLY;COUNT=4\nEXDATE;VALUE=DATE:20260112\nRDATE;VALUE=DATE:20260301,20260302";
    assert_eq!(days(&[series]), ["2026-01-05", "2026-01-19", "2026-01-26", "2026-03-01", "2026-03-02"]);
    assert_eq!(days(&["DTSTART;VALUE=DATE:20260105\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE:20260106T000000Z"]), ["2026-01-05", "2026-01-07"]);
    let moved = "UID:s\nRECURRENCE-ID;VALUE=DATE:20260119\nDTSTART;VALUE=DATE:20260120";
    assert_eq!(days(&[series, moved])[..3], ["2026-01-05", "2026-01-20", "2026-01-26"]);
    let called_off = "UID:s\nSTATUS:CANCELLED\nRECURRENCE-ID;VALUE=DATE:20260119\nDTSTART;VALUE=DATE:20260119";
    assert_eq!(days(&[series, called_off])[..2], ["2026-01-05", "2026-01-26"]);
}

#[test]
fn what_has_hours_or_was_cancelled_is_left_out_and_counted() {
    let found = read(&file(&[
        "DTSTART:20260403T090000Z\nDTEND:20260403T100000Z\nSUMMARY:Meeting",
        "DTSTART;TZID=Europe/Lisbon:20260403T090000\nRRULE:FREQ=HOURLY",
        "DTSTART;VALUE=DATE:20260404\nSTATUS:cancelled",
        "DTSTART;VALUE=DATE:20260405\nRRULE:FREQ=MINUTELY",
        "DTSTART;VALUE=DATE:20260406\nEXRULE:FREQ=YEARLY",
        "DTSTART;VALUE=DATE:20260407\nSUMMARY:Stays",
    ]));
    let found = found.unwrap();
    assert_eq!((found.left_out, found.days.len()), (5, 1));
    assert_eq!(found.days[&day("2026-04-07")], "Stays");
}

#[test]
fn names_are_unfolded_and_cleaned() {
    let folded = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20260610\nSUMMARY;LANGUAGE=pt:Dia de Portugal\\, de Cam\n ões\\n e mais\nEND:VEVENT\nEND:VCALENDAR";
    assert_eq!(read(folded).unwrap().days[&day("2026-06-10")], "Dia de Portugal, de Camões e mais");
    let first_names = read(&file(&["DTSTART:20260610\nSUMMARY:A", "DTSTART:20260610\nSUMMARY:B"])).unwrap();
    assert_eq!(first_names.days[&day("2026-06-10")], "A");
    assert_eq!(read(&file(&["DTSTART:20260610"])).unwrap().days[&day("2026-06-10")], "Holiday");
    let long = format!("DTSTART:20260610\nSUMMARY:{}", "x".repeat(500));
    assert_eq!(read(&file(&[&long])).unwrap().days[&day("2026-06-10")].len(), 200);
    // What else a file holds does not matter: zones, tasks, alarms, blank lines, a mark of its encoding.
    let other = "\u{feff}BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nTZID:X\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n\r\n\
        BEGIN:VTODO\r\nDTSTART;VALUE=DATE:20260101\r\nEND:VTODO\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20260102\r\nBEGIN:VALARM\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\n\
        END:VEVENT\r\nEND:VCALENDAR\r\n\r\n";
    assert_eq!(read(other).unwrap().days.into_keys().collect::<Vec<_>>(), [day("2026-01-02")]);
}

#[test]
fn bad_files_are_refused() {
    for text in [
        "",
        "hello",
        "BEGIN:VCALENDAR",
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20260101\r\n",
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEND:VCALENDAR\r\n",
        "BEGIN:VEVENT\r\nDTSTART:20260101\r\nEND:VEVENT\r\n",
        "{\"a\": 1}",
        "<html></html>",
    ] {
        assert_eq!(read(text), Err(IcsError::Unreadable), "{text}");
    }
    let deep = format!("BEGIN:VCALENDAR\r\n{}{}END:VCALENDAR\r\n", "BEGIN:A\r\n".repeat(20_000), "END:A\r\n".repeat(20_000));
    assert_eq!(read(&deep), Err(IcsError::Unreadable));
    assert_eq!(read(&"x".repeat(MAX_BYTES + 1)), Err(IcsError::TooLong));
    for (event, property) in [
        ("SUMMARY:E", "DTSTART"),
        ("SUMMARY:E\nDTSTART:tomorrow", "DTSTART"),
        ("SUMMARY:E\nDTSTART;VALUE=DATE:20260230", "DTSTART"),
        ("SUMMARY:E\nDTSTART;VALUE=DATE:20260201\nDTEND;VALUE=DATE:20260131", "DTEND"),
        ("SUMMARY:E\nDTSTART;VALUE=DATE:20260201\nDTEND:20260202T100000Z", "DTEND"),
        ("SUMMARY:E\nDTSTART;VALUE=DATE:20260201\nDURATION:PT4H", "DURATION"),
        ("SUMMARY:E\nDTSTART;VALUE=DATE:20260201\nDURATION:P99999999999999999999D", "DURATION"),
        ("SUMMARY:E\nDTSTART;VALUE=DATE:20260201\nRRULE:now and then", "RRULE"),
        ("SUMMARY:E\nDTSTART;VALUE=DATE:20260201\nRRULE:FREQ=YEARLY;BYDAY=\u{e9}\u{e9}", "RRULE"),
        ("SUMMARY:E\nDTSTART;VALUE=DATE:20260201\nRRULE:FREQ=YEARLY;UNTIL=soon", "RRULE"),
        ("SUMMARY:E\nDTSTART;VALUE=DATE:20260201\nRRULE:FREQ=YEARLY;BYMONTH=13", "RRULE"),
        ("SUMMARY:E\nDTSTART;VALUE=DATE:20260201\nRDATE:someday", "RDATE"),
        ("SUMMARY:E\nDTSTART;VALUE=DATE:20260201\nEXDATE:\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}", "EXDATE"),
    ] {
        assert_eq!(read(&file(&[event])), Err(IcsError::Property("E".into(), property)), "{event}");
    }
}

#[test]
fn nothing_goes_on_for_ever() {
    assert_eq!(
        whole_days(&file(&["DTSTART;VALUE=DATE:19700101\nRRULE:FREQ=DAILY"]), day("1970-01-01"), day("2200-01-01")),
        Err(IcsError::TooManyDays)
    );
    assert_eq!(read(&file(&["DTSTART;VALUE=DATE:19700101\nRRULE:FREQ=DAILY"])).unwrap().days.len(), 730);
    let long = vec!["DTSTART;VALUE=DATE:17000101\nRRULE:FREQ=DAILY"; 3];
    assert_eq!(read(&file(&long)), Err(IcsError::TooManyRules));
    let many = vec!["DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY"; MAX_RULES + 1];
    assert_eq!(read(&file(&many)), Err(IcsError::TooManyRules));
}
