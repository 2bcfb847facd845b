//! How much was won because people talk.

use entity::ids::{CloseId, TypedId};
use entity::time::Timestamp;

use crate::auth::Scope;
use crate::auth::permission::Visibility;
use crate::auth::permission::grant::{CostPerCloseRead, CreditRead};
use crate::credit::service::{closes_seen, closes_won, evidence_model, journeys_behind_closes};
use crate::db::{Cursor, Listing, PageRequest, TenantTx};
use crate::error::Result;
use crate::input::{self, WantedPeriod};
use crate::metrics::period::{Grain, Period};
use crate::metrics::standing::Status;
use crate::metrics::word_of_mouth::{Behind, TouchFact, WordOfMouth};
use crate::organization;

/// A close and what is behind it.
#[derive(Clone, Copy, Debug)]
pub struct TalkRow {
    /// The close.
    pub close: CloseId,
    /// When it was won.
    pub closed_at: Timestamp,
    /// What is behind it.
    pub behind: Behind,
}

/// How much was won in a period because people talk. It keeps the closes it was counted from.
#[derive(Clone, Debug)]
pub struct Talk {
    /// The period.
    pub period: Period,
    /// What was counted.
    pub counted: WordOfMouth,
    closes: Vec<TalkRow>,
}

/// Answers for a period, or for each part of it.
///
/// # Errors
/// Problems with `period` and `asOf`.
pub async fn word_of_mouth(
    scope: &Scope<CostPerCloseRead>,
    period: &WantedPeriod,
    grain: Option<Grain>,
    as_of: Option<Timestamp>,
) -> Result<(Timestamp, Vec<Talk>)> {
    let as_of = input::as_of(as_of, scope.now())?;
    let tx = scope.read().await?;
    let organization = organization::service::settings(&tx).await?;
    let period = input::period(period, &organization)?;
    let parts = match grain {
        Some(grain) => input::parts(&period, grain, &organization)?,
        None => vec![period],
    };
    let whole = Talk::load(&tx, &period, as_of).await?;
    Ok((as_of, parts.into_iter().map(|part| whole.within(part)).collect()))
}

impl Talk {
    /// The same for a part of its period: what is behind a close does not depend on the others.
    fn within(&self, part: Period) -> Self {
        let closes: Vec<TalkRow> = self.closes.iter().filter(|row| part.contains(row.closed_at)).copied().collect();
        Self { period: part, counted: WordOfMouth::of(closes.iter().map(|row| row.behind)), closes }
    }

    /// Loads the closes of a period that stand.
    pub(super) async fn load(tx: &TenantTx, period: &Period, as_of: Timestamp) -> Result<Self> {
        let (start, end) = (period.start(), period.end());
        let lookback = evidence_model(tx, as_of).await?.lookback;
        let won = closes_won(tx, start, end, as_of).await?;
        let journeys = journeys_behind_closes(tx, start, end, lookback, as_of).await?;
        let mut touches = Vec::new();
        let mut closes = Vec::new();
        for close in won {
            if matches!(close.standing.status(close.amount.amount_minor()), Status::Voided | Status::Refunded) {
                continue;
            }
            journeys.behind(close.person_id, Some(close.account_id), close.closed_at, lookback, &mut touches);
            let facts = touches.iter().map(|touch| TouchFact { resource: touch.resource, channel: touch.channel, actor: touch.actor });
            closes.push(TalkRow { close: close.id, closed_at: close.closed_at, behind: Behind::of(close.path, facts) });
        }
        Ok(Self { period: *period, counted: WordOfMouth::of(closes.iter().map(|row| row.behind)), closes })
    }

    /// One page of the closes, of those whose credit the caller sees, in the order in which they were won: all, those with word of mouth
    /// behind them or without, those with that alone or the others.
    ///
    /// # Errors
    /// What the database says.
    pub async fn rows(
        &self,
        scope: &Scope<CreditRead>,
        (word_of_mouth, alone): (Option<bool>, Option<bool>),
        page: PageRequest,
    ) -> Result<(Listing<TalkRow>, Visibility)> {
        let seen = closes_seen(&scope.read().await?).await?;
        let shown = Visibility { scope: scope.reach(), complete: seen.is_none() };
        let counts = |row: &&TalkRow| {
            let is_seen = seen.as_ref().is_none_or(|seen| seen.contains(&row.close.uuid()));
            let is_wanted = word_of_mouth.is_none_or(|wanted| row.behind.word_of_mouth == wanted);
            is_seen && is_wanted && alone.is_none_or(|wanted| row.behind.community_alone == wanted)
        };
        let rows: Vec<TalkRow> = self.closes.iter().filter(counts).copied().collect();
        let total = u64::try_from(rows.len()).ok();
        let page = page.of_sorted(rows, |row| Cursor { key: row.closed_at.micros(), id: row.close.uuid() });
        Ok((Listing { page, total }, shown))
    }
}
