//! A mapping with sorted keys, in one piece of memory.
//!
//! Objects are trees of many small mappings, and a cluster has thousands of objects: a sorted list
//! takes a fifth of the memory of a tree of nodes, and is quicker to copy and to compare. Keys and
//! short texts that come again and again are shared ([`shared`]), and what a mapping hashes to is
//! kept until it is changed, so that a small change of a large object is quick to put on record.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::hash::Hasher;
use std::rc::Rc;

use siphasher::sip::SipHasher13;

use super::{InOrder as _, Value};

/// Up to so many keys are looked through one by one.
const SCANNED_MAX: usize = 32;

/// A mapping with sorted keys.
#[derive(Default)]
pub struct Map {
    entries: Vec<(Rc<str>, Value)>,
    /// What the entries hash to; nothing while nobody has asked.
    digest: Cell<Option<u64>>,
}

impl Map {
    /// Without entries.
    #[must_use]
    pub const fn new() -> Self {
        Self { entries: Vec::new(), digest: Cell::new(None) }
    }

    /// Without entries, with room for so many.
    #[must_use]
    pub fn with_room(count: usize) -> Self {
        Self { entries: Vec::with_capacity(count), digest: Cell::new(None) }
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn place(&self, key: &str) -> Result<usize, usize> {
        match self.find(key) {
            Some(index) => Ok(index),
            None => self.entries.binary_search_by(|(known, _)| (**known).cmp(key)),
        }
    }

    /// Where a key is.
    fn find(&self, key: &str) -> Option<usize> {
        if self.entries.len() <= SCANNED_MAX {
            // Of a few keys hardly any has the same length, and the others need no look at all.
            return self.entries.iter().position(|(known, _)| known.len() == key.len() && **known == *key);
        }
        self.entries.binary_search_by(|(known, _)| (**known).cmp(key)).ok()
    }

    /// Makes room for one more entry. Objects stay for long, so a short mapping grows by little.
    fn grow(&mut self) {
        let length = self.entries.len();
        if length == self.entries.capacity() && length <= SCANNED_MAX {
            self.entries.reserve_exact(if length == 0 { 1 } else { 2 });
        }
    }

    /// The entries, about to be changed.
    fn changed(&mut self) -> &mut Vec<(Rc<str>, Value)> {
        self.digest.set(None);
        &mut self.entries
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.get_key_value(key).map(|(_, value)| value)
    }

    /// A key as it is kept here, with its value.
    #[must_use]
    pub fn get_key_value(&self, key: &str) -> Option<(&Rc<str>, &Value)> {
        self.find(key).and_then(|index| self.entries.get(index)).map(|(key, value)| (key, value))
    }

    /// Whether the key is there.
    #[must_use]
    pub fn contains_key(&self, key: &str) -> bool {
        self.get_key_value(key).is_some()
    }

    /// The value of a key, ready to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        let index = self.find(key)?;
        self.changed().get_mut(index).map(|(_, value)| value)
    }

    /// The value of a key, ready to be changed; made (`null`) if it is not there.
    pub fn slot(&mut self, key: &str) -> &mut Value {
        let index = match self.place(key) {
            Ok(index) => index,
            Err(index) => {
                self.grow();
                self.entries.insert(index, (shared(key), Value::Null));
                index
            }
        };
        &mut self.changed()[index].1
    }

    /// Writes the value of a key. Returns what stood there.
    pub fn insert(&mut self, key: Rc<str>, value: Value) -> Option<Value> {
        // Entries often come in order.
        if self.entries.last().is_none_or(|(last, _)| **last < *key) {
            self.grow();
            self.changed().push((key, value));
            return None;
        }
        match self.place(&key) {
            Ok(index) => self.changed().get_mut(index).map(|(_, known)| std::mem::replace(known, value)),
            Err(index) => {
                self.grow();
                self.changed().insert(index, (key, value));
                None
            }
        }
    }

    /// Takes a key away. Returns its value.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        let index = self.find(key)?;
        Some(self.changed().remove(index).1)
    }

    /// Keeps the entries for which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(&Rc<str>, &mut Value) -> bool) {
        self.changed().retain_mut(|(key, value)| keep(key, value));
    }

    /// The entries in key order.
    pub fn iter(&self) -> Iter<'_> {
        Iter(self.entries.iter())
    }

    /// The keys in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &Rc<str>> + ExactSizeIterator {
        self.entries.iter().map(|(key, _)| key)
    }

    /// The values in key order.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &Value> + ExactSizeIterator {
        self.entries.iter().map(|(_, value)| value)
    }

    /// The values in key order, ready to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Value> {
        self.changed().iter_mut().map(|(_, value)| value)
    }

    /// The entries in key order, their values ready to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&Rc<str>, &mut Value)> {
        self.changed().iter_mut().map(|(key, value)| (&*key, value))
    }

    /// What the entries hash to; the same everywhere and always.
    pub(super) fn digest(&self) -> u64 {
        if let Some(known) = self.digest.get() {
            return known;
        }
        // Laid out first and hashed in one go, which takes half the time of many small writes.
        let mut bytes = Bytes(Vec::with_capacity(48 * self.entries.len()));
        for (key, value) in &self.entries {
            super::value::digest_text(5, key, &mut bytes);
            value.fingerprint(&mut bytes);
        }
        let mut hasher = SipHasher13::new_with_keys(7, self.entries.len() as u64);
        hasher.write(&bytes.0);
        let digest = hasher.finish();
        self.digest.set(Some(digest));
        digest
    }
}

/// What is written to it, to be hashed later.
struct Bytes(Vec<u8>);

impl Hasher for Bytes {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Never asked for.
    fn finish(&self) -> u64 {
        0
    }
}

impl Clone for Map {
    fn clone(&self) -> Self {
        Self { entries: self.entries.clone(), digest: self.digest.clone() }
    }
}

impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        match (self.digest.get(), other.digest.get()) {
            (Some(one), Some(other)) if one != other => false,
            _ => self.entries == other.entries,
        }
    }
}

impl Eq for Map {}

impl PartialOrd for Map {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Map {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.entries.cmp(&other.entries)
    }
}

impl fmt::Debug for Map {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_map().entries(self.iter()).finish()
    }
}

/// Of entries with the same key the last one stays.
impl FromIterator<(Rc<str>, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (Rc<str>, Value)>>(entries: I) -> Self {
        let mut entries: Vec<(Rc<str>, Value)> = entries.into_iter().collect();
        if !entries.is_sorted_by(|(one, _), (other, _)| one < other) {
            entries.order_by(|(one, _), (other, _)| one.cmp(other));
            entries.dedup_by(|(later, value), (kept, place)| {
                let is_same = later == kept;
                if is_same {
                    *place = std::mem::take(value);
                }
                is_same
            });
        }
        Self { entries, digest: Cell::new(None) }
    }
}

impl Extend<(Rc<str>, Value)> for Map {
    fn extend<I: IntoIterator<Item = (Rc<str>, Value)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

/// The entries of a [`Map`] in key order.
#[derive(Clone)]
pub struct Iter<'a>(std::slice::Iter<'a, (Rc<str>, Value)>);

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a Rc<str>, &'a Value);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(key, value)| (key, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back().map(|(key, value)| (key, value))
    }
}

impl ExactSizeIterator for Iter<'_> {}

impl<'a> IntoIterator for &'a Map {
    type Item = (&'a Rc<str>, &'a Value);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl IntoIterator for Map {
    type Item = (Rc<str>, Value);
    type IntoIter = std::vec::IntoIter<(Rc<str>, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

/// Longer texts than this are not shared: they hardly ever come twice.
const SHARED_BYTES_MAX: usize = 40;
/// How many texts are remembered for sharing, a power of two.
const SHARED_MAX: usize = 4096;

/// A text in memory that others use too, if it came lately. Which texts are remembered changes
/// nothing but the memory in use.
#[must_use]
pub fn shared(text: &str) -> Rc<str> {
    thread_local! { static KNOWN: RefCell<Vec<Option<Rc<str>>>> = const { RefCell::new(Vec::new()) }; }
    if text.len() > SHARED_BYTES_MAX {
        return text.into();
    }
    // Models FNV-1a: short texts, and quick.
    let mut place = 0x811c_9dc5_u32;
    for byte in text.bytes() {
        place = (place ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    let place = (place ^ (place >> 15)) as usize % SHARED_MAX;
    KNOWN.with_borrow_mut(|known| {
        if known.is_empty() {
            known.resize(SHARED_MAX, None);
        }
        let Some(slot) = known.get_mut(place) else { return text.into() };
        match slot {
            Some(kept) if **kept == *text => kept.clone(),
            _ => slot.insert(text.into()).clone(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_what_an_ordered_tree_keeps() {
        let mut map = Map::new();
        let mut tree = std::collections::BTreeMap::new();
        let mut state = 7_u64;
        for _ in 0..2000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let key: Rc<str> = format!("k{}", (state >> 33) % 40).into();
            let value = Value::Int((state >> 40) as i64);
            if state >> 62 == 0 {
                assert_eq!(map.remove(&key), tree.remove(&key));
            } else {
                assert_eq!(map.insert(key.clone(), value.clone()), tree.insert(key.clone(), value));
            }
            assert_eq!(map.get(&key), tree.get(&key));
        }
        assert!(map.iter().eq(tree.iter()));
        let backwards: Map = tree.iter().rev().map(|(key, value)| (key.clone(), value.clone())).collect();
        assert_eq!(backwards, map);
        let twice: Map = tree.keys().map(|key| (key.clone(), Value::Null)).chain(tree.clone()).collect();
        assert_eq!(twice, map, "of the same keys the last one stays");
    }

    #[test]
    fn what_is_hashed_in_one_go_is_what_many_writes_come_to() {
        let map: Map = [("a", Value::Int(1)), ("bcd", Value::text("some text")), ("e", Value::list([Value::Null]))]
            .into_iter()
            .map(|(key, value)| (key.into(), value))
            .collect();
        let mut hasher = SipHasher13::new_with_keys(7, 3);
        for (key, value) in &map {
            crate::document::value::digest_text(5, key, &mut hasher);
            value.fingerprint(&mut hasher);
        }
        assert_eq!(map.digest(), hasher.finish());
    }

    #[test]
    fn a_changed_mapping_hashes_anew() {
        let mut map = Map::new();
        map.insert("a".into(), Value::Int(1));
        let before = map.digest();
        *map.slot("a") = Value::Int(2);
        assert_ne!(map.digest(), before);
        *map.slot("a") = Value::Int(1);
        assert_eq!(map.digest(), before);
        map.values_mut().for_each(|value| *value = Value::Null);
        assert_ne!(map.digest(), before);
    }
}
