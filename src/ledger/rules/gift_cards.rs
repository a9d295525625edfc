//! How gift cards fall on the lines of a receipt: after bonuses, over what is left of all lines
//! (rule 3). They pay goods that bonuses may not, too: a gift card is money paid before.

use crate::ledger::rules::lines::{PricedLine, Share, Shares, kept_cents, share, share_known};
use crate::values::{Bonus, Bounds, Money, allot, allot_within};

/// The shares of a receipt that is paid with money, bonuses and gift cards. Lines that add up to all of
/// these are before bonuses and gift cards; the others are what is paid in money.
pub(in crate::ledger) fn share_with(
    priced: &[PricedLine],
    (total, redeemed, gift): (Money, Bonus, Money),
    accrue_on_bonus_part: bool,
) -> Shares {
    if gift.is_zero() {
        return share(priced, total, redeemed, accrue_on_bonus_part);
    }
    let listed = priced.iter().fold(0_u64, |sum, line| sum.saturating_add(line.amount.cents()));
    let paid = total.checked_add(gift).unwrap_or(Money::MAX);
    if listed >= paid.cents().saturating_add(redeemed.cents()) {
        let shares = share_known(priced, (paid, redeemed), true, accrue_on_bonus_part);
        inside(shares, total, gift)
    } else {
        let shares = share_known(priced, (total, redeemed), false, accrue_on_bonus_part);
        beside(shares, gift)
    }
}

/// Takes the gift cards' part out of what is left of each line. Every line above 0.00 keeps at least
/// 0.01 of money, as far as the money reaches.
fn inside(mut shares: Shares, total: Money, gift: Money) -> Shares {
    let nets: Vec<u64> = all(&shares).map(|share| share.net.cents()).collect();
    let kept = kept_cents(&nets, total.cents());
    let bound = |(net, kept): (&u64, u64)| Bounds { least: 0, most: net.saturating_sub(kept) };
    let bounds: Vec<Bounds> = nets.iter().zip(kept).map(bound).collect();
    let parts = allot_within(gift.cents(), &weights(&nets), &bounds);
    for (share, part) in all_mut(&mut shares).zip(parts) {
        let part = Money::from_cents(part).unwrap_or_default();
        share.gift_share = part;
        share.net = share.net.saturating_sub(part);
        share.base = share.base.saturating_sub(part);
    }
    shares
}

/// What the lines say is paid in money; the gift cards' part comes on top of it.
fn beside(mut shares: Shares, gift: Money) -> Shares {
    let nets: Vec<u64> = all(&shares).map(|share| share.net.cents()).collect();
    let parts = allot(gift.cents(), &weights(&nets));
    for (share, part) in all_mut(&mut shares).zip(parts) {
        share.gift_share = Money::from_cents(part).unwrap_or_default();
    }
    shares
}

fn weights(nets: &[u64]) -> Vec<u128> {
    nets.iter().map(|net| u128::from(*net)).collect()
}

fn all(shares: &Shares) -> impl Iterator<Item = &Share> {
    shares.lines.iter().chain(&shares.unlisted)
}

fn all_mut(shares: &mut Shares) -> impl Iterator<Item = &mut Share> {
    shares.lines.iter_mut().chain(&mut shares.unlisted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::rules::lines::Firm;
    use proptest::prelude::*;

    /// Money, bonuses, gift cards and base of one line.
    type Figures = (u64, u64, u64, u64);

    fn figures(share: &Share) -> Figures {
        let Share { net, redeem_share, gift_share, base } = share;
        (net.cents(), redeem_share.cents(), gift_share.cents(), base.cents())
    }

    fn shares(lines: &[(u64, Firm)], paid: (u64, u64, u64), on_bonus_part: bool) -> Shares {
        let (total, redeemed, gift) = paid;
        let priced = |(cents, firm): &(u64, Firm)| PricedLine {
            amount: Money::from_cents(*cents).unwrap(),
            firm: *firm,
        };
        let priced: Vec<PricedLine> = lines.iter().map(priced).collect();
        let money = |cents| Money::from_cents(cents).unwrap();
        let paid = (money(total), Bonus::from_cents(redeemed).unwrap(), money(gift));
        share_with(&priced, paid, on_bonus_part)
    }

    fn check(
        lines: &[u64],
        paid: (u64, u64, u64),
        expected: &[Figures],
        unlisted: Option<Figures>,
    ) {
        let open: Vec<_> = lines.iter().map(|cents| (*cents, Firm::Nothing)).collect();
        let found = shares(&open, paid, false);
        assert_eq!(found.lines.iter().map(figures).collect::<Vec<_>>(), expected, "{lines:?}");
        assert_eq!(found.unlisted.as_ref().map(figures), unlisted, "{lines:?}");
    }

    #[test]
    fn bonuses_come_first_then_gift_cards_over_what_is_left() {
        // 30.00 = 10.00 money, 10.00 bonuses, 10.00 gift cards.
        let expected = [(333, 334, 333, 333), (333, 333, 334, 333), (334, 333, 333, 334)];
        check(&[1_000; 3], (1_000, 1_000, 1_000), &expected, None);
        // Lines above the order are scaled down to it.
        check(&[4_000], (1_000, 500, 500), &[(1_000, 500, 500, 1_000)], None);
        // Lines that add up to the money are what is paid in money.
        check(&[600, 400], (1_000, 0, 100), &[(600, 0, 60, 600), (400, 0, 40, 400)], None);
        // So are those in between.
        check(&[1_050], (1_000, 50, 100), &[(1_000, 50, 100, 1_000)], None);
        // What the lines lack of the money is an unlisted line.
        let unlisted = Some((500, 0, 50, 500));
        check(&[500], (1_000, 0, 100), &[(500, 0, 50, 500)], unlisted);
        check(&[], (1_000, 100, 200), &[], Some((1_000, 100, 200, 1_000)));
        // Each line keeps a cent as far as the money reaches.
        check(&[100, 100], (2, 0, 198), &[(1, 0, 99, 1), (1, 0, 99, 1)], None);
    }

    #[test]
    fn gift_cards_pay_what_bonuses_may_not() {
        let found = shares(&[(500, Firm::All), (500, Firm::Nothing)], (200, 300, 500), false);
        let found: Vec<Figures> = found.lines.iter().map(figures).collect();
        assert_eq!(found, [(143, 0, 357, 143), (57, 300, 143, 57)]);
    }

    #[test]
    fn the_bonus_part_may_earn_the_gift_part_never() {
        let found = shares(&[(1_000, Firm::Nothing)], (500, 300, 200), true);
        assert_eq!(found.lines.iter().map(figures).collect::<Vec<_>>(), [(500, 300, 200, 800)]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn shares_add_up_to_what_was_paid(
            lines in prop::collection::vec(0_u64..100_000, 0..8),
            total in 1_u64..300_000,
            redeemed in 0_u64..100_000,
            gift in 0_u64..100_000,
        ) {
            let open: Vec<_> = lines.iter().map(|cents| (*cents, Firm::Nothing)).collect();
            let found = shares(&open, (total, redeemed, gift), false);
            let sum = |of: fn(&Figures) -> u64| {
                all(&found).map(figures).map(|line| of(&line)).sum::<u64>()
            };
            prop_assert_eq!(sum(|line| line.0), total);
            prop_assert_eq!(sum(|line| line.1), redeemed);
            prop_assert_eq!(sum(|line| line.2), gift);
            prop_assert_eq!(sum(|line| line.3), total);
        }
    }
}
