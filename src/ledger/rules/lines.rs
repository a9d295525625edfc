//! How money and redeemed bonuses of a receipt fall on its lines (rules 3 and 9).

use crate::values::{Bonus, Bounds, Money, allot, allot_within};

/// What falls on one line before any percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) struct Share {
    pub net: Money,
    pub redeem_share: Bonus,
    pub base: Money,
}

/// The shares of all lines, and of what no line lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ledger) struct Shares {
    pub lines: Vec<Share>,
    pub unlisted: Option<Share>,
}

/// Splits `total` money and `redeemed` bonuses over lines of the given amounts.
///
/// Lines that add up to money and bonuses together, or more, are before bonuses; lines that add up
/// to the money at least are after them; what they lack of the money is an unlisted line. Every line
/// above 0.00 keeps at least 0.01 of money, as far as the money reaches.
pub(in crate::ledger) fn share(
    amounts: &[Money],
    total: Money,
    redeemed: Bonus,
    accrue_on_bonus_part: bool,
) -> Shares {
    let mut cents: Vec<u64> = amounts.iter().map(|amount| amount.cents()).collect();
    let listed = cents.iter().fold(0_u64, |sum, line| sum.saturating_add(*line));
    let unlisted = total.cents().saturating_sub(listed);
    if unlisted > 0 {
        cents.push(unlisted);
    }
    let order = total.cents().saturating_add(redeemed.cents());
    let mut lines = if listed >= order {
        before_bonuses(&cents, total.cents(), redeemed.cents(), accrue_on_bonus_part)
    } else {
        after_bonuses(
            &cents,
            total.cents(),
            redeemed.cents(),
            accrue_on_bonus_part && amounts.is_empty(),
        )
    };
    let unlisted = if unlisted > 0 { lines.pop() } else { None };
    Shares { lines, unlisted }
}

fn before_bonuses(
    cents: &[u64],
    total: u64,
    redeemed: u64,
    accrue_on_bonus_part: bool,
) -> Vec<Share> {
    let scaled = scale(cents, total.saturating_add(redeemed), total);
    let keep = kept_cents(&scaled, total);
    let bounds: Vec<Bounds> = scaled
        .iter()
        .zip(&keep)
        .map(|(line, keep)| Bounds { least: 0, most: line.saturating_sub(*keep) })
        .collect();
    let shares = allot_within(redeemed, &weights(&scaled), &bounds);
    let shared = scaled.iter().zip(shares);
    shared
        .map(|(line, share)| {
            let net = line.saturating_sub(share);
            share_of(net, share, if accrue_on_bonus_part { *line } else { net })
        })
        .collect()
}

/// A receipt without lines is one unlisted line, whose scaled amount is the whole order.
fn after_bonuses(cents: &[u64], total: u64, redeemed: u64, base_is_the_order: bool) -> Vec<Share> {
    let scaled = scale(cents, total, total);
    let shares = allot(redeemed, &weights(&scaled));
    let shared = scaled.iter().zip(shares);
    shared
        .map(|(line, share)| {
            let base = if base_is_the_order { line.saturating_add(share) } else { *line };
            share_of(*line, share, base)
        })
        .collect()
}

fn scale(cents: &[u64], to: u64, money: u64) -> Vec<u64> {
    let bounds: Vec<Bounds> = kept_cents(cents, money)
        .into_iter()
        .map(|least| Bounds { least, most: u64::MAX })
        .collect();
    allot_within(to, &weights(cents), &bounds)
}

/// One cent for each line above zero, lower index first, as far as the money reaches.
fn kept_cents(cents: &[u64], money: u64) -> Vec<u64> {
    let mut left = money;
    let keep = |line: &u64| {
        let kept = u64::from(*line > 0 && left > 0);
        left = left.saturating_sub(kept);
        kept
    };
    cents.iter().map(keep).collect()
}

fn weights(cents: &[u64]) -> Vec<u128> {
    cents.iter().map(|line| u128::from(*line)).collect()
}

fn share_of(net: u64, redeem_share: u64, base: u64) -> Share {
    let within = "a share is within its receipt";
    Share {
        net: Money::from_cents(net).expect(within),
        redeem_share: Bonus::from_cents(redeem_share).expect(within),
        base: Money::from_cents(base).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shares(amounts: &[u64], total: u64, redeemed: u64) -> Shares {
        let amounts: Vec<Money> =
            amounts.iter().map(|cents| Money::from_cents(*cents).unwrap()).collect();
        share(
            &amounts,
            Money::from_cents(total).unwrap(),
            Bonus::from_cents(redeemed).unwrap(),
            false,
        )
    }

    fn check(
        amounts: &[u64],
        total: u64,
        redeemed: u64,
        expected: &[(u64, u64, u64)],
        unlisted: Option<(u64, u64, u64)>,
    ) {
        let figures =
            |share: &Share| (share.net.cents(), share.redeem_share.cents(), share.base.cents());
        let found = shares(amounts, total, redeemed);
        assert_eq!(found.lines.iter().map(figures).collect::<Vec<_>>(), expected, "{amounts:?}");
        assert_eq!(found.unlisted.as_ref().map(figures), unlisted, "{amounts:?}");
    }

    #[test]
    fn shares_follow_the_worked_examples() {
        // Three lines of 10.00, redeem 10, total 20: shares 3.34, 3.33, 3.33.
        check(
            &[1_000; 3],
            2_000,
            1_000,
            &[(666, 334, 666), (667, 333, 667), (667, 333, 667)],
            None,
        );
        // Lines above the order are scaled down to it.
        check(&[2_000, 2_000], 3_000, 0, &[(1_500, 0, 1_500), (1_500, 0, 1_500)], None);
        // Lines between the money and the order are after bonuses.
        check(&[1_500, 1_000], 2_000, 1_000, &[(1_200, 600, 1_200), (800, 400, 800)], None);
        // Lines that add up to the money exactly are after bonuses, too.
        check(&[1_500, 500], 2_000, 1_000, &[(1_500, 750, 1_500), (500, 250, 500)], None);
        // What the lines lack is an unlisted line.
        check(&[500], 2_000, 0, &[(500, 0, 500)], Some((1_500, 0, 1_500)));
        check(&[500], 2_000, 1_000, &[(500, 250, 500)], Some((1_500, 750, 1_500)));
        // No lines at all.
        check(&[], 2_000, 1_000, &[], Some((2_000, 1_000, 2_000)));
        // A line of nothing stays one; every other keeps a cent.
        check(&[0, 1, 999], 500, 500, &[(0, 0, 0), (1, 0, 1), (499, 500, 499)], None);
        // As far as the money reaches, lower index first.
        check(&[100, 100, 100], 2, 298, &[(1, 99, 1), (1, 99, 1), (0, 100, 0)], None);
    }

    #[test]
    fn the_bonus_part_may_earn() {
        let amounts = [Money::from_cents(1_000).unwrap(); 3];
        let found = share(
            &amounts,
            Money::from_cents(2_000).unwrap(),
            Bonus::from_cents(1_000).unwrap(),
            true,
        );
        assert!(found.lines.iter().all(|line| line.base.cents() == 1_000));
        let none =
            share(&[], Money::from_cents(2_000).unwrap(), Bonus::from_cents(1_000).unwrap(), true);
        assert_eq!(none.unlisted.unwrap().base.cents(), 3_000);
        // Lines after bonuses keep their own amounts, and so does what they lack of the money.
        let amounts = [Money::from_cents(500).unwrap()];
        let partly = share(
            &amounts,
            Money::from_cents(2_000).unwrap(),
            Bonus::from_cents(1_000).unwrap(),
            true,
        );
        assert_eq!(partly.lines[0].base.cents(), 500);
        assert_eq!(partly.unlisted.unwrap().base.cents(), 1_500);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn shares_always_add_up(
            amounts in prop::collection::vec(0_u64..1_000_000, 0..200),
            total in 1_u64..10_000_000,
            redeemed in 0_u64..10_000_000,
        ) {
            let found = shares(&amounts, total, redeemed);
            let all = || found.lines.iter().chain(&found.unlisted);
            prop_assert_eq!(all().map(|share| share.net.cents()).sum::<u64>(), total);
            prop_assert_eq!(all().map(|share| share.redeem_share.cents()).sum::<u64>(), redeemed);
            prop_assert_eq!(all().map(|share| share.base.cents()).sum::<u64>(), total);
            let above_zero = amounts.iter().filter(|amount| **amount > 0).count();
            if u64::try_from(above_zero).unwrap() <= total && found.unlisted.is_none() {
                for (share, amount) in found.lines.iter().zip(&amounts) {
                    prop_assert_eq!(share.net.is_zero(), *amount == 0);
                }
            }
        }
    }
}
