//! Questions that make no sense, and facts that fit no question.

use super::*;

fn query() -> CohortQuery {
    CohortQuery::new(all_steps(), Order::Strict, at("2027-01-01"))
}

#[test]
fn steps_must_be_main_stages_in_the_order_of_the_way() {
    for (chosen, error) in [
        (vec![], FunnelError::NoSteps),
        (vec![LEAD, 6], FunnelError::UnknownStage(6)),
        (vec![LEAD, NURTURED], FunnelError::SideStep(NURTURED)),
        (vec![MQL, LEAD], FunnelError::StepOutOfOrder(LEAD)),
        (vec![MQL, MQL], FunnelError::StepOutOfOrder(MQL)),
        (vec![LEAD; MAX_STEPS + 1], FunnelError::TooManySteps),
        (vec![LEAD; 1_000], FunnelError::TooManySteps),
    ] {
        assert_eq!(Steps::new(&catalogue(), &chosen), Err(error), "{chosen:?}");
    }
    let long: Vec<CatalogueStage> = (0..40).map(|position| CatalogueStage { position, kind: StageKind::Main }).collect();
    assert_eq!(Steps::new(&long, &(0..32).collect::<Vec<_>>()).unwrap().count(), 32);
}

#[test]
fn catalogue_need_not_be_in_the_order_of_the_way() {
    let catalogue = [(30, StageKind::Main), (99, StageKind::Side), (10, StageKind::Main), (20, StageKind::Main)];
    let steps = Steps::new(&catalogue.map(|(position, kind)| CatalogueStage { position, kind }), &[2, 0]).unwrap();
    let places = [Place::Step(1), Place::Side, Place::Step(0), Place::Step(0)];
    for (place, stage) in places.into_iter().zip(0..) {
        assert_eq!(steps.place(stage), place, "stage {stage}");
    }
}

#[test]
fn columns_must_be_of_one_length() {
    let error = Err(FunnelError::UnevenColumns);
    assert_eq!(FunnelFacts::new(vec![0], vec![], vec![at("2026-01-01")], vec![false]), error);
    assert_eq!(FunnelFacts::new(vec![0], vec![LEAD], vec![], vec![false]), error);
    assert_eq!(FunnelFacts::new(vec![0], vec![LEAD], vec![at("2026-01-01")], vec![]), error);
    assert_eq!(Touches::new(vec![0], vec![], vec![1]), Err(FunnelError::UnevenColumns));
    assert_eq!(Touches::new(vec![0], vec![at("2026-01-01")], vec![]), Err(FunnelError::UnevenColumns));
}

#[test]
fn facts_are_sorted_by_subject_and_time() {
    let sorted = facts(&[(0, LEAD, "2026-01-01"), (0, MQL, "2026-01-01"), (0, LEAD, "2026-01-02*"), (3, LEAD, "2025-01-01")]);
    let shuffled = facts(&[(3, LEAD, "2025-01-01"), (0, LEAD, "2026-01-02*"), (0, MQL, "2026-01-01"), (0, LEAD, "2026-01-01")]);
    assert_eq!(sorted, shuffled);
    assert_eq!((sorted.len(), sorted.is_empty(), FunnelFacts::default().is_empty()), (4, false, true));
}

#[test]
fn facts_must_be_of_the_catalogue() {
    let foreign = facts(&[(0, 6, "2026-01-01"), (0, LEAD, "2026-01-02")]);
    let error = FunnelError::UnknownStage(6);
    assert_eq!(cohort(&foreign, &query(), &january(), None), Err(error));
    assert_eq!(entries(&foreign, &all_steps(), Timestamp::MAX, &january(), None), Err(error));
    assert_eq!(stock(&foreign, &all_steps(), Timestamp::MAX, &january(), None), Err(error));
}

#[test]
fn windows_must_be_possible() {
    assert_eq!(query().with_window(-1), Err(FunnelError::NegativeWindow));
    assert_eq!(query().with_step_window(1, -1), Err(FunnelError::NegativeWindow));
    assert_eq!(query().with_step_window(0, 1), Err(FunnelError::WindowOnFirstStep));
    assert_eq!(query().with_step_window(4, 1), Err(FunnelError::UnknownStep(4)));
}

#[test]
fn exclusions_must_be_possible() {
    for (stage, after_step, before_step, error) in [
        (6, 0, 1, FunnelError::UnknownStage(6)),
        (DISQUALIFIED, 0, 4, FunnelError::UnknownStep(4)),
        (DISQUALIFIED, 1, 1, FunnelError::ExclusionOutOfOrder),
        (DISQUALIFIED, 2, 1, FunnelError::ExclusionOutOfOrder),
    ] {
        assert_eq!(query().with_exclusion(Exclusion { stage, after_step, before_step }), Err(error));
    }
}

#[test]
fn breakdown_must_be_at_a_step() {
    let breakdown = Breakdown { touches: &Touches::default(), at: ValueAt::AtStep(4) };
    assert_eq!(cohort(&FunnelFacts::default(), &query(), &january(), Some(breakdown)), Err(FunnelError::UnknownStep(4)));
}

#[test]
fn buckets_must_follow_one_another() {
    let (one, two) = (period("2026-01-01", "2026-02-01"), period("2026-02-01", "2026-03-01"));
    assert!(Buckets::new(&[one, two]).is_ok());
    assert!(Buckets::new(&[one, period("2026-05-01", "2026-06-01")]).is_ok());
    assert_eq!(Buckets::new(&[two, one]), Err(FunnelError::BucketsOutOfOrder));
    assert_eq!(Buckets::new(&[one, period("2026-01-31", "2026-03-01")]), Err(FunnelError::BucketsOutOfOrder));
    assert_eq!(cohort(&FunnelFacts::default(), &query(), &Buckets::new(&[]).unwrap(), None), Ok(vec![]));
}

#[test]
fn errors_say_what_is_wrong() {
    for (error, text) in [
        (FunnelError::UnevenColumns, "columns differ in length"),
        (FunnelError::NoSteps, "a funnel needs at least one step"),
        (FunnelError::TooManySteps, "a funnel has at most 32 steps"),
        (FunnelError::UnknownStage(7), "stage 7 is not in the catalogue"),
        (FunnelError::SideStep(7), "stage 7 lies beside the way and cannot be a step"),
        (FunnelError::StepOutOfOrder(7), "stage 7 does not stand further than the step before it"),
        (FunnelError::UnknownStep(7), "the funnel has no step 7"),
        (FunnelError::NegativeWindow, "a window cannot be negative"),
        (FunnelError::WindowOnFirstStep, "the first step has no window of its own"),
        (FunnelError::ExclusionOutOfOrder, "an exclusion must begin at an earlier step than it ends"),
        (FunnelError::BucketsOutOfOrder, "buckets must follow one another without overlap"),
        (FunnelError::TooManyCells, "buckets times groups exceed 100000"),
    ] {
        assert_eq!(error.to_string(), text);
    }
}
