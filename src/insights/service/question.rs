//! Questions of the API that an insight carries, so that everybody can ask again.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::metrics::period::Period;

/// A question of the API, as it can be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The document.
    pub document: String,
    /// Its variables.
    pub variables: Value,
    /// Where in `data` the answer stands: names of fields with dots between; `[name=x]` takes the item whose field `name` is `x`.
    pub path: String,
}

/// What a question is told, by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Told(Map<String, Value>);

impl Told {
    /// One more thing.
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// Days.
    pub(super) fn days(self, name: &str, days: &Period) -> Self {
        self.with(name, json!({ "from": days.from(), "to": days.to(), "timeZone": days.zone().name() }))
    }

    /// The question that is told this.
    pub(super) fn asks(self, document: &str, path: impl Into<String>) -> Question {
        Question { document: document.to_owned(), variables: Value::Object(self.0), path: path.into() }
    }
}
