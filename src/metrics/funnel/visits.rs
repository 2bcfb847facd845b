//! Visits: from the entry into a stage to the entry into the next one.

use entity::time::Timestamp;

use super::breakdown::TouchCursor;
use super::{Buckets, FunnelError, FunnelFacts, Touches};

/// One stay of a subject in a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    /// The bucket that its entry lies in.
    pub bucket: usize,
    /// Who.
    pub subject: u32,
    /// Where, as an index into the catalogue.
    pub stage: u16,
    /// Since when.
    pub entered_at: Timestamp,
    /// Until when; `None` while they are there.
    pub left_at: Option<Timestamp>,
    /// Whether its entry or its end was known late to lie before what was recorded earlier, so that nobody timed it.
    pub backdated: bool,
    /// Its value in the breakdown, if it has one: that of the latest touch at or before its entry.
    pub value: Option<u32>,
}

/// Hands out the visits that begin in a bucket, as seen at `as_of` (events at that very instant included), in rising order of
/// subject and time. Who enters the stage they are in, as after a merge of two who were there, stays in it.
///
/// # Errors
/// [`FunnelError::UnknownStage`] if a fact's stage is not among the `stages` of the catalogue.
pub fn visits(
    facts: &FunnelFacts,
    stages: usize,
    as_of: Timestamp,
    buckets: &Buckets,
    touches: Option<&Touches>,
    mut each: impl FnMut(Visit),
) -> Result<(), FunnelError> {
    facts.check_stages(stages)?;
    let mut cursor = TouchCursor::new(touches);
    for events in facts.subjects(as_of) {
        let touches = cursor.take(events.subject);
        let mut stay: Option<Visit> = None;
        for event in events.iter() {
            if stay.is_some_and(|stay| stay.stage == event.stage) {
                continue;
            }
            if let Some(left) = stay.take()
                && left.bucket < buckets.len()
            {
                each(Visit { left_at: Some(event.at), backdated: left.backdated || event.backdated, ..left });
            }
            stay = Some(Visit {
                bucket: buckets.position(event.at).unwrap_or(usize::MAX),
                subject: events.subject,
                stage: event.stage,
                entered_at: event.at,
                left_at: None,
                backdated: event.backdated,
                value: touches.latest(event.at),
            });
        }
        if let Some(stay) = stay.filter(|stay| stay.bucket < buckets.len()) {
            each(stay);
        }
    }
    Ok(())
}
