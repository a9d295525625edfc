//! Tables of receipts: how money and bonuses fall on their lines, and what must hold for any.

use crate::ledger::rules::lines::{Firm, PricedLine, Share, Shares, share};
use crate::values::{Bonus, MONEY_MAX_CENTS, Money};
use proptest::prelude::*;

fn priced(cents: u64, firm: Firm) -> PricedLine {
    PricedLine { amount: Money::from_cents(cents).unwrap(), firm }
}

fn open(amounts: &[u64]) -> Vec<PricedLine> {
    amounts.iter().map(|cents| priced(*cents, Firm::Nothing)).collect()
}

fn shares(amounts: &[u64], total: u64, redeemed: u64) -> Shares {
    share(
        &open(amounts),
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
    check(&[1_000; 3], 2_000, 1_000, &[(666, 334, 666), (667, 333, 667), (667, 333, 667)], None);
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
    let amounts = open(&[1_000; 3]);
    let found =
        share(&amounts, Money::from_cents(2_000).unwrap(), Bonus::from_cents(1_000).unwrap(), true);
    assert!(found.lines.iter().all(|line| line.base.cents() == 1_000));
    let none =
        share(&[], Money::from_cents(2_000).unwrap(), Bonus::from_cents(1_000).unwrap(), true);
    assert_eq!(none.unlisted.unwrap().base.cents(), 3_000);
    // Lines after bonuses keep their own amounts, and so does what they lack of the money.
    let amounts = open(&[500]);
    let partly =
        share(&amounts, Money::from_cents(2_000).unwrap(), Bonus::from_cents(1_000).unwrap(), true);
    assert_eq!(partly.lines[0].base.cents(), 500);
    assert_eq!(partly.unlisted.unwrap().base.cents(), 1_500);
}

fn check_firm(
    lines: &[(u64, Firm)],
    (total, redeemed): (u64, u64),
    expected: &[(u64, u64)],
    (excluded, room): (u64, Option<u64>),
) {
    let lines: Vec<PricedLine> = lines.iter().map(|(cents, firm)| priced(*cents, *firm)).collect();
    let (money, bonus) = (Money::from_cents(total), Bonus::from_cents(redeemed));
    let found = share(&lines, money.unwrap(), bonus.unwrap(), false);
    let all = found.lines.iter().chain(&found.unlisted);
    let figures: Vec<_> =
        all.map(|share| (share.net.cents(), share.redeem_share.cents())).collect();
    assert_eq!(figures, expected, "{lines:?}");
    assert_eq!(found.excluded.cents(), excluded, "{lines:?}");
    assert_eq!(found.room.cents(), room.unwrap_or(MONEY_MAX_CENTS), "{lines:?}");
}

#[test]
fn what_is_firm_is_paid_in_money() {
    let (all, none) = (Firm::All, Firm::Nothing);
    let least = |cents| Firm::Least(Money::from_cents(cents).unwrap());
    // Before bonuses: a line that bonuses may not pay takes no share and leaves the cap's base.
    check_firm(
        &[(1_000, all), (1_000, none), (1_000, none)],
        (2_000, 1_000),
        &[(1_000, 0), (500, 500), (500, 500)],
        (1_000, Some(2_000)),
    );
    // The money that is not firm still leaves each line its cent, lower index first.
    check_firm(
        &[(1_000, all), (500, none), (500, none)],
        (1_001, 999),
        &[(1_000, 0), (1, 499), (0, 500)],
        (1_000, Some(1_000)),
    );
    check_firm(
        &[(1_000, all), (500, none)],
        (1_000, 500),
        &[(1_000, 0), (0, 500)],
        (1_000, Some(500)),
    );
    // A least price is kept, and the rest goes where there is room.
    check_firm(
        &[(1_000, least(900)), (1_000, none)],
        (1_400, 600),
        &[(900, 100), (500, 500)],
        (0, Some(1_100)),
    );
    // A price that is lower anyway stays as it is.
    check_firm(
        &[(800, least(900)), (1_000, none)],
        (1_300, 500),
        &[(800, 0), (500, 500)],
        (0, Some(1_000)),
    );
    // After bonuses, a line may not have had any.
    check_firm(
        &[(1_000, all), (1_000, none)],
        (2_000, 100),
        &[(1_000, 0), (1_000, 100)],
        (1_000, None),
    );
    check_firm(
        &[(1_000, least(1_001)), (1_000, least(1_000))],
        (2_000, 100),
        &[(1_000, 0), (1_000, 100)],
        (0, None),
    );
    check_firm(&[(2_000, all)], (2_000, 100), &[(2_000, 0)], (2_000, Some(0)));
    // What no line lists may be paid with bonuses.
    check_firm(&[(1_000, all)], (1_500, 300), &[(1_000, 0), (500, 300)], (1_000, None));
}

fn firms() -> impl Strategy<Value = Firm> {
    prop_oneof![
        Just(Firm::Nothing),
        Just(Firm::All),
        (0_u64..1_000_000).prop_map(|cents| Firm::Least(Money::from_cents(cents).unwrap())),
    ]
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

    #[test]
    fn what_the_lines_can_carry_adds_up(
        lines in prop::collection::vec((0_u64..1_000_000, firms()), 0..50),
        total in 1_u64..10_000_000,
        redeemed in 0_u64..10_000_000,
    ) {
        let lines: Vec<PricedLine> =
            lines.iter().map(|(cents, firm)| priced(*cents, *firm)).collect();
        let (money, bonus) = (Money::from_cents(total), Bonus::from_cents(redeemed).unwrap());
        let found = share(&lines, money.unwrap(), bonus, false);
        if bonus > found.room {
            return Ok(());
        }
        let all = || found.lines.iter().chain(&found.unlisted);
        prop_assert_eq!(all().map(|share| share.net.cents()).sum::<u64>(), total);
        prop_assert_eq!(all().map(|share| share.redeem_share.cents()).sum::<u64>(), redeemed);
        for (share, line) in found.lines.iter().zip(&lines) {
            prop_assert!(line.firm != Firm::All || share.redeem_share.is_zero());
            if let Firm::Least(price) = line.firm {
                prop_assert!(share.redeem_share.is_zero() || share.net >= price);
            }
        }
    }
}
