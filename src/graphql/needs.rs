//! Which permission each field needs, as its description tells it.
//!
//! Nobody types it: the tests ask for every field of the schema, write down what its resolver
//! [asked for](super::recorder), and compare that with the file `needs.txt`, which the schema reads when it is built.
//! It is for readers: whether somebody is denied is decided by the resolver alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display, Formatter};

use async_graphql::parser::types::Field;
use async_graphql::registry::{MetaType, Registry};
use async_graphql::{ContextSelectionSet, OutputType, Positioned, ServerResult, Value};

use crate::auth::permission::Permission;

/// One line for each field: `Type.field: ` and what it needs.
const FILE: &str = include_str!("needs.txt");

/// The types whose fields nothing stands above.
const ROOTS: [&str; 3] = ["Query", "Mutation", "Subscription"];

const SIGNED_IN: &str = "signed in";
const OBJECT: &str = "as its object";
const ANYBODY: &str = "anybody";

/// What the resolver of a field asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Whether it asks who is calling, and for no permission.
    pub signed_in: bool,
    /// Permissions it is refused without.
    pub always: BTreeSet<Permission>,
    /// Permissions that it is refused without for some of what can be asked of it.
    pub at_times: BTreeSet<Permission>,
    /// Permissions without which it shows less, and without an error.
    pub less_without: BTreeSet<Permission>,
}

/// How lists of permissions begin in the file.
const ALWAYS: &str = "needs ";
const AT_TIMES: &str = "at times ";
const LESS_WITHOUT: &str = "less without ";

impl Needs {
    /// Whether nothing is asked: the field is for everybody who gets so far.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    fn parse(text: &str) -> Self {
        let mut needs = Self::default();
        for part in text.split("; ") {
            let permissions =
                |names: &str| Permission::ALL.iter().copied().filter(|it| names.split(' ').any(|name| name == it.name())).collect();
            if part == SIGNED_IN {
                needs.signed_in = true;
            } else if let Some(names) = part.strip_prefix(ALWAYS) {
                needs.always = permissions(names);
            } else if let Some(names) = part.strip_prefix(AT_TIMES) {
                needs.at_times = permissions(names);
            } else if let Some(names) = part.strip_prefix(LESS_WITHOUT) {
                needs.less_without = permissions(names);
            }
        }
        needs
    }

    /// The file's text for a field.
    fn written(&self, of_a_root: bool) -> String {
        let names = |start: &str, permissions: &BTreeSet<Permission>| {
            let names: Vec<&str> = permissions.iter().map(|permission| permission.name()).collect();
            (!names.is_empty()).then(|| format!("{start}{}", names.join(" ")))
        };
        let listed = [names(ALWAYS, &self.always), names(AT_TIMES, &self.at_times), names(LESS_WITHOUT, &self.less_without)];
        let parts: Vec<String> = listed.into_iter().flatten().collect();
        match (parts.as_slice(), of_a_root) {
            ([], _) if self.signed_in => SIGNED_IN.to_owned(),
            ([], true) => ANYBODY.to_owned(),
            ([], false) => OBJECT.to_owned(),
            _ => parts.join("; "),
        }
    }

    /// What a reader of the schema is told.
    fn sentence(&self, of_a_root: bool) -> String {
        let quoted = |permissions: &BTreeSet<Permission>, last: &str| {
            let names: Vec<String> = permissions.iter().map(|permission| format!("`{}`", permission.name())).collect();
            match names.split_last() {
                Some((only, [])) => only.clone(),
                Some((end, others)) => format!("{} {last} {end}", others.join(", ")),
                None => String::new(),
            }
        };
        let mut sentences = Vec::new();
        match (self.always.is_empty(), self.at_times.is_empty()) {
            (false, true) => sentences.push(format!("Needs {}.", quoted(&self.always, "and"))),
            (false, false) => {
                sentences.push(format!(
                    "Needs {}, and for some of what it takes {}.",
                    quoted(&self.always, "and"),
                    quoted(&self.at_times, "or")
                ));
            }
            (true, false) => sentences.push(format!("Needs {}, by what it is asked for.", quoted(&self.at_times, "or"))),
            (true, true) if self.less_without.is_empty() => sentences.push(
                match (self.signed_in, of_a_root) {
                    (true, _) => "Needs a signed-in caller.",
                    (false, true) => "Needs no token: open to anybody.",
                    (false, false) => "Needs what its object needs.",
                }
                .to_owned(),
            ),
            (true, true) => {}
        }
        if !self.less_without.is_empty() {
            sentences.push(format!("Shows less without {}.", quoted(&self.less_without, "and")));
        }
        sentences.join(" ")
    }
}

/// What is needed for some fields, by `Type.field`, as it stands in the file.
pub struct Listed<'a>(pub &'a BTreeMap<String, Needs>);

impl Display for Listed<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        for (coordinate, needs) in self.0 {
            writeln!(formatter, "{coordinate}: {}", needs.written(is_of_a_root(coordinate)))?;
        }
        Ok(())
    }
}

/// What every field of the schema needs, by `Type.field`.
#[must_use]
pub fn listed() -> BTreeMap<String, Needs> {
    FILE.lines().filter_map(|line| line.split_once(": ")).map(|(coordinate, text)| (coordinate.to_owned(), Needs::parse(text))).collect()
}

fn is_of_a_root(coordinate: &str) -> bool {
    coordinate.split_once('.').is_some_and(|(kind, _)| ROOTS.contains(&kind))
}

/// Adds to the description of every field what it needs. It is no type: registering it with the builder of a schema, after
/// everything else, is what async-graphql offers to get at the types before they are served.
pub(super) struct Notes;

impl OutputType for Notes {
    fn type_name() -> std::borrow::Cow<'static, str> {
        "Notes".into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        let listed = listed();
        for (kind, meta) in &mut registry.types {
            let (MetaType::Object { fields, .. } | MetaType::Interface { fields, .. }) = meta else { continue };
            // The language's own types are for whoever may read the schema.
            if kind.starts_with("__") {
                continue;
            }
            for (name, field) in fields {
                let coordinate = format!("{kind}.{name}");
                let Some(needs) = listed.get(&coordinate) else { continue };
                let sentence = needs.sentence(is_of_a_root(&coordinate));
                field.description = Some(match field.description.take() {
                    Some(description) => format!("{description}\n\n{sentence}"),
                    None => sentence,
                });
            }
        }
        Self::type_name().into_owned()
    }

    async fn resolve(&self, _: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        Ok(Value::Null)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(always: &[Permission], at_times: &[Permission], less_without: &[Permission]) -> Needs {
        let of = |permissions: &[Permission]| permissions.iter().copied().collect::<BTreeSet<_>>();
        Needs { signed_in: false, always: of(always), at_times: of(at_times), less_without: of(less_without) }
    }

    #[test]
    fn what_is_written_is_read_and_told() {
        use Permission::{BuyerRead, CloseRead, ContactRead};
        let caller = Needs { signed_in: true, ..Needs::default() };
        for (needs, written, sentence) in [
            (Needs::default(), "as its object", "Needs what its object needs."),
            (caller, "signed in", "Needs a signed-in caller."),
            (needs(&[BuyerRead], &[], &[]), "needs BUYER_READ", "Needs `BUYER_READ`."),
            (needs(&[BuyerRead, CloseRead], &[], &[]), "needs BUYER_READ CLOSE_READ", "Needs `BUYER_READ` and `CLOSE_READ`."),
            (needs(&[], &[], &[ContactRead]), "less without CONTACT_READ", "Shows less without `CONTACT_READ`."),
            (
                needs(&[BuyerRead], &[ContactRead], &[]),
                "needs BUYER_READ; at times CONTACT_READ",
                "Needs `BUYER_READ`, and for some of what it takes `CONTACT_READ`.",
            ),
            (
                needs(&[], &[BuyerRead, CloseRead], &[ContactRead]),
                "at times BUYER_READ CLOSE_READ; less without CONTACT_READ",
                "Needs `BUYER_READ` or `CLOSE_READ`, by what it is asked for. Shows less without `CONTACT_READ`.",
            ),
        ] {
            assert_eq!(needs.written(false), written);
            assert_eq!(Needs::parse(written), needs);
            assert_eq!(needs.sentence(false), sentence);
        }
        assert_eq!(Needs::default().written(true), "anybody");
        assert_eq!(Needs::default().sentence(true), "Needs no token: open to anybody.");
        assert!(Needs::parse("anybody").is_nothing());
    }
}
