//! Blocks of addresses, as far as templates reckon with them.

use std::net::IpAddr;

/// A block: its first address as a number, the length of its prefix, the length of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// The first address.
    pub first: u128,
    /// Bits of the prefix.
    pub prefix: u8,
    /// Bits of an address: 32 or 128.
    pub width: u8,
}

impl Block {
    /// Reads `10.0.0.0/16`; nothing when bits behind the prefix are set.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/')?;
        let prefix: u8 = prefix.parse().ok()?;
        let (first, width) = match address.parse().ok()? {
            IpAddr::V4(address) => (u128::from(address.to_bits()), 32),
            IpAddr::V6(address) => (address.to_bits(), 128),
        };
        let block = Self { first, prefix, width };
        (prefix <= width && first & (block.size_less_one()) == 0).then_some(block)
    }

    fn size_less_one(self) -> u128 {
        match self.width - self.prefix {
            128 => u128::MAX,
            free => (1 << free) - 1,
        }
    }

    fn last(self) -> u128 {
        self.first + self.size_less_one()
    }

    /// Whether `other` lies inside.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.width == other.width && self.first <= other.first && other.last() <= self.last()
    }

    /// Whether some address lies in both.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.width == other.width && self.first <= other.last() && other.first <= self.last()
    }
}

impl std::fmt::Display for Block {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let address = match self.width {
            32 => IpAddr::V4((self.first as u32).into()),
            _ => IpAddr::V6(self.first.into()),
        };
        write!(out, "{address}/{}", self.prefix)
    }
}

/// What `Fn::Cidr` gives: `count` blocks with `bits` free bits each.
// Source: CloudFormation User Guide, "Fn::Cidr": at most 256; without cidrBits an IPv4 block is
// cut into as many equal parts as are asked for.
#[must_use]
pub fn parts(block: &str, count: u32, bits: Option<u8>) -> Option<Vec<String>> {
    const PARTS_MAX: u32 = 256;
    let block = Block::parse(block)?;
    if count == 0 || count > PARTS_MAX {
        return None;
    }
    let needed = count.next_power_of_two().trailing_zeros() as u8;
    let bits = bits.unwrap_or((block.width - block.prefix).saturating_sub(needed));
    let prefix = block.width.checked_sub(bits)?;
    if prefix < block.prefix || prefix - block.prefix < needed {
        return None;
    }
    let step: u128 = 1_u128.checked_shl(u32::from(bits))?;
    Some(
        (0..count)
            .map(|nth| Block { first: block.first + u128::from(nth) * step, prefix, ..block }.to_string())
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_cut() {
        let cut = parts("192.168.0.0/16", 4, Some(14)).expect("it fits");
        assert_eq!(cut, ["192.168.0.0/18", "192.168.64.0/18", "192.168.128.0/18", "192.168.192.0/18"]);
        assert_eq!(parts("10.0.0.0/24", 6, Some(5)).map(|all| all[5].clone()).as_deref(), Some("10.0.0.160/27"));
        assert_eq!(parts("10.0.0.0/24", 4, Some(7)), None);
        assert_eq!(
            parts("2001:db8::/56", 2, Some(64)).as_deref(),
            Some(&["2001:db8::/64".to_owned(), "2001:db8:0:1::/64".to_owned()][..])
        );
        assert!(Block::parse("10.0.0.1/16").is_none());
    }
}
