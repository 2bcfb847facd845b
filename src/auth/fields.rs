//! The fields an API client may ask for and fill in.

use std::collections::{BTreeMap, BTreeSet};

/// What stands for every field of a type.
const EVERY: &str = "*";

/// Fields of the API by their type: `Account.name`, or `Account.*` for all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(BTreeMap<String, BTreeSet<String>>);

impl Fields {
    /// Whether a field is among them.
    #[must_use]
    pub fn allow(&self, kind: &str, field: &str) -> bool {
        self.0.get(kind).is_some_and(|fields| fields.contains(field) || fields.contains(EVERY))
    }
}

impl<S: AsRef<str>> FromIterator<S> for Fields {
    /// From `Type.field`; what has no point in it is nothing.
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        let mut fields: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (kind, field) in
            names.into_iter().filter_map(|name| name.as_ref().split_once('.').map(|(kind, field)| (kind.to_owned(), field.to_owned())))
        {
            fields.entry(kind).or_default().insert(field);
        }
        Self(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_named_is_allowed() {
        let fields: Fields = ["Account.name", "Account.id", "Person.*", "nonsense"].into_iter().collect();
        for (kind, field, expected) in [
            ("Account", "name", true),
            ("Account", "domain", false),
            ("Account", "*", false),
            ("Person", "email", true),
            ("Query", "accounts", false),
            ("nonsense", "", false),
        ] {
            assert_eq!(fields.allow(kind, field), expected, "{kind}.{field}");
        }
        assert!(!Fields::default().allow("Query", "me"));
    }
}
