use super::*;

fn version(version: u32, target: &str, recorded_at: &str) -> Version {
    Version { number: version, target: Target::new(number(target)).unwrap(), recorded_at: at(recorded_at) }
}

#[test]
fn a_target_is_above_zero() {
    for target in ["0", "0.00", "-1", "-0.01"] {
        assert_eq!(Target::new(number(target)), Err(NotPositive(number(target))));
    }
    assert_eq!(Target::new(number("0.01")).unwrap().get(), number("0.01"));
    assert_eq!(NotPositive(number("-1")).to_string(), "a target must be above zero, not -1");
}

#[test]
fn the_highest_version_recorded_by_then_is_in_force() {
    let [first, second, third] =
        [(1, "120", "2026-04-01T09:00:00Z"), (2, "140", "2026-05-01T09:00:00Z"), (3, "130", "2026-06-01T09:00:00Z")]
            .map(|(number, target, recorded_at)| version(number, target, recorded_at));
    let targets = Targets::new(vec![third, first, second]).unwrap();
    assert_eq!(targets.versions(), [first, second, third]);
    for (instant, expected) in [
        ("2026-04-01T08:59:59Z", None),
        ("2026-04-01T09:00:00Z", Some(first)),
        ("2026-05-01T08:59:59.999999Z", Some(first)),
        ("2026-05-01T09:00:00Z", Some(second)),
        ("2026-07-01T00:00:00Z", Some(third)),
    ] {
        assert_eq!(targets.as_of(at(instant)), expected.as_ref(), "{instant}");
    }
}

#[test]
fn versions_have_numbers_of_their_own() {
    assert_eq!(Targets::new(Vec::new()), Err(TargetsError::NoVersion));
    let [one, same] = ["2026-04-01T09:00:00Z", "2026-05-01T09:00:00Z"].map(|recorded_at| version(2, "120", recorded_at));
    assert_eq!(Targets::new(vec![same, version(1, "1", "2026-04-01T00:00:00Z"), one]), Err(TargetsError::Overlap { number: 2 }));
}
