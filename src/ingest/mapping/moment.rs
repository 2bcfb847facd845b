//! Moments and days as other systems write them.

use chrono::format::{Item, Numeric, Parsed, StrftimeItems, parse};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use chrono_tz::Tz;
use entity::time::Timestamp;

use crate::metrics::period::local_instant;

/// How a moment is written.
#[derive(Clone, Debug)]
pub(super) enum Format {
    /// Any of the ISO forms below.
    Iso,
    /// `2026-03-31`.
    Date,
    /// `2026-03-31 23:30`, with seconds and a fraction or without, with a space or a `T`.
    DateTime,
    /// `2026-03-31T23:30:00-04:00`.
    Rfc3339,
    /// Seconds since 1970.
    Unix,
    /// Milliseconds since 1970.
    UnixMilliseconds,
    /// As `strftime` writes it.
    Pattern(Pattern),
}

/// A form of `strftime`.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    items: Vec<Item<'static>>,
    has_time: bool,
    has_offset: bool,
}

/// The names of the formats.
pub(super) const NAMES: &[&str] = &["date", "date-time", "rfc3339", "unix", "unix-milliseconds"];

impl Format {
    /// The format with a name, or a pattern with a `%` in it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            "date" => Some(Self::Date),
            "date-time" => Some(Self::DateTime),
            "rfc3339" => Some(Self::Rfc3339),
            "unix" => Some(Self::Unix),
            "unix-milliseconds" => Some(Self::UnixMilliseconds),
            pattern if pattern.contains('%') => Pattern::parse(pattern).map(Self::Pattern),
            _ => None,
        }
    }

    /// The moment a text means. A date means the start of its local day.
    pub(super) fn moment(&self, text: &str, zone: Tz) -> Option<Timestamp> {
        match self {
            Self::Iso => rfc3339(text).or_else(|| Some(local_instant(date_time(text).or_else(|| midnight(text))?, zone))),
            Self::Date => Some(local_instant(midnight(text)?, zone)),
            Self::DateTime => Some(local_instant(date_time(text)?, zone)),
            Self::Rfc3339 => rfc3339(text),
            Self::Unix => text.parse::<i64>().ok()?.checked_mul(1_000_000).map(Timestamp::from_micros),
            Self::UnixMilliseconds => text.parse::<i64>().ok()?.checked_mul(1_000).map(Timestamp::from_micros),
            Self::Pattern(pattern) => pattern.moment(text, zone),
        }
    }

    /// The local day a text means.
    pub(super) fn day(&self, text: &str, zone: Tz) -> Option<NaiveDate> {
        match self {
            Self::Iso | Self::Date => date(text).or_else(|| (!matches!(self, Self::Date)).then(|| date_time(text))?.map(|at| at.date())),
            Self::DateTime => date_time(text).map(|at| at.date()),
            Self::Pattern(pattern) if !pattern.has_offset => pattern.parsed(text)?.to_naive_date().ok(),
            _ => self.moment(text, zone).map(|moment| crate::metrics::period::local_day(moment, zone)),
        }
    }

    /// For a complaint.
    pub(super) const fn describe(&self) -> &'static str {
        match self {
            Self::Iso => "a date, a date and time, or RFC 3339",
            Self::Date => "a date like 2026-03-31",
            Self::DateTime => "a date and time like 2026-03-31 23:30:00",
            Self::Rfc3339 => "RFC 3339 like 2026-03-31T23:30:00-04:00",
            Self::Unix => "seconds since 1970",
            Self::UnixMilliseconds => "milliseconds since 1970",
            Self::Pattern(_) => "of the pattern the mapping gives",
        }
    }
}

impl Pattern {
    fn parse(pattern: &str) -> Option<Self> {
        let items = StrftimeItems::new(pattern).parse_to_owned().ok()?;
        let has_time = items.iter().any(|item| matches!(item, Item::Numeric(Numeric::Hour | Numeric::Hour12, _)));
        let has_offset = items.iter().any(|item| {
            use chrono::format::Fixed::{TimezoneOffset, TimezoneOffsetColon, TimezoneOffsetColonZ, TimezoneOffsetZ};
            matches!(item, Item::Fixed(TimezoneOffset | TimezoneOffsetColon | TimezoneOffsetColonZ | TimezoneOffsetZ))
        });
        Some(Self { items, has_time, has_offset })
    }

    fn parsed(&self, text: &str) -> Option<Parsed> {
        let mut parsed = Parsed::new();
        parse(&mut parsed, text, self.items.iter()).ok().map(|()| parsed)
    }

    fn moment(&self, text: &str, zone: Tz) -> Option<Timestamp> {
        let parsed = self.parsed(text)?;
        if self.has_offset {
            return parsed.to_datetime().ok().map(|instant| instant.to_utc().into());
        }
        let time = if self.has_time { parsed.to_naive_time().ok()? } else { NaiveTime::MIN };
        Some(local_instant(parsed.to_naive_date().ok()?.and_time(time), zone))
    }
}

fn rfc3339(text: &str) -> Option<Timestamp> {
    DateTime::parse_from_rfc3339(text).ok().map(|instant| instant.to_utc().into())
}

fn date(text: &str) -> Option<NaiveDate> {
    // chrono takes signs and any number of digits; four, two and two are what the name of the format promises.
    let bytes = text.as_bytes();
    let shaped = bytes.len() == 10
        && bytes.iter().enumerate().all(|(index, byte)| match index {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    shaped.then(|| NaiveDate::from_ymd_opt(text.get(..4)?.parse().ok()?, text.get(5..7)?.parse().ok()?, text.get(8..)?.parse().ok()?))?
}

fn midnight(text: &str) -> Option<NaiveDateTime> {
    date(text).map(|day| day.and_time(NaiveTime::MIN))
}

fn date_time(text: &str) -> Option<NaiveDateTime> {
    let (day, time) = text.split_once([' ', 'T'])?;
    let time = NaiveTime::parse_from_str(time, "%H:%M:%S%.f").or_else(|_| NaiveTime::parse_from_str(time, "%H:%M"));
    date(day).and_then(|day| Some(day.and_time(time.ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn micros(text: &str) -> i64 {
        DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros()
    }

    fn moment(format: &str, text: &str) -> Option<i64> {
        let format = if format.is_empty() { Format::Iso } else { Format::parse(format).unwrap() };
        format.moment(text, Tz::America__Sao_Paulo).map(Timestamp::micros)
    }

    #[test]
    fn a_date_is_the_start_of_its_local_day() {
        assert_eq!(moment("", "2018-03-08"), Some(micros("2018-03-08T00:00:00-03:00")));
        // Summer time begins at midnight: the day begins at one o'clock.
        assert_eq!(moment("date", "2018-11-04"), Some(micros("2018-11-04T01:00:00-02:00")));
        // It ends at midnight too: 23:00 to 24:00 come twice, and the earlier one is meant.
        assert_eq!(moment("date-time", "2018-02-17 23:30"), Some(micros("2018-02-17T23:30:00-02:00")));
    }

    #[test]
    fn every_format_reads_its_own_form_only() {
        let noon = Some(micros("2018-03-08T12:00:00-03:00"));
        let cases = [
            ("date-time", "2018-03-08 12:00:00"),
            ("date-time", "2018-03-08T12:00"),
            ("rfc3339", "2018-03-08T15:00:00Z"),
            ("unix", "1520521200"),
            ("unix-milliseconds", "1520521200000"),
            ("%d/%m/%Y %H:%M", "08/03/2018 12:00"),
            ("%m/%d/%Y %I:%M %p %z", "03/08/2018 10:00 AM -0500"),
        ];
        for (format, text) in cases {
            assert_eq!(moment(format, text), noon, "{format}");
            for (_, other) in cases.iter().filter(|(other, _)| *other != format) {
                let expected = if format.starts_with("unix") && other.chars().all(|digit| digit.is_ascii_digit()) {
                    moment(format, other)
                } else {
                    None
                };
                assert_eq!(moment(format, other), expected, "{format} {other}");
            }
        }
        assert_eq!(moment("%d/%m/%Y", "08/03/2018"), moment("date", "2018-03-08"));
    }

    #[test]
    fn nonsense_is_no_moment() {
        for text in ["", "2018-02-30", "18-3-8", "+2018-03-08", "2018-03-08 25:00", "2018-03-08 12:00 ", "tomorrow", "2018-03-08T12:00:00-"]
        {
            assert_eq!(moment("", text), None, "{text}");
        }
        assert!(Format::parse("dates").is_none());
        assert!(Format::parse("%Q").is_none());
    }
}
