//! Blocks of IPv4 addresses.
//!
//! Our own forty lines instead of `ipnet`: the simulated networks speak IPv4 only, and that crate
//! brings both families with their iterators, formatters and error types into the bundle for the
//! four questions asked here.

use std::fmt;
use std::net::Ipv4Addr;

/// A block in CIDR notation. Bits below the prefix are always zero.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Cidr {
    base: u32,
    prefix: u8,
}

impl Cidr {
    /// Every address.
    pub const ALL: Self = Self { base: 0, prefix: 0 };

    /// The block of `prefix` leading bits around an address.
    #[must_use]
    pub fn around(address: Ipv4Addr, prefix: u8) -> Self {
        let prefix = prefix.min(32);
        Self { base: u32::from(address) & mask(prefix), prefix }
    }

    /// One address alone.
    #[must_use]
    pub fn only(address: Ipv4Addr) -> Self {
        Self { base: u32::from(address), prefix: 32 }
    }

    /// Reads `10.0.0.0/16`; bits below the prefix are dropped, as the EC2 API drops them.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/')?;
        let prefix: u8 = prefix.parse().ok().filter(|prefix| *prefix <= 32)?;
        Some(Self::around(address.parse().ok()?, prefix))
    }

    /// How many leading bits the addresses share.
    #[must_use]
    pub fn prefix(self) -> u8 {
        self.prefix
    }

    /// The first address.
    #[must_use]
    pub fn first(self) -> Ipv4Addr {
        self.base.into()
    }

    /// The last address.
    #[must_use]
    pub fn last(self) -> Ipv4Addr {
        (self.base | !mask(self.prefix)).into()
    }

    /// How many addresses there are.
    #[must_use]
    pub fn size(self) -> u64 {
        1 << (32 - self.prefix)
    }

    /// The address `offset` places after the first, if the block reaches so far.
    #[must_use]
    pub fn nth(self, offset: u32) -> Option<Ipv4Addr> {
        (u64::from(offset) < self.size()).then(|| (self.base + offset).into())
    }

    /// Whether an address lies inside.
    #[must_use]
    pub fn contains(self, address: Ipv4Addr) -> bool {
        u32::from(address) & mask(self.prefix) == self.base
    }

    /// Whether another block lies inside.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        self.prefix <= other.prefix && self.contains(other.first())
    }

    /// Whether the two have an address in common.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.covers(other) || other.covers(self)
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.first(), self.prefix)
    }
}

fn mask(prefix: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0)
}

/// Whether an address is of RFC 1918: no internet gateway carries it on.
#[must_use]
pub fn is_private(address: Ipv4Addr) -> bool {
    address.is_private()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_know_their_edges() {
        let block = Cidr::parse("198.51.100.77/26").unwrap();
        assert_eq!(block.to_string(), "198.51.100.64/26");
        assert_eq!(
            (block.first().to_string(), block.last().to_string()),
            ("198.51.100.64".into(), "198.51.100.127".into())
        );
        assert_eq!((block.size(), block.nth(63), block.nth(64)), (64, Some(block.last()), None));
        assert!(Cidr::ALL.covers(block) && block.overlaps(Cidr::ALL) && !block.covers(Cidr::ALL));
        assert!(Cidr::ALL.contains(Ipv4Addr::new(255, 255, 255, 255)) && Cidr::ALL.size() == 1 << 32);
        assert_eq!([Cidr::parse("10.0.0.0/33"), Cidr::parse("10.0.0/8"), Cidr::parse("10.0.0.1")], [None; 3]);
    }
}
