use std::collections::{BTreeSet, HashMap};

use entity::kinds::Channel;

use super::super::calendar::END;
use super::super::company::TACTICS;
use super::*;

#[test]
fn it_is_the_same_every_time() {
    assert_eq!(Plan::new(), Plan::new());
}

#[test]
fn it_holds_what_it_promises() {
    let plan = Plan::new();
    assert_eq!((plan.buyers.len(), plan.meetings.len(), plan.closes.len()), (PEOPLE, TOUCHES, CLOSES));
    let channels: BTreeSet<Channel> = plan.meetings.iter().map(|meeting| meeting.touchpoint.channel).collect();
    assert_eq!(channels.len(), Channel::ALL.len());
}

#[test]
fn deals_begin_before_anything_happens_to_them_and_end_once() {
    let plan = Plan::new();
    let deals = &plan.deals;
    assert!(deals.deals.is_sorted_by_key(|deal| deal.at) && deals.hindrances.is_sorted_by_key(|hindrance| hindrance.at));
    for deal in &deals.deals {
        assert_eq!(plan.buyers[deal.buyer].company, Some(deal.company), "{deal:?}");
        assert!(deal.won.is_none_or(|close| plan.closes[close].buyer == deal.buyer && deal.at <= plan.closes[close].at), "{deal:?}");
    }
    let lost: BTreeSet<usize> = deals.losses.iter().map(|loss| loss.deal).collect();
    assert_eq!(lost.len(), deals.losses.len(), "a deal is lost once");
    assert!(lost.iter().all(|&deal| deals.deals[deal].won.is_none()));
    assert!(deals.losses.iter().all(|loss| deals.deals[loss.deal].at <= loss.at && loss.at < instant(END)));
    assert!(deals.hindrances.iter().all(|hindrance| deals.deals[hindrance.deal].at <= hindrance.at));
    assert!(deals.solutions.iter().all(|solution| deals.hindrances[solution.hindrance].at <= solution.at && solution.at < instant(END)));
    assert_eq!(plan.firms.len(), plan.companies.len());
}

#[test]
fn nothing_lies_beyond_the_end() {
    let plan = Plan::new();
    let moments = plan.meetings.iter().map(|meeting| meeting.at).chain(plan.entries.iter().map(|entry| entry.at));
    let later = plan.closes.iter().map(|won| won.at).chain(plan.movements.iter().map(|movement| movement.at));
    assert!(moments.chain(later).all(|at| instant(0) <= at && at < instant(END)));
}

#[test]
fn everybody_is_touched_before_they_are_known_and_known_before_they_close() {
    let plan = Plan::new();
    let mut first: HashMap<usize, Timestamp> = HashMap::new();
    for meeting in &plan.meetings {
        first.entry(meeting.buyer).or_insert(meeting.at);
    }
    assert_eq!(first.len(), PEOPLE);
    for (place, buyer) in plan.buyers.iter().enumerate() {
        assert!(buyer.known_at.is_none_or(|known| first[&place] <= known), "{buyer:?}");
        assert_eq!(buyer.known_at.is_some(), buyer.email.is_some(), "{buyer:?}");
    }
    for won in &plan.closes {
        assert!(plan.buyers[won.buyer].known_at.is_some_and(|known| known < won.at), "{won:?}");
        assert_eq!(plan.buyers[won.buyer].company, Some(won.company), "{won:?}");
    }
}

#[test]
fn stages_follow_each_other_in_time_and_are_never_repeated() {
    let plan = Plan::new();
    let mut last: HashMap<usize, &StageEntry> = HashMap::new();
    for entry in &plan.entries {
        if let Some(before) = last.insert(entry.buyer, entry) {
            assert!(before.at <= entry.at && before.stage != entry.stage && before.after_close <= entry.after_close, "{entry:?}");
        }
    }
    assert_eq!(last.len(), PEOPLE);
}

#[test]
fn nobody_recommends_themselves_or_is_recommended_by_a_stranger() {
    let plan = Plan::new();
    let claims: Vec<_> = plan.closes.iter().filter_map(|won| Some((won, won.referral?))).collect();
    assert_eq!(claims.len(), 140);
    for (won, (referrer, claimed_at)) in claims {
        let known = plan.buyers[referrer].known_at;
        assert!(referrer != won.buyer && known < Some(claimed_at) && claimed_at < won.at, "{won:?}");
    }
}

#[test]
fn names_and_addresses_are_one_of_a_kind() {
    let plan = Plan::new();
    assert_eq!(plan.companies.iter().map(|company| &company.name).collect::<BTreeSet<_>>().len(), plan.companies.len());
    assert_eq!(plan.companies.iter().map(|company| &company.domain).collect::<BTreeSet<_>>().len(), plan.companies.len());
    let addresses: Vec<&String> = plan.buyers.iter().filter_map(|buyer| buyer.email.as_ref()).collect();
    assert_eq!(addresses.iter().collect::<BTreeSet<_>>().len(), addresses.len());
}

#[test]
fn touches_and_costs_name_tactics_of_their_resource() {
    let plan = Plan::new();
    let resource_of = |name: &str| TACTICS.iter().find(|tactic| tactic.name == name).map(|tactic| tactic.resource);
    for touchpoint in plan.meetings.iter().map(|meeting| meeting.touchpoint) {
        assert!(touchpoint.tactic.is_none_or(|name| resource_of(name) == Some(touchpoint.resource)), "{touchpoint:?}");
    }
    for spending in &plan.spendings {
        assert!(spending.tactic.is_none_or(|name| resource_of(name) == spending.owner.resource()), "{spending:?}");
    }
    let used: BTreeSet<&str> = plan.meetings.iter().filter_map(|meeting| meeting.touchpoint.tactic).collect();
    assert_eq!(used.len(), TACTICS.len(), "every tactic is used");
}
