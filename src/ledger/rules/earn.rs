//! How much a receipt earns: every line's base times its percent and its multiplier, and what
//! promotions put on top, rounded half-up once for the receipt, then split over the lines (rules 2 to 4).

use crate::ledger::rules::lines::{Share, Shares};
use crate::ledger::rules::promotion::Rate;
use crate::ledger::sale::{PromotedLine, Split};
use crate::ledger::settings::{AccrualStep, SettingsDraft};
use crate::values::{Bonus, MONEY_MAX_CENTS, Money, allot};

/// The accrual of a receipt and of each line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ledger) struct Earned {
    pub accrued: Bonus,
    pub lines: Vec<Split>,
    pub unlisted: Option<Split>,
    /// Empty where nothing is accrued: what gave nothing was not used.
    pub promoted: Vec<PromotedLine>,
}

/// Whether a sale of `total` money earns at all.
pub(in crate::ledger) fn earns(total: Money, redeemed: Bonus, rules: &SettingsDraft) -> bool {
    total >= rules.min_purchase_amount && (redeemed.is_zero() || rules.earn_while_redeeming)
}

/// What a receipt earns under `rules`, each of its lines and then what no line lists by its rate;
/// no more than `left_today`, where a day has a limit.
pub(in crate::ledger) fn earn(
    shares: &Shares,
    rates: &[Rate],
    rules: &SettingsDraft,
    left_today: Option<Bonus>,
) -> Earned {
    let all = || shares.lines.iter().chain(&shares.unlisted).zip(rates);
    let exact: Vec<u128> = all().map(|(share, rate)| rate.of_unrounded(share.base)).collect();
    let accrued = limit(round_half_up(&exact), rules, left_today);
    let accruals = allot(accrued.cents(), &weights(exact, accrued));
    let mut splits: Vec<Split> =
        all().zip(accruals).map(|((share, rate), cents)| split(share, rate, cents)).collect();
    let unlisted = if shares.unlisted.is_some() { splits.pop() } else { None };
    let promoted = if accrued.is_zero() { Vec::new() } else { promoted(rates, splits.len()) };
    Earned { accrued, lines: splits, unlisted, promoted }
}

fn split(share: &Share, rate: &Rate, accrual: u64) -> Split {
    Split {
        net: share.net,
        redeem_share: share.redeem_share,
        base: share.base,
        percent: rate.percent,
        accrual: Bonus::from_cents(accrual).unwrap_or_default(),
    }
}

/// The lines with promotions; the rate after those of all lines is that of what no line lists.
fn promoted(rates: &[Rate], lines: usize) -> Vec<PromotedLine> {
    let with = rates.iter().enumerate().filter(|(_, rate)| !rate.promotions.is_empty());
    with.map(|(index, rate)| PromotedLine {
        line: u16::try_from(index).ok().filter(|_| index < lines),
        multiplier: rate.multiplier,
        fixed: rate.fixed,
        promotions: rate.promotions.clone(),
    })
    .collect()
}

/// The exact figures, with as few bits less as it takes for their products with `accrued` to be exact.
fn weights(mut exact: Vec<u128>, accrued: Bonus) -> Vec<u128> {
    let room = u128::MAX.div_euclid(u128::from(accrued.cents().max(1)));
    while exact.iter().any(|line| *line > room) {
        exact.iter_mut().for_each(|line| *line = line.div_euclid(2));
    }
    exact
}

fn round_half_up(exact: &[u128]) -> Bonus {
    const HALF: u128 = Rate::SCALE.div_euclid(2);
    let sum = exact.iter().fold(0_u128, |sum, line| sum.saturating_add(*line));
    let cents = sum.saturating_add(HALF).div_euclid(Rate::SCALE);
    Bonus::from_cents(u64::try_from(cents).unwrap_or(MONEY_MAX_CENTS).min(MONEY_MAX_CENTS))
        .unwrap_or_default()
}

fn limit(accrued: Bonus, rules: &SettingsDraft, left_today: Option<Bonus>) -> Bonus {
    let limits = [rules.earn_max_per_receipt, left_today];
    let limited = limits.into_iter().flatten().fold(accrued, Bonus::min);
    match rules.accrual_step {
        AccrualStep::Cent => limited,
        AccrualStep::Whole => limited.floor_to(Bonus::from_cents(100).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::rules::lines::{Firm, PricedLine, share};
    use crate::ledger::settings::tests::draft;
    use crate::values::Percent;

    struct Case {
        amounts: Vec<u64>,
        total: u64,
        redeemed: u64,
        percent: &'static str,
        left_today: Option<u64>,
    }

    fn earned(case: &Case, rules: &SettingsDraft) -> Earned {
        let line = |cents: &u64| PricedLine {
            amount: Money::from_cents(*cents).unwrap(),
            firm: Firm::Nothing,
        };
        let lines: Vec<PricedLine> = case.amounts.iter().map(line).collect();
        let total = Money::from_cents(case.total).unwrap();
        let redeemed = Bonus::from_cents(case.redeemed).unwrap();
        let shares = share(&lines, total, redeemed, rules.accrue_on_bonus_part);
        let percent = if earns(total, redeemed, rules) {
            Percent::parse(case.percent).unwrap()
        } else {
            Percent::ZERO
        };
        let rates = vec![Rate::plain(percent); lines.len().saturating_add(1)];
        earn(&shares, &rates, rules, case.left_today.and_then(Bonus::from_cents))
    }

    fn check(amounts: &[u64], total: u64, percent: &'static str, expected: u64, lines: &[u64]) {
        let case =
            Case { amounts: amounts.to_vec(), total, redeemed: 0, percent, left_today: None };
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
        let case = Case {
            amounts: vec![],
            total: 95_500,
            redeemed: 4_500,
            percent: "5",
            left_today: None,
        };
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

    #[test]
    fn a_day_may_leave_less() {
        let check = |left_today: Option<u64>, step: AccrualStep, expected: u64| {
            let mut rules = draft();
            rules.accrual_step = step;
            rules.earn_max_per_receipt = Bonus::from_cents(4_000);
            let case =
                Case { amounts: vec![1], total: 95_500, redeemed: 0, percent: "5", left_today };
            let found = earned(&case, &rules);
            assert_eq!(found.accrued.cents(), expected, "{left_today:?}");
            let lines = found.lines.iter().chain(&found.unlisted).map(|line| line.accrual.cents());
            assert_eq!(lines.sum::<u64>(), expected);
        };
        check(None, AccrualStep::Cent, 4_000);
        check(Some(4_001), AccrualStep::Cent, 4_000);
        check(Some(3_999), AccrualStep::Cent, 3_999);
        check(Some(3_999), AccrualStep::Whole, 3_900);
        check(Some(99), AccrualStep::Whole, 0);
        check(Some(0), AccrualStep::Cent, 0);
    }
}
