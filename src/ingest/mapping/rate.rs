//! How a row becomes an exchange rate.

use super::Setting;
use super::field::{Currency, Field, Fields, Moment, Number};
use super::recipe::{Made, currency, text};
use super::template::Values;
use crate::ingest::record::{RateRecord, Record};

#[derive(Debug)]
pub(super) struct Rate {
    base: Currency,
    quote: Option<Currency>,
    day: Moment,
    rate: Number,
    publisher: Option<Field>,
}

impl Rate {
    pub(super) fn parse(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let base = fields.require("base", Fields::currency);
        let quote = fields.currency("quote");
        let day = fields.require("day", Fields::moment);
        let rate = fields.require("rate", Fields::number);
        let publisher = fields.text("publisher");
        Some(Self { base: base?, quote, day: day?, rate: rate?, publisher })
    }

    pub(super) fn make<'a>(&'a self, values: &impl Values<'a>, setting: &Setting<'_>) -> Made {
        Ok(Record::Rate(RateRecord {
            base: self.base.required(values)?,
            quote: currency(self.quote.as_ref(), values, setting)?,
            day: self.day.day(values, setting.time_zone)?,
            rate: self.rate.required(values)?,
            publisher: text(self.publisher.as_ref(), values).unwrap_or_else(|| setting.source.to_owned()),
        }))
    }
}
