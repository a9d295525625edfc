//! The number of a store that a till names in its own words: the catalog's, where it is listed there;
//! otherwise one that follows from the words, so that a store is there from its first use on and its
//! number never changes.

use crate::ledger::{StoreName, Tenant};
use sha2::{Digest, Sha256};

/// Numbers of stores that are not listed have this bit; the catalog's ids never reach it.
const UNLISTED: u32 = 1 << 30;

pub(in crate::api::bonusplus) fn store_number(tenant: &Tenant, store: &StoreName) -> u32 {
    match tenant.stores.named(store) {
        Some(listed) => listed.id.number(),
        None => derived(store),
    }
}

/// A number of 31 bits.
fn derived(store: &StoreName) -> u32 {
    let digest = Sha256::digest(store.as_str().to_lowercase().as_bytes());
    let (first, _) = digest.split_first_chunk().expect("a SHA-256 has 32 bytes");
    UNLISTED | (u32::from_be_bytes(*first) & (UNLISTED - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_have_the_same_number_for_ever() {
        let number = |text| derived(&StoreName::parse(text).unwrap());
        assert_eq!(number("Магазин на Ленина"), number("магазин на ленина"));
        assert_ne!(number("1"), number("2"));
        assert!(number("1") >= UNLISTED && i32::try_from(number("1")).is_ok());
    }
}
