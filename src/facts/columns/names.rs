//! Numbers for ids.

use std::sync::Arc;

use uuid::Uuid;

use super::HashMap;

/// The number of nobody.
pub(in crate::facts) const NOBODY: u32 = u32::MAX;

/// Ids by number. The numbers of most rise with the ids; who came later has a number behind them.
#[derive(Clone, Debug, Default)]
pub(in crate::facts) struct Names {
    sorted: Arc<Vec<Uuid>>,
    later: Vec<Uuid>,
    numbers: HashMap<Uuid, u32>,
}

impl Names {
    /// How many there are.
    pub(in crate::facts) fn len(&self) -> usize {
        self.sorted.len() + self.later.len()
    }

    /// Who has a number.
    pub(in crate::facts) fn id(&self, number: u32) -> Option<Uuid> {
        let number = number as usize;
        self.sorted.get(number).or_else(|| self.later.get(number.checked_sub(self.sorted.len())?)).copied()
    }

    /// Their number.
    pub(in crate::facts) fn number(&self, id: Uuid) -> Option<u32> {
        match self.sorted.binary_search(&id) {
            Ok(number) => u32::try_from(number).ok(),
            Err(_) => self.numbers.get(&id).copied(),
        }
    }

    /// Their number, which they have from now on.
    pub(in crate::facts) fn number_or_new(&mut self, id: Option<Uuid>) -> u32 {
        let Some(id) = id else { return NOBODY };
        self.number(id).unwrap_or_else(|| {
            let number = u32::try_from(self.len()).unwrap_or(NOBODY);
            self.later.push(id);
            self.numbers.insert(id, number);
            number
        })
    }

    /// The same with numbers that all rise with the ids, and the new number of each.
    pub(in crate::facts) fn resorted(&self) -> (Self, Vec<u32>) {
        sorted(self.sorted.iter().chain(&self.later).copied().collect())
    }

    pub(in crate::facts) fn bytes(&self) -> usize {
        self.later.capacity() * size_of::<Uuid>() + self.numbers.capacity() * 2 * (size_of::<Uuid>() + size_of::<u32>() + 1)
    }

    pub(in crate::facts) fn sorted_bytes(&self) -> usize {
        self.sorted.capacity() * size_of::<Uuid>()
    }
}

/// Numbers in the order in which ids come, until all are known.
#[derive(Debug, Default)]
pub(in crate::facts) struct Numbering {
    ids: Vec<Uuid>,
    numbers: HashMap<Uuid, u32>,
}

impl Numbering {
    /// The number of an id.
    pub(in crate::facts) fn number(&mut self, id: Option<Uuid>) -> u32 {
        let Some(id) = id else { return NOBODY };
        let next = u32::try_from(self.ids.len()).unwrap_or(NOBODY);
        *self.numbers.entry(id).or_insert_with(|| {
            self.ids.push(id);
            next
        })
    }

    /// How many there are.
    pub(in crate::facts) const fn len(&self) -> usize {
        self.ids.len()
    }

    /// The names, and the number each came to have.
    pub(in crate::facts) fn finish(self) -> (Names, Vec<u32>) {
        sorted(self.ids)
    }
}

fn sorted(ids: Vec<Uuid>) -> (Names, Vec<u32>) {
    let mut order: Vec<(Uuid, u32)> = ids.iter().copied().zip(0..).collect();
    order.sort_unstable();
    let mut numbers = vec![0; ids.len()];
    for (new, (_, old)) in (0..).zip(&order) {
        if let Some(number) = numbers.get_mut(*old as usize) {
            *number = new;
        }
    }
    let sorted = Arc::new(order.into_iter().map(|(id, _)| id).collect());
    (Names { sorted, later: Vec::new(), numbers: HashMap::default() }, numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn id(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    #[test]
    fn numbers_rise_with_the_ids_and_later_ones_follow() {
        let mut numbering = Numbering::default();
        assert_eq!([Some(id(9)), Some(id(3)), Some(id(9)), None].map(|id| numbering.number(id)), [0, 1, 0, NOBODY]);
        let (mut names, numbers) = numbering.finish();
        assert_eq!(numbers, [1, 0]);
        assert_eq!([names.number(id(3)), names.number(id(9)), names.number(id(5))], [Some(0), Some(1), None]);
        assert_eq!([names.number_or_new(Some(id(5))), names.number_or_new(Some(id(5))), names.number_or_new(None)], [2, 2, NOBODY]);
        assert_eq!([0, 1, 2, 3, NOBODY].map(|number| names.id(number)), [Some(id(3)), Some(id(9)), Some(id(5)), None, None]);
        let (names, numbers) = names.resorted();
        assert_eq!((numbers, names.sorted.len(), names.len()), (vec![0, 2, 1], 3, 3));
        assert_eq!(names.number(id(5)), Some(1));
    }
}
