//! Whole days out of an iCalendar file (RFC 5545).
//!
//! Only what lasts whole days is a holiday; what has hours is left out and counted. Days are nobody's local time here, so rules are
//! worked out in UTC, where every day is there once.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;

use chrono::{Days, NaiveDate, NaiveTime, TimeZone};
use icalendar::parser::{Component, Property, read_calendar, unfold};
use rrule::{Frequency, RRule, RRuleSet, Tz, Unvalidated};

/// The most bytes of a file.
const MAX_BYTES: usize = 512 * 1024;

/// How deep parts lie within each other: a calendar, an event, its alarm, and something of somebody's own.
const MAX_DEPTH: usize = 8;

/// The most events that come again by a rule. Working one out takes a while where it never comes.
const MAX_RULES: usize = 500;

/// The most days that rules are followed in all.
const MAX_FOLLOWED: usize = 200_000;

/// The most days that are taken.
const MAX_DAYS: usize = entity::business_hours::MAX_SPECIAL_DAYS;

/// The longest name of a day.
const MAX_NAME: usize = crate::input::NAME;

/// A day without a name of its own.
const NAMELESS: &str = "Holiday";

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum IcsError {
    /// It has more than [`MAX_BYTES`].
    TooLong,
    /// It is no iCalendar file, or ends too soon.
    Unreadable,
    /// A property of an event cannot be read: the event, the property.
    Property(String, &'static str),
    /// There are more than [`MAX_RULES`] events with rules, or they come again too often.
    TooManyRules,
    /// There are more than [`MAX_DAYS`].
    TooManyDays,
}

impl fmt::Display for IcsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(formatter, "must have at most {MAX_BYTES} bytes"),
            Self::Unreadable => formatter.write_str("must be an iCalendar file, from its first to its last line"),
            Self::Property(event, property) => write!(formatter, "{property} of {event} cannot be read"),
            Self::TooManyRules => write!(formatter, "at most {MAX_RULES} events may come again, and {MAX_FOLLOWED} times in all"),
            Self::TooManyDays => write!(formatter, "holds more than {MAX_DAYS} days"),
        }
    }
}

impl std::error::Error for IcsError {}

/// The whole days of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct WholeDays {
    /// What each is called; the first event of a day names it.
    pub(super) days: BTreeMap<NaiveDate, String>,
    /// How many events have hours, were cancelled, or come again by rules that are out of use.
    pub(super) left_out: usize,
}

/// The days from one up to, but without, another that events of a file fill.
pub(super) fn whole_days(text: &str, from: NaiveDate, to: NaiveDate) -> Result<WholeDays, IcsError> {
    if text.len() > MAX_BYTES {
        return Err(IcsError::TooLong);
    }
    let text = one_line_each(text)?;
    let calendar = read_calendar(&text).map_err(|_| IcsError::Unreadable)?;
    let events: Vec<Event<'_>> = calendar.components.iter().filter(|part| part.name.as_str() == "VEVENT").map(Event).collect();
    let mut reader = Reader { from, to, moved: moved(&events)?, rules: 0, followed: 0, found: WholeDays::default() };
    for event in &events {
        reader.read(event)?;
    }
    Ok(reader.found)
}

/// The lines of a file, unfolded, each with the end that the standard wants. Parts may not lie too deep within each other: they are
/// read one within the other.
fn one_line_each(text: &str) -> Result<String, IcsError> {
    let unfolded = unfold(text.strip_prefix('\u{feff}').unwrap_or(text));
    let begins = |line: &str, word: &str| line.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    let mut lines = String::with_capacity(unfolded.len());
    let mut depth: usize = 0;
    for line in unfolded.lines().filter(|line| !line.trim().is_empty()) {
        if begins(line.trim_start(), "BEGIN:") {
            depth += 1;
        } else if begins(line.trim_start(), "END:") {
            depth = depth.saturating_sub(1);
        }
        if depth > MAX_DEPTH {
            return Err(IcsError::Unreadable);
        }
        lines.push_str(line);
        lines.push_str("\r\n");
    }
    if lines.get(.."BEGIN:VCALENDAR\r\n".len()).is_some_and(|start| start.eq_ignore_ascii_case("BEGIN:VCALENDAR\r\n")) {
        Ok(lines)
    } else {
        Err(IcsError::Unreadable)
    }
}

/// An event of a file.
struct Event<'a>(&'a Component<'a>);

impl Event<'_> {
    fn all<'e>(&'e self, name: &'static str) -> impl Iterator<Item = &'e Property<'e>> {
        self.0.properties.iter().filter(move |property| property.name.as_str().eq_ignore_ascii_case(name))
    }

    fn value(&self, name: &'static str) -> Option<&str> {
        self.all(name).next().map(|property| property.val.as_str().trim())
    }

    /// What it is called, in one line and not too long.
    fn name(&self) -> String {
        let words: Vec<&str> =
            self.value("SUMMARY").unwrap_or_default().split(|letter: char| letter.is_whitespace() || letter.is_control()).collect();
        let name: String = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        let name: String = name.chars().take(MAX_NAME).collect();
        if name.is_empty() { NAMELESS.to_owned() } else { name }
    }

    fn unreadable(&self, property: &'static str) -> IcsError {
        IcsError::Property(self.name(), property)
    }

    /// Its first day; `None` where it has hours.
    fn first(&self) -> Result<Option<NaiveDate>, IcsError> {
        let value = self.value("DTSTART").ok_or_else(|| self.unreadable("DTSTART"))?;
        if value.contains('T') { Ok(None) } else { date(value).map(Some).ok_or_else(|| self.unreadable("DTSTART")) }
    }

    /// How many days it lasts: its end is the day after the last one.
    fn length(&self, first: NaiveDate) -> Result<u64, IcsError> {
        if let Some(end) = self.value("DTEND") {
            let end = date(end).ok_or_else(|| self.unreadable("DTEND"))?;
            let days = u64::try_from(end.signed_duration_since(first).num_days()).map_err(|_| self.unreadable("DTEND"))?;
            // An end on the first day itself is meant as that day.
            return Ok(days.max(1));
        }
        self.value("DURATION").map_or(Ok(1), |text| whole_duration(text).ok_or_else(|| self.unreadable("DURATION")))
    }

    /// The days that a list names; times of day count as their days.
    fn dates(&self, name: &'static str) -> Result<Vec<NaiveDate>, IcsError> {
        let values = self.all(name).flat_map(|property| property.val.as_str().split(','));
        values.map(|value| value.trim().get(..8).and_then(date).ok_or_else(|| self.unreadable(name))).collect()
    }

    fn is_cancelled(&self) -> bool {
        self.value("STATUS").is_some_and(|status| status.eq_ignore_ascii_case("CANCELLED"))
    }

    /// Which day of which series it takes the place of.
    fn takes_place_of(&self) -> Result<Option<(String, NaiveDate)>, IcsError> {
        let Some(day) = self.dates("RECURRENCE-ID")?.pop() else { return Ok(None) };
        Ok(self.value("UID").map(|uid| (uid.to_owned(), day)))
    }
}

/// Days of series that events of their own take the place of.
fn moved(events: &[Event<'_>]) -> Result<HashMap<String, HashSet<NaiveDate>>, IcsError> {
    let mut moved: HashMap<String, HashSet<NaiveDate>> = HashMap::new();
    for event in events {
        if let Some((series, day)) = event.takes_place_of()? {
            moved.entry(series).or_default().insert(day);
        }
    }
    Ok(moved)
}

/// Goes through the events of a file.
struct Reader {
    from: NaiveDate,
    to: NaiveDate,
    moved: HashMap<String, HashSet<NaiveDate>>,
    rules: usize,
    followed: usize,
    found: WholeDays,
}

impl Reader {
    fn read(&mut self, event: &Event<'_>) -> Result<(), IcsError> {
        let first = event.first()?;
        let Some(first) = first.filter(|_| !event.is_cancelled() && event.value("EXRULE").is_none()) else {
            self.found.left_out += 1;
            return Ok(());
        };
        let length = event.length(first)?;
        let Some(mut begins) = self.days_of_rule(event, first, length)? else {
            self.found.left_out += 1;
            return Ok(());
        };
        begins.extend(event.dates("RDATE")?);
        for day in event.dates("EXDATE")? {
            begins.remove(&day);
        }
        let is_series = event.value("RECURRENCE-ID").is_none();
        let moved = event.value("UID").filter(|_| is_series).and_then(|uid| self.moved.get(uid));
        begins.retain(|day| moved.is_none_or(|moved| !moved.contains(day)));
        let name = event.name();
        for first in begins {
            self.take(first, length, &name)?;
        }
        Ok(())
    }

    /// The days on which an event begins by its rule, as far as they reach into the days that are wanted; its first day where it has
    /// no rule, and none where it comes again within a day.
    fn days_of_rule(&mut self, event: &Event<'_>, first: NaiveDate, length: u64) -> Result<Option<BTreeSet<NaiveDate>>, IcsError> {
        let Some(rule) = event.value("RRULE") else { return Ok(Some(BTreeSet::from([first]))) };
        self.rules += 1;
        if self.rules > MAX_RULES {
            return Err(IcsError::TooManyRules);
        }
        let rule: RRule<Unvalidated> = normal_rule(rule).and_then(|rule| rule.parse().ok()).ok_or_else(|| event.unreadable("RRULE"))?;
        if !matches!(rule.get_freq(), Frequency::Yearly | Frequency::Monthly | Frequency::Weekly | Frequency::Daily) {
            return Ok(None);
        }
        let midnight = |day: NaiveDate| Tz::UTC.from_utc_datetime(&day.and_time(NaiveTime::MIN));
        let rule = rule.validate(midnight(first)).map_err(|_| event.unreadable("RRULE"))?;
        let mut days = BTreeSet::new();
        for at in &RRuleSet::new(midnight(first)).rrule(rule).limit() {
            let day = at.date_naive();
            self.followed += 1;
            if self.followed > MAX_FOLLOWED {
                return Err(IcsError::TooManyRules);
            }
            if day >= self.to {
                break;
            }
            if day.checked_add_days(Days::new(length)).is_none_or(|end| end > self.from) {
                days.insert(day);
            }
        }
        Ok(Some(days))
    }

    /// Takes the days of one occurrence that are wanted.
    fn take(&mut self, first: NaiveDate, length: u64, name: &str) -> Result<(), IcsError> {
        let end = first.checked_add_days(Days::new(length)).unwrap_or(NaiveDate::MAX).min(self.to);
        for day in first.max(self.from).iter_days().take_while(|day| *day < end) {
            self.found.days.entry(day).or_insert_with(|| name.to_owned());
            if self.found.days.len() > MAX_DAYS {
                return Err(IcsError::TooManyDays);
            }
        }
        Ok(())
    }
}

/// A day as the standard writes it: `20260131`.
fn date(text: &str) -> Option<NaiveDate> {
    let digits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| NaiveDate::parse_from_str(text, "%Y%m%d").ok()).flatten()
}

/// A duration of whole days, `P2D` or `P1W`, in days.
fn whole_duration(text: &str) -> Option<u64> {
    let text = text.trim_start_matches('+').strip_prefix('P')?;
    let (number, days) = text.strip_suffix('D').map(|days| (days, 1)).or_else(|| text.strip_suffix('W').map(|weeks| (weeks, 7)))?;
    let count: u64 = number.parse().ok()?;
    count.checked_mul(days).filter(|days| (1..=36_600).contains(days))
}

/// A rule as it is worked out: it ends with a day, whatever time of that day or zone it names.
fn normal_rule(rule: &str) -> Option<String> {
    // What reads rules takes texts apart by bytes.
    if !rule.is_ascii() {
        return None;
    }
    let mut parts = Vec::new();
    for part in rule.trim_end_matches(';').split(';') {
        parts.push(match part.split_once('=') {
            Some((name, until)) if name.trim().eq_ignore_ascii_case("UNTIL") => {
                let day = until.trim().get(..8).and_then(date)?;
                format!("UNTIL={}T000000Z", day.format("%Y%m%d"))
            }
            _ => part.trim().to_owned(),
        });
    }
    Some(parts.join(";"))
}

#[cfg(test)]
mod tests;
