//! Where to invest: what the last closes cost, how sure that is, and what moving money would bring.

use entity::kinds::Resource;
use entity::time::Timestamp;
use rust_decimal::Decimal;

use super::talk::Talk;
use crate::auth::Scope;
use crate::auth::permission::grant::CostPerCloseRead;
use crate::costs::exchange::service::Rates;
use crate::costs::service::{CostDimension, CostPerClose, CostPerCloseQuestion, LineSubject, Matching, cost_per_close_in};
use crate::error::{Error, ProblemCode, Result};
use crate::input::{self, WantedPeriod};
use crate::metrics::by_resource::ByResource;
use crate::metrics::cost_per_close::{Basis, Line, Refunds};
use crate::metrics::investment::{Course, NoShift, Shift, Stand, Terms, marginal, shift};
use crate::metrics::ratio::Ratio;
use crate::organization;

/// What is asked.
#[derive(Clone, Debug)]
pub struct ReviewQuestion {
    /// The days it is about.
    pub period: WantedPeriod,
    /// The days they are compared with; `None` for the period before.
    pub compared_to: Option<WantedPeriod>,
    /// The share of what a resource spends that might be moved.
    pub moved_share: Decimal,
    /// The fewest closes a resource is judged by.
    pub fewest_closes: i32,
    /// What was known at this instant; `None` for now.
    pub as_of: Option<Timestamp>,
}

/// What is known of one resource.
#[derive(Clone, Copy, Debug)]
pub struct ReviewLine {
    /// Which.
    pub resource: Resource,
    /// What it closed and cost in the period.
    pub now: Line,
    /// And in the one compared with.
    pub before: Line,
    /// What one close more cost between the two.
    pub marginal: Ratio,
    /// In how many closes of the period it holds credit.
    pub closes: u64,
    /// Whether these are enough to judge by.
    pub is_enough: bool,
    /// Whether it closed nothing.
    pub closes_nothing: bool,
}

/// Whether to invest in the product: it is what people talk of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProductSignal {
    /// Whether PRODUCT's index is above 1.
    pub earns_more_than_its_budget: bool,
    /// Whether it is the highest of the three.
    pub earns_most: bool,
    /// Whether there are enough closes to judge it by.
    pub is_enough: bool,
    /// Whether word of mouth is behind as great a share of closes as before, and behind some.
    pub word_of_mouth_holds: bool,
}

impl InvestmentReview {
    /// How many closes and cost entries of either period are in a currency without a rate.
    #[must_use]
    pub fn unpriced(&self) -> usize {
        self.costs.unpriced().saturating_add(self.costs_before.unpriced())
    }
}

impl ProductSignal {
    /// Whether all of it holds.
    #[must_use]
    pub const fn invest(self) -> bool {
        self.earns_more_than_its_budget && self.earns_most && self.is_enough && self.word_of_mouth_holds
    }
}

/// The answer.
#[derive(Clone, Debug)]
pub struct InvestmentReview {
    /// What closes cost in the period.
    pub costs: CostPerClose,
    /// And in the one compared with.
    pub costs_before: CostPerClose,
    /// One for each resource.
    pub lines: Vec<ReviewLine>,
    /// What was won because people talk.
    pub talk: Talk,
    /// And before.
    pub talk_before: Talk,
    /// The terms of a shift.
    pub terms: Terms,
    /// What moving money would bring, or why nothing is suggested.
    pub shift: std::result::Result<Shift, NoShift>,
    /// Whether to invest in the product.
    pub product: ProductSignal,
}

/// Answers for a period.
///
/// # Errors
/// Problems with `period`, `comparedTo`, `movedShare`, `fewestCloses` and `asOf`.
pub async fn investment_review(scope: &Scope<CostPerCloseRead>, question: &ReviewQuestion) -> Result<InvestmentReview> {
    // One instant, and one transaction, for all of it.
    let as_of = input::as_of(question.as_of, scope.now())?;
    if question.moved_share <= Decimal::ZERO || question.moved_share > Decimal::ONE || question.moved_share.normalize().scale() > 4 {
        return Err(Error::invalid("movedShare", ProblemCode::Invalid, "must be above 0 and at most 1, to four decimal places"));
    }
    let fewest = u64::try_from(question.fewest_closes).ok().filter(|least| *least > 0);
    let fewest_closes = fewest.ok_or_else(|| Error::invalid("fewestCloses", ProblemCode::Invalid, "must be 1 or more"))?;
    let tx = scope.read().await?;
    let organization = organization::service::settings(&tx).await?;
    let period = input::period(&question.period, &organization)?;
    let before = match &question.compared_to {
        None => period.before().map_err(|error| Error::invalid("period", ProblemCode::PeriodEmpty, error.to_string()))?,
        Some(wanted) => input::period_of("comparedTo", wanted, &organization)?,
    };
    if !period.is_as_long_as(&before) {
        return Err(Error::invalid("comparedTo", ProblemCode::Invalid, "must be as many days, or as many whole months"));
    }
    let asked = |period: WantedPeriod| CostPerCloseQuestion {
        period,
        by: CostDimension::Resource,
        basis: Basis::Net,
        refunds: Refunds::OriginalPeriod,
        matching: Matching::SamePeriod,
        rates: Rates::OwnDate,
        as_of: Some(as_of),
    };
    let zone = || Some(before.zone().name().to_owned());
    let costs = cost_per_close_in(&tx, scope, &asked(question.period.clone())).await?;
    let costs_before =
        cost_per_close_in(&tx, scope, &asked(WantedPeriod { from: before.from(), to: before.to(), time_zone: zone() })).await?;
    let (talk, talk_before) = (Talk::load(&tx, &period, as_of).await?, Talk::load(&tx, &before, as_of).await?);
    drop(tx);
    let terms = Terms { moved_share: question.moved_share, fewest_closes, scale: costs.currency().scale() };
    // An index sets what one spent against what all did: with part of that unknown, none can be compared.
    let is_priced = costs.unpriced_costs().next().is_none();
    let mut lines = Vec::new();
    let mut courses: Vec<Course> = Vec::new();
    for &resource in Resource::ALL {
        let (now, before) = (line_of(&costs, resource)?, line_of(&costs_before, resource)?);
        let course = Course {
            now: Stand::from(&now),
            before: Stand::from(&before),
            average: now.cost_per_close,
            index: now.index.value.filter(|_| is_priced),
            closes: now.credit_rows,
        };
        let marginal = marginal(&course, terms.scale).map_err(Error::internal)?;
        let (closes, closes_nothing) = (now.credit_rows, now.credit_bp <= 0);
        lines.push(ReviewLine { resource, now, before, marginal, closes, is_enough: closes >= fewest_closes, closes_nothing });
        courses.push(course);
    }
    let courses = <[Course; 3]>::try_from(courses).map_err(|_| Error::broken("there are three resources"))?;
    let courses = ByResource::from_array(courses);
    let shift = shift(&courses, &terms).map_err(Error::internal)?;
    let product = signal(&courses, fewest_closes, (&talk, &talk_before))?;
    Ok(InvestmentReview { costs, costs_before, lines, talk, talk_before, terms, shift, product })
}

fn line_of(costs: &CostPerClose, resource: Resource) -> Result<Line> {
    let mut lines = costs.lines();
    let found = lines.find(|(subject, _)| *subject == LineSubject::Resource(resource));
    Ok(*found.ok_or(Error::broken("every resource has its line"))?.1)
}

fn signal(courses: &ByResource<Course>, fewest_closes: u64, (now, before): (&Talk, &Talk)) -> Result<ProductSignal> {
    let product = courses.product;
    let share = |talk: &Talk| talk.counted.share().map(|share| share.value.unwrap_or_default()).map_err(Error::internal);
    Ok(ProductSignal {
        earns_more_than_its_budget: product.index.is_some_and(|index| index > Decimal::ONE),
        earns_most: product.index.is_some() && courses.into_pairs().iter().all(|(_, course)| course.index <= product.index),
        is_enough: product.closes >= fewest_closes,
        word_of_mouth_holds: now.counted.word_of_mouth > 0 && share(now)? >= share(before)?,
    })
}
