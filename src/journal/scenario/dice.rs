//! Chance for the tests of this room, from a seed.

/// Chance from a seed.
pub(in crate::journal) struct Dice(u64);

impl Dice {
    pub(in crate::journal) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number from 0 to `sides - 1`.
    pub(in crate::journal) fn below(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides
    }
}
