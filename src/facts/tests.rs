//! Whatever was recorded, in whatever parts it was read: facts say what the rows say.

use entity::ids::{AccountId, PersonId, StageId, TypedId};
use entity::kinds::{ActorKind, Channel, Resource, TouchKind};
use entity::time::Timestamp;
use proptest::prelude::*;
use uuid::Uuid;

use super::known::{About, Facts, Gathered, Order, Recorded, Renewed, Touch, What, When, Whose};

/// A row before it has an id: what it says, of whom, when, how long after the row before it was recorded, and which row it corrects.
#[derive(Clone, Copy, Debug)]
struct Told {
    touch: bool,
    says: u8,
    person: Option<u8>,
    account: Option<u8>,
    at: i64,
    after: i64,
    corrects: Option<prop::sample::Index>,
    retracted: bool,
}

fn told() -> impl Strategy<Value = Told> {
    let who = (prop::option::weighted(0.7, 0_u8..5), prop::option::weighted(0.5, 0_u8..3));
    let corrects = prop::option::weighted(0.3, any::<prop::sample::Index>());
    (any::<bool>(), 0_u8..3, who, 0_i64..20, 0_i64..3, corrects, prop::bool::weighted(0.3)).prop_map(
        |(touch, says, (person, account), at, after, corrects, retracted)| Told {
            touch,
            says,
            person,
            account,
            at,
            after,
            corrects,
            retracted,
        },
    )
}

/// Ids in an order that has nothing to do with the order of the rows.
const fn scattered(kind: u128, number: usize) -> Uuid {
    Uuid::from_u128(kind << 120 | (number as u128 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835) >> 16)
}

fn about(says: u8) -> About {
    let channel = Channel::ALL[usize::from(says) % Channel::ALL.len()];
    let resource = Resource::ALL[usize::from(says) % Resource::ALL.len()];
    About { kind: TouchKind::ALL[0], channel, actor: ActorKind::ALL[0], resource, tactic_id: None, content_id: None }
}

fn stage(says: u8) -> StageId {
    StageId::from_uuid(Uuid::from_u128(says.into()))
}

/// The rows of a history: a correction is one of the same table and takes the place of a row that none has taken yet.
fn history(told: &[Told]) -> Vec<Recorded> {
    let mut rows: Vec<Recorded> = Vec::new();
    let mut recorded_at = 0;
    for (number, told) in told.iter().enumerate() {
        recorded_at += told.after;
        let what =
            if told.touch { What::Touch(about(told.says)) } else { What::Event { stage: stage(told.says), backdated: told.says == 1 } };
        let same =
            |row: &&Recorded| matches!((row.what, what), (What::Touch(_), What::Touch(_)) | (What::Event { .. }, What::Event { .. }));
        let free = |row: &&Recorded| !rows.iter().any(|other| other.supersedes == Some(row.id));
        let candidates: Vec<Uuid> = rows.iter().filter(same).filter(free).map(|row| row.id).collect();
        let supersedes = told.corrects.filter(|_| !candidates.is_empty()).map(|index| *index.get(&candidates));
        let person_id = told.person.map(|person| scattered(1, usize::from(person)));
        // A stage event is of a person or of an account.
        let account_id = told.account.or((!told.touch).then_some(0)).filter(|_| told.touch || person_id.is_none());
        rows.push(Recorded {
            id: scattered(3, number),
            at: Timestamp::from_micros(told.at),
            recorded_at: Timestamp::from_micros(recorded_at),
            person_id,
            account_id: account_id.map(|account| scattered(2, usize::from(account))),
            what,
            supersedes,
            retracted: told.retracted && supersedes.is_some(),
        });
    }
    rows
}

/// The facts of rows that were read in parts that end at some of them; after some the parts become one.
fn read(rows: &[Recorded], ends: &[usize], joined: &[bool]) -> Facts {
    let mut facts: Option<Facts> = None;
    let mut begin = 0;
    for (end, join) in ends.iter().copied().chain([rows.len()]).zip(joined.iter().copied().chain([false])) {
        let part = &rows[begin..end.max(begin)];
        begin = end.max(begin);
        let sequence = i64::try_from(begin).unwrap();
        let read = match &facts {
            None => {
                let mut gathered = Gathered::default();
                part.iter().for_each(|row| gathered.add(row));
                gathered.finish(sequence)
            }
            Some(facts) => {
                let mut renewed = Renewed::new(facts.clone());
                part.iter().for_each(|row| renewed.add(row));
                for row in part {
                    let superseded = row.supersedes.and_then(|id| rows.iter().find(|row| row.id == id));
                    superseded.into_iter().for_each(|superseded| renewed.supersede(*superseded, row.recorded_at));
                }
                renewed.finish(sequence).unwrap()
            }
        };
        facts = Some(if join { read.joined() } else { read });
    }
    facts.unwrap()
}

fn standing(rows: &[Recorded], when: When) -> impl Iterator<Item = &Recorded> {
    rows.iter().filter(move |row| {
        let newer = |other: &Recorded| other.supersedes == Some(row.id) && other.recorded_at <= when.as_of;
        row.recorded_at <= when.as_of && !row.retracted && !rows.iter().any(newer) && (when.from..=when.to).contains(&row.at)
    })
}

fn touches(rows: &[Recorded], when: When) -> Vec<Touch> {
    let touch = |row: &Recorded| match row.what {
        What::Touch(about) => Some(Touch {
            id: TypedId::from_uuid(row.id),
            at: row.at,
            person_id: row.person_id.map(PersonId::from_uuid),
            account_id: row.account_id.map(AccountId::from_uuid),
            about,
        }),
        What::Event { .. } => None,
    };
    let mut touches: Vec<Touch> = standing(rows, when).filter_map(touch).collect();
    touches.sort_unstable_by_key(|touch| touch.id);
    touches
}

fn found(find: impl FnOnce(&mut dyn FnMut(Touch))) -> Vec<Touch> {
    let mut found = Vec::new();
    find(&mut |touch| found.push(touch));
    found.sort_unstable_by_key(|touch| touch.id);
    found
}

proptest! {
    #[test]
    fn facts_say_what_the_rows_say(
        told in prop::collection::vec(told(), 0..40),
        ends in prop::collection::vec(0_usize..40, 0..4),
        joined in prop::collection::vec(any::<bool>(), 4),
        (from, length, as_of) in (0_i64..20, 0_i64..20, 0_i64..60),
        apart in prop::collection::vec(any::<bool>(), 5),
    ) {
        let rows = history(&told);
        let mut ends: Vec<usize> = ends.into_iter().map(|end| end.min(rows.len())).collect();
        ends.sort_unstable();
        let facts = read(&rows, &ends, &joined[..ends.len()]);
        let [from, to, as_of] = [from, from + length, as_of].map(Timestamp::from_micros);
        let when = When { from, to, as_of };

        let expected = touches(&rows, when);
        prop_assert_eq!(&found(|each| facts.touches(&when, each)), &expected);
        for person in (0..5).map(|number| PersonId::from_uuid(scattered(1, number))) {
            let of: Vec<Touch> = expected.iter().filter(|touch| touch.person_id == Some(person)).copied().collect();
            prop_assert_eq!(found(|each| facts.touches_of_person(person, &when, each)), of);
        }
        for account in (0..3).map(|number| AccountId::from_uuid(scattered(2, number))) {
            let of: Vec<Touch> = expected.iter().filter(|touch| touch.account_id == Some(account)).copied().collect();
            prop_assert_eq!(found(|each| facts.touches_of_account(account, &when, each)), of);
        }

        // A stage that nobody asks for is left out, and the others have the numbers of whoever asks.
        let number = |id: StageId| [Some(7), None, Some(4)][usize::try_from(id.uuid().as_u128()).unwrap()];
        for (whose, kind, count) in [(Whose::People, 1, 5), (Whose::Accounts, 2, 3)] {
            let entered = |row: &Recorded| match row.what {
                What::Event { stage, backdated } if row.person_id.is_some() == (whose == Whose::People) => {
                    Some((row.person_id.or(row.account_id)?, (row.at, number(stage)?, backdated)))
                }
                _ => None,
            };
            let mut expected: Vec<_> = standing(&rows, when).filter_map(entered).collect();
            expected.sort_unstable();
            let apart: Vec<Uuid> = (0..count).filter(|number| apart[*number]).map(|number| scattered(kind, number)).collect();
            let (mut sorted, mut late) = (Vec::new(), Vec::new());
            facts.events(whose, &when, number, apart.iter().copied(), |id, entered, order| match order {
                Order::Sorted => sorted.push((id, entered)),
                Order::Late => late.push((id, entered)),
            });
            prop_assert!(sorted.is_sorted_by_key(|(id, (at, ..))| (*id, *at)));
            prop_assert!(sorted.iter().all(|(id, _)| !apart.contains(id) && !late.iter().any(|(other, _)| other == id)));
            sorted.extend(late);
            sorted.sort_unstable();
            prop_assert_eq!(&sorted, &expected);
            for subject in (0..count).map(|number| scattered(kind, number)) {
                let mut of = Vec::new();
                facts.events_of((whose, subject), &when, number, |entered| of.push((subject, entered)));
                of.sort_unstable();
                let expected: Vec<_> = expected.iter().filter(|(id, _)| *id == subject).copied().collect();
                prop_assert_eq!(of, expected);
            }
        }
    }
}
