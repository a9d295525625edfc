//! Where a customer stands among the tiers: what was spent and when, the tier last told of, and what an
//! operator decided.

use crate::ledger::account::Misfit;
use crate::values::{Money, TierId, Timestamp};

/// Most amounts that are kept apart. One more joins the two that lie closest together, so that what is
/// lost is the hours between two purchases of a customer who comes every day.
pub const SPENDINGS_MAX: usize = 400;

/// What an account knows of its tier.
#[derive(Debug, PartialEq, Eq, Default)]
pub struct Standing {
    /// As of the last event that told of it; `None`: the base tier, as ever.
    pub tier: Option<TierId>,
    /// When it is looked at again: not after it falls if nothing more is spent.
    pub review_at: Option<Timestamp>,
    pub manual: Option<ManualTier>,
    /// By business time, one per instant.
    pub spendings: Vec<Spending>,
}

/// A tier that an operator set; it stays until it is taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ManualTier {
    pub tier: TierId,
    pub since: Timestamp,
}

/// Money spent at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spending {
    pub at: Timestamp,
    pub amount: Money,
}

/// Something that happened to a customer's tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TierEvent {
    /// From `at` on the customer is in another tier.
    Changed { from: TierId, to: TierId, review_at: Option<Timestamp>, at: Timestamp },
    /// The tier stays; only when it is looked at again has moved.
    Kept { review_at: Option<Timestamp>, at: Timestamp },
    /// An operator set a tier, or (`None`) took the one away that was set.
    Assigned { tier: Option<TierId>, at: Timestamp },
}

impl Clone for Standing {
    /// With room for one spending more: a copy of an account is made to sell something.
    fn clone(&self) -> Self {
        let mut spendings = Vec::with_capacity(self.spendings.len().saturating_add(1));
        spendings.extend_from_slice(&self.spendings);
        Self { tier: self.tier, review_at: self.review_at, manual: self.manual, spendings }
    }
}

impl Standing {
    /// Takes an event in.
    pub(super) fn apply(&mut self, event: &TierEvent) {
        match *event {
            TierEvent::Changed { to, review_at, .. } => {
                self.tier = Some(to);
                self.review_at = review_at;
            }
            TierEvent::Kept { review_at, .. } => self.review_at = review_at,
            TierEvent::Assigned { tier, at } => {
                self.manual = tier.map(|tier| ManualTier { tier, since: at });
            }
        }
    }

    /// Counts money spent at a business time.
    pub(super) fn spend(&mut self, at: Timestamp, amount: Money) -> Result<(), Misfit> {
        if amount.is_zero() {
            return Ok(());
        }
        let place = self.spendings.partition_point(|known| known.at < at);
        match self.spendings.get_mut(place).filter(|known| known.at == at) {
            Some(known) => known.amount = joined(known.amount, amount)?,
            None => self.spendings.insert(place, Spending { at, amount }),
        }
        if self.spendings.len() > SPENDINGS_MAX { self.join_closest() } else { Ok(()) }
    }

    /// Takes back what was spent at a business time; what is missing there comes off what lies next to it.
    pub(super) fn unspend(&mut self, at: Timestamp, amount: Money) {
        let mut left = amount;
        // An amount that was joined lies at the later of its instants.
        let from = self.spendings.partition_point(|known| known.at < at);
        let order: Vec<usize> = (from..self.spendings.len()).chain((0..from).rev()).collect();
        for index in order {
            let Some(known) = self.spendings.get_mut(index) else { continue };
            let taken = known.amount.min(left);
            known.amount = known.amount.saturating_sub(taken);
            left = left.saturating_sub(taken);
            if left.is_zero() {
                break;
            }
        }
        self.spendings.retain(|known| !known.amount.is_zero());
    }

    fn join_closest(&mut self) -> Result<(), Misfit> {
        let mut closest: Option<(i64, usize)> = None;
        let pairs = self.spendings.iter().zip(self.spendings.iter().skip(1));
        for (index, (earlier, later)) in pairs.enumerate() {
            let gap = later.at.millis_since(earlier.at);
            if closest.is_none_or(|(least, _)| gap < least) {
                closest = Some((gap, index));
            }
        }
        let Some((_, index)) = closest else { return Ok(()) };
        let earlier = self.spendings.remove(index);
        let Some(later) = self.spendings.get_mut(index) else { return Ok(()) };
        later.amount = joined(later.amount, earlier.amount)?;
        Ok(())
    }
}

fn joined(one: Money, other: Money) -> Result<Money, Misfit> {
    one.checked_add(other).ok_or(Misfit::OutOfRange)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spent(standing: &Standing) -> Vec<(i64, u64)> {
        standing.spendings.iter().map(|one| (one.at.millis(), one.amount.cents())).collect()
    }

    fn spend(standing: &mut Standing, at: i64, cents: u64) {
        standing.spend(Timestamp::from_millis(at), Money::from_cents(cents).unwrap()).unwrap();
    }

    #[test]
    fn spendings_are_kept_by_business_time() {
        let mut standing = Standing::default();
        for (at, cents) in [(50, 5), (10, 1), (30, 3), (30, 4), (70, 0)] {
            spend(&mut standing, at, cents);
        }
        assert_eq!(spent(&standing), [(10, 1), (30, 7), (50, 5)]);
    }

    #[test]
    fn what_comes_back_leaves_where_it_was_spent() {
        let check = |at: i64, cents: u64, expected: &[(i64, u64)]| {
            let mut standing = Standing::default();
            for (at, cents) in [(10, 1), (30, 7), (50, 5)] {
                spend(&mut standing, at, cents);
            }
            standing.unspend(Timestamp::from_millis(at), Money::from_cents(cents).unwrap());
            assert_eq!(spent(&standing), expected, "{at} {cents}");
        };
        check(30, 2, &[(10, 1), (30, 5), (50, 5)]);
        check(30, 7, &[(10, 1), (50, 5)]);
        check(30, 9, &[(10, 1), (50, 3)]);
        check(20, 1, &[(10, 1), (30, 6), (50, 5)]);
        check(50, 6, &[(10, 1), (30, 6)]);
        check(10, 99, &[]);
    }

    #[test]
    fn one_too_many_joins_the_two_closest() {
        let mut standing = Standing::default();
        let most = i64::try_from(SPENDINGS_MAX).unwrap();
        for number in 0..most {
            spend(&mut standing, number * 1_000, 1);
        }
        spend(&mut standing, 5_001, 1);
        assert_eq!(standing.spendings.len(), SPENDINGS_MAX);
        let at = |millis: i64| spent(&standing).into_iter().find(|one| one.0 == millis);
        assert_eq!((at(5_000), at(5_001)), (None, Some((5_001, 2))));
        let sum: u64 = spent(&standing).iter().map(|one| one.1).sum();
        assert_eq!(sum, u64::try_from(most).unwrap() + 1);
    }
}
