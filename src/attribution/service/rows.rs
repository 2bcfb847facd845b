//! The parts of closes that were added up.

use entity::ids::{CloseId, TouchId, TypedId};
use entity::money::Money;

use super::answer::{Attribution, key_of};
use super::model::Way;
use crate::auth::Scope;
use crate::auth::permission::Visibility;
use crate::auth::permission::grant::CloseRead;
use crate::credit::service as credit;
use crate::db::{Cursor, Listing, PageRequest};
use crate::error::{Error, ProblemCode, Result};
use crate::metrics::attribution::walk;
use crate::metrics::dimension::Value;

/// What a touch earned of a close.
#[derive(Clone, Copy, Debug)]
pub struct AttributionRow {
    /// The close.
    pub close: CloseId,
    /// The touch; `None` where none counts.
    pub touch: Option<TouchId>,
    /// The line it was added to.
    pub line: Option<Value>,
    /// How much of the close, in billionths.
    pub closes: i64,
    /// How much of its value; `None` for a close without a rate for its currency.
    pub value: Option<Money>,
    /// Its place among the rows of its close.
    ordinal: i64,
}

impl Attribution {
    /// One page of what was added to a line, or to all of them, of the closes the caller sees: in the order in which they were won,
    /// and their touches happened.
    ///
    /// # Errors
    /// A problem with `line` where there is no such line, or where the model weighs no touches.
    pub async fn rows(
        &self,
        scope: &Scope<CloseRead>,
        line: Option<&str>,
        page: PageRequest,
    ) -> Result<(Listing<AttributionRow>, Visibility)> {
        let no_rows = || Error::invalid("rows", ProblemCode::Invalid, "this model weighs journeys, not touches: it has no rows");
        let Way::Touches(rule) = self.model.way else { return Err(no_rows()) };
        let line = line.map(|key| self.line_with(key)).transpose()?;
        let seen = credit::closes_readable(&scope.read().await?).await?;
        let shown = Visibility { scope: scope.reach(), complete: seen.is_none() };
        let evidence = &self.evidence;
        let mut rows: Vec<AttributionRow> = Vec::new();
        walk(&evidence.facts, evidence.between(&self.part), rule, |part| {
            let value = evidence.value(part.code);
            let Some(close) = evidence.closes.get(part.close) else { return };
            let visible = seen.as_ref().is_none_or(|seen| seen.contains(&close.won.id.uuid()));
            if !visible || line.is_some_and(|line| line != value) {
                return;
            }
            let ordinal = rows.last().filter(|row| row.close == close.won.id).map_or(0, |row| row.ordinal + 1);
            rows.push(AttributionRow {
                close: close.won.id,
                touch: part.touch.and_then(|touch| evidence.touches(part.close).get(touch)).map(|touch| touch.id),
                line: value,
                closes: part.closes,
                value: close.value_minor.map(|_| evidence.money(part.value_minor)),
                ordinal,
            });
        });
        let total = u64::try_from(rows.len()).ok();
        let page = page.of_sorted(rows, |row| Cursor { key: row.ordinal, id: row.close.uuid() });
        Ok((Listing { page, total }, shown))
    }

    fn line_with(&self, key: &str) -> Result<Option<Value>> {
        let found = self.lines().iter().map(|line| line.value).find(|value| key_of(*value) == key);
        found.ok_or_else(|| Error::invalid("line", ProblemCode::Invalid, "must be the key of one of the lines"))
    }
}
