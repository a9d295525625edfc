//! What a request meant, as it is kept: under the key of the house, so that nobody who reads the journal can try
//! phones against it. Releases before kept it without a key; a repetition over the upgrade is known all the same.

use crate::engine::claims::Key;
use crate::engine::house_key::HouseKey;
use crate::ledger::{OperationMark, RowKey};

/// The meaning of a request, as it is kept now and as it was kept before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Meaning {
    pub(super) kept: [u8; 16],
    unkeyed: [u8; 16],
}

/// The Idempotency-Key of a request, hashed, and what it means.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    pub(super) key: Key,
    pub(super) meaning: Meaning,
}

impl Meaning {
    /// Whether this was kept of a request that meant the same.
    pub(super) fn is(&self, kept: &[u8; 16]) -> bool {
        self.kept == *kept || self.unkeyed == *kept
    }
}

impl Mark {
    /// The mark of what the house does by itself: its meaning says nothing about anybody.
    pub(super) const fn of_house(OperationMark { key, meaning }: OperationMark) -> Self {
        Self { key, meaning: Meaning { kept: meaning, unkeyed: meaning } }
    }

    /// As it enters the journal.
    pub(super) const fn kept(&self) -> OperationMark {
        OperationMark { key: self.key, meaning: self.meaning.kept }
    }
}

impl HouseKey {
    /// What is kept of a meaning.
    pub(super) fn meaning(&self, unkeyed: [u8; 16]) -> Meaning {
        Meaning { kept: self.meaning_under_key(&unkeyed), unkeyed }
    }

    /// What is kept of the mark that a request carries.
    pub(super) fn mark(&self, OperationMark { key, meaning }: OperationMark) -> Mark {
        Mark { key, meaning: self.meaning(meaning) }
    }

    /// What is kept of the key of an import's row, which most files leave to the phone.
    pub(super) fn row_key(&self, unkeyed: &RowKey) -> RowKey {
        let bytes = self.derive(b"row of an import", &[unkeyed]);
        *bytes.first_chunk().expect("an HMAC has 32 bytes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meaning_is_known_as_it_is_kept_and_as_it_was_kept_and_not_otherwise() {
        let (key, other) = (HouseKey::new([1; 32]), HouseKey::new([2; 32]));
        let (asked, differs) = (key.meaning([7; 16]), key.meaning([8; 16]));
        assert!(asked.is(&asked.kept) && asked.is(&[7; 16]));
        for kept in [differs.kept, [8; 16], other.meaning([7; 16]).kept] {
            assert!(!asked.is(&kept));
        }
        let mark = OperationMark { key: [3; 16], meaning: [7; 16] };
        let kept = key.mark(mark).kept();
        assert_eq!((kept.key, kept.meaning), (mark.key, asked.kept));
        assert_ne!(kept.meaning, mark.meaning, "what is kept does not tell it");
        assert_eq!(Mark::of_house(mark).kept(), mark);
    }

    #[test]
    fn what_is_kept_stays_what_it_is() {
        let key = HouseKey::new([7; 32]);
        assert_eq!(hex::encode(key.meaning([1; 16]).kept), "3c0268dc46500ad3b104b27f85d034b4");
        assert_eq!(hex::encode(key.row_key(&[1; 16])), "0d81bb6fe8b976e08e3963460589e9fd");
    }
}
