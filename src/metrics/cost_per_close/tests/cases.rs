//! Cases that are easily got wrong.

use entity::kinds::CostOwner;
use entity::kinds::Resource::{Marketing, Product, Sales};

use super::*;
use crate::metrics::accrual::{Allocation, AllocationRules};

const TACTIC: Dimension<'static> = Dimension::Code(CodeDimension::Tactic);

fn january() -> DaySpan {
    span("2026-01-01", "2026-01-31")
}

fn lines(report: &Report) -> Vec<(LineKey, i64, i64, i64)> {
    report.lines.iter().map(|line| (line.key, line.credit_bp, line.value_minor, line.cost_minor)).collect()
}

#[test]
fn no_facts_make_an_empty_answer_in_every_dimension() {
    let months = months(date("2026-01-01"), 3, Tz::UTC);
    for (dimension, count) in [(Dimension::Resource, 3), (TACTIC, 0), (Dimension::Month(&months), 3)] {
        let report = answer(&Facts::default(), &question(dimension, Basis::Net), &quarter(Tz::UTC)).unwrap();
        assert_eq!((report.lines.len(), report.closes, report.value_minor, report.cost_minor, report.conserved), (count, 0, 0, 0, true));
        assert_eq!(shown(report.blended), "ZeroCloses");
        assert!(report.lines.iter().all(|line| [line.index, line.cost_share].map(shown) == ["NoCostData", "NoCostData"]));
        assert!(report.lines.iter().all(|line| shown(line.credit_share) == "ZeroCloses"));
    }
}

#[test]
fn refunds_and_voids_count_by_basis() {
    let whole = close("2026-01-10T12:00:00Z", Shares::whole(Sales));
    for (case, fact, net, gross) in [
        ("kept", whole, (1, 10_000), (1, 10_000)),
        ("partial refund", CloseFact { net_minor: Some(7500), ..whole }, (1, 7500), (1, 10_000)),
        ("full refund, or void", CloseFact { net_minor: None, ..whole }, (0, 0), (1, 10_000)),
        ("free of charge", worth(0, whole), (1, 0), (1, 0)),
    ] {
        let mut facts = Facts::default();
        facts.push_close(fact, &[]).unwrap();
        for (basis, expected) in [(Basis::Net, net), (Basis::Gross, gross)] {
            let report = answer(&facts, &question(Dimension::Resource, basis), &quarter(Tz::UTC)).unwrap();
            assert_eq!((report.closes, report.value_minor), expected, "{case} {basis:?}");
            assert!(report.conserved);
        }
    }
}

#[test]
fn a_period_begins_with_its_first_instant_and_ends_before_its_last() {
    let mut facts = Facts::default();
    for moment in ["2025-12-31T23:59:59.999999Z", "2026-01-01T00:00:00Z", "2026-03-31T23:59:59.999999Z", "2026-04-01T00:00:00Z"] {
        facts.push_close(close(moment, Shares::whole(Sales)), &[]).unwrap();
    }
    facts.push_cost(cost(CostOwner::Sales, span("2025-12-31", "2026-01-01"), 3)).unwrap();
    facts.push_cost(cost(CostOwner::Sales, span("2026-03-31", "2026-04-01"), 3)).unwrap();
    let mut rows = Rows::default();
    let report = answer_with_rows(&facts, &question(Dimension::Resource, Basis::Net), &quarter(Tz::UTC), &mut rows).unwrap();
    assert_eq!((report.closes, report.cost_minor, report.conserved), (2, 3, true));
    assert_eq!(rows.credit.iter().map(|row| row.close).collect::<Vec<_>>(), [1, 2]);
    let costs: Vec<_> = rows.cost.iter().map(|row| (row.cost, row.days, row.amount_minor)).collect();
    assert_eq!(costs, [(0, span("2026-01-01", "2026-01-01"), 1), (1, span("2026-03-31", "2026-03-31"), 2)]);
}

#[test]
fn months_follow_local_midnight_through_clock_changes() {
    // Lisbon goes to summer time on 29 March, Havana skips midnight on 8 March, Auckland goes back on 5 April.
    for (zone, moment, month) in [
        (chrono_tz::Europe::Lisbon, "2026-03-31T22:59:59Z", "2026-03-01"),
        (chrono_tz::Europe::Lisbon, "2026-03-31T23:00:00Z", "2026-04-01"),
        (chrono_tz::America::Havana, "2026-04-01T03:59:59Z", "2026-03-01"),
        (chrono_tz::America::Havana, "2026-04-01T04:00:00Z", "2026-04-01"),
        (chrono_tz::Pacific::Auckland, "2026-03-31T10:59:59Z", "2026-03-01"),
        (chrono_tz::Pacific::Auckland, "2026-03-31T11:00:00Z", "2026-04-01"),
    ] {
        let mut facts = Facts::default();
        facts.push_close(close(moment, Shares::whole(Sales)), &[]).unwrap();
        let months = months(date("2026-01-01"), 6, zone);
        let half_year = interval(date("2026-01-01"), date("2026-07-01"), zone);
        let report = answer(&facts, &question(Dimension::Month(&months), Basis::Net), &half_year).unwrap();
        let credited: Vec<_> = report.lines.iter().filter(|line| line.credit_bp > 0).map(|line| line.key).collect();
        assert_eq!((credited, report.lines.len()), (vec![LineKey::Month(date(month))], 6), "{zone} {moment}");
    }
}

#[test]
fn only_months_of_the_period_have_a_line_and_all_must_be_given() {
    let year = months(date("2026-01-01"), 12, Tz::UTC);
    let ask = |months: &[Interval]| answer(&Facts::default(), &question(Dimension::Month(months), Basis::Net), &quarter(Tz::UTC));
    assert_eq!(ask(&year).unwrap().lines.len(), 3);
    let with_gap: Vec<_> = [year[0], year[2]].into();
    for months in [&year[1..], &year[..2], &[], &with_gap] {
        assert_eq!(ask(months), Err(CostPerCloseError::MonthsDoNotCover));
    }
}

#[test]
fn credit_goes_to_the_holders_own_touches_by_weight() {
    let milestones = Milestones { known_at: Some(at("2026-01-02T12:00:00Z")), opportunity_created_at: Some(at("2026-01-04T12:00:00Z")) };
    let mut facts = Facts::default();
    let touches = [
        touch("2025-01-01T00:00:00Z", Marketing, tactic(9)),        // out of reach
        touch("2026-01-01T00:00:00Z", Marketing, tactic(1)),        // FT: weight 6
        touch("2026-01-02T00:00:00Z", Marketing, tactic(2)),        // LC: weight 6
        touch("2026-01-03T00:00:00Z", Marketing, tactic(1)),        // middle: weight 1
        touch("2026-01-04T00:00:00Z", Product, Codes::default()),   // OC: weight 6
        touch("2026-01-05T00:00:00Z", Marketing, Codes::default()), // middle: weight 1
        touch("2026-01-11T00:00:00Z", Marketing, tactic(9)),        // after the close
    ];
    let fact = CloseFact { milestones, ..worth(10_001, close("2026-01-10T12:00:00Z", split_of([2000, 5000, 3000]))) };
    facts.push_close(fact, &touches).unwrap();
    facts.push_cost(CostFact { codes: tactic(2), ..cost(CostOwner::Marketing, january(), 900) }).unwrap();
    facts.push_cost(CostFact { codes: tactic(7), ..cost(CostOwner::Shared, january(), 100) }).unwrap();
    facts.push_cost(cost(CostOwner::Sales, january(), 50)).unwrap();

    let mut rows = Rows::default();
    let report = answer_with_rows(&facts, &question(TACTIC, Basis::Net), &quarter(Tz::UTC), &mut rows).unwrap();
    // MARKETING's 5 000 bp and 50.01 by 6, 6, 1, 1, the earlier touch first; SALES has no touch, PRODUCT's touch no tactic.
    let parts: Vec<_> = rows.credit.iter().map(|row| (row.resource, row.touch, row.bp, row.value_minor)).collect();
    assert_eq!(
        parts,
        [
            (Sales, None, 2000, 2000),
            (Marketing, Some(1), 2143, 2144),
            (Marketing, Some(2), 2143, 2143),
            (Marketing, Some(3), 357, 357),
            (Marketing, Some(5), 357, 357),
            (Product, Some(4), 3000, 3000),
        ]
    );
    let expected = [
        (LineKey::Code(1), 2500, 2501, 0),
        (LineKey::Code(2), 2143, 2143, 900),
        (LineKey::Code(7), 0, 0, 100),
        (LineKey::Unattributed, 5357, 5357, 50),
    ];
    assert_eq!((lines(&report), report.conserved), (expected.to_vec(), true));
    assert_eq!(
        report.lines.iter().map(|line| shown(line.cost_per_close)).collect::<Vec<_>>(),
        ["NoCostData", "42.00", "ZeroCloses", "0.93"]
    );
}

#[test]
fn touches_that_weigh_nothing_leave_credit_unattributed() {
    let milestones = Milestones { known_at: None, opportunity_created_at: Some(at("2026-01-02T00:00:00Z")) };
    let mut facts = Facts::default();
    let touches = [touch("2026-01-01T00:00:00Z", Marketing, tactic(0)), touch("2026-01-03T00:00:00Z", Sales, tactic(1))];
    facts.push_close(CloseFact { milestones, ..close("2026-01-10T12:00:00Z", Shares::whole(Sales)) }, &touches).unwrap();
    for (spread, key) in [(Spread::AllOthers, LineKey::Code(1)), (Spread::BeforeOpportunity, LineKey::Unattributed)] {
        let mut question = question(TACTIC, Basis::Net);
        question.evidence.spread = spread;
        assert_eq!(lines(&answer(&facts, &question, &quarter(Tz::UTC)).unwrap()), [(key, 10_000, 10_000, 0)]);
    }
}

#[test]
fn each_code_dimension_reads_its_own_code() {
    let codes = Codes { tactic: Some(3), team: Some(4), channel: None };
    let mut facts = Facts::default();
    facts.push_close(close("2026-01-10T12:00:00Z", Shares::whole(Sales)), &[touch("2026-01-09T00:00:00Z", Sales, codes)]).unwrap();
    facts.push_cost(CostFact { codes, ..cost(CostOwner::Sales, january(), 700) }).unwrap();
    for (dimension, key) in [
        (CodeDimension::Tactic, LineKey::Code(3)),
        (CodeDimension::Team, LineKey::Code(4)),
        (CodeDimension::Channel, LineKey::Unattributed),
    ] {
        let report = answer(&facts, &question(Dimension::Code(dimension), Basis::Net), &quarter(Tz::UTC)).unwrap();
        assert_eq!(lines(&report), [(key, 10_000, 10_000, 700)]);
    }
}

#[test]
fn other_currencies_are_counted_and_listed_but_never_valued() {
    let mut facts = Facts::default();
    facts.push_close(close("2026-01-10T12:00:00Z", Shares::whole(Sales)), &[]).unwrap();
    facts.push_close(CloseFact { priced: false, ..close("2026-01-11T12:00:00Z", split_of([5000, 5000, 0])) }, &[]).unwrap();
    facts.push_close(CloseFact { priced: false, net_minor: None, ..close("2026-01-12T12:00:00Z", Shares::whole(Product)) }, &[]).unwrap();
    facts.push_cost(cost(CostOwner::Sales, january(), 300)).unwrap();
    facts.push_cost(CostFact { priced: false, ..cost(CostOwner::Shared, january(), 900) }).unwrap();
    facts.push_cost(CostFact { priced: false, ..cost(CostOwner::Sales, span("2025-01-01", "2025-01-31"), 900) }).unwrap();
    let report = answer(&facts, &question(Dimension::Resource, Basis::Net), &quarter(Tz::UTC)).unwrap();
    assert_eq!((report.closes, report.value_minor, report.cost_minor), (2, 10_000, 300));
    assert_eq!((&report.unpriced_closes[..], &report.unpriced_costs[..]), (&[1][..], &[1][..]));
    assert_eq!(
        report.lines.iter().map(|line| (line.credit_bp, line.value_minor)).collect::<Vec<_>>(),
        [(15_000, 10_000), (5000, 0), (0, 0)]
    );
    assert_eq!(report.lines.iter().map(|line| shown(line.cost_per_close)).collect::<Vec<_>>(), ["2.00", "NoFxRate", "ZeroCloses"]);
    assert!(report.conserved);
}

#[test]
fn allocation_rules_divide_shared_cost_by_the_days_they_hold() {
    let rules = vec![(span("2026-01-16", "2026-01-31"), Allocation::Fixed(split_of([0, 0, 10_000])))];
    let mut facts = Facts::new(AllocationRules::new(rules).unwrap());
    facts.push_cost(cost(CostOwner::Shared, january(), 31_00)).unwrap();
    let report = answer(&facts, &question(Dimension::Resource, Basis::Net), &quarter(Tz::UTC)).unwrap();
    assert_eq!(report.lines.iter().map(|line| line.cost_minor).collect::<Vec<_>>(), [500, 500, 2100]);
    assert!(report.conserved);
}

#[test]
fn a_cost_of_zero_has_no_index_and_a_negative_cost_is_shown() {
    let mut facts = Facts::default();
    facts.push_close(close("2026-01-10T12:00:00Z", split_of([5000, 5000, 0])), &[]).unwrap();
    for (owner, amount_minor) in [(CostOwner::Sales, 0), (CostOwner::Marketing, -250), (CostOwner::Product, 1250)] {
        facts.push_cost(cost(owner, january(), amount_minor)).unwrap();
    }
    let report = answer(&facts, &question(Dimension::Resource, Basis::Net), &quarter(Tz::UTC)).unwrap();
    let found: Vec<_> = report.lines.iter().map(|line| [line.cost_per_close, line.cost_share, line.index].map(shown)).collect();
    assert_eq!(found, [["0.00", "0.0000", "ZeroDenominator"], ["-5.00", "-0.2500", "-2.0000"], ["ZeroCloses", "1.2500", "0.0000"]]);
}

#[test]
fn sums_beyond_64_bits_are_refused_and_never_wrap() {
    let largest = worth(i64::MAX, close("2026-01-10T12:00:00Z", split_of([3334, 3333, 3333])));
    let ask = |facts: &Facts| {
        answer(facts, &question(Dimension::Resource, Basis::Net), &quarter(Tz::UTC))
            .map(|report| (report.value_minor, report.cost_minor, report.conserved))
    };
    let mut facts = Facts::default();
    facts.push_close(largest, &[]).unwrap();
    facts.push_cost(cost(CostOwner::Sales, january(), i64::MAX)).unwrap();
    assert_eq!(ask(&facts), Ok((i64::MAX, i64::MAX, true)));
    facts.push_close(worth(1, largest), &[]).unwrap();
    assert_eq!(ask(&facts), Err(CostPerCloseError::TooLarge));
    facts.push_close(worth(-1, largest), &[]).unwrap();
    assert_eq!(ask(&facts), Ok((i64::MAX, i64::MAX, true)), "only the sum must fit");
    facts.push_cost(cost(CostOwner::Product, january(), 1)).unwrap();
    assert_eq!(ask(&facts), Err(CostPerCloseError::TooLarge));
}

#[test]
fn facts_that_cannot_be_are_refused_whole() {
    let mut facts = Facts::default();
    let fact = close("2026-01-10T12:00:00Z", Shares::whole(Sales));
    facts.push_close(fact, &[]).unwrap();
    let refused = |facts: &mut Facts, fact, touches: &[TouchFact]| facts.push_close(fact, touches).unwrap_err();
    assert_eq!(refused(&mut facts, close("2026-01-10T11:59:59Z", fact.shares), &[]), FactError::ClosesOutOfOrder);
    let unordered = [touch("2026-01-02T00:00:00Z", Sales, tactic(5)), touch("2026-01-01T00:00:00Z", Sales, tactic(5))];
    assert_eq!(refused(&mut facts, fact, &unordered), FactError::TouchesOutOfOrder);
    let too_large = FactError::CodeTooLarge { code: CODES_MAX };
    assert_eq!(refused(&mut facts, fact, &[touch("2026-01-02T00:00:00Z", Sales, tactic(CODES_MAX))]), too_large);
    assert_eq!(facts.push_cost(CostFact { codes: tactic(CODES_MAX), ..cost(CostOwner::Sales, january(), 1) }), Err(too_large));
    let report = answer(&facts, &question(TACTIC, Basis::Net), &quarter(Tz::UTC)).unwrap();
    assert_eq!(lines(&report), [(LineKey::Unattributed, 10_000, 10_000, 0)]);
}

#[test]
fn an_answer_whose_lines_miss_something_says_so() {
    let line = Sums { credit_bp: 10_000, value_minor: 5, cost_minor: 7, ..Sums::default() };
    let totals = Totals { closes: 1, value_minor: 5, cost_minor: 7, ..Totals::default() };
    assert!(conserved(&[line, Sums::default()], &totals));
    for line in [Sums { credit_bp: 9999, ..line }, Sums { value_minor: 4, ..line }, Sums { cost_minor: 8, ..line }] {
        assert!(!conserved(&[line], &totals));
    }
}

#[test]
fn what_is_taken_back_stands_on_the_lines_it_was_booked_on() {
    let mut facts = Facts::default();
    let touches = [
        touch("2026-01-02T00:00:00Z", Sales, tactic(0)),
        touch("2026-01-03T00:00:00Z", Sales, tactic(1)),
        touch("2026-01-04T00:00:00Z", Sales, tactic(2)),
    ];
    let shares = split_of([5000, 5000, 0]);
    facts.push_close(CloseFact { net_minor: None, ..close("2026-01-10T12:00:00Z", shares) }, &touches).unwrap();
    let changed = |at_text: &str, before_minor, after_minor| ChangeFact { close: 0, at: at(at_text), before_minor, after_minor };
    facts.push_change(changed("2026-02-01T00:00:00Z", Some(10_000), Some(9999))).unwrap();
    facts.push_change(changed("2026-02-02T00:00:00Z", Some(9999), None)).unwrap();
    assert_eq!(facts.push_change(changed("2026-02-01T23:59:59Z", None, None)), Err(FactError::ChangesOutOfOrder));
    assert_eq!(
        facts.push_change(ChangeFact { close: 1, ..changed("2026-03-01T00:00:00Z", None, None) }),
        Err(FactError::ChangesOutOfOrder)
    );
    for dimension in [Dimension::Resource, TACTIC] {
        let asked = Question { refunds: Refunds::EventPeriod, ..question(dimension, Basis::Net) };
        let whole = answer(&facts, &asked, &quarter(Tz::UTC)).unwrap();
        assert!(whole.conserved);
        assert_eq!((whole.closes, whole.value_minor), (0, 0));
        assert!(whole.lines.iter().all(|line| (line.credit_bp, line.value_minor) == (0, 0)), "{:?}", whole.lines);
        let mut rows = Rows::default();
        let months = months(date("2026-01-01"), 2, Tz::UTC);
        let [january, february] = [0, 1].map(|month| answer_with_rows(&facts, &asked, &months[month], &mut rows).unwrap());
        for (one, other) in january.lines.iter().zip(&february.lines) {
            assert_eq!((one.key, one.credit_bp, one.value_minor), (other.key, -other.credit_bp, -other.value_minor));
            assert_eq!(other.cost_per_close.null_reason, Some(NullReason::ZeroCloses));
        }
        assert_eq!((february.closes, february.value_minor, february.blended.null_reason), (-1, -10_000, Some(NullReason::ZeroCloses)));
        let first: Vec<_> = rows.credit.iter().map(|row| row.change).collect();
        assert!(first.is_sorted() && first.contains(&Some(1)), "{first:?}");
    }
}
