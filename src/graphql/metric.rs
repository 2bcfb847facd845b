//! What every metric's answer has in common: its period, its definition, and what it could not see.

use async_graphql::{ComplexObject, Enum, InputObject, SimpleObject};
use entity::money;
use entity::organization;
use entity::time::Timestamp;

use super::connection::list_cost;
use super::scalar::{CurrencyCode, DateTime, Decimal, LocalDate, TimeZone};
use crate::auth::permission::{self, Permission, Reach};
use crate::error::Result;
use crate::input::{self, WantedMoney, WantedPeriod};
use crate::metrics::definition::{Argument, Definition, Unit};
use crate::metrics::period::{self, Period};
use crate::metrics::ratio::{NullReason, Ratio};

/// An amount of money.
#[derive(Clone, Debug, SimpleObject)]
pub struct Money {
    /// In major units, with the currency's decimal places.
    amount: Decimal,
    /// The currency.
    currency: CurrencyCode,
}

impl From<money::Money> for Money {
    fn from(money: money::Money) -> Self {
        Self { amount: Decimal(money.to_decimal()), currency: CurrencyCode(money.currency().to_string()) }
    }
}

/// An amount of money to record.
#[derive(Clone, Debug, InputObject)]
pub struct MoneyInput {
    /// In major units, not finer than the currency's minor unit.
    pub amount: Decimal,
    /// The currency.
    pub currency: CurrencyCode,
}

impl From<MoneyInput> for WantedMoney {
    fn from(input: MoneyInput) -> Self {
        Self { amount: input.amount.0, currency: input.currency.0 }
    }
}

/// Whole local days from `from` up to, but not including, `to`.
#[derive(Clone, Debug, InputObject)]
pub struct PeriodInput {
    /// The first day.
    pub from: LocalDate,
    /// The day after the last one.
    pub to: LocalDate,
    /// Where days begin and end. Default: the organization's zone.
    pub time_zone: Option<TimeZone>,
}

impl PeriodInput {
    /// Checks the period; days are those of the organization where no zone is named.
    ///
    /// # Errors
    /// A problem with `period.to` or `period.timeZone`.
    pub fn check(&self, organization: &organization::Model) -> Result<Period> {
        input::period(&WantedPeriod::from(self), organization)
    }
}

impl From<&PeriodInput> for WantedPeriod {
    fn from(input: &PeriodInput) -> Self {
        Self { from: input.from.0, to: input.to.0, time_zone: input.time_zone.as_ref().map(|zone| zone.0.clone()) }
    }
}

/// Into what a period is divided for a trend.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub enum Grain {
    /// Local days.
    Day,
    /// Weeks as the organization begins them.
    Week,
    /// Calendar months.
    Month,
    /// Quarters of the organization's fiscal year.
    Quarter,
}

impl Grain {
    /// The parts of a period, as the organization divides its year.
    ///
    /// # Errors
    /// A problem with `period` where there would be too many.
    pub fn divide(self, whole: &Period, organization: &organization::Model) -> Result<Vec<Period>> {
        input::parts(whole, self.into(), organization)
    }
}

impl From<Grain> for period::Grain {
    fn from(grain: Grain) -> Self {
        match grain {
            Grain::Day => Self::Day,
            Grain::Week => Self::Week,
            Grain::Month => Self::Month,
            Grain::Quarter => Self::Quarter,
        }
    }
}

/// The days an answer covers.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(name = "Period")]
pub struct PeriodOutput {
    /// The first day.
    from: LocalDate,
    /// The day after the last one.
    to: LocalDate,
    /// Where days begin and end.
    time_zone: TimeZone,
}

impl From<&Period> for PeriodOutput {
    fn from(period: &Period) -> Self {
        Self { from: LocalDate(period.from()), to: LocalDate(period.to()), time_zone: TimeZone(period.zone().name().to_owned()) }
    }
}

/// What a value is measured in.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "crate::metrics::definition::Unit")]
pub enum MetricUnit {
    /// A share of one: `0.5714` is 57.14 %.
    Ratio,
    /// The difference of two shares: `16.67` of 100.
    PercentagePoints,
    /// Major units of the answer's currency.
    Money,
    /// A number of things.
    Count,
    /// Days of 24 hours.
    Days,
    /// Months.
    Months,
}

/// Whether a metric grows with the days of its period.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "crate::metrics::goal::Measure")]
pub enum MetricMeasure {
    /// It adds up: a part of the period brings a part of the value.
    Cumulative,
    /// It is the same for a day as for a year: a rate, a price, a time, or how much there is at an instant.
    Ratio,
}

/// What one row behind a metric is.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "crate::metrics::definition::Row")]
pub enum MetricRow {
    /// A person or an account on its way.
    Subject,
    /// The stay of one of them in a stage.
    Visit,
    /// A person as recorded when first seen.
    Visitor,
    /// An account.
    Account,
    /// Content that covers a stage and a blocker.
    Content,
    /// A touch, a cost entry or a close, as is asked for.
    TouchCostOrClose,
    /// An opportunity.
    Opportunity,
    /// A blocker.
    Blocker,
    /// A handoff.
    Handoff,
    /// A clock of an agreement.
    Clock,
    /// A close.
    Close,
    /// A cost entry.
    CostEntry,
    /// A close, and a cost entry.
    CloseAndCost,
}

/// What a metric can be told, by the names of `MetricArgsInput`.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "crate::metrics::definition::Argument")]
pub enum MetricArgument {
    /// `resource`.
    Resource,
    /// `tacticId`.
    Tactic,
    /// `teamId`.
    Team,
    /// `channel`.
    Channel,
    /// `segmentId`.
    Segment,
    /// `ownerId`.
    Owner,
    /// `basis`.
    Basis,
    /// `refundPeriod`.
    RefundPeriod,
    /// `matching`.
    Matching,
    /// `constantCurrency`.
    ConstantCurrency,
    /// `grossMargin`.
    GrossMargin,
    /// `matureAfterDays`.
    MatureAfterDays,
    /// `pipelineId`.
    Pipeline,
    /// `stage`.
    Stage,
    /// `subject`.
    Subject,
    /// `order`.
    Order,
    /// `window`.
    Window,
    /// `winRateBasis`.
    WinRateBasis,
    /// `blocker`.
    Blocker,
    /// `model`.
    Model,
    /// `pooling`.
    Pooling,
    /// `lookbackDays`.
    LookbackDays,
    /// `agreementId`.
    Agreement,
    /// `of`.
    FitOf,
    /// `icpProfileId`.
    IcpProfile,
    /// `reached`.
    Reached,
}

/// Why there is no value.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(name = "NullReason", remote = "crate::metrics::ratio::NullReason")]
pub enum NullReasonOutput {
    /// There is no close to divide by.
    ZeroCloses,
    /// Something else there is to divide by is zero.
    ZeroDenominator,
    /// No cost has been recorded, which is not the same as a cost of zero.
    NoCostData,
    /// Too little has happened yet.
    Immature,
    /// Everything there is to price is in a currency without a rate.
    NoFxRate,
    /// So few people stand behind the figure that it would give them away.
    Suppressed,
}

/// Something that a metric has to be told.
#[derive(Clone, Debug, SimpleObject)]
pub struct MetricRequirement {
    /// It is told one of these.
    one_of: Vec<MetricArgument>,
}

impl From<&&[Argument]> for MetricRequirement {
    fn from(needed: &&[Argument]) -> Self {
        Self { one_of: needed.iter().copied().map(Into::into).collect() }
    }
}

/// What a metric means, by the version of its formula.
#[derive(Clone, Debug, SimpleObject)]
pub struct MetricDefinition {
    /// Names the metric.
    key: String,
    /// A changed formula has a new version.
    version: i32,
    /// What is computed, in words.
    formula: String,
    /// Which figure of that the value is, where `metric` is asked for it.
    value: String,
    /// What its value is measured in.
    unit: MetricUnit,
    /// Whether the value grows with the days of its period.
    measure: MetricMeasure,
    /// What one row behind it is.
    row: MetricRow,
    /// Into what its period can be divided by `metricSeries`.
    grains: Vec<Grain>,
    /// What it has to be told.
    required_arguments: Vec<MetricRequirement>,
    /// What else it can be told; of resource, tactic, team, channel, segment and owner one at most.
    optional_arguments: Vec<MetricArgument>,
    /// What it takes to read it.
    permission: Permission,
    /// Whether the resources' parts of it are known, and sum to it.
    contributions: bool,
}

impl From<Definition> for MetricDefinition {
    fn from(definition: Definition) -> Self {
        Self {
            key: definition.key.to_owned(),
            version: definition.version,
            formula: definition.formula.to_owned(),
            value: definition.value.to_owned(),
            unit: definition.unit.into(),
            measure: definition.measure.into(),
            row: definition.row.into(),
            grains: vec![Grain::Day, Grain::Week, Grain::Month, Grain::Quarter],
            required_arguments: definition.needs.iter().map(MetricRequirement::from).collect(),
            optional_arguments: definition.takes.iter().flat_map(|some| some.iter().copied().map(Into::into)).collect(),
            permission: Permission::to_read(definition.access),
            contributions: definition.contributions,
        }
    }
}

/// A quotient with its terms; the value is rounded once, half to even.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct RatioMetric {
    /// The quotient; null has a reason.
    value: Option<Decimal>,
    /// What it is measured in.
    unit: MetricUnit,
    /// What was divided.
    numerator: Decimal,
    /// By what it was divided.
    denominator: Decimal,
    #[graphql(skip)]
    null_reason: Option<NullReason>,
}

#[ComplexObject]
impl RatioMetric {
    /// Why there is no value.
    async fn null_reason(&self) -> Option<NullReasonOutput> {
        self.null_reason.map(NullReasonOutput::from)
    }
}

impl RatioMetric {
    /// Shows a ratio.
    #[must_use]
    pub fn new(ratio: &Ratio, unit: Unit) -> Self {
        Self {
            value: ratio.value.map(Decimal),
            unit: unit.into(),
            numerator: Decimal(ratio.numerator),
            denominator: Decimal(ratio.denominator),
            null_reason: ratio.null_reason,
        }
    }
}

/// What the caller could not see.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct Visibility {
    /// How much of the organization the answer covers.
    scope: Reach,
    /// Whether nothing was hidden from the caller.
    complete: bool,
}

impl<V: Into<permission::Visibility>> From<V> for Visibility {
    fn from(shown: V) -> Self {
        let permission::Visibility { scope, complete } = shown.into();
        Self { scope, complete }
    }
}

/// The answers for each part of a period, in the envelope that every trend has.
#[macro_export]
macro_rules! trends {
    ($($(#[$doc:meta])* $name:ident of $point:ty;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, async_graphql::SimpleObject)]
        pub struct $name {
            /// What is computed.
            definition: $crate::graphql::metric::MetricDefinition,
            /// The days it is about.
            period: $crate::graphql::metric::PeriodOutput,
            /// Into what the period is divided.
            grain: $crate::graphql::metric::Grain,
            /// As seen at this instant.
            as_of: $crate::graphql::scalar::DateTime,
            /// One answer for each part, in order; the first and the last part may be shorter than the others.
            points: Vec<$point>,
            /// What you could not see.
            visibility: $crate::graphql::metric::Visibility,
        }

        impl $name {
            /// Shows the answers for the parts of a period.
            pub(super) fn new(
                definition: $crate::metrics::definition::Definition,
                (period, grain, as_of): (&$crate::metrics::period::Period, $crate::graphql::metric::Grain, entity::time::Timestamp),
                visibility: $crate::auth::permission::Reach,
                points: Vec<$point>,
            ) -> Self {
                Self {
                    definition: definition.into(),
                    period: period.into(),
                    grain,
                    as_of: $crate::graphql::scalar::DateTime(as_of),
                    points,
                    visibility: visibility.into(),
                }
            }
        }
    )*};
}

/// Points a trend costs: its parts times what each holds.
#[must_use]
pub fn trend_cost(period: &PeriodInput, grain: Grain, child: usize) -> usize {
    let days = period.to.0.signed_duration_since(period.from.0).num_days();
    let shortest = match grain {
        Grain::Day => 1,
        Grain::Week => 7,
        Grain::Month => 28,
        Grain::Quarter => 89,
    };
    // The first and the last part may be cut short.
    let parts = usize::try_from(days / shortest).unwrap_or_default().saturating_add(2);
    list_cost(parts, child)
}

/// The instant an answer is for: the caller's, or now.
///
/// # Errors
/// A problem with `asOf` where it lies before 1970 or in the future.
pub fn as_of(wanted: Option<DateTime>, now: Timestamp) -> Result<Timestamp> {
    input::as_of(wanted.map(|wanted| wanted.0), now)
}
