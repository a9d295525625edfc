//! Seeded chance for tests: the seed is printed, and `KOPILKA_TEST_SEED` repeats a run.

use kopilka::engine::Clock;

/// A small generator (SplitMix64): the same seed gives the same test.
#[derive(Debug, Clone)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Seeded anew at every run, or by `KOPILKA_TEST_SEED`; says which.
    pub(crate) fn announced(test: &str) -> Self {
        Self::announced_or(test, || Clock::wall().now().millis().unsigned_abs())
    }

    /// Seeded by `KOPILKA_TEST_SEED`, or else as told; says which.
    pub(crate) fn announced_or(test: &str, otherwise: impl FnOnce() -> u64) -> Self {
        let given = std::env::var("KOPILKA_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(otherwise);
        println!("{test}: KOPILKA_TEST_SEED={seed}");
        Self(seed)
    }

    /// What the same test begins with again.
    pub(crate) fn seed(&self) -> u64 {
        self.0
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}
