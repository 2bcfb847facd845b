use serde_json::json;

use super::*;
use crate::auth::oidc::fetch::Address;

const GOOD: &str = r#"
[[issuer]]
issuer = "https://login.example.com"
audience = "tandem"
organization = "org_00000000000000000000000001"
algorithms = ["ES256", "RS256"]
[issuer.role_map]
"tandem-sales" = "SALES_REP"
"tandem-leads" = "SALES_LEAD"
"#;

fn providers(text: &str) -> Result<Providers> {
    Providers::new(Settings::parse(text)?)
}

#[test]
fn settings_are_checked_before_anybody_comes() {
    let found = providers(GOOD).unwrap();
    assert_eq!(found.0.len(), 1);
    assert!(!found.0[0].settings.provision);
    for (from, to) in [
        ("https://login.example.com", "http://login.example.com"),
        ("https://login.example.com", "https://user@login.example.com"),
        ("https://login.example.com", "login"),
        ("\"ES256\", \"RS256\"", ""),
        ("\"ES256\", \"RS256\"", "\"HS256\""),
        ("\"ES256\", \"RS256\"", "\"none\""),
        ("\"tandem\"", "\"\""),
        ("SALES_LEAD", "OWNER"),
        ("org_00000000000000000000000001", "mem_00000000000000000000000001"),
        ("audience =", "audiences ="),
        ("[issuer.role_map]", "jwks_url = \"http://login.example.com/jwks\"\n[issuer.role_map]"),
    ] {
        assert!(providers(&GOOD.replace(from, to)).is_err(), "{from} -> {to}");
    }
    assert!(providers(&format!("{GOOD}{GOOD}")).is_err());
    assert_eq!(providers("").unwrap().0.len(), 0);
}

#[test]
fn plain_http_is_for_this_computer_only() {
    for good in ["https://a.example", "http://127.0.0.1:8080/x", "http://[::1]/x", "http://localhost/x"] {
        assert!(Address::new(good).is_some(), "{good}");
    }
    for bad in
        ["http://a.example", "http://169.254.169.254/", "http://localhost.example", "ftp://localhost", "file:///etc/passwd", "/x", ""]
    {
        assert!(Address::new(bad).is_none(), "{bad}");
    }
}

#[test]
fn of_several_roles_the_first_of_the_house_counts() {
    let found = providers(GOOD).unwrap();
    let role = |claim: Value| found.0[0].settings.role_of(&claim);
    assert_eq!(role(json!("tandem-sales")), Some(Role::SalesRep));
    assert_eq!(role(json!(["other", "tandem-sales", "tandem-leads"])), Some(Role::SalesLead));
    for none in [json!([]), json!("other"), json!(null), json!({ "tandem-sales": true }), json!([1])] {
        assert_eq!(role(none.clone()), None, "{none}");
    }
}

#[test]
fn an_audience_is_ours_alone_or_among_others() {
    assert!(names(&json!("tandem"), "tandem") && names(&json!(["a", "tandem"]), "tandem"));
    for other in [json!("tandem2"), json!([]), json!(["a"]), json!(["tandem", 1]), json!(null), json!({ "tandem": 1 })] {
        assert!(!names(&other, "tandem"), "{other}");
    }
}
