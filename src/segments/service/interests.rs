//! What a segment cares for, and how much all others do.

use std::collections::{BTreeMap, HashMap};

use entity::ids::{AccountId, ContentId, SegmentId, TouchId, TypedId};
use entity::kinds::BlockerKind;
use entity::time::Timestamp;
use entity::{segment, touch};

use super::membership::Memberships;
use crate::auth::Scope;
use crate::auth::permission::grant::{FunnelRead, JourneyRead};
use crate::buyers::service::Affiliations;
use crate::db::{Cursor, Listing, Page, PageRequest, TenantTx};
use crate::error::{Error, Result};
use crate::input::{self, WantedPeriod};
use crate::journey::service::{Engaged, blockers_covered, engaged};
use crate::metrics::insight::{Audience, Engagement, Topic};
use crate::metrics::period::Period;
use crate::organization;
use crate::segments::store;

/// What is asked.
#[derive(Clone, Debug)]
pub struct InterestQuestion {
    /// The segment.
    pub segment_id: SegmentId,
    /// The days in which touches count.
    pub period: WantedPeriod,
    /// What was known at this instant; `None` for now.
    pub as_of: Option<Timestamp>,
}

/// The answer. What it counted stays with it.
#[derive(Debug)]
pub struct Interests {
    /// The segment.
    pub segment: segment::Model,
    /// The days in which touches counted.
    pub period: Period,
    /// As seen at this instant.
    pub as_of: Timestamp,
    /// The touches of the segment and of all others, by topic in the order of the topics.
    pub audience: Audience,
    /// The touches of the segment, in the order of their time.
    touches: Vec<(Cursor, Vec<Topic>)>,
}

/// The touches of some days.
struct Facts {
    touches: Vec<Engaged>,
    affiliations: Affiliations,
    covered: HashMap<ContentId, Vec<BlockerKind>>,
}

/// How often an account was touched, and about what. Those behind whom there is no account count as one.
#[derive(Default)]
struct Counted {
    touches: u64,
    topics: HashMap<Topic, u64>,
}

/// What is counted of a topic.
#[derive(Clone, Copy, Default)]
struct Sums {
    touches: u64,
    accounts: u64,
    others: u64,
}

impl Facts {
    async fn load(tx: &TenantTx, period: &Period, as_of: Timestamp) -> Result<Self> {
        Ok(Self {
            touches: engaged(tx, period, as_of).await?,
            affiliations: Affiliations::load(tx, as_of).await?,
            covered: blockers_covered(tx, as_of).await?,
        })
    }

    fn account(&self, touch: &Engaged) -> Option<AccountId> {
        self.affiliations.behind(touch.account_id, touch.person_id)
    }

    /// What a touch is about, each thing once.
    fn topics(&self, touch: &Engaged) -> impl Iterator<Item = Topic> {
        let covered = touch.content_id.and_then(|content| self.covered.get(&content)).map(Vec::as_slice).unwrap_or_default();
        let named = [Some(Topic::Channel(touch.channel)), touch.tactic_id.map(Topic::Tactic), touch.content_id.map(Topic::Content)];
        named.into_iter().flatten().chain(covered.iter().copied().map(Topic::Blocker))
    }

    fn by_account(&self) -> HashMap<Option<AccountId>, Counted> {
        let mut found: HashMap<Option<AccountId>, Counted> = HashMap::new();
        for touch in &self.touches {
            let counted = found.entry(self.account(touch)).or_default();
            counted.touches = counted.touches.saturating_add(1);
            for topic in self.topics(touch) {
                let count = counted.topics.entry(topic).or_default();
                *count = count.saturating_add(1);
            }
        }
        found
    }
}

/// Whether what belongs to an account, or to none, is the segment's; `None` where nobody knows, and it counts on neither side.
fn belongs(memberships: &Memberships, segment: SegmentId, account: Option<AccountId>) -> Option<bool> {
    account.map_or(Some(false), |account| memberships.belongs(segment, account))
}

fn audience(segment: SegmentId, memberships: &Memberships, counted: &HashMap<Option<AccountId>, Counted>) -> Audience {
    let (mut touches, mut others) = (0_u64, 0_u64);
    let mut topics: BTreeMap<Topic, Sums> = BTreeMap::new();
    for (account, counted) in counted {
        let Some(own) = belongs(memberships, segment, *account) else { continue };
        let all = if own { &mut touches } else { &mut others };
        *all = all.saturating_add(counted.touches);
        for (topic, count) in &counted.topics {
            let sums = topics.entry(*topic).or_default();
            if own {
                sums.touches = sums.touches.saturating_add(*count);
                sums.accounts = sums.accounts.saturating_add(1);
            } else {
                sums.others = sums.others.saturating_add(*count);
            }
        }
    }
    let engagement = |(topic, Sums { touches, accounts, others }): (Topic, Sums)| Engagement { topic, touches, accounts, others };
    Audience { segment, touches, others, engagements: topics.into_iter().map(engagement).collect() }
}

/// What every segment cares for, in the order of their names.
///
/// # Errors
/// What the database says.
pub async fn audiences(scope: &Scope<FunnelRead>, period: &Period, as_of: Timestamp) -> Result<Vec<Audience>> {
    let tx = scope.read().await?;
    let segments = store::segments_by_name(&tx).await?;
    let facts = Facts::load(&tx, period, as_of).await?;
    let memberships = Memberships::load(&tx, None, None, facts.affiliations.accounts(), as_of).await?;
    let counted = facts.by_account();
    Ok(segments.iter().map(|segment| audience(segment.id, &memberships, &counted)).collect())
}

/// What a segment cares for.
///
/// # Errors
/// Problems with `segmentId`, `period`, `asOf`.
pub async fn audience_interests(scope: &Scope<FunnelRead>, question: &InterestQuestion) -> Result<Interests> {
    let as_of = input::as_of(question.as_of, scope.now())?;
    let tx = scope.read().await?;
    let segment = tx.get::<segment::Entity>(question.segment_id).await?.ok_or_else(|| Error::unknown("segmentId"))?;
    let period = input::period(&question.period, &organization::service::settings(&tx).await?)?;
    let facts = Facts::load(&tx, &period, as_of).await?;
    let memberships = Memberships::load(&tx, Some(&[segment.id]), None, facts.affiliations.accounts(), as_of).await?;
    let own = |touch: &&Engaged| belongs(&memberships, segment.id, facts.account(touch)) == Some(true);
    let row = |touch: &Engaged| (Cursor { key: touch.at.micros(), id: touch.id.uuid() }, facts.topics(touch).collect());
    let touches = facts.touches.iter().filter(own).map(row).collect();
    let audience = audience(segment.id, &memberships, &facts.by_account());
    Ok(Interests { segment, period, as_of, audience, touches })
}

/// One page of the touches of the segment on a topic, or on anything, of those the caller sees, in the order of their time.
///
/// # Errors
/// What the database says.
pub async fn interest_rows(
    scope: &Scope<JourneyRead>,
    interests: &Interests,
    topic: Option<&str>,
    page: PageRequest,
    with_total: bool,
) -> Result<Listing<touch::Model>> {
    let tx = scope.read().await?;
    let seen = tx.ids_seen::<touch::Entity>().await?;
    let about = |topics: &[Topic]| topic.is_none_or(|wanted| topics.iter().any(|topic| topic.to_string() == wanted));
    let wanted = interests.touches.iter().filter(|(_, topics)| about(topics)).map(|(cursor, _)| *cursor);
    let found: Vec<Cursor> = wanted.filter(|cursor| seen.as_ref().is_none_or(|seen| seen.contains(&cursor.id))).collect();
    let Page { items, has_next, has_previous } = page.of_rising(&found, |cursor| *cursor);
    let ids: Vec<TouchId> = items.iter().map(|(cursor, _)| TouchId::from_uuid(cursor.id)).collect();
    let mut rows: HashMap<_, _> = tx.get_many::<touch::Entity>(ids).await?.into_iter().map(|row| (row.id.uuid(), row)).collect();
    let items = items.into_iter().filter_map(|(cursor, _)| Some((cursor, rows.remove(&cursor.id)?))).collect();
    let total = with_total.then(|| u64::try_from(found.len()).unwrap_or(u64::MAX));
    Ok(Listing { page: Page { items, has_next, has_previous }, total })
}
