//! Sorting, in one copy.
//!
//! The standard library's stable sort is written for speed: every type and key that is sorted
//! brings some four kilobytes of it along, and together they were a twelfth of the program that
//! a browser loads. Here all of them share one sort of indices; what is left for each type is
//! the putting in place.

use std::cmp::Ordering;

/// Stable sorting of slices.
pub trait InOrder<T> {
    /// Sorts by a comparison.
    fn order_by(&mut self, compare: impl FnMut(&T, &T) -> Ordering);

    /// Sorts by a key, which is taken once of each item.
    fn order_by_key<K: Ord>(&mut self, key: impl FnMut(&T) -> K);

    /// Sorts by the items' own order.
    fn order(&mut self)
    where
        T: Ord;
}

impl<T> InOrder<T> for [T] {
    fn order_by(&mut self, mut compare: impl FnMut(&T, &T) -> Ordering) {
        let places = sorted(self.len(), &mut |one, other| compare(&self[one], &self[other]));
        put_in_place(self, places);
    }

    fn order_by_key<K: Ord>(&mut self, key: impl FnMut(&T) -> K) {
        let keys: Vec<K> = self.iter().map(key).collect();
        let places = sorted(keys.len(), &mut |one, other| keys[one].cmp(&keys[other]));
        put_in_place(self, places);
    }

    fn order(&mut self)
    where
        T: Ord,
    {
        self.order_by(Ord::cmp);
    }
}

/// The indices below `count` in the order that `compare` says.
#[inline(never)]
fn sorted(count: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut indices: Vec<usize> = (0..count).collect();
    indices.sort_by(|one, other| compare(*one, *other));
    indices
}

/// Moves the items so that the one from `places[n]` stands at `n`.
fn put_in_place<T>(items: &mut [T], places: Vec<usize>) {
    for index in 0..places.len() {
        // What stood there may have been swapped away by an earlier round: follow it.
        let mut from = places[index];
        while from < index {
            from = places[from];
        }
        items.swap(index, from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_sorts_as_the_standard_library_does() {
        let mut state = 7_u64;
        for length in [0, 1, 2, 3, 10, 57, 300] {
            let mut items: Vec<(u64, usize)> = (0..length)
                .map(|index| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    ((state >> 33) % 11, index)
                })
                .collect();
            let mut expected = items.clone();
            expected.sort_by_key(|(key, _)| *key);
            items.order_by_key(|(key, _)| *key);
            assert_eq!(items, expected, "stable, at length {length}");
            items.order_by(|one, other| other.cmp(one));
            expected.sort_by(|one, other| other.cmp(one));
            assert_eq!(items, expected);
        }
    }
}
