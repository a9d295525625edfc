//! One place of a vault: 64 bytes that are empty, hold a wrapped key, or say that a key was destroyed.

use crate::journal::vault::cipher::{Cipher, KEY_BYTES, SEAL_BYTES};

/// Bytes of a slot: it never lies across two sectors, so a write changes all of it or nothing.
pub(super) const SLOT_BYTES: usize = 64;
/// What a slot holds besides its state and its label.
const WRAPPED_BYTES: usize = KEY_BYTES + SEAL_BYTES;
const EMPTY: u8 = 0;
const KEY: u8 = 1;
const DESTROYED: u8 = 2;
/// The label of keys that are found by their place alone.
pub(super) const NO_LABEL: u32 = 0;
/// What fills a slot whose key was destroyed.
const OVERWRITTEN: u8 = 0xd5;

pub(super) type SlotBytes = [u8; SLOT_BYTES];

/// What a slot says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Slot {
    Empty,
    /// Its label, and a key that is wrapped.
    Key(u32, [u8; WRAPPED_BYTES]),
    Destroyed,
}

impl Slot {
    /// What the bytes of a slot say; `None`: they were never written so.
    pub(super) fn parse(bytes: &SlotBytes) -> Option<Self> {
        let (head, wrapped) = bytes.split_first_chunk::<4>()?;
        let [state, label @ ..] = *head;
        let wrapped: [u8; WRAPPED_BYTES] = wrapped.try_into().ok()?;
        match state {
            EMPTY => (*bytes == Self::empty()).then_some(Self::Empty),
            KEY => {
                let [high, middle, low] = label;
                Some(Self::Key(u32::from_be_bytes([0, high, middle, low]), wrapped))
            }
            DESTROYED => (*bytes == Self::destroyed()).then_some(Self::Destroyed),
            _ => None,
        }
    }

    pub(super) const fn empty() -> SlotBytes {
        [EMPTY; SLOT_BYTES]
    }

    pub(super) const fn destroyed() -> SlotBytes {
        let mut bytes = [OVERWRITTEN; SLOT_BYTES];
        bytes[0] = DESTROYED;
        bytes
    }

    /// A slot with a key, wrapped for this place alone. The label is at most 24 bits long.
    pub(super) fn wrapping(
        wrap: &Cipher,
        place: &[u8],
        label: u32,
        key: &[u8; KEY_BYTES],
    ) -> SlotBytes {
        let mut bytes = [0; SLOT_BYTES];
        let [_, label @ ..] = label.to_be_bytes();
        let parts = [KEY].into_iter().chain(label).chain(wrap.seal(place, key));
        bytes.iter_mut().zip(parts).for_each(|(byte, part)| *byte = part);
        bytes
    }
}

/// The key in a slot; `None` if it was not wrapped so for this place.
pub(super) fn unwrapped(
    wrap: &Cipher,
    place: &[u8],
    wrapped: &[u8; WRAPPED_BYTES],
) -> Option<[u8; KEY_BYTES]> {
    wrap.open(place, wrapped)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_says_what_was_written_and_nothing_else() {
        let wrap = Cipher::new(&[1; 32]);
        let bytes = Slot::wrapping(&wrap, b"here", 20_780, &[7; 32]);
        let Some(Slot::Key(label, wrapped)) = Slot::parse(&bytes) else { panic!("no key") };
        assert_eq!((label, unwrapped(&wrap, b"here", &wrapped)), (20_780, Some([7; 32])));
        assert_eq!(unwrapped(&wrap, b"there", &wrapped), None);
        assert_eq!(Slot::parse(&Slot::empty()), Some(Slot::Empty));
        assert_eq!(Slot::parse(&Slot::destroyed()), Some(Slot::Destroyed));
        for slot in [Slot::empty(), Slot::destroyed()] {
            for bit in 8..SLOT_BYTES * 8 {
                let mut flipped = slot;
                flipped[bit.div_euclid(8)] ^= 1 << bit.rem_euclid(8);
                assert_eq!(Slot::parse(&flipped), None, "bit {bit}");
            }
        }
    }
}
