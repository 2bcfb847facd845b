//! What findings say.

use entity::kinds::{BlockerKind, Channel, InsightKind, RejectReason};
use entity::money::CurrencyCode;
use rust_decimal::Decimal;

use super::*;

fn finding(
    kind: InsightKind,
    subject: Subject,
    [observed, threshold, baseline]: [&str; 3],
    count: u64,
    cost_minor: Option<i64>,
) -> Finding {
    let number = |text: &str| text.parse::<Decimal>().unwrap();
    let figures = Figures { observed: number(observed), threshold: number(threshold), baseline: Some(number(baseline)), count, cost_minor };
    Finding { kind, severity: InsightSeverity::Critical, subject, addressed_to: ResourceSet::default(), figures }
}

#[test]
fn each_says_its_figures_as_they_are_shown() {
    let (sales, agreement) = (Resource::Sales, id(2));
    let interest = |topic| Subject::Interest { segment: id(3), topic };
    let cases = [
        (
            finding(InsightKind::GoalOffPace, Subject::Goal(id(1)), ["0.8200", "0.9000", "0"], 12, None),
            Statement::GoalBehind,
            "the goal is behind: its pace is 0.8200 after 12 days, below 0.9000",
        ),
        (
            finding(InsightKind::GoalOffPace, Subject::Goal(id(1)), ["0.9999", "1.0000", "0"], 31, None),
            Statement::GoalMissed,
            "the goal was missed: its attainment is 0.9999",
        ),
        (
            finding(InsightKind::CreditGap, Subject::Resource(sales), ["66.67", "25.00", "0"], 12, None),
            Statement::LedgerAboveEvidence,
            "of 12 closes the ledger gives SALES 66.67 percentage points more than evidence does",
        ),
        (
            finding(InsightKind::CreditGap, Subject::Resource(sales), ["-10.00", "-10.00", "0"], 12, None),
            Statement::LedgerBelowEvidence,
            "of 12 closes the ledger gives SALES 10.00 percentage points less than evidence does",
        ),
        (
            finding(InsightKind::ZeroCloses, Subject::Resource(sales), ["0.0000", "0", "1.0000"], 1, Some(120_000)),
            Statement::NothingClosed,
            "SALES spent 1200.00 USD and closed nothing",
        ),
        (
            finding(InsightKind::ZeroCloses, Subject::Resource(sales), ["0.0000", "0", "0.0000"], 2, None),
            Statement::NothingClosedAgain,
            "SALES spent money that cannot be priced and closed nothing, as in the period before",
        ),
        (
            finding(
                InsightKind::RejectReasonDrift,
                Subject::RejectReason { agreement, reason: RejectReason::NotIcp },
                ["30.00", "25.00", "10.00"],
                3,
                None,
            ),
            Statement::RejectedMoreOften,
            "30.00 % of what was offered was rejected for NOT_ICP, where it was 10.00 % in the period before",
        ),
        (
            finding(InsightKind::SlaBreachRun, Subject::Side { agreement, resource: sales }, ["3", "3", "0"], 4, None),
            Statement::LateInARow,
            "SALES was late 3 times in a row, of 4 times that are decided",
        ),
        (
            finding(InsightKind::BlockersPilingUp, Subject::Blockers(BlockerKind::Consensus), ["10", "10", "3"], 10, None),
            Statement::MoreBlockers,
            "10 blockers of the kind CONSENSUS are open, where there were 3 when the period began",
        ),
        (
            finding(InsightKind::AudienceInterest, interest(Topic::Channel(Channel::Email)), ["0.5000", "0.3000", "0.2000"], 20, None),
            Statement::CaresMore,
            "the channel EMAIL has a share of 0.5000 of the touches of the segment, and of 0.2000 of those of all others",
        ),
    ];
    for (finding, key, text) in cases {
        assert_eq!((Statement::of(&finding), statement(&finding, CurrencyCode::USD).as_str()), (key, text));
    }
}

#[test]
fn what_is_kept_is_read_back() {
    let subjects = [
        (Subject::Goal(id(1)), r#"{"goal":"gol_00000000000000000000000001"}"#),
        (Subject::Resource(Resource::Sales), r#"{"resource":"SALES"}"#),
        (Subject::Blockers(BlockerKind::Consensus), r#"{"blockers":"CONSENSUS"}"#),
        (
            Subject::Interest { segment: id(3), topic: Topic::Blocker(BlockerKind::Other) },
            r#"{"interest":{"segment":"seg_00000000000000000000000003","topic":{"blocker":"OTHER"}}}"#,
        ),
    ];
    for (subject, kept) in subjects {
        assert_eq!(serde_json::to_string(&subject).unwrap(), kept);
        assert_eq!(serde_json::from_str::<Subject>(kept).unwrap(), subject);
    }
    let figures = finding(InsightKind::ZeroCloses, Subject::Resource(Resource::Sales), ["0.0000", "0", "1.50"], 2, None).figures;
    let kept = serde_json::to_string(&figures).unwrap();
    assert_eq!(kept, r#"{"observed":"0.0000","threshold":"0","baseline":"1.50","count":2,"costMinor":null}"#);
    assert_eq!(serde_json::from_str::<Figures>(&kept).unwrap(), figures);
}
