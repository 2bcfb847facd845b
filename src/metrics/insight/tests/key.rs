//! By what a finding is known again, and when it is raised.

use InsightSeverity::{Critical, Info, Warning};
use chrono::NaiveDate;
use entity::kinds::{BlockerKind, Channel, InsightKind, RejectReason};
use proptest::prelude::*;

use super::*;

fn key(kind: InsightKind, subject: Subject) -> String {
    let figures = Figures { observed: 1.into(), threshold: 1.into(), baseline: None, count: 1, cost_minor: None };
    let finding = Finding { kind, severity: Info, subject, addressed_to: set(&[]), figures };
    finding.key(NaiveDate::from_ymd_opt(2026, 4, 1).unwrap()).to_string()
}

#[test]
fn a_key_names_the_rule_the_subject_and_the_period() {
    use InsightKind::{AudienceInterest, BlockersPilingUp, CreditGap, GoalOffPace, RejectReasonDrift, SlaBreachRun, ZeroCloses};
    let (segment, agreement) = (id(1), id(2));
    let interest = |topic| Subject::Interest { segment, topic };
    let keys = [
        key(GoalOffPace, Subject::Goal(id(3))),
        key(CreditGap, Subject::Resource(Resource::Sales)),
        key(ZeroCloses, Subject::Resource(Resource::Sales)),
        key(RejectReasonDrift, Subject::RejectReason { agreement, reason: RejectReason::BadData }),
        key(SlaBreachRun, Subject::Side { agreement, resource: Resource::Marketing }),
        key(BlockersPilingUp, Subject::Blockers(BlockerKind::Other)),
        key(AudienceInterest, interest(Topic::Channel(Channel::Other))),
        key(AudienceInterest, interest(Topic::Blocker(BlockerKind::Other))),
        key(AudienceInterest, interest(Topic::Tactic(id(4)))),
        key(AudienceInterest, interest(Topic::Content(id(4)))),
    ];
    assert_eq!(
        keys,
        [
            "GOAL_OFF_PACE/gol_00000000000000000000000003/2026-04-01",
            "CREDIT_GAP/SALES/2026-04-01",
            "ZERO_CLOSES/SALES/2026-04-01",
            "REJECT_REASON_DRIFT/sla_00000000000000000000000002/BAD_DATA/2026-04-01",
            "SLA_BREACH_RUN/sla_00000000000000000000000002/MARKETING/2026-04-01",
            "BLOCKERS_PILING_UP/OTHER/2026-04-01",
            "AUDIENCE_INTEREST/seg_00000000000000000000000001/CHANNEL/OTHER/2026-04-01",
            "AUDIENCE_INTEREST/seg_00000000000000000000000001/BLOCKER/OTHER/2026-04-01",
            "AUDIENCE_INTEREST/seg_00000000000000000000000001/tac_00000000000000000000000004/2026-04-01",
            "AUDIENCE_INTEREST/seg_00000000000000000000000001/cnt_00000000000000000000000004/2026-04-01",
        ]
    );
}

#[test]
fn a_finding_is_raised_once_and_again_where_it_has_become_worse() {
    let raised = |severity, acknowledged| Some(Raised { severity, acknowledged });
    for (latest, now, expected) in [
        (None, Info, Decision::Raise),
        (None, Critical, Decision::Raise),
        (raised(Warning, false), Warning, Decision::Silent),
        (raised(Warning, true), Warning, Decision::Silent),
        (raised(Critical, true), Warning, Decision::Silent),
        (raised(Warning, false), Critical, Decision::RaiseAgain { replaces: true }),
        (raised(Warning, true), Critical, Decision::RaiseAgain { replaces: false }),
        (raised(Info, true), Warning, Decision::RaiseAgain { replaces: false }),
    ] {
        assert_eq!(raise(latest, now), expected, "{latest:?} {now:?}");
    }
}

proptest! {
    #[test]
    fn however_often_rules_run_each_severity_is_raised_once_at_most_and_rising(
        runs in prop::collection::vec((0..InsightSeverity::ALL.len(), any::<bool>()), 0..40),
    ) {
        let mut latest: Option<Raised> = None;
        let mut told = Vec::new();
        for &(severity, acknowledged) in &runs {
            let severity = InsightSeverity::ALL[severity];
            if raise(latest, severity) == Decision::Silent {
                latest = latest.map(|raised| Raised { acknowledged: raised.acknowledged || acknowledged, ..raised });
            } else {
                told.push(severity);
                latest = Some(Raised { severity, acknowledged });
            }
        }
        prop_assert!(told.is_sorted_by(|one, next| one < next));
        // The worst there was has been told.
        prop_assert_eq!(told.last().copied(), runs.iter().map(|(severity, _)| InsightSeverity::ALL[*severity]).max());
    }
}
