//! What is wrong with a mapping is said with line and column, all of it at once.

use super::*;
use crate::error::Error;

/// The complaints about a mapping, as the operator reads them.
fn complaints(text: &str) -> Vec<String> {
    match Mapping::parse("m.toml", text) {
        Ok(_) => Vec::new(),
        Err(Error::Invalid(problems)) => problems.into_iter().map(|problem| format!("{}: {}", problem.field, problem.message)).collect(),
        Err(other) => panic!("{other:?}"),
    }
}

/// A mapping of touches with one line changed.
fn touches(line: &str) -> String {
    format!(
        "source = \"crm\"\n[[file]]\nname = \"touches\"\n[file.lookup.origin]\nof = \"{{origin}}\"\n\
         values.seo = {{ channel = \"ORGANIC_SEARCH\" }}\nvalues.fair = {{ channel = \"FAIR\" }}\n[[file.touch]]\n\
         id = \"{{id}}\"\nat = \"{{day}}\"\nkind = \"VISIT\"\nactor = \"CAMPAIGN\"\nperson = \"{{lead}}\"\n{line}\n"
    )
}

#[test]
fn every_complaint_names_its_line_and_column() {
    let cases: &[(&str, &[&str])] = &[
        ("", &[]),
        (
            "dirction = \"INBOUND\"",
            &["m.toml:14:1: unknown key `dirction`; known are `when`, `id`, `at`, `kind`, `channel`, `actor`, \
            `resource`, `direction`, `tactic`, `person`, `account`"],
        ),
        ("direction = \"IN\"", &["m.toml:14:13: unknown direction `IN`; known are `INBOUND`, `OUTBOUND`"]),
        ("direction = 1", &["m.toml:14:13: must be a text in quotes or a table with `value`, not an integer `1`"]),
        ("when = [1]", &["m.toml:14:8: must be a text in quotes or a table with `value`, not an array `[1]`"]),
        ("when = { value = \"{a}\" }", &["m.toml:14:8: `when` needs either `is` or `is_not`, a list of texts"]),
        ("tactic = \"{a\"", &["m.toml:14:10: `{a` has a brace without its other half; write `{{` for a brace itself"]),
        ("tactic = \"{ }\"", &["m.toml:14:10: `{ }` names no column between its braces"]),
        ("tactic = \"{origin.name}\"", &["m.toml:14:10: lookup `origin` gives no `name`; it gives `channel`"]),
        ("tactic = { valeu = \"{a}\" }", &["m.toml:14:10: `value` is missing"]),
        ("resource = { value = \"{a}\", format = \"date\" }", &["m.toml:14:29: unknown key `format`; known are `value`, `default`"]),
        (
            "resource = { value = \"{a}\", default = \"SALE\" }",
            &["m.toml:14:39: unknown resource `SALE`; known are `SALES`, `MARKETING`, `PRODUCT`"],
        ),
        ("tactic = \"ä\" \"b\"", &["m.toml:14:14: unexpected key or value, expected newline, `#`"]),
    ];
    // The lookup's FAIR is wrong only where it is used as a channel.
    let told: Vec<_> = cases.iter().map(|(line, _)| complaints(&touches(line))).collect();
    assert_eq!(told, cases.iter().map(|(_, expected)| expected.to_vec()).collect::<Vec<_>>());
}

#[test]
fn what_a_lookup_gives_is_checked_where_it_is_used() {
    let told = complaints(&touches("channel = \"{origin.channel}\""));
    assert_eq!(told.len(), 1);
    assert!(told.first().unwrap().starts_with("m.toml:7:27: unknown channel `FAIR`; known are `ORGANIC_SEARCH`, "), "{told:?}");
}

#[test]
fn a_record_needs_its_fields() {
    let text = "source = \"crm\"\n[[file]]\nname = \"a\"\n[[file.stage_event]]\nid = \"{id}\"\n[[file.cost]]\nid = \"{id}\"\n";
    assert_eq!(
        complaints(text),
        [
            "m.toml:4:1: a stage event needs `at`",
            "m.toml:4:1: a stage event needs `stage`",
            "m.toml:4:1: a stage event needs `person` or `account`",
            "m.toml:6:1: a cost needs `owner`",
            "m.toml:6:1: a cost needs `category`",
            "m.toml:6:1: a cost needs `amount`",
            "m.toml:6:1: a cost needs `from`",
        ]
    );
}

#[test]
fn a_mapping_needs_a_source_and_files_that_tell_something() {
    assert_eq!(complaints(""), ["m.toml:1:1: `source` is missing", "m.toml:1:1: no `[[file]]` says how a CSV is read"]);
    let twice = "source = \"crm\"\ntime_zone = \"Mars\"\ncurrency = \"XXA\"\n[[file]]\nname = \"a\"\ndelimiter = \";;\"\n[[file]]\nname = \"b\"\n[[file.persons]]\n";
    let told = complaints(twice);
    assert_eq!(
        told.iter().map(|told| told.split(": ").next().unwrap()).collect::<Vec<_>>(),
        ["m.toml:2:13", "m.toml:3:12", "m.toml:6:13", "m.toml:4:1", "m.toml:7:1", "m.toml:9:8",]
    );
    assert!(
        told.last().unwrap().contains("unknown key `persons`; known are `name`, `delimiter`, `lookup`, `team`, `member`, `account`"),
        "{told:?}"
    );
    let same =
        "source = \"crm\"\n[[file]]\nname = \"a\"\n[[file.person]]\nid = \"{a}\"\n[[file]]\nname = \"a\"\n[[file.person]]\nid = \"{b}\"\n";
    assert_eq!(complaints(same), ["m.toml:6:1: another file is called `a` too"]);
}

#[test]
fn formats_zones_and_separators_are_checked() {
    let text = "source = \"crm\"\n[[file]]\nname = \"a\"\n[[file.person]]\nid = \"{a}\"\n\
        known_at = { value = \"{b}\", format = \"dates\", time_zone = \"Mars\" }\n\
        [[file.cost]]\nid = \"{a}\"\nowner = \"SHARED\"\ncategory = \"MEDIA\"\nfrom = { value = \"{b}\", format = \"%d.%m.%Y\" }\n\
        amount = { value = \"{c}\", decimal_separator = \",.\", thousands_separator = \"1\" }\ncurrency = \"EURO\"\n";
    assert_eq!(
        complaints(text),
        [
            "m.toml:6:38: unknown format `dates`; known are `date`, `date-time`, `rfc3339`, `unix`, `unix-milliseconds`, `a pattern like %d/%m/%Y %H:%M`",
            "m.toml:6:59: `Mars` is no IANA time zone, like America/Sao_Paulo",
            "m.toml:12:47: `decimal_separator` must be one character that is no digit, not `,.`",
            "m.toml:12:75: `thousands_separator` must be one character that is no digit, not `1`",
            "m.toml:13:12: `EURO` is no ISO 4217 currency, like BRL",
        ]
    );
}

#[test]
fn the_mappings_that_are_shipped_are_good() {
    assert_eq!(complaints(include_str!("../../../examples/olist/mapping.toml")), Vec::<String>::new());
}
