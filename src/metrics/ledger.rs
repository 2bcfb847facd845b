//! Credit of one close, kept as postings: balances at any instant, and the rules that postings obey.
//!
//! A close is 10 000 basis points. Its opening posts all of them, every later batch moves some from one resource to
//! another, so at every effective instant the balances sum to 10 000 and none leaves `[0, 10 000]`. A posting has
//! two times: when it takes effect and when it was recorded; an answer as of an instant sees what had
//! both taken effect and been recorded by then.

use std::fmt;

use entity::kinds::Resource;
use entity::time::Timestamp;

use super::by_resource::ByResource;
use super::shares::Shares;

/// One line of the ledger of a close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posting {
    /// When it takes effect.
    pub effective_at: Timestamp,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Whose balance it changes.
    pub resource: Resource,
    /// By how many basis points.
    pub delta_bp: i64,
}

/// Credit to be moved from one resource to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Who gives.
    pub from: Resource,
    /// Who receives.
    pub to: Resource,
    /// How many basis points.
    pub bp: i64,
    /// From when on.
    pub effective_at: Timestamp,
    /// When it is recorded.
    pub recorded_at: Timestamp,
}

/// Which rule of the ledger is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LedgerError {
    /// Nothing is moved.
    Zero,
    /// A transfer of less than nothing; it would take from the receiver.
    Negative {
        /// The basis points asked for.
        bp: i64,
    },
    /// A resource transfers to itself.
    SelfTransfer {
        /// Which one.
        resource: Resource,
    },
    /// A resource would hold less than nothing.
    Overdraw {
        /// Whose balance.
        resource: Resource,
        /// From which instant on.
        at: Timestamp,
        /// What it would be, in basis points.
        balance_bp: i128,
    },
    /// The balances do not sum to 10 000.
    NotWhole {
        /// From which instant on.
        at: Timestamp,
        /// What they sum to, in basis points.
        sum_bp: i128,
    },
}

impl fmt::Display for LedgerError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zero => formatter.write_str("nothing is moved"),
            Self::Negative { bp } => write!(formatter, "a transfer of {bp} basis points would take from the receiver"),
            Self::SelfTransfer { resource } => write!(formatter, "{} cannot transfer to itself", resource.name()),
            Self::Overdraw { resource, at, balance_bp } => {
                write!(formatter, "{} would hold {balance_bp} basis points from {at} on", resource.name())
            }
            Self::NotWhole { at, sum_bp } => write!(formatter, "the balances sum to {sum_bp} basis points from {at} on"),
        }
    }
}

impl std::error::Error for LedgerError {}

/// Balances as of an instant; `None` before the opening. Postings may stand in any order.
///
/// # Errors
/// [`LedgerError::Overdraw`] or [`LedgerError::NotWhole`] if what is visible at that instant breaks the rules.
pub fn balances(postings: &[Posting], as_of: Timestamp) -> Result<Option<Shares>, LedgerError> {
    let visible = postings.iter().filter(|posting| posting.effective_at <= as_of && posting.recorded_at <= as_of);
    let mut sums = ByResource::<i128>::default();
    let mut opened = false;
    for posting in visible {
        *sums.get_mut(posting.resource) += i128::from(posting.delta_bp);
        opened = true;
    }
    if opened { shares(sums, as_of).map(Some) } else { Ok(None) }
}

/// Checks the balances at every effective instant, and that every posting moves something.
///
/// # Errors
/// The first rule broken in order of effective time.
pub fn check(postings: &[Posting]) -> Result<(), LedgerError> {
    let mut by_time: Vec<&Posting> = postings.iter().collect();
    by_time.sort_by_key(|posting| posting.effective_at);
    let mut sums = ByResource::<i128>::default();
    // What takes effect at one instant takes effect together.
    for instant in by_time.chunk_by(|one, next| one.effective_at == next.effective_at) {
        for posting in instant {
            if posting.delta_bp == 0 {
                return Err(LedgerError::Zero);
            }
            *sums.get_mut(posting.resource) += i128::from(posting.delta_bp);
        }
        if let Some(posting) = instant.first() {
            shares(sums, posting.effective_at)?;
        }
    }
    Ok(())
}

/// The two postings of a transfer, if the giver can afford it from its effective instant on for ever: a transfer
/// dated back may not undo what was already given away later.
///
/// # Errors
/// [`LedgerError`] names the rule; the ledger is unchanged.
pub fn transfer(postings: &[Posting], wanted: Transfer) -> Result<[Posting; 2], LedgerError> {
    let Transfer { from, to, bp, effective_at, recorded_at } = wanted;
    match bp {
        0 => return Err(LedgerError::Zero),
        ..0 => return Err(LedgerError::Negative { bp }),
        1.. => {}
    }
    if from == to {
        return Err(LedgerError::SelfTransfer { resource: from });
    }
    let pair = [
        Posting { effective_at, recorded_at, resource: from, delta_bp: -bp },
        Posting { effective_at, recorded_at, resource: to, delta_bp: bp },
    ];
    affordable(postings, &pair)?;
    Ok(pair)
}

/// The postings that undo those of an earlier batch from an instant on, if everybody who received still has it from then
/// on for ever.
///
/// # Errors
/// [`LedgerError`] names the rule; the ledger is unchanged.
pub fn reversal(
    postings: &[Posting],
    undone: &[Posting],
    effective_at: Timestamp,
    recorded_at: Timestamp,
) -> Result<Vec<Posting>, LedgerError> {
    let opposite: Vec<Posting> =
        undone.iter().map(|posting| Posting { effective_at, recorded_at, delta_bp: -posting.delta_bp, ..*posting }).collect();
    affordable(postings, &opposite)?;
    Ok(opposite)
}

/// The postings that leave the resources with some shares once all that was posted has taken effect, if nobody is left with less
/// than nothing from then on for ever.
///
/// # Errors
/// [`LedgerError`] names the rule, [`LedgerError::Zero`] where they hold just that; the ledger is unchanged.
pub fn towards(postings: &[Posting], wanted: Shares, effective_at: Timestamp, recorded_at: Timestamp) -> Result<Vec<Posting>, LedgerError> {
    let mut missing = wanted.by_resource().map(i128::from);
    for posting in postings {
        *missing.get_mut(posting.resource) -= i128::from(posting.delta_bp);
    }
    let posting = |(resource, missing_bp): (Resource, i128)| {
        // What is posted in all is no more than a close.
        let delta_bp = i64::try_from(missing_bp).unwrap_or(i64::MAX);
        (delta_bp != 0).then_some(Posting { effective_at, recorded_at, resource, delta_bp })
    };
    let moved: Vec<Posting> = missing.into_pairs().into_iter().filter_map(posting).collect();
    if moved.is_empty() {
        return Err(LedgerError::Zero);
    }
    affordable(postings, &moved)?;
    Ok(moved)
}

/// Checks the ledger as it would be with more postings.
fn affordable(postings: &[Posting], more: &[Posting]) -> Result<(), LedgerError> {
    let mut after = postings.to_vec();
    after.extend(more);
    check(&after)
}

/// Sums as shares of a whole.
fn shares(sums: ByResource<i128>, at: Timestamp) -> Result<Shares, LedgerError> {
    if let Some((resource, balance_bp)) = sums.into_pairs().into_iter().find(|&(_, balance)| balance < 0) {
        return Err(LedgerError::Overdraw { resource, at, balance_bp });
    }
    let not_whole = || LedgerError::NotWhole { at, sum_bp: sums.into_array().into_iter().sum() };
    let fitting = sums.map(i64::try_from).into_array();
    let [Ok(sales), Ok(marketing), Ok(product)] = fitting else { return Err(not_whole()) };
    Shares::new(ByResource { sales, marketing, product }).map_err(|_| not_whole())
}

#[cfg(test)]
mod tests {
    use entity::kinds::Resource::{Marketing, Product, Sales};
    use proptest::prelude::*;

    use super::*;

    fn posting(effective: i64, recorded: i64, resource: Resource, delta_bp: i64) -> Posting {
        let [effective_at, recorded_at] = [effective, recorded].map(Timestamp::from_micros);
        Posting { effective_at, recorded_at, resource, delta_bp }
    }

    fn order(from: Resource, to: Resource, bp: i64, effective: i64) -> Transfer {
        let [effective_at, recorded_at] = [effective, 100].map(Timestamp::from_micros);
        Transfer { from, to, bp, effective_at, recorded_at }
    }

    fn held(postings: &[Posting], as_of: i64) -> Option<[i64; 3]> {
        balances(postings, Timestamp::from_micros(as_of)).unwrap().map(|shares| shares.by_resource().into_array())
    }

    #[test]
    fn a_balance_needs_both_times_reached() {
        let mut postings = vec![posting(10, 10, Product, 10_000)];
        postings.extend([posting(20, 30, Product, -4000), posting(20, 30, Sales, 4000)]);
        postings.extend([posting(50, 40, Product, -1000), posting(50, 40, Marketing, 1000)]);
        assert_eq!(held(&postings, 9), None);
        assert_eq!(held(&postings, 10), Some([0, 0, 10_000]));
        assert_eq!(held(&postings, 29), Some([0, 0, 10_000]), "effective, not yet recorded");
        assert_eq!(held(&postings, 30), Some([4000, 0, 6000]));
        assert_eq!(held(&postings, 49), Some([4000, 0, 6000]), "recorded, not yet effective");
        assert_eq!(held(&postings, 50), Some([4000, 1000, 5000]));
        assert_eq!(check(&postings), Ok(()));
        assert_eq!(held(&[], 50), None);
    }

    #[test]
    fn broken_ledgers_are_named() {
        let at = Timestamp::from_micros(10);
        for (postings, error) in [
            (vec![posting(10, 10, Sales, 9999)], LedgerError::NotWhole { at, sum_bp: 9999 }),
            (vec![posting(10, 10, Sales, i64::MAX)], LedgerError::NotWhole { at, sum_bp: i64::MAX.into() }),
            (
                vec![posting(10, 10, Sales, 20_000), posting(10, 10, Product, -10_000)],
                LedgerError::Overdraw { resource: Product, at, balance_bp: -10_000 },
            ),
            (
                vec![posting(10, 10, Sales, i64::MIN); 3],
                LedgerError::Overdraw { resource: Sales, at, balance_bp: 3 * i128::from(i64::MIN) },
            ),
        ] {
            assert_eq!(check(&postings), Err(error));
            assert_eq!(balances(&postings, at), Err(error));
        }
        assert_eq!(check(&[posting(10, 10, Sales, 10_000), posting(11, 11, Product, 0)]), Err(LedgerError::Zero));
        assert_eq!(check(&[]), Ok(()));
    }

    #[test]
    fn transfers_obey_the_balance() {
        let mut postings = vec![posting(10, 10, Product, 10_000)];
        assert_eq!(transfer(&postings, order(Product, Sales, 0, 20)), Err(LedgerError::Zero));
        assert_eq!(transfer(&postings, order(Product, Sales, -1, 20)), Err(LedgerError::Negative { bp: -1 }));
        assert_eq!(transfer(&postings, order(Product, Product, 1, 20)), Err(LedgerError::SelfTransfer { resource: Product }));
        let overdraw = |at, balance_bp| Err(LedgerError::Overdraw { resource: Product, at: Timestamp::from_micros(at), balance_bp });
        assert_eq!(transfer(&postings, order(Product, Sales, 10_001, 20)), overdraw(20, -1));
        assert_eq!(transfer(&postings, order(Product, Sales, i64::MAX, 20)), overdraw(20, 10_000 - i128::from(i64::MAX)));
        assert_eq!(transfer(&postings, order(Product, Sales, 1, 9)), overdraw(9, -1), "before the opening");
        assert_eq!(transfer(&[], order(Product, Sales, 1, 9)), overdraw(9, -1));

        postings.extend(transfer(&postings, order(Product, Sales, 7000, 20)).unwrap());
        assert_eq!(transfer(&postings, order(Product, Marketing, 4000, 15)), overdraw(20, -1000), "dated back, but 7 000 leave later");
        postings.extend(transfer(&postings, order(Product, Marketing, 3000, 15)).unwrap());
        assert_eq!(held(&postings, 100), Some([7000, 3000, 0]));
    }

    #[test]
    fn what_is_held_in_the_end_is_moved_to_other_shares() {
        let [at, recorded] = [40, 100].map(Timestamp::from_micros);
        let mut postings = vec![posting(10, 10, Sales, 10_000)];
        let wanted = |bp| Shares::new(ByResource::from_array(bp)).unwrap();
        let moved = towards(&postings, wanted([2500, 0, 7500]), at, recorded).unwrap();
        assert_eq!(moved, [posting(40, 100, Sales, -7500), posting(40, 100, Product, 7500)]);
        postings.extend(transfer(&postings, order(Sales, Marketing, 6000, 60)).unwrap());
        // What is held in the end is what counts, and nobody gives what they have only later.
        assert_eq!(towards(&postings, wanted([4000, 6000, 0]), at, recorded), Err(LedgerError::Zero));
        let overdraw = LedgerError::Overdraw { resource: Marketing, at, balance_bp: -1 };
        assert_eq!(towards(&postings, wanted([4001, 5999, 0]), at, recorded), Err(overdraw));
        let moved = towards(&postings, wanted([0, 10_000, 0]), at, recorded).unwrap();
        assert_eq!(moved, [posting(40, 100, Sales, -4000), posting(40, 100, Marketing, 4000)]);
        let early = Timestamp::from_micros(9);
        assert!(matches!(towards(&postings, wanted([0, 10_000, 0]), early, recorded), Err(LedgerError::Overdraw { resource: Sales, .. })));
    }

    #[test]
    fn a_reversal_takes_back_what_is_still_there() {
        let [at, recorded] = [40, 100].map(Timestamp::from_micros);
        let mut postings = vec![posting(10, 10, Product, 10_000)];
        let moved = transfer(&postings, order(Product, Sales, 4000, 20)).unwrap();
        postings.extend(moved);
        let undone = reversal(&postings, &moved, at, recorded).unwrap();
        assert_eq!(undone, [posting(40, 100, Product, 4000), posting(40, 100, Sales, -4000)]);
        let mut whole = postings.clone();
        whole.extend(undone);
        assert_eq!((held(&whole, 99), held(&whole, 100)), (Some([0, 0, 10_000]), Some([0, 0, 10_000])), "recorded at 100");
        assert_eq!(balances(&whole, Timestamp::MAX).unwrap(), Some(Shares::whole(Product)));
        // Sales passed some of it on, even if only later: it can no longer all be taken back.
        postings.extend(transfer(&postings, order(Sales, Marketing, 1, 60)).unwrap());
        let overdraw = LedgerError::Overdraw { resource: Sales, at: Timestamp::from_micros(60), balance_bp: -1 };
        assert_eq!(reversal(&postings, &moved, at, recorded), Err(overdraw));
    }

    proptest! {
        /// Property 4: whatever is asked, the ledger stays sound, and replaying it gives the running balance.
        #[test]
        fn balances_stay_in_range_and_replay_gives_the_running_balance(
            opening in 0..3_usize,
            orders in prop::collection::vec((0..3_usize, 0..3_usize, -500..11_000_i64, 0..50_i64, any::<bool>()), 0..20),
        ) {
            let mut postings = vec![posting(10, 10, Resource::ALL[opening], 10_000)];
            let mut running = ByResource::<i64>::default();
            *running.get_mut(Resource::ALL[opening]) = 10_000;
            let mut last: Option<[Posting; 2]> = None;
            for (from, to, bp, effective, undo) in orders {
                let (from, to) = (Resource::ALL[from], Resource::ALL[to]);
                if let Some(batch) = last.filter(|_| undo) {
                    let at = Timestamp::from_micros(effective);
                    if let Ok(opposite) = reversal(&postings, &batch, at, Timestamp::from_micros(100)) {
                        for posting in &opposite {
                            *running.get_mut(posting.resource) += posting.delta_bp;
                        }
                        postings.extend(opposite);
                        last = None;
                    }
                } else if let Ok(pair) = transfer(&postings, order(from, to, bp, effective)) {
                    postings.extend(pair);
                    *running.get_mut(from) -= bp;
                    *running.get_mut(to) += bp;
                    last = Some(pair);
                }
                prop_assert!(running.into_array().iter().all(|balance| (0..=10_000).contains(balance)));
            }
            prop_assert_eq!(check(&postings), Ok(()));
            prop_assert_eq!(held(&postings, 100), Some(running.into_array()));
            for instant in 10..60 {
                prop_assert!(balances(&postings, Timestamp::from_micros(instant)).is_ok());
            }
        }
    }
}
