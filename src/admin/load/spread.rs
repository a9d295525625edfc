//! Whose sale is next: a customer's number, as evenly or unevenly as asked, the same for the same seed.

use crate::admin::cli::Spread;
use crate::engine::Entropy;

/// One part in so many is what the chances of ranks are told in.
const WHOLE: u64 = 1 << 52;

/// Draws customers.
pub(super) struct Picker {
    entropy: Entropy,
    customers: u64,
    chances: Chances,
}

/// How likely each customer is.
enum Chances {
    Uniform,
    /// What all ranks up to each come to, of `WHOLE`.
    Ranked(Vec<u64>),
    Hot,
    /// No chance at all: one after the other.
    InTurn,
}

impl Picker {
    /// Draws among so many customers, at least one.
    pub(super) fn new(spread: Spread, customers: u32, entropy: Entropy) -> Self {
        let chances = match spread {
            Spread::Uniform => Chances::Uniform,
            Spread::Zipf => Chances::Ranked(zipf(customers)),
            Spread::Hot => Chances::Hot,
        };
        Self { entropy, customers: u64::from(customers.max(1)), chances }
    }

    /// Takes so many customers, at least one, one after the other.
    pub(super) fn in_turn(customers: u32) -> Self {
        let (customers, chances) = (u64::from(customers.max(1)), Chances::InTurn);
        Self { entropy: Entropy::seeded(0), customers, chances }
    }

    /// Whose the sale of this number is: the number of a customer, from 0.
    pub(super) fn pick(&self, sale: u64) -> u64 {
        match &self.chances {
            Chances::Uniform => self.draw().rem_euclid(self.customers),
            Chances::Ranked(sums) => {
                let drawn = self.draw().rem_euclid(WHOLE);
                let rank = sums.partition_point(|sum| *sum <= drawn);
                u64::try_from(rank).unwrap_or_default().min(self.customers.saturating_sub(1))
            }
            Chances::Hot => 0,
            Chances::InTurn => sale.rem_euclid(self.customers),
        }
    }

    /// Whether something happens that happens `percent` times in a hundred.
    pub(super) fn happens(&self, percent: u8) -> bool {
        percent > 0 && self.draw().rem_euclid(100) < u64::from(percent)
    }

    fn draw(&self) -> u64 {
        u64::from_le_bytes(self.entropy.bytes())
    }
}

/// The chances of the ranks of Zipf's law with exponent 1.07, summed up.
#[expect(
    clippy::float_arithmetic,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::disallowed_types,
    clippy::cast_precision_loss,
    reason = "chances of a load, not money"
)]
fn zipf(customers: u32) -> Vec<u64> {
    let weight = |rank: u32| 1.0 / f64::from(rank).powf(1.07);
    let all: f64 = (1..=customers).map(weight).sum();
    let mut sum = 0.0;
    let mut summed = |rank| {
        sum += weight(rank) / all;
        (sum * WHOLE as f64) as u64
    };
    (1..=customers).map(&mut summed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(spread: Spread) -> Vec<u32> {
        let picker = Picker::new(spread, 100, Entropy::seeded(7));
        let mut counts = vec![0_u32; 100];
        for sale in 0..10_000 {
            counts[usize::try_from(picker.pick(sale)).unwrap()] += 1;
        }
        counts
    }

    #[test]
    fn customers_are_drawn_as_asked() {
        let uniform = counts(Spread::Uniform);
        assert!(uniform.iter().all(|count| (50..200).contains(count)), "{uniform:?}");
        let zipf = counts(Spread::Zipf);
        // By the law the first of a hundred comes 21.6 % of the time, the second 10.3 %.
        assert!((2_000..2_350).contains(&zipf[0]) && (900..1_200).contains(&zipf[1]), "{zipf:?}");
        assert!(zipf[99] < 60, "{zipf:?}");
        assert_eq!(counts(Spread::Hot)[0], 10_000);
    }

    #[test]
    fn in_turn_nobody_is_left_out() {
        let picker = Picker::in_turn(3);
        let picked: Vec<u64> = (0..7).map(|sale| picker.pick(sale)).collect();
        assert_eq!(picked, [0, 1, 2, 0, 1, 2, 0]);
    }

    #[test]
    fn a_share_is_a_share() {
        let picker = Picker::new(Spread::Uniform, 1, Entropy::seeded(7));
        let happened = |percent| (0..10_000).filter(|_| picker.happens(percent)).count();
        assert_eq!((happened(0), happened(100)), (0, 10_000));
        assert!((1_800..2_200).contains(&happened(20)));
    }
}
