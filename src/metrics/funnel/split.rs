//! Splitting any answer about subjects: by what touched them last, or by sets they are in.
//!
//! Whoever was touched last by one thing is in one group, so that groups add up. Sets may have members in common: each is
//! counted on its own, by the very function that counts the whole, and whoever is in none of them is a group too.

use entity::time::Timestamp;

use super::{Answer, FunnelError, Touches};

/// How an answer is split.
#[derive(Clone, Debug, Default)]
pub enum Split {
    /// Not at all.
    #[default]
    Whole,
    /// By the value of the latest touch at or before the moment that counts.
    Latest(Touches),
    /// By the sets that subjects are in, whatever the moment.
    Sets(Sets),
}

impl Split {
    /// Whether it is not split.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        matches!(self, Self::Whole)
    }

    /// The answers of a function that counts by the touches it is given; groups are numbered by value, or by set.
    ///
    /// # Errors
    /// Those of the function.
    pub fn answers<F, E>(&self, count: impl Fn(Option<&Touches>) -> Result<Vec<Answer<F>>, E>) -> Result<Vec<Answer<F>>, E> {
        match self {
            Self::Whole => count(None),
            Self::Latest(touches) => count(Some(touches)),
            Self::Sets(sets) => sets.answers(count),
        }
    }

    /// The touches by which those of a group are found, and the value they have by them: `None` for all subjects.
    #[must_use]
    pub fn narrowed(&self, group: Option<Option<u32>>) -> (Option<&Touches>, Option<Option<u32>>) {
        match (self, group) {
            (Self::Whole, _) | (Self::Sets(_), None) => (None, None),
            (Self::Latest(touches), group) => (Some(touches), group),
            (Self::Sets(sets), Some(None)) => (Some(&sets.any), Some(None)),
            (Self::Sets(sets), Some(Some(set))) => (sets.each.get(set as usize), Some(Some(0))),
        }
    }

    /// The groups that a subject is in at a moment; none where it has no value.
    #[must_use]
    pub fn groups(&self, subject: u32, at: Timestamp) -> Vec<u32> {
        match self {
            Self::Whole => Vec::new(),
            Self::Latest(touches) => touches.latest(subject, at).into_iter().collect(),
            Self::Sets(sets) => {
                (0..).zip(&sets.each).filter(|(_, set)| set.latest(subject, at).is_some()).map(|(number, _)| number).collect()
            }
        }
    }
}

/// Sets of subjects. A member is as one who was touched by the set before all time.
#[derive(Clone, Debug, Default)]
pub struct Sets {
    each: Vec<Touches>,
    any: Touches,
}

impl Sets {
    /// Takes the members of each set, by number.
    ///
    /// # Errors
    /// None that a caller could cause.
    pub fn new(sets: Vec<Vec<u32>>) -> Result<Self, FunnelError> {
        let mut any: Vec<u32> = sets.iter().flatten().copied().collect();
        any.sort_unstable();
        any.dedup();
        let touched = |members: Vec<u32>| {
            let count = members.len();
            Touches::new(members, vec![Timestamp::MIN; count], vec![0; count])
        };
        Ok(Self { each: sets.into_iter().map(touched).collect::<Result<_, _>>()?, any: touched(any)? })
    }

    fn answers<F, E>(&self, count: impl Fn(Option<&Touches>) -> Result<Vec<Answer<F>>, E>) -> Result<Vec<Answer<F>>, E> {
        // The whole, and those in no set.
        let mut answers = count(Some(&self.any))?;
        for answer in &mut answers {
            answer.groups.retain(|group| group.value.is_none());
        }
        for (number, set) in (0..).zip(&self.each) {
            for (answer, of_set) in answers.iter_mut().zip(count(Some(set))?) {
                let members = of_set.groups.into_iter().filter(|group| group.value.is_some());
                answer.groups.extend(members.map(|members| super::Group { value: Some(number), ..members }));
            }
        }
        for answer in &mut answers {
            answer.groups.sort_by_key(|group| (group.value.is_none(), group.value));
        }
        Ok(answers)
    }
}
