//! G1, G2, G4, G18, G22, G24 and G25 of the metric definitions, to the cent.

use entity::kinds::CostOwner;
use entity::kinds::Resource::{Marketing, Product, Sales};
use entity::money::Money;

use super::*;
use crate::metrics::accrual::AllocationRules;
use crate::metrics::exchange::Rate;
use crate::metrics::ledger::{Transfer, transfer};
use crate::metrics::split::{split_by_resource, split_by_shares};

fn c3_postings() -> Vec<Posting> {
    let (closed, moved) = (at("2026-02-03T12:00:00Z"), at("2026-02-05T09:00:00Z"));
    let mut postings = vec![Posting { effective_at: closed, recorded_at: closed, resource: Product, delta_bp: 10_000 }];
    let order = Transfer { from: Product, to: Sales, bp: 4000, effective_at: moved, recorded_at: moved };
    postings.extend(transfer(&postings, order).unwrap());
    postings
}

fn c4_shares() -> Shares {
    Shares::new(split_by_resource(10_000, ByResource { sales: 1, marketing: 1, product: 1 }).unwrap()).unwrap()
}

fn g1() -> Facts {
    let c3 = balances(&c3_postings(), at("2026-06-01T00:00:00Z")).unwrap().unwrap();
    let mut facts = Facts::new(AllocationRules::default());
    for (closed_at, gross_minor, stands, shares) in [
        ("2026-01-10T12:00:00Z", 100_000, true, Shares::whole(Marketing)),
        ("2026-01-20T12:00:00Z", 250_000, true, Shares::whole(Sales)),
        ("2026-02-03T12:00:00Z", 90_000, true, c3),
        ("2026-02-14T12:00:00Z", 10_001, true, c4_shares()),
        ("2026-03-02T12:00:00Z", 40_000, false, Shares::whole(Product)),
        ("2026-03-31T23:30:00-04:00", 70_000, true, Shares::whole(Marketing)),
    ] {
        let net_minor = stands.then_some(gross_minor);
        facts.push_close(CloseFact { gross_minor, net_minor, ..close(closed_at, shares) }, &[]).unwrap();
    }
    let days = span("2026-01-01", "2026-03-31");
    let owners = [(CostOwner::Sales, 600_000), (CostOwner::Marketing, 300_000), (CostOwner::Product, 150_000), (CostOwner::Shared, 90_000)];
    for (owner, amount_minor) in owners {
        facts.push_cost(cost(owner, days, amount_minor)).unwrap();
    }
    facts
}

#[test]
fn g1_credit_of_c3_and_c4() {
    let held = |as_of| balances(&c3_postings(), at(as_of)).unwrap().unwrap().by_resource().into_array();
    assert_eq!(held("2026-02-04T00:00:00Z"), [0, 0, 10_000]);
    assert_eq!(held("2026-02-06T00:00:00Z"), [4000, 0, 6000]);
    assert_eq!(c4_shares().by_resource().into_array(), [3334, 3333, 3333]);
    assert_eq!(split_by_shares(10_001, c4_shares()).into_array(), [3335, 3333, 3333]);
}

#[test]
fn g1_cost_per_close_by_resource() {
    let sales = (17_334, 289_335, 630_000, "3634.48");
    let net_marketing = (13_333, 103_333, 330_000, "2475.06");
    let late_marketing = (23_333, 173_333, 330_000, "1414.31");
    let net_product = (9333, 57_333, 180_000, "1928.64");
    let gross_product = (19_333, 97_333, 180_000, "931.05");
    let new_york = chrono_tz::America::New_York;
    for (zone, basis, lines, blended) in [
        (Tz::UTC, Basis::Net, [sales, net_marketing, net_product], (4, 450_001, "2850.00")),
        (Tz::UTC, Basis::Gross, [sales, net_marketing, gross_product], (5, 490_001, "2280.00")),
        (new_york, Basis::Net, [sales, late_marketing, net_product], (5, 520_001, "2280.00")),
        (new_york, Basis::Gross, [sales, late_marketing, gross_product], (6, 560_001, "1900.00")),
    ] {
        let report = answer(&g1(), &question(Dimension::Resource, basis), &quarter(zone)).unwrap();
        let found: Vec<_> =
            report.lines.iter().map(|line| (line.credit_bp, line.value_minor, line.cost_minor, shown(line.cost_per_close))).collect();
        let expected: Vec<_> = lines.into_iter().map(|(bp, value, cost, ratio)| (bp, value, cost, ratio.to_owned())).collect();
        assert_eq!(found, expected, "{zone} {basis:?}");
        assert_eq!(
            report.lines.iter().map(|line| line.key).collect::<Vec<_>>(),
            Resource::ALL.iter().copied().map(LineKey::Resource).collect::<Vec<_>>()
        );
        assert_eq!((report.closes, report.value_minor, shown(report.blended).as_str()), blended, "{zone} {basis:?}");
        assert_eq!((report.cost_minor, report.conserved), (1_140_000, true));
    }
}

#[test]
fn g22_resource_index() {
    let report = answer(&g1(), &question(Dimension::Resource, Basis::Net), &quarter(Tz::UTC)).unwrap();
    let found: Vec<_> = report.lines.iter().map(|line| [line.credit_share, line.cost_share, line.index].map(shown)).collect();
    assert_eq!(found, [["0.4334", "0.5526", "0.7842"], ["0.3333", "0.2895", "1.1515"], ["0.2333", "0.1579", "1.4777"]]);
}

#[test]
fn g1_by_month_follows_the_local_calendar() {
    // C6 is won on 31 March in New York and on 1 April in UTC.
    for (zone, march) in [(Tz::UTC, (0, 0, "ZeroCloses")), (chrono_tz::America::New_York, (10_000, 70_000, "3925.86"))] {
        let months = months(date("2026-01-01"), 3, zone);
        let report = answer(&g1(), &question(Dimension::Month(&months), Basis::Net), &quarter(zone)).unwrap();
        let found: Vec<_> = report.lines.iter().map(|line| (line.credit_bp, line.value_minor, shown(line.cost_per_close))).collect();
        let january = (20_000, 350_000, "1963.83".to_owned());
        let february = (20_000, 100_001, "1773.24".to_owned());
        assert_eq!(found, [january, february, (march.0, march.1, march.2.to_owned())], "{zone}");
        // 31, 28 and 31 of 90 days of each of the entries, earliest days first.
        assert_eq!(report.lines.iter().map(|line| line.cost_minor).collect::<Vec<_>>(), [392_766, 354_648, 392_586]);
        assert_eq!(
            report.lines.iter().map(|line| line.key).collect::<Vec<_>>(),
            ["2026-01-01", "2026-02-01", "2026-03-01"].map(|day| LineKey::Month(date(day)))
        );
        assert!(report.conserved);
    }
}

#[test]
fn g2_null_semantics() {
    let (january, quarter_close) = (span("2026-01-01", "2026-01-31"), split_of([2500, 7500, 0]));
    let closes = |count: usize, shares| vec![close("2026-01-10T12:00:00Z", shares); count];
    for (case, closes, costs, value, cost_minor) in [
        ("cost 500.00, 0 closes", vec![], vec![50_000], "ZeroCloses", 50_000),
        ("no cost rows, 2 closes", closes(2, Shares::whole(Sales)), vec![], "NoCostData", 0),
        ("cost rows sum 0.00, 2 closes", closes(2, Shares::whole(Sales)), vec![700, -700], "0.00", 0),
        ("cost 500.00, 0.25 close", closes(1, quarter_close), vec![50_000], "2000.00", 50_000),
        ("nothing at all", vec![], vec![], "ZeroCloses", 0),
    ] {
        let mut facts = Facts::default();
        for close in closes {
            facts.push_close(close, &[]).unwrap();
        }
        for amount_minor in costs {
            facts.push_cost(cost(CostOwner::Sales, january, amount_minor)).unwrap();
        }
        let report = answer(&facts, &question(Dimension::Resource, Basis::Net), &quarter(Tz::UTC)).unwrap();
        let sales = report.lines[0];
        assert_eq!((shown(sales.cost_per_close).as_str(), sales.cost_minor, report.conserved), (value, cost_minor, true), "{case}");
    }
}

#[test]
fn g4_amounts_in_four_currencies() {
    let mut facts = Facts::default();
    let rate = |rate: &str| Rate::new(rate.parse().unwrap()).unwrap();
    for (at, amount, code, by) in [
        ("2026-01-15T12:00:00Z", 100_000, "EUR", Some(rate("1.10"))),
        ("2026-01-16T12:00:00Z", 50_000, "USD", Some(rate("1"))),
        ("2026-01-20T12:00:00Z", 150_000, "JPY", Some(rate("0.0068"))),
        ("2026-01-21T12:00:00Z", 30_000, "BRL", None),
    ] {
        let converted = by.and_then(|rate| rate.convert(Money::from_minor(amount, code.parse().unwrap()), CurrencyCode::USD));
        let fact = CloseFact { priced: converted.is_some(), ..worth(converted.unwrap_or_default(), close(at, Shares::whole(Sales))) };
        facts.push_close(fact, &[]).unwrap();
    }
    let report = answer(&facts, &question(Dimension::Resource, Basis::Net), &quarter(Tz::UTC)).unwrap();
    assert_eq!((report.value_minor, report.closes, report.unpriced_closes.as_slice()), (262_000, 4, [3].as_slice()));
    assert!(report.conserved);
}

/// Closes and value of the months from January on, by when movements count.
fn by_month(facts: &Facts, refunds: Refunds) -> Vec<(i64, i64)> {
    let asked = Question { refunds, ..question(Dimension::Resource, Basis::Net) };
    let reports = trend(facts, &asked, &months(date("2026-01-01"), 3, Tz::UTC)).unwrap();
    assert!(reports.iter().all(|report| report.conserved));
    reports.iter().map(|report| (report.closes, report.value_minor)).collect()
}

#[test]
fn g24_a_close_that_was_voided_and_won_again() {
    let (first, again) = (close("2026-01-20T12:00:00Z", Shares::whole(Sales)), close("2026-02-25T12:00:00Z", Shares::whole(Sales)));
    let mut then = Facts::default();
    then.push_close(first, &[]).unwrap();
    assert_eq!(by_month(&then, Refunds::OriginalPeriod), [(1, 10_000), (0, 0), (0, 0)], "as of 31 January");
    let mut facts = Facts::default();
    facts.push_close(CloseFact { net_minor: None, ..first }, &[]).unwrap();
    facts.push_close(again, &[]).unwrap();
    facts.push_change(ChangeFact { close: 0, at: at("2026-02-03T12:00:00Z"), before_minor: Some(10_000), after_minor: None }).unwrap();
    assert_eq!(by_month(&facts, Refunds::OriginalPeriod), [(0, 0), (1, 10_000), (0, 0)], "as of 1 March");
    assert_eq!(by_month(&facts, Refunds::EventPeriod), [(1, 10_000), (0, 0), (0, 0)], "as of 1 March");
}

#[test]
fn g25_a_refund_in_another_month() {
    let mut facts = Facts::default();
    let left = CloseFact { net_minor: Some(90_000), ..worth(120_000, close("2026-01-15T12:00:00Z", Shares::whole(Sales))) };
    facts.push_close(left, &[]).unwrap();
    facts
        .push_change(ChangeFact { close: 0, at: at("2026-03-10T12:00:00Z"), before_minor: Some(120_000), after_minor: Some(90_000) })
        .unwrap();
    assert_eq!(by_month(&facts, Refunds::OriginalPeriod), [(1, 90_000), (0, 0), (0, 0)]);
    assert_eq!(by_month(&facts, Refunds::EventPeriod), [(1, 120_000), (0, 0), (0, -30_000)]);
    let gross = Question { refunds: Refunds::EventPeriod, ..question(Dimension::Resource, Basis::Gross) };
    assert_eq!(answer(&facts, &gross, &quarter(Tz::UTC)).unwrap().value_minor, 120_000);
}

#[test]
fn g18_closes_and_the_cost_of_winning_them() {
    // Buyers acquired in January close in January and twice in March, a buyer of February closes in March.
    let won = [("2026-01-20", "2026-01-05"), ("2026-03-05", "2026-01-10"), ("2026-03-10", "2026-01-15"), ("2026-03-20", "2026-02-10")];
    let noon = |day: &str| at(&format!("{day}T12:00:00Z"));
    let facts = |by_cohort: bool| {
        let mut closes: Vec<CloseFact> = won
            .iter()
            .map(|&(won, acquired)| {
                let counts_at = noon(if by_cohort { acquired } else { won });
                CloseFact { closed_at: noon(won), counts_at, ..close("2026-01-01T00:00:00Z", Shares::whole(Sales)) }
            })
            .collect();
        closes.sort_by_key(|close| close.counts_at);
        let mut facts = Facts::default();
        for close in closes {
            facts.push_close(close, &[]).unwrap();
        }
        for (first, last, amount) in
            [("2026-01-01", "2026-01-31", 300_000), ("2026-02-01", "2026-02-28", 100_000), ("2026-03-01", "2026-03-31", 50_000)]
        {
            facts.push_cost(cost(CostOwner::Sales, span(first, last), amount)).unwrap();
        }
        facts
    };
    let same = question(Dimension::Resource, Basis::Net);
    let young = Question { mature_until: Some(noon("2026-03-15")), ..same };
    let old = Question { mature_until: Some(at("2026-04-01T00:00:00Z")), ..same };
    let months = months(date("2026-01-01"), 3, Tz::UTC);
    for (by_cohort, asked, expected) in [
        (false, same, ["3000.00", "ZeroCloses", "166.67"]),
        (true, young, ["1000.00", "1000.00", "Immature"]),
        (true, old, ["1000.00", "1000.00", "ZeroCloses"]),
    ] {
        let reports = trend(&facts(by_cohort), &asked, &months).unwrap();
        assert_eq!(reports.iter().map(|report| shown(report.blended)).collect::<Vec<_>>(), expected);
        let whole = answer(&facts(by_cohort), &asked, &quarter(Tz::UTC)).unwrap();
        assert_eq!((shown(whole.blended).as_str(), whole.closes, whole.conserved), ("1125.00", 4, true));
    }
    // The cost window a month earlier: closes of March meet the cost of February.
    let march = Interval { days: span("2026-02-01", "2026-02-28"), ..months[2] };
    assert_eq!(shown(answer(&facts(false), &same, &march).unwrap().blended), "333.33");
}
