//! Hard cases of the mode `COHORT`.

use super::*;

const ORDERS: [Order; 3] = [Order::ReachedOrPassed, Order::Strict, Order::Any];

/// No windows, seen long afterwards.
fn query(order: Order) -> CohortQuery {
    CohortQuery::new(all_steps(), order, at("2027-01-01"))
}

#[test]
fn nobody_makes_an_empty_funnel_with_zero_denominators() {
    for order in ORDERS {
        let funnel = january_cohort(&[], &query(order));
        assert_eq!(entered(&funnel), [0, 0, 0, 0]);
        assert_eq!(funnel.steps[3].of_first, Rates { naive: share(0, 0), matured: share(0, 0) });
        assert_eq!((funnel.pending, funnel.backdated, funnel.excluded), (vec![], 0, 0));
    }
}

#[test]
fn one_subject_is_a_funnel() {
    for order in ORDERS {
        let funnel = january_cohort(&[(7, LEAD, "2026-01-05"), (7, MQL, "2026-01-06")], &query(order));
        assert_eq!(entered(&funnel), [1, 1, 0, 0]);
        assert_eq!(matured(&funnel), [1, 1, 0, 0]);
        let last = funnel.steps[3].from_previous.map(|rates| rates.naive);
        assert_eq!(last, (order != Order::Any).then_some(share(0, 0)));
    }
}

#[test]
fn one_step_is_a_funnel_and_nobody_has_to_be_waited_for() {
    let events = [(0, LEAD, "2026-01-05"), (0, LEAD, "2026-01-09"), (0, LEAD, "2026-03-01")];
    let single = CohortQuery::new(steps(&[LEAD]), Order::Strict, at("2026-01-10"));
    let funnel = january_cohort(&events, &single.clone().with_window(10 * DAY).unwrap());
    assert_eq!((entered(&funnel), matured(&funnel), funnel.pending.len()), (vec![1], vec![1], 0));
    assert_eq!(funnel.steps[0].visits, 2);
    assert_eq!(january_cohort(&events, &CohortQuery::new(steps(&[LEAD]), Order::Strict, at("2026-04-01"))).steps[0].visits, 3);
}

#[test]
fn entry_belongs_to_the_period_from_its_start_to_before_its_end() {
    let events = [
        (0, LEAD, "2025-12-31T23:59:59.999999"),
        (1, LEAD, "2026-01-01"),
        (2, LEAD, "2026-01-31T23:59:59.999999"),
        (3, LEAD, "2026-02-01"),
    ];
    for order in ORDERS {
        let mut subjects = Vec::new();
        cohort_rows(&facts(&events), &query(order), &january(), None, |row| subjects.push(row.subject)).unwrap();
        assert_eq!(subjects, [1, 2], "{order:?}");
    }
}

#[test]
fn only_the_first_entry_ever_makes_a_cohort() {
    let events = [(0, LEAD, "2025-11-01"), (0, LEAD, "2026-01-05"), (0, MQL, "2026-01-06")];
    for order in ORDERS {
        assert_eq!(entered(&january_cohort(&events, &query(order))), [0, 0, 0, 0], "{order:?}");
    }
}

#[test]
fn self_serve_buyer_whose_only_event_is_the_close_enters_and_passes_all_steps() {
    let events = [(0, CLOSE, "2026-01-05")];
    for (order, expected) in [(Order::ReachedOrPassed, [1, 1, 1, 1]), (Order::Strict, [0, 0, 0, 0]), (Order::Any, [0, 0, 0, 0])] {
        assert_eq!(entered(&january_cohort(&events, &query(order))), expected, "{order:?}");
    }
    let funnel = january_cohort(&events, &query(Order::ReachedOrPassed));
    assert_eq!(funnel.steps.iter().map(|step| step.visits).collect::<Vec<_>>(), [0, 0, 0, 1]);
}

#[test]
fn unchosen_stage_counts_as_the_furthest_step_before_it_only_where_stages_imply_others() {
    // Steps MQL and CLOSE: LEAD is below, OPP is as far as MQL.
    let events =
        [(0, LEAD, "2026-01-02"), (0, OPP, "2026-01-05"), (1, LEAD, "2026-01-02"), (2, MQL, "2026-01-03"), (2, CLOSE, "2026-01-04")];
    for (order, expected) in [(Order::ReachedOrPassed, [2, 1]), (Order::Strict, [1, 1]), (Order::Any, [1, 1])] {
        let funnel = january_cohort(&events, &CohortQuery::new(steps(&[MQL, CLOSE]), order, at("2027-01-01")));
        assert_eq!(entered(&funnel), expected, "{order:?}");
    }
}

#[test]
fn side_stage_is_no_progress_and_no_entry() {
    let events = [(0, NURTURED, "2026-01-02"), (1, LEAD, "2026-01-03"), (1, NURTURED, "2026-01-04"), (1, MQL, "2026-01-05")];
    for order in ORDERS {
        assert_eq!(entered(&january_cohort(&events, &query(order))), [1, 1, 0, 0], "{order:?}");
    }
}

#[test]
fn going_back_takes_nothing_away() {
    let events = [(0, LEAD, "2026-01-02"), (0, OPP, "2026-01-05"), (0, MQL, "2026-01-08")];
    for (order, expected) in [(Order::ReachedOrPassed, [1, 1, 1, 0]), (Order::Strict, [1, 1, 0, 0]), (Order::Any, [1, 1, 1, 0])] {
        assert_eq!(entered(&january_cohort(&events, &query(order))), expected, "{order:?}");
    }
}

#[test]
fn events_before_the_entry_do_not_count_unless_backdated() {
    let close_first = [(0, CLOSE, "2026-01-02"), (0, LEAD, "2026-01-05")];
    assert_eq!(entered(&january_cohort(&close_first, &query(Order::Any))), [1, 0, 0, 0]);
    let backdated = [(0, CLOSE, "2026-01-02*"), (0, LEAD, "2026-01-05")];
    assert_eq!(entered(&january_cohort(&backdated, &query(Order::Any))), [1, 0, 0, 1]);
}

#[test]
fn events_at_one_instant_are_in_the_order_of_their_stages() {
    let events = [(0, CLOSE, "2026-01-02"), (0, OPP, "2026-01-02"), (0, MQL, "2026-01-02"), (0, LEAD, "2026-01-02")];
    for order in ORDERS {
        let funnel = january_cohort(&events, &query(order).with_window(0).unwrap());
        assert_eq!(entered(&funnel), [1, 1, 1, 1], "{order:?}");
        assert_eq!(matured(&funnel), [1, 1, 1, 1], "{order:?}");
    }
}

#[test]
fn window_includes_its_last_instant() {
    for (moment, expected) in [("2026-01-12T06:00:00", 1), ("2026-01-12T06:00:00.000001", 0)] {
        let events = [(0, LEAD, "2026-01-02T06:00:00"), (0, MQL, moment)];
        for order in ORDERS {
            let funnel = january_cohort(&events, &query(order).with_window(10 * DAY).unwrap());
            assert_eq!(entered(&funnel), [1, expected, 0, 0], "{order:?} {moment}");
            assert_eq!(funnel.steps[1].visits, expected, "{order:?} {moment}");
        }
    }
}

#[test]
fn subject_is_pending_until_its_window_is_over() {
    let events = [(0, LEAD, "2026-01-02"), (0, MQL, "2026-01-03")];
    for order in ORDERS {
        let seen_at = |as_of| january_cohort(&events, &CohortQuery::new(all_steps(), order, as_of).with_window(10 * DAY).unwrap());
        let waiting = seen_at(at("2026-01-12").saturating_add_micros(-1));
        assert_eq!((entered(&waiting), matured(&waiting), waiting.pending.as_slice()), (vec![1, 1, 0, 0], vec![0; 4], &[0][..]));
        let over = seen_at(at("2026-01-12"));
        assert_eq!((entered(&over), matured(&over), over.pending.as_slice()), (vec![1, 1, 0, 0], vec![1, 1, 0, 0], &[][..]));
    }
}

#[test]
fn without_a_window_nobody_is_pending() {
    let query = CohortQuery::new(all_steps(), Order::Strict, at("2026-01-02"));
    let funnel = january_cohort(&[(0, LEAD, "2026-01-02")], &query);
    assert_eq!((funnel.steps[0].matured, funnel.pending.len()), (1, 0));
}

#[test]
fn what_happens_after_the_moment_of_asking_is_not_known() {
    let events = [(0, LEAD, "2026-01-02"), (0, MQL, "2026-01-20"), (0, CLOSE, "2026-01-21"), (1, LEAD, "2026-01-25")];
    for order in ORDERS {
        let asked = CohortQuery::new(all_steps(), order, at("2026-01-20"));
        assert_eq!(entered(&january_cohort(&events, &asked)), [1, 1, 0, 0], "{order:?}");
    }
}

#[test]
fn step_window_runs_from_the_step_before_and_replaces_the_window_of_the_whole() {
    // The whole funnel has 5 days, but OPP has 20 days from MQL.
    let limited = |order| query(order).with_window(5 * DAY).unwrap().with_step_window(2, 20 * DAY).unwrap();
    let events = [
        (0, LEAD, "2026-01-01"),
        (0, MQL, "2026-01-06"),
        (0, OPP, "2026-01-26"), // 20 days after MQL: in time
        (1, LEAD, "2026-01-01"),
        (1, MQL, "2026-01-02"),
        (1, OPP, "2026-01-23"), // 21 days after MQL: too late
        (2, LEAD, "2026-01-01"),
        (2, MQL, "2026-01-07"), // 6 days after LEAD: too late
        (2, OPP, "2026-01-08"),
    ];
    for (order, expected) in [(Order::ReachedOrPassed, [3, 2, 1, 0]), (Order::Strict, [3, 2, 1, 0]), (Order::Any, [3, 2, 2, 0])] {
        assert_eq!(entered(&january_cohort(&events, &limited(order))), expected, "{order:?}");
    }
}

#[test]
fn step_reached_in_its_own_window_needs_the_step_before() {
    // MQL within 2 days, CLOSE within 60 of the entry; a jump to CLOSE on day 10 passes MQL too late.
    let events = [(0, LEAD, "2026-01-01"), (0, CLOSE, "2026-01-11")];
    let limited = |order| query(order).with_window(60 * DAY).unwrap().with_step_window(1, 2 * DAY).unwrap();
    assert_eq!(entered(&january_cohort(&events, &limited(Order::ReachedOrPassed))), [1, 0, 0, 0]);
    assert_eq!(entered(&january_cohort(&events, &limited(Order::Any))), [1, 0, 0, 1]);
}

#[test]
fn in_any_order_the_time_of_a_missing_step_is_added() {
    // MQL has 3 days and OPP 4 more; without MQL, OPP has 7 days from the entry.
    let limited = query(Order::Any).with_step_window(1, 3 * DAY).unwrap().with_step_window(2, 4 * DAY).unwrap();
    for (moment, expected) in [("2026-01-08", 1), ("2026-01-08T00:00:00.000001", 0)] {
        let funnel = january_cohort(&[(0, LEAD, "2026-01-01"), (0, OPP, moment)], &limited);
        assert_eq!(funnel.steps[2].entered, expected, "{moment}");
    }
    let late = january_cohort(&[(0, LEAD, "2026-01-01"), (0, MQL, "2026-01-02"), (0, OPP, "2026-01-07")], &limited);
    assert_eq!(late.steps[2].entered, 0, "with MQL on the first day, OPP had until the 6th");
}

#[test]
fn longest_finite_window_decides_when_time_is_over() {
    // 10 days for MQL, 20 more for OPP, no end for CLOSE.
    let limited = |as_of| {
        let query = CohortQuery::new(all_steps(), Order::Strict, as_of);
        query.with_step_window(1, 10 * DAY).unwrap().with_step_window(2, 20 * DAY).unwrap()
    };
    let events = [(0, LEAD, "2026-01-01"), (0, MQL, "2026-01-02"), (0, OPP, "2026-01-03"), (0, CLOSE, "2026-06-01")];
    assert_eq!(january_cohort(&events, &limited(at("2026-01-31").saturating_add_micros(-1))).pending, [0]);
    assert_eq!(january_cohort(&events, &limited(at("2026-01-31"))).pending, [0_u32; 0]);
    assert_eq!(matured(&january_cohort(&events, &limited(at("2026-06-01")))), [1, 1, 1, 1]);
}

#[test]
fn window_as_long_as_time_itself_never_ends() {
    let endless = query(Order::Strict).with_window(i64::MAX).unwrap().with_step_window(1, i64::MAX).unwrap();
    let funnel = january_cohort(&[(0, LEAD, "2026-01-01"), (0, MQL, "2026-05-02")], &endless);
    assert_eq!((entered(&funnel), funnel.pending.as_slice()), (vec![1, 1, 0, 0], &[0][..]));
}

#[test]
fn exclusion_removes_a_subject_between_two_steps() {
    let exclusion = Exclusion { stage: DISQUALIFIED, after_step: 1, before_step: 2 };
    let with_opp = |moment| vec![(0, LEAD, "2026-01-01"), (0, MQL, "2026-01-05"), (0, DISQUALIFIED, moment), (0, OPP, "2026-01-09")];
    for order in ORDERS {
        let query = query(order).with_exclusion(exclusion).unwrap();
        for (moment, excluded) in [
            ("2026-01-04", 0),                 // before MQL
            ("2026-01-05", 1),                 // with MQL
            ("2026-01-08T23:59:59.999999", 1), // just before OPP
            ("2026-01-09", 0),                 // with OPP
            ("2026-01-10", 0),                 // after OPP
        ] {
            let funnel = january_cohort(&with_opp(moment), &query);
            assert_eq!(funnel.excluded, excluded, "{order:?} {moment}");
            assert_eq!(entered(&funnel), if excluded == 1 { [0; 4] } else { [1, 1, 1, 0] }, "{order:?} {moment}");
        }
    }
}

#[test]
fn exclusion_holds_while_the_later_step_may_still_be_reached() {
    let exclusion = Exclusion { stage: DISQUALIFIED, after_step: 0, before_step: 1 };
    for order in ORDERS {
        let query = query(order).with_window(10 * DAY).unwrap().with_exclusion(exclusion).unwrap();
        for (moment, excluded) in [("2026-01-11", 1), ("2026-01-11T00:00:00.000001", 0)] {
            let funnel = january_cohort(&[(0, LEAD, "2026-01-01"), (0, DISQUALIFIED, moment)], &query);
            assert_eq!(funnel.excluded, excluded, "{order:?} {moment}");
        }
        let not_reached = Exclusion { stage: DISQUALIFIED, after_step: 2, before_step: 3 };
        let query = self::query(order).with_exclusion(not_reached).unwrap();
        assert_eq!(january_cohort(&[(0, LEAD, "2026-01-01"), (0, DISQUALIFIED, "2026-01-02")], &query).excluded, 0);
    }
}

#[test]
fn excluded_subject_has_a_row_but_is_not_pending() {
    let query = CohortQuery::new(all_steps(), Order::Strict, at("2026-01-10")).with_window(30 * DAY).unwrap();
    let query = query.with_exclusion(Exclusion { stage: DISQUALIFIED, after_step: 0, before_step: 3 }).unwrap();
    let events = [(0, LEAD, "2026-01-01"), (0, DISQUALIFIED, "2026-01-02"), (1, LEAD, "2026-01-03")];
    let funnel = january_cohort(&events, &query);
    assert_eq!((funnel.pending.as_slice(), funnel.excluded), (&[1][..], 1));
    let mut rows = Vec::new();
    cohort_rows(&facts(&events), &query, &january(), None, |row| rows.push((row.subject, row.standing))).unwrap();
    assert_eq!(rows, [(0, Standing::Excluded), (1, Standing::Pending)]);
}

#[test]
fn deal_won_before_its_first_contact_is_won_at_the_contact_and_flagged() {
    let events = [(0, LEAD, "2026-01-05"), (0, CLOSE, "2026-01-03*"), (1, LEAD, "2026-01-06")];
    for (order, expected) in [(Order::ReachedOrPassed, [2, 1, 1, 1]), (Order::Strict, [2, 0, 0, 0]), (Order::Any, [2, 0, 0, 1])] {
        let funnel = january_cohort(&events, &query(order).with_window(0).unwrap());
        assert_eq!(entered(&funnel), expected, "{order:?}");
        assert_eq!(funnel.backdated, 1, "{order:?}");
    }
    let two_steps = CohortQuery::new(steps(&[LEAD, CLOSE]), Order::Strict, at("2027-01-01"));
    let mut reached = Vec::new();
    cohort_rows(&facts(&events), &two_steps, &january(), None, |row| reached.push(row.reached_at.to_vec())).unwrap();
    assert_eq!(reached, [vec![Some(at("2026-01-05")); 2], vec![Some(at("2026-01-06")), None]]);
}

#[test]
fn backdated_event_begins_a_cohort_only_if_nothing_else_does() {
    let only_backdated = [(0, LEAD, "2026-01-05*"), (0, MQL, "2026-01-07*")];
    for order in ORDERS {
        let funnel = january_cohort(&only_backdated, &query(order));
        assert_eq!((entered(&funnel), funnel.backdated), (vec![1, 1, 0, 0], 1), "{order:?}");
    }
    // The first contact that was not backdated lies in February.
    let later = [(0, LEAD, "2026-01-05*"), (0, LEAD, "2026-02-05")];
    for order in ORDERS {
        assert_eq!(entered(&january_cohort(&later, &query(order))), [0; 4], "{order:?}");
    }
}

#[test]
fn backdated_flag_is_for_steps_in_time_only() {
    let events = [(0, LEAD, "2026-01-05"), (0, NURTURED, "2026-01-06*"), (0, MQL, "2026-03-01*")];
    for order in ORDERS {
        assert_eq!(january_cohort(&events, &query(order).with_window(10 * DAY).unwrap()).backdated, 0, "{order:?}");
        assert_eq!(january_cohort(&events, &query(order)).backdated, 1, "{order:?}");
    }
}

#[test]
fn days_of_the_period_are_days_of_its_zone() {
    let march = Period::new("2026-03-01".parse().unwrap(), "2026-04-01".parse().unwrap(), chrono_tz::America::New_York).unwrap();
    let events = facts(&[(0, LEAD, "2026-04-01T03:30:00"), (1, LEAD, "2026-04-01T04:00:00"), (2, LEAD, "2026-03-01T04:59:59")]);
    let funnel = one(cohort(&events, &query(Order::Strict), &Buckets::from(march), None));
    assert_eq!(funnel.steps[0].entered, 1);
}
