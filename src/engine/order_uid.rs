//! The name of a sale record in the public address of its receipt: a GUID that is the tenant and the
//! number of the sale, enciphered under the key of the house. Nobody can guess one, and none is stored.

use crate::engine::house_key::HouseKey;
use crate::values::{SaleId, TenantId};
use std::fmt;

/// What the cipher's rounds are derived for.
const PURPOSE: &[u8] = b"order uid";
/// A Feistel network of four rounds of a keyed hash cannot be told from chance; six are as many as cost
/// nothing.
const ROUNDS: u8 = 6;
/// A GUID has 122 bits that are not fixed; a half of them.
const HALF_BITS: u32 = 61;
const HALF: u64 = (1 << HALF_BITS) - 1;
/// The bits of a GUID below its variant.
const LOW_BITS: u32 = 62;
const LOW: u64 = (1 << LOW_BITS) - 1;
/// The fixed bits: version 4 and the common variant, as readers of GUIDs expect them.
const VERSION: u64 = 4 << 12;
const VERSION_MASK: u64 = 0xF << 12;
const VARIANT: u64 = 0b10 << LOW_BITS;

/// The name of a sale record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrderUid(u128);

impl OrderUid {
    /// Reads `8-4-4-4-12` hexadecimal digits in any case; `None`: it is no such text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let groups: Vec<&str> = text.split('-').collect();
        let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
        let digits = groups.concat();
        if lengths != [8, 4, 4, 4, 12] || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        u128::from_str_radix(&digits, 16).ok().map(Self)
    }

    /// Puts 122 bits around the fixed ones.
    fn around(left: u64, right: u64) -> Self {
        let bits = (u128::from(left) << HALF_BITS) | u128::from(right);
        let (high, low) = halves(bits >> LOW_BITS, bits);
        let high = ((high & !0xFFF) << 4) | VERSION | (high & 0xFFF);
        Self((u128::from(high) << 64) | u128::from(VARIANT | (low & LOW)))
    }

    /// The 122 bits as two halves; `None`: the fixed bits are others.
    fn inside(self) -> Option<(u64, u64)> {
        let (high, low) = halves(self.0 >> 64, self.0);
        if high & VERSION_MASK != VERSION || low & !LOW != VARIANT {
            return None;
        }
        let high = ((high >> 16) << 12) | (high & 0xFFF);
        let bits = (u128::from(high) << LOW_BITS) | u128::from(low & LOW);
        let (left, right) = halves(bits >> HALF_BITS, bits);
        Some((left & HALF, right & HALF))
    }
}

/// The low 64 bits of two numbers.
fn halves(high: u128, low: u128) -> (u64, u64) {
    let bits = |number: u128| u64::try_from(number & u128::from(u64::MAX)).unwrap_or_default();
    (bits(high), bits(low))
}

impl HouseKey {
    pub(super) fn order_uid(&self, tenant: TenantId, sale: SaleId) -> OrderUid {
        let bits = (u128::from(tenant.number()) << 64) | u128::from(sale.number());
        let (mut left, mut right) = halves(bits >> HALF_BITS, bits);
        right &= HALF;
        for round in 0..ROUNDS {
            (left, right) = (right, left ^ self.round(round, right));
        }
        OrderUid::around(left, right)
    }

    /// What a name was made of; `None`: this house never made it.
    pub(super) fn sale_of(&self, uid: OrderUid) -> Option<(TenantId, SaleId)> {
        let (mut left, mut right) = uid.inside()?;
        for round in (0..ROUNDS).rev() {
            (left, right) = (right ^ self.round(round, left), left);
        }
        let bits = (u128::from(left) << HALF_BITS) | u128::from(right);
        let tenant = u32::try_from(bits >> 64).ok()?;
        Some((TenantId(tenant), SaleId(halves(0, bits).1)))
    }

    fn round(&self, round: u8, half: u64) -> u64 {
        let mac = self.derive(PURPOSE, &[&[round], &half.to_be_bytes()]);
        let (first, _) = mac.split_first_chunk().expect("an HMAC has 32 bytes");
        u64::from_be_bytes(*first) & HALF
    }
}

impl fmt::Display for OrderUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:032x}", self.0);
        let (a, b, c, d, e) =
            (&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]);
        write!(f, "{a}-{b}-{c}-{d}-{e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_name_leads_back_to_its_sale_in_its_house_alone() {
        let (key, other) = (HouseKey::new([1; 32]), HouseKey::new([2; 32]));
        let mut seen = BTreeSet::new();
        for (tenant, sale) in [(1, 1), (1, 2), (2, 1), (u32::MAX, u64::MAX), (0, 0)] {
            let (tenant, sale) = (TenantId(tenant), SaleId(sale));
            let uid = key.order_uid(tenant, sale);
            let text = uid.to_string();
            assert_eq!(OrderUid::parse(&text), Some(uid), "{text}");
            assert_eq!(OrderUid::parse(&text.to_uppercase()), Some(uid));
            assert_eq!((&text[14..15], text.len()), ("4", 36), "{text}");
            assert!(["8", "9", "a", "b"].contains(&&text[19..20]), "{text}");
            assert_eq!(key.sale_of(uid), Some((tenant, sale)), "{text}");
            assert_ne!(other.sale_of(uid), Some((tenant, sale)));
            assert!(seen.insert(uid));
            // Neighbours in number are none in name: about half of the bits differ.
            let next = key.order_uid(tenant, SaleId(sale.number().wrapping_add(1)));
            assert!((uid.0 ^ next.0).count_ones() > 30, "{uid} {next}");
        }
    }

    #[test]
    fn a_name_stays_what_it_is() {
        let uid = HouseKey::new([7; 32]).order_uid(TenantId(3), SaleId(1_042));
        assert_eq!(uid.to_string(), "9f9d4c4d-35c0-4f5f-b738-00c0371f311f");
    }

    #[test]
    fn what_is_no_guid_is_not_read() {
        for text in [
            "",
            "7a5b3e98-9f7b-4e18-93c1-ba9899aa25d",
            "7a5b3e989f7b4e1893c1ba9899aa25de",
            "7a5b3e98-9f7b-4e18-93c1-ba9899aa25dg",
            "+a5b3e98-9f7b-4e18-93c1-ba9899aa25de",
            "7a5b3e9-89f7b-4e18-93c1-ba9899aa25de",
        ] {
            assert_eq!(OrderUid::parse(text), None, "{text}");
        }
        let key = HouseKey::new([1; 32]);
        let other_version = OrderUid::parse("7a5b3e98-9f7b-1e18-93c1-ba9899aa25de").unwrap();
        assert_eq!(key.sale_of(other_version), None);
        let guessed = OrderUid::parse("7a5b3e98-9f7b-4e18-93c1-ba9899aa25de").unwrap();
        assert_eq!(key.sale_of(guessed), None);
    }
}
