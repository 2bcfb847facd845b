//! What the policy promises of every role and permission.

use super::*;

#[test]
fn no_role_but_the_close_desk_writes_closes_or_credit() {
    for &role in Role::ALL {
        let desk = matches!(role, Role::Admin | Role::Revops);
        assert_eq!(reach(role, Permission::CreditWrite).is_some(), desk, "{role:?}");
        let may_close = desk || role == Role::Integration;
        assert_eq!(reach(role, Permission::CloseWrite).is_some(), may_close, "{role:?}");
    }
}

#[test]
fn auditors_write_nothing_and_executives_what_they_steer_by() {
    let writes = Permission::ALL.iter().filter(|permission| {
        let name = format!("{permission:?}");
        name.ends_with("Write") || name.ends_with("Manage")
    });
    for &permission in writes {
        for role in [Role::Auditor, Role::Executive, Role::Partner] {
            let steers = matches!(permission, Permission::BudgetManage | Permission::GoalWrite | Permission::InsightWrite);
            let sets = role == Role::Executive && steers;
            assert_eq!(reach(role, permission), sets.then_some(Reach::Organization), "{role:?} {permission:?}");
        }
    }
}

#[test]
fn roles_reach_as_far_as_a_permission_can() {
    for &permission in Permission::ALL {
        assert_eq!(permission.reaches().last(), Some(&Reach::Organization), "{permission:?}");
        for &role in Role::ALL {
            assert!(reach(role, permission).is_none_or(|reach| permission.reaches().contains(&reach)), "{role:?} {permission:?}");
        }
    }
    let own = Rights::from_fn(|_| Some(Reach::Own));
    assert_eq!((own.reach(Permission::BuyerRead), own.reach(Permission::ContactRead)), (Some(Reach::Own), None));
}

#[test]
fn a_permission_has_one_name() {
    for &permission in Permission::ALL {
        assert_eq!(serde_json::to_value(permission).unwrap(), permission.name());
        assert_eq!(async_graphql::InputType::to_value(&permission).to_string(), permission.name());
    }
}

#[test]
fn rights_of_two_are_what_both_have() {
    for (one, other) in Role::ALL.iter().flat_map(|&one| Role::ALL.iter().map(move |&other| (one, other))) {
        let (one, other) = (Rights::of(one), Rights::of(other));
        let both = one.within(&other);
        assert_eq!(both, other.within(&one));
        assert_eq!((both.beyond(&one), both.beyond(&other)), (Vec::new(), Vec::new()));
        assert_eq!(one.beyond(&other).is_empty(), both == one);
    }
}

#[test]
fn an_admin_may_do_everything() {
    for &permission in Permission::ALL {
        assert_eq!(reach(Role::Admin, permission), Some(Reach::Organization), "{permission:?}");
    }
}
