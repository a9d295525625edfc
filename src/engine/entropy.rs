//! The only source of chance: tokens and secrets, seeded in tests.

use crate::journal::{KEYS_AT_ONCE, MasterKey, VaultSource};
use crate::values::Timestamp;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::sync::{Arc, Mutex, PoisonError};

const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A source of random text. Clones draw from the same source.
#[derive(Debug, Clone)]
pub struct Entropy {
    source: Arc<Mutex<StdRng>>,
}

impl Entropy {
    /// Seeded by the operating system.
    #[must_use]
    pub fn system() -> Self {
        Self { source: Arc::new(Mutex::new(rand::make_rng())) }
    }

    /// The same seed gives the same texts.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self { source: Arc::new(Mutex::new(StdRng::seed_from_u64(seed))) }
    }

    /// Random bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.source.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes);
        bytes
    }

    /// Where the keys of a vault come from.
    #[must_use]
    pub fn vault_source(&self, master_key: Option<MasterKey>, now: Timestamp) -> VaultSource {
        let chance = Arc::new(self.for_keys());
        VaultSource { master_key, chance, now, keys_at_once: KEYS_AT_ONCE }
    }

    /// A source of its own for keys that are to be forgotten for good: whoever has it later cannot tell what
    /// it gave before. Which one it is follows from the state of this source.
    fn for_keys(&self) -> impl Fn(&mut [u8]) + Send + Sync + use<> {
        let source = Mutex::new(StdRng::from_seed(self.bytes()));
        move |bytes| {
            let mut source = source.lock().unwrap_or_else(PoisonError::into_inner);
            source.fill_bytes(bytes);
            let mut seed = [0; 32];
            source.fill_bytes(&mut seed);
            *source = StdRng::from_seed(seed);
        }
    }

    /// Random letters and digits.
    #[must_use]
    pub fn text(&self, length: usize) -> String {
        let mut source = self.source.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::with_capacity(length);
        while text.len() < length {
            // Six bits at a time; the two values beyond the alphabet are thrown away, so that every
            // character is equally likely.
            let draw = usize::try_from(source.next_u32() & 63).unwrap_or(0);
            if let Some(character) = ALPHABET.get(draw) {
                text.push(char::from(*character));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_and_the_system_does_not() {
        assert_eq!(Entropy::seeded(7).text(40), Entropy::seeded(7).text(40));
        assert_ne!(Entropy::system().text(40), Entropy::system().text(40));
        assert_eq!(Entropy::seeded(7).bytes::<32>(), Entropy::seeded(7).bytes());
        assert_ne!(Entropy::system().bytes::<32>(), Entropy::system().bytes());
        assert!(Entropy::system().text(64).bytes().all(|byte| ALPHABET.contains(&byte)));
    }
}
