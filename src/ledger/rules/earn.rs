//! How much a receipt earns: every line's base times the percent, rounded half-up once for the
//! receipt, then split over the lines (rules 2 to 4).

use crate::ledger::rules::lines::{Share, Shares};
use crate::ledger::sale::Split;
use crate::ledger::settings::{AccrualStep, SettingsDraft};
use crate::values::{Bonus, MONEY_MAX_CENTS, Money, Percent, allot};

/// The accrual of a receipt and of each line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ledger) struct Earned {
    pub accrued: Bonus,
    pub lines: Vec<Split>,
    pub unlisted: Option<Split>,
}

/// What a sale of `total` money earns under `rules` at `percent`.
pub(in crate::ledger) fn earn(
    shares: &Shares,
    percent: Percent,
    total: Money,
    redeemed: Bonus,
    rules: &SettingsDraft,
) -> Earned {
    let earns =
        total >= rules.min_purchase_amount && (redeemed.is_zero() || rules.earn_while_redeeming);
    let percent = if earns { percent } else { Percent::ZERO };
    let bases = || shares.lines.iter().chain(&shares.unlisted).map(|share| share.base);
    let exact: Vec<u128> = bases().map(|base| percent.of_cents_unrounded(base.cents())).collect();
    let accrued = limit(round_half_up(&exact), rules);
    let mut accruals = allot(accrued.cents(), &exact).into_iter();
    let mut split = |share: &Share| Split {
        net: share.net,
        redeem_share: share.redeem_share,
        base: share.base,
        percent,
        accrual: accruals.next().and_then(Bonus::from_cents).unwrap_or_default(),
    };
    let lines = shares.lines.iter().map(&mut split).collect();
    Earned { accrued, lines, unlisted: shares.unlisted.as_ref().map(split) }
}

fn round_half_up(exact: &[u128]) -> Bonus {
    const HALF: u128 = Percent::SCALE.div_euclid(2);
    let sum = exact.iter().fold(0_u128, |sum, line| sum.saturating_add(*line));
    let cents = sum.saturating_add(HALF).div_euclid(Percent::SCALE);
    Bonus::from_cents(u64::try_from(cents).unwrap_or(MONEY_MAX_CENTS).min(MONEY_MAX_CENTS))
        .unwrap_or_default()
}

fn limit(accrued: Bonus, rules: &SettingsDraft) -> Bonus {
    let limited = rules.earn_max_per_receipt.map_or(accrued, |most| accrued.min(most));
    match rules.accrual_step {
        AccrualStep::Cent => limited,
        AccrualStep::Whole => limited.floor_to(Bonus::from_cents(100).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::rules::lines::share;
    use crate::ledger::settings::tests::draft;

    struct Case {
        amounts: Vec<u64>,
        total: u64,
        redeemed: u64,
        percent: &'static str,
    }

    fn earned(case: &Case, rules: &SettingsDraft) -> Earned {
        let amounts: Vec<Money> =
            case.amounts.iter().map(|cents| Money::from_cents(*cents).unwrap()).collect();
        let total = Money::from_cents(case.total).unwrap();
        let redeemed = Bonus::from_cents(case.redeemed).unwrap();
        let shares = share(&amounts, total, redeemed, rules.accrue_on_bonus_part);
        earn(&shares, Percent::parse(case.percent).unwrap(), total, redeemed, rules)
    }

    fn check(amounts: &[u64], total: u64, percent: &'static str, expected: u64, lines: &[u64]) {
        let case = Case { amounts: amounts.to_vec(), total, redeemed: 0, percent };
        let found = earned(&case, &draft());
        assert_eq!(found.accrued.cents(), expected, "{amounts:?} {total} at {percent}");
        assert_eq!(found.lines.iter().map(|line| line.accrual.cents()).collect::<Vec<_>>(), lines);
    }

    #[test]
    fn the_receipt_is_rounded_once_and_split() {
        check(&[], 95_500, "5", 4_775, &[]);
        check(&[47_750, 47_750], 95_500, "5", 4_775, &[2_388, 2_387]);
        // 3 x 3.33 at 5 % is 0.4995 in all: 0.50, though each line alone would give 0.17.
        check(&[333, 333, 333, 1], 1_000, "5", 50, &[17, 17, 16, 0]);
        // Half a cent goes up.
        check(&[], 1_010, "0.5", 5, &[]);
        check(&[], 1_100, "0.5", 6, &[]);
    }

    #[test]
    fn the_minimum_purchase_earns_and_less_does_not() {
        check(&[], 1_000, "5", 50, &[]);
        check(&[999], 999, "5", 0, &[0]);
    }

    #[test]
    fn settings_change_what_is_earned() {
        let case = Case { amounts: vec![], total: 95_500, redeemed: 4_500, percent: "5" };
        let check = |change: fn(&mut SettingsDraft), expected: u64| {
            let mut rules = draft();
            change(&mut rules);
            assert_eq!(earned(&case, &rules).accrued.cents(), expected);
        };
        check(|_| {}, 4_775);
        check(|rules| rules.accrue_on_bonus_part = true, 5_000);
        check(|rules| rules.earn_while_redeeming = false, 0);
        check(|rules| rules.accrual_step = AccrualStep::Whole, 4_700);
        check(|rules| rules.earn_max_per_receipt = Bonus::from_cents(4_000), 4_000);
        check(
            |rules| {
                rules.accrual_step = AccrualStep::Whole;
                rules.earn_max_per_receipt = Bonus::from_cents(4_050);
            },
            4_000,
        );
    }
}
