//! Where the next unit of money does most: what one close more costs, and what moving money would bring.
//!
//! - *Marginal cost per close* = change of cost ÷ change of credited closes between two periods. It says what the last closes
//!   cost, where the average says what all of them cost.
//! - A *shift* takes a share of what the resource with the lowest index spends to the one with the highest. What the receiver
//!   gains is priced at its marginal cost per close where that can be told (it spent more and closed more than before) and is
//!   dearer than its average, else at its average: that the last closes were cheap does not say that many more will be. What the
//!   giver loses is priced at its average. Nothing is suggested that rests on too few closes, or brings no more than
//!   it takes.
//!
//! All of it supposes that the next unit works as the last ones did. It is arithmetic to be looked at, no forecast.

use entity::kinds::Resource;
use rust_decimal::Decimal;

use super::by_resource::ByResource;
use super::cost_per_close::Line;
use super::ratio::{NullReason, Ratio, TooLarge};
use super::shares::closes;

/// Decimal places of a number of closes.
const CLOSE_PLACES: u32 = 4;

/// What a resource spent and closed in a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stand {
    /// Cost, in minor units.
    pub cost_minor: i64,
    /// Why nothing is known of the cost, where that is so.
    pub no_cost: Option<NullReason>,
    /// Credited closes, in basis points of a close.
    pub credit_bp: i64,
}

/// What is known in part only is not known.
impl From<&Line> for Stand {
    fn from(line: &Line) -> Self {
        let no_cost = line.no_cost.or_else(|| (line.unpriced_costs > 0).then_some(NullReason::NoFxRate));
        Self { cost_minor: line.cost_minor, no_cost, credit_bp: line.credit_bp }
    }
}

/// What a resource spent and closed in two periods, and what is known of it besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Course {
    /// In the period.
    pub now: Stand,
    /// In the one before.
    pub before: Stand,
    /// What a close cost in the period.
    pub average: Ratio,
    /// Share of credit ÷ share of cost in the period; `None` where that of anybody is not known in full.
    pub index: Option<Decimal>,
    /// In how many closes of the period it holds credit.
    pub closes: u64,
}

/// What has to hold for a shift, and how much is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The share of the giver's cost that is moved.
    pub moved_share: Decimal,
    /// The fewest closes that what a resource does is judged by.
    pub fewest_closes: u64,
    /// Decimal places of money.
    pub scale: u32,
}

/// By what closes are priced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PricedBy {
    /// What the last closes cost: more than all of them.
    Marginal,
    /// What all of them cost: the last ones were no dearer, or it cannot be told.
    Average,
}

/// Why nothing is suggested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoShift {
    /// What somebody spent is not known, or only in part, or was nothing; or nobody closed anything: there is no index to compare.
    NoCostData,
    /// Too few closes to judge by.
    TooFewCloses,
    /// Moving money would bring no more closes than it takes.
    NoGain,
}

/// Money that would do more elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shift {
    /// Who would spend less.
    pub from: Resource,
    /// Who would spend more.
    pub to: Resource,
    /// What the giver spent, in minor units.
    pub spent_minor: i64,
    /// How much of it, in minor units.
    pub amount_minor: i64,
    /// What one close costs the giver; no value where it closes none.
    pub price_from: Ratio,
    /// What one close more costs the receiver.
    pub price_to: Ratio,
    /// By what the receiver's closes are priced.
    pub priced_by: PricedBy,
    /// Closes the giver would lose.
    pub lost: Decimal,
    /// Closes the receiver would gain.
    pub gained: Decimal,
}

impl Shift {
    /// Closes gained beyond those lost.
    #[must_use]
    pub fn net(&self) -> Decimal {
        self.gained - self.lost
    }

    /// How it was computed, step by step.
    #[must_use]
    pub fn steps(&self, terms: &Terms, currency: &str) -> Vec<String> {
        let Self { from, to, price_from, price_to, lost, gained, .. } = self;
        let (from, to) = (from.name(), to.name());
        let amount = Decimal::new(self.amount_minor, terms.scale);
        let lost_how = match price_from.value {
            Some(price) => format!(
                "{from} loses {amount} / ({} / {}) = {lost} closes, at {price} {currency} each",
                price_from.numerator, price_from.denominator
            ),
            None => format!("{from} loses {lost} closes: it closes none"),
        };
        let by = match self.priced_by {
            PricedBy::Marginal => "its last closes: change of cost / change of closes",
            PricedBy::Average => "all its closes: cost / closes",
        };
        let gained_how = match price_to.value {
            Some(price) => format!(
                "{to} gains {amount} / ({} / {}) = {gained} closes, at {price} {currency} each, by {by}",
                price_to.numerator, price_to.denominator
            ),
            None => format!("{to} gains {gained} closes"),
        };
        vec![
            format!("{amount} {currency} = {} of what {from} spent, {}", terms.moved_share, self.spent_from(terms)),
            lost_how,
            gained_how,
            format!("{gained} - {lost} = {} closes more for the same money", self.net()),
        ]
    }

    fn spent_from(&self, terms: &Terms) -> Decimal {
        Decimal::new(self.spent_minor, terms.scale)
    }
}

/// What one close more cost between two periods.
///
/// # Errors
/// [`TooLarge`] where it cannot be shown.
pub fn marginal(course: &Course, scale: u32) -> Result<Ratio, TooLarge> {
    let Course { now, before, .. } = course;
    let cost = i128::from(now.cost_minor) - i128::from(before.cost_minor);
    let cost = Decimal::try_from_i128_with_scale(cost, scale).map_err(|_| TooLarge)?;
    let closes = closes(now.credit_bp.saturating_sub(before.credit_bp));
    match now.no_cost.or(before.no_cost) {
        Some(reason) => Ok(Ratio::null(cost, closes, reason)),
        None => Ratio::new(cost, closes, scale, NullReason::ZeroCloses),
    }
}

/// The shift that would bring most by these figures, or why there is none.
///
/// # Errors
/// [`TooLarge`] where a figure cannot be shown.
pub fn shift(courses: &ByResource<Course>, terms: &Terms) -> Result<Result<Shift, NoShift>, TooLarge> {
    let known: Option<Vec<(Resource, Course, Decimal)>> =
        courses.into_pairs().into_iter().map(|(resource, course)| Some((resource, course, course.index?))).collect();
    let Some(known) = known else { return Ok(Err(NoShift::NoCostData)) };
    let spends = |course: &Course| course.now.cost_minor > 0;
    // The first of equals, by the order of resources.
    let giver = known.iter().filter(|(_, course, _)| spends(course)).min_by_key(|(.., index)| *index);
    let receiver = known.iter().rev().max_by_key(|(.., index)| *index);
    let (Some(&(from, giver, _)), Some(&(to, receiver, _))) = (giver, receiver) else { return Ok(Err(NoShift::NoGain)) };
    if from == to {
        return Ok(Err(NoShift::NoGain));
    }
    // Who closes nothing is judged by that; who closes something by what it closed.
    if receiver.closes < terms.fewest_closes || (giver.closes > 0 && giver.closes < terms.fewest_closes) {
        return Ok(Err(NoShift::TooFewCloses));
    }
    let moved = Decimal::new(giver.now.cost_minor, terms.scale).checked_mul(terms.moved_share).ok_or(TooLarge)?.round_dp(terms.scale);
    let amount_minor = i64::try_from(moved.mantissa().checked_mul(10_i128.pow(terms.scale - moved.scale())).ok_or(TooLarge)?);
    let amount_minor = amount_minor.map_err(|_| TooLarge)?;
    let price_from = giver.average;
    let last = marginal(&receiver, terms.scale)?;
    let grew = receiver.now.cost_minor > receiver.before.cost_minor && receiver.now.credit_bp > receiver.before.credit_bp;
    let all = receiver.average;
    let (price_to, priced_by) = match last.value {
        Some(_) if grew && last.value > all.value => (last, PricedBy::Marginal),
        _ => (all, PricedBy::Average),
    };
    let bought = |price: &Ratio| match price.value {
        // Exactly: closes = moved ÷ (cost ÷ closes) = moved × closes ÷ cost.
        Some(value) if !value.is_zero() => {
            let dividend = moved.checked_mul(price.denominator).ok_or(TooLarge)?;
            let closes = Ratio::new(dividend, price.numerator, CLOSE_PLACES, NullReason::ZeroDenominator)?;
            Ok(closes.value.unwrap_or_default())
        }
        _ => Ok(Decimal::ZERO),
    };
    let spent_minor = giver.now.cost_minor;
    let shift = Shift {
        from,
        to,
        spent_minor,
        amount_minor,
        price_from,
        price_to,
        priced_by,
        lost: bought(&price_from)?,
        gained: bought(&price_to)?,
    };
    Ok(if shift.net() > Decimal::ZERO { Ok(shift) } else { Err(NoShift::NoGain) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TERMS: Terms = Terms { moved_share: Decimal::from_parts(1, 0, 0, false, 1), fewest_closes: 10, scale: 2 };

    fn stand(cost: i64, closes: i64) -> Stand {
        Stand { cost_minor: cost * 100, no_cost: None, credit_bp: closes * 10_000 }
    }

    fn course(now: Stand, before: Stand, index: &str) -> Course {
        let closes = u64::try_from(now.credit_bp / 10_000).unwrap();
        Course { now, before, average: average(&now), index: Some(index.parse().unwrap()), closes }
    }

    fn average(stand: &Stand) -> Ratio {
        Ratio::new(Decimal::new(stand.cost_minor, 2), closes(stand.credit_bp), 2, NullReason::ZeroCloses).unwrap()
    }

    fn value(ratio: Ratio) -> Option<String> {
        ratio.value.map(|value| value.to_string())
    }

    #[test]
    fn the_last_closes_may_cost_more_than_the_average() {
        let dear = course(stand(12_000, 12), stand(10_000, 11), "1");
        assert_eq!(value(marginal(&dear, 2).unwrap()), Some("2000.00".to_owned()));
        assert_eq!(value(dear.average), Some("1000.00".to_owned()));
        let same = course(stand(12_000, 12), stand(10_000, 12), "1");
        assert_eq!(marginal(&same, 2).unwrap().null_reason, Some(NullReason::ZeroCloses));
        let saved = course(stand(9_000, 12), stand(10_000, 11), "1");
        assert_eq!(value(marginal(&saved, 2).unwrap()), Some("-1000.00".to_owned()), "more closes for less");
        let unknown = Course { before: Stand { no_cost: Some(NullReason::NoCostData), ..stand(0, 1) }, ..dear };
        assert_eq!(marginal(&unknown, 2).unwrap().null_reason, Some(NullReason::NoCostData));
    }

    #[test]
    fn money_goes_from_the_lowest_index_to_the_highest() {
        let courses = ByResource {
            sales: course(stand(60_000, 20), stand(60_000, 20), "0.5"),
            marketing: course(stand(30_000, 30), stand(20_000, 25), "1.2"),
            product: course(stand(10_000, 25), stand(10_000, 25), "2.5"),
        };
        let shift = shift(&courses, &TERMS).unwrap().unwrap();
        assert_eq!((shift.from, shift.to, shift.amount_minor), (Resource::Sales, Resource::Product, 600_000));
        // Product spent no more than before, so its average is all that is known: 6 000 ÷ 400 against 6 000 ÷ 3 000.
        assert_eq!(
            (shift.priced_by, shift.gained.to_string(), shift.lost.to_string()),
            (PricedBy::Average, "15.0000".into(), "2.0000".into())
        );
        assert_eq!(shift.net().to_string(), "13.0000");
        assert_eq!(
            shift.steps(&TERMS, "USD"),
            [
                "6000.00 USD = 0.1 of what SALES spent, 60000.00",
                "SALES loses 6000.00 / (60000.00 / 20.0000) = 2.0000 closes, at 3000.00 USD each",
                "PRODUCT gains 6000.00 / (10000.00 / 25.0000) = 15.0000 closes, at 400.00 USD each, by all its closes: cost / closes",
                "15.0000 - 2.0000 = 13.0000 closes more for the same money",
            ]
        );
        let grown = ByResource { product: course(stand(12_000, 26), stand(10_000, 25), "2.5"), ..courses };
        let shift = super::shift(&grown, &TERMS).unwrap().unwrap();
        assert_eq!(
            (shift.priced_by, value(shift.price_to), shift.gained.to_string()),
            (PricedBy::Marginal, Some("2000.00".into()), "3.0000".into())
        );
        let cheap = ByResource { product: course(stand(10_100, 35), stand(10_000, 25), "2.5"), ..courses };
        let shift = super::shift(&cheap, &TERMS).unwrap().unwrap();
        assert_eq!((shift.priced_by, value(shift.price_to)), (PricedBy::Average, Some("288.57".into())), "ten more for 100.00 is no price");
        let dear = ByResource { product: course(stand(15_000, 26), stand(10_000, 25), "2.5"), ..courses };
        assert_eq!(super::shift(&dear, &TERMS).unwrap(), Err(NoShift::NoGain), "one close more costs as much as the giver's cost two");
    }

    #[test]
    fn nothing_is_suggested_by_too_few_closes_or_without_costs() {
        let good = ByResource {
            sales: course(stand(60_000, 20), stand(60_000, 20), "0.5"),
            marketing: course(stand(30_000, 30), stand(20_000, 25), "1.2"),
            product: course(stand(10_000, 9), stand(10_000, 9), "2.5"),
        };
        assert_eq!(shift(&good, &TERMS).unwrap(), Err(NoShift::TooFewCloses));
        let unknown = ByResource { product: Course { index: None, ..good.product }, ..good };
        assert_eq!(shift(&unknown, &TERMS).unwrap(), Err(NoShift::NoCostData));
        // Who spends and closes nothing is not protected by that.
        let idle =
            ByResource { sales: course(stand(60_000, 0), stand(60_000, 0), "0"), product: Course { closes: 10, ..good.product }, ..good };
        let found = shift(&idle, &TERMS).unwrap().unwrap();
        assert_eq!((found.from, found.lost, found.price_from.null_reason), (Resource::Sales, Decimal::ZERO, Some(NullReason::ZeroCloses)));
        let equal = course(stand(1_000, 20), stand(1_000, 20), "1");
        let same = ByResource { sales: equal, marketing: equal, product: equal };
        assert_eq!(shift(&same, &TERMS).unwrap(), Err(NoShift::NoGain));
    }

    proptest! {
        #[test]
        fn a_shift_brings_more_than_it_takes_and_moves_what_was_said(
            costs in prop::array::uniform3(0..10_000_000_i64), before in prop::array::uniform3(0..10_000_000_i64),
            credit in prop::array::uniform3(0..1_000_000_i64), earlier in prop::array::uniform3(0..1_000_000_i64), index in prop::array::uniform3(0..500_i64),
        ) {
            let of = |place: usize| {
                let now = Stand { cost_minor: costs[place], no_cost: None, credit_bp: credit[place] };
                Course {
                    now,
                    before: Stand { cost_minor: before[place], no_cost: None, credit_bp: earlier[place] },
                    average: average(&now),
                    index: Some(Decimal::new(index[place], 2)),
                    closes: u64::try_from(credit[place] / 10_000).unwrap(),
                }
            };
            let courses = ByResource::from_array([of(0), of(1), of(2)]);
            if let Ok(shift) = shift(&courses, &TERMS).unwrap() {
                prop_assert!(shift.net() > Decimal::ZERO && shift.from != shift.to);
                let cost = courses.get(shift.from).now.cost_minor;
                prop_assert!((shift.amount_minor * 10 - cost).abs() <= 5);
            }
        }
    }
}
