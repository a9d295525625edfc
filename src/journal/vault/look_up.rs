//! Look-up keys of the tables under a key of the vault: whoever holds the tables alone cannot tell by
//! trying whether a phone is among them.

use crate::journal::keys::LookUpKey;
use ring::hmac;

/// Turns the key by which something is looked up in memory into the one it has on disk.
#[derive(Clone)]
pub(in crate::journal) enum LookUpMask {
    /// As it is: tables without a vault.
    None,
    Keyed(Box<hmac::Key>),
}

impl LookUpMask {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        Self::Keyed(Box::new(hmac::Key::new(hmac::HMAC_SHA256, key)))
    }

    /// The key on disk. Sixteen bytes of an HMAC: among 10^9 keys two fall together once in 10^20 houses.
    pub(in crate::journal) fn of(&self, key: &LookUpKey) -> LookUpKey {
        match self {
            Self::None => *key,
            Self::Keyed(mask) => {
                let tag = hmac::sign(mask, key);
                *tag.as_ref().first_chunk().expect("an HMAC has 32 bytes")
            }
        }
    }

    /// By what tables tell whether they were written under the same mask.
    pub(in crate::journal) fn fingerprint(&self) -> LookUpKey {
        match self {
            Self::None => [0; 16],
            Self::Keyed(_) => self.of(b"the tables' mask"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_stays_what_it_is_and_another_one_differs() {
        let (mask, other) = (LookUpMask::new(&[1; 32]), LookUpMask::new(&[2; 32]));
        assert_eq!(mask.of(&[7; 16]), mask.of(&[7; 16]));
        assert_ne!(mask.of(&[7; 16]), mask.of(&[8; 16]));
        assert_ne!(mask.of(&[7; 16]), other.of(&[7; 16]));
        assert_ne!(mask.fingerprint(), other.fingerprint());
        assert_eq!(LookUpMask::None.of(&[7; 16]), [7; 16]);
        assert_eq!(LookUpMask::None.fingerprint(), [0; 16]);
    }
}
