//! Chance that always falls the same way.

use rand::{Rng, RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use siphasher::sip::SipHasher13;
use std::hash::Hasher;

/// A stream of random numbers of its own for one object and one purpose, derived from the
/// world's seed. Adding an object elsewhere changes none of the others' streams.
pub struct Dice(Pcg64Mcg);

/// The alphabet of generated names: no vowels and nothing easily misread.
// Models k8s.io/apimachinery/pkg/util/rand
const NAME_ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

impl Dice {
    /// The `nth` throw's stream of what `label` names (for example a kind, a uid and a purpose).
    #[must_use]
    pub fn new(seed: u64, label: &[&str], nth: u64) -> Self {
        Self(Pcg64Mcg::seed_from_u64(stable_hash(seed ^ nth.rotate_left(32), label)))
    }

    /// A number below `bound`; 0 when `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.0.random_range(0..bound) }
    }

    /// `length` characters as the API server appends them to a `generateName`.
    pub fn name_suffix(&mut self, length: u32) -> String {
        (0..length).map(|_| char::from(NAME_ALPHABET[self.below(NAME_ALPHABET.len() as u64) as usize])).collect()
    }

    /// A version 4 UUID.
    pub fn uuid(&mut self) -> String {
        let high = self.0.next_u64();
        let low = self.0.next_u64();
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            0x8000 | ((low >> 48) & 0x3fff),
            low & 0xffff_ffff_ffff
        )
    }
}

/// A hash of `parts` under `seed` that is the same on every machine and in every release.
#[must_use]
pub fn stable_hash(seed: u64, parts: &[&str]) -> u64 {
    let mut hasher = SipHasher13::new_with_keys(seed, 0x6472_7964_6f63_6b21);
    for part in parts {
        hasher.write(&(part.len() as u64).to_le_bytes());
        hasher.write(part.as_bytes());
    }
    hasher.finish()
}

/// A hash of what `feed` writes, for the history: what a subject became in the store's `revision`.
pub fn content_digest(revision: u64, feed: impl FnOnce(&mut SipHasher13)) -> u64 {
    let mut hasher = SipHasher13::new_with_keys(stable_hash(0, &[]), revision);
    feed(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_label_throws_the_same_and_another_differs() {
        let throw = |label| Dice::new(7, &["ReplicaSet", label], 1).name_suffix(5);
        assert_eq!(throw("web"), throw("web"));
        assert_ne!(throw("web"), throw("api"));
        assert_ne!(throw("web"), Dice::new(7, &["ReplicaSet", "web"], 2).name_suffix(5));
    }

    #[test]
    fn a_stream_is_stable_between_releases() {
        assert_eq!(Dice::new(7, &["x"], 0).uuid(), Dice::new(7, &["x"], 0).uuid());
        assert_eq!(stable_hash(7, &["a", "b"]), stable_hash(7, &["a", "b"]));
        assert_ne!(stable_hash(7, &["ab"]), stable_hash(7, &["a", "b"]));
    }
}
