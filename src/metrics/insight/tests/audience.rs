//! What holds buyers back, and what they care for.

use InsightSeverity::{Critical, Info, Warning};
use entity::kinds::{BlockerKind, Channel, InsightKind};

use super::*;

fn piling(before: u64, now: u64) -> Vec<Finding> {
    blockers_piling_up(&[Pile { kind: BlockerKind::Consensus, before, now }], &BlockerThresholds::default())
}

#[test]
fn blockers_pile_up_where_they_are_many_and_have_grown() {
    for (before, now, expected) in [
        (0, 4, &[][..]),
        (0, 5, &[Warning]),
        (0, 9, &[Warning]),
        (0, 10, &[Critical]),
        (2, 4, &[]),
        (4, 5, &[]),
        (4, 6, &[Warning]),
        (4, 9, &[Warning]),
        (4, 10, &[Critical]),
        (5, 10, &[Critical]),
        (6, 11, &[Warning]),
        // Half as many again of seven is ten and a half.
        (7, 10, &[]),
        (7, 11, &[Warning]),
        (100, 100, &[]),
        (100, 149, &[]),
        (100, 150, &[Warning]),
        (100, 200, &[Critical]),
        (10, 0, &[]),
    ] {
        assert_eq!(severities(&piling(before, now)), expected, "{before} {now}");
    }
}

#[test]
fn a_pile_shows_how_many_would_have_been_enough() {
    let found = piling(7, 12);
    assert_eq!((found[0].kind, found[0].subject), (InsightKind::BlockersPilingUp, Subject::Blockers(BlockerKind::Consensus)));
    assert_eq!((shown(&found[0]), found[0].addressed_to), (["12", "11", "7"].map(String::from), set(&[])));
    assert_eq!(shown(&piling(0, 6)[0]), ["6", "5", "0"].map(String::from));
    assert_eq!(shown(&piling(0, 60)[0]), ["60", "10", "0"].map(String::from));
}

#[test]
fn what_has_not_grown_does_not_pile_up_even_where_no_growth_is_asked_for() {
    let thresholds = BlockerThresholds { warning_growth_bp: 0, ..BlockerThresholds::default() };
    let of = |before, now| blockers_piling_up(&[Pile { kind: BlockerKind::Budget, before, now }], &thresholds).len();
    assert_eq!([of(8, 8), of(8, 9)], [0, 1]);
}

const EMAIL: Topic = Topic::Channel(Channel::Email);

/// Touches of a segment and of others on a topic, by ten accounts.
fn engagement(topic: Topic, touches: u64, others: u64) -> Engagement {
    Engagement { topic, touches, accounts: 10, others }
}

/// A segment with 200 touches among 1 000 of others.
fn audience(engagements: &[Engagement]) -> Audience {
    Audience { segment: id(1), touches: 200, others: 1_000, engagements: engagements.to_vec() }
}

fn interests(audiences: &[Audience]) -> Vec<Finding> {
    audience_interest(audiences, &InterestThresholds::default())
}

#[test]
fn a_segment_stands_out_from_one_and_a_half_times_the_share_of_others_on() {
    // 40 of 200 are a fifth.
    for (others, expected) in [(133, &[Info][..]), (134, &[]), (200, &[]), (400, &[]), (0, &[Info])] {
        assert_eq!(severities(&interests(&[audience(&[engagement(EMAIL, 40, others)])])), expected, "{others}");
    }
}

#[test]
fn a_segment_is_not_compared_with_itself() {
    // It makes up nearly all there is: of all, its share would be 1.05 times the whole's.
    let big = Audience { segment: id(1), touches: 10_000, others: 500, engagements: vec![engagement(EMAIL, 4_000, 10)] };
    let found = interests(&[big]);
    assert_eq!(shown(&found[0]), ["0.4000", "0.0300", "0.0200"].map(String::from));
}

#[test]
fn a_few_eager_buyers_do_not_speak_for_a_segment() {
    let one = |touches, accounts| interests(&[audience(&[Engagement { accounts, ..engagement(EMAIL, touches, 1) }])]).len();
    assert_eq!([one(20, 5), one(19, 5), one(20, 4)], [1, 0, 0]);
}

#[test]
fn where_others_were_hardly_touched_there_is_nothing_to_be_above() {
    let among = |others| interests(&[Audience { others, ..audience(&[engagement(EMAIL, 40, 0)]) }]).len();
    assert_eq!([among(20), among(19), among(0)], [1, 0, 0]);
    let thresholds = InterestThresholds { least_others: 0, ..InterestThresholds::default() };
    assert_eq!(audience_interest(&[Audience { others: 0, ..audience(&[engagement(EMAIL, 40, 0)]) }], &thresholds), []);
}

#[test]
fn the_three_topics_that_stand_out_most_are_told() {
    let [email, event, phone] = [Channel::Email, Channel::Event, Channel::Phone].map(Topic::Channel);
    let [tactic, content, blocker] = [Topic::Tactic(id(7)), Topic::Content(id(8)), Topic::Blocker(BlockerKind::Budget)];
    let topics = |engagements: &[Engagement]| -> Vec<Topic> {
        let topic = |finding: &Finding| match finding.subject {
            Subject::Interest { topic, .. } => topic,
            other => panic!("{other:?}"),
        };
        interests(&[audience(engagements)]).iter().map(topic).collect()
    };
    // Lifts of 2, 5 and 5, 4, 2.5; what nobody else touches is above all.
    let all = [
        engagement(email, 40, 100),
        engagement(tactic, 30, 30),
        engagement(event, 50, 50),
        engagement(content, 20, 0),
        engagement(phone, 40, 50),
        engagement(blocker, 25, 50),
    ];
    assert_eq!(topics(&all), [content, event, tactic]);
    assert_eq!(topics(&all[..2]), [tactic, email]);
    // Equal in both: the order of topics.
    assert_eq!(topics(&[engagement(blocker, 40, 50), engagement(tactic, 40, 50), engagement(phone, 40, 50)]), [phone, tactic, blocker]);
}

#[test]
fn lifts_are_ranked_without_rounding() {
    let [near, nearer] = [Channel::Social, Channel::Web].map(Topic::Channel);
    let engagements = vec![engagement(near, 1_000_000_000, 499_999_999), engagement(nearer, 1_000_000_001, 500_000_000)];
    let audience = Audience { segment: id(1), touches: 4_000_000_000, others: 4_000_000_000, engagements };
    // 2.000000004 and 2.000000002: the first, though the second has more touches.
    let found = interests(&[audience]);
    assert_eq!(found[0].subject, Subject::Interest { segment: id(1), topic: near });
}

#[test]
fn each_segment_is_told_of_by_itself() {
    let engagements = [engagement(EMAIL, 40, 10), engagement(Topic::Blocker(BlockerKind::Other), 60, 10)];
    let found = interests(&[Audience { segment: id(2), ..audience(&engagements) }, audience(&engagements[..1])]);
    let told: Vec<String> = found.iter().map(|finding| finding.subject.to_string().split_once('/').unwrap().1.to_owned()).collect();
    assert_eq!(told, ["CHANNEL/EMAIL", "BLOCKER/OTHER", "CHANNEL/EMAIL"]);
    assert_eq!((found[0].kind, found[0].figures.count, found[0].addressed_to), (InsightKind::AudienceInterest, 40, set(&[])));
}
