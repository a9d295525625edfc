//! How much a receipt earns: every line's base times its percent and its multiplier, and what
//! promotions put on top, rounded half-up once for the receipt, then split over the lines (rules 2 to 4).

use crate::ledger::rules::lines::{Share, Shares};
use crate::ledger::rules::promotion::Rate;
use crate::ledger::sale::{PromotedLine, Split};
use crate::ledger::settings::{AccrualStep, SettingsDraft};
use crate::values::{Bonus, MONEY_MAX_CENTS, Money, allot};
use std::fmt;

/// The accrual of a receipt and of each line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ledger) struct Earned {
    pub accrued: Bonus,
    pub lines: Vec<Split>,
    pub unlisted: Option<Split>,
    /// Empty where nothing is accrued: what gave nothing was not used.
    pub promoted: Vec<PromotedLine>,
    pub terms: AccrualTerms,
}

/// What an accrual follows from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccrualTerms {
    /// The bases of all lines together.
    pub base: Money,
    /// What they earn before any rounding.
    pub unrounded: Unrounded,
    pub rounded: Bonus,
    /// What the rounded sum is floored to.
    pub step: AccrualStep,
    /// What made it less than the rounded sum.
    pub capped_by: Option<AccrualCap>,
}

/// Bonuses as exactly as rates and bases give them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unrounded(u128);

/// Why a receipt earns less than its lines together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccrualCap {
    MinPurchaseAmount,
    EarnWhileRedeeming,
    MaxPerReceipt,
    MaxPerDay,
    Step,
    /// The customer works for the chain.
    Staff,
    /// A certificate of somebody else pays for the receipt.
    Certificate,
}

impl AccrualCap {
    /// The setting that says so, or what the customer is, or what of the sale does.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MinPurchaseAmount => "min_purchase_amount",
            Self::EarnWhileRedeeming => "earn_while_redeeming",
            Self::MaxPerReceipt => "earn_max_per_receipt",
            Self::MaxPerDay => "earn_max_per_day",
            Self::Step => "accrual_step",
            Self::Staff => "staff",
            Self::Certificate => "certificate",
        }
    }
}

impl fmt::Display for Unrounded {
    /// As a decimal number without needless zeros.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNIT: u128 = Rate::SCALE.saturating_mul(100);
        let (whole, rest) = (self.0.div_euclid(UNIT), self.0.rem_euclid(UNIT));
        let decimals = format!("{rest:016}");
        match decimals.trim_end_matches('0') {
            "" => write!(formatter, "{whole}"),
            decimals => write!(formatter, "{whole}.{decimals}"),
        }
    }
}

/// Why a sale of `total` money earns nothing at all; `None`: it earns.
pub(in crate::ledger) fn barred(
    total: Money,
    redeemed: Bonus,
    rules: &SettingsDraft,
) -> Option<AccrualCap> {
    if total < rules.min_purchase_amount {
        return Some(AccrualCap::MinPurchaseAmount);
    }
    let redeems = !redeemed.is_zero() && !rules.earn_while_redeeming;
    redeems.then_some(AccrualCap::EarnWhileRedeeming)
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
    let unrounded = exact.iter().fold(0_u128, |sum, line| sum.saturating_add(*line));
    let rounded = round_half_up(unrounded);
    let (accrued, capped_by) = limit(rounded, rules, left_today);
    let bases = Money::checked_sum(all().map(|(share, _)| share.base));
    let terms = AccrualTerms {
        base: bases.unwrap_or(Money::MAX),
        unrounded: Unrounded(unrounded),
        rounded,
        step: rules.accrual_step,
        capped_by,
    };
    let accruals = allot(accrued.cents(), &weights(exact, accrued));
    let mut splits: Vec<Split> =
        all().zip(accruals).map(|((share, rate), cents)| split(share, rate, cents)).collect();
    let unlisted = if shares.unlisted.is_some() { splits.pop() } else { None };
    let promoted = if accrued.is_zero() { Vec::new() } else { promoted(rates, splits.len()) };
    Earned { accrued, lines: splits, unlisted, promoted, terms }
}

fn split(share: &Share, rate: &Rate, accrual: u64) -> Split {
    Split {
        net: share.net,
        redeem_share: share.redeem_share,
        gift_share: share.gift_share,
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
    let accrued = u128::from(accrued.cents());
    while exact.iter().any(|line| line.checked_mul(accrued).is_none()) {
        exact.iter_mut().for_each(|line| *line = line.div_euclid(2));
    }
    exact
}

fn round_half_up(unrounded: u128) -> Bonus {
    const HALF: u128 = Rate::SCALE.div_euclid(2);
    let cents = unrounded.saturating_add(HALF).div_euclid(Rate::SCALE);
    Bonus::from_cents(u64::try_from(cents).unwrap_or(MONEY_MAX_CENTS).min(MONEY_MAX_CENTS))
        .unwrap_or_default()
}

/// What limits leave of an accrual, and which of them says so: where a limit is reached, it counts as
/// the reason, though the step may take its cents too.
fn limit(
    rounded: Bonus,
    rules: &SettingsDraft,
    left_today: Option<Bonus>,
) -> (Bonus, Option<AccrualCap>) {
    let mut limited = (rounded, None);
    let limits = [
        (AccrualCap::MaxPerReceipt, rules.earn_max_per_receipt),
        (AccrualCap::MaxPerDay, left_today),
    ];
    for (cap, most) in limits {
        if let Some(most) = most.filter(|most| *most < limited.0) {
            limited = (most, Some(cap));
        }
    }
    let (limited, cap) = limited;
    match rules.accrual_step {
        AccrualStep::Cent => (limited, cap),
        AccrualStep::Whole => {
            let floored = limited.floor_to(Bonus::from_cents(100).unwrap_or_default());
            (floored, cap.or((floored < limited).then_some(AccrualCap::Step)))
        }
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
        let percent = if barred(total, redeemed, rules).is_none() {
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

    #[test]
    fn the_terms_tell_what_made_it_less() {
        let check = |left_today: Option<u64>, change: fn(&mut SettingsDraft), expected: &str| {
            let mut rules = draft();
            change(&mut rules);
            let (total, percent) = (95_510, "5");
            let case = Case { amounts: vec![1], total, redeemed: 0, percent, left_today };
            let terms = earned(&case, &rules).terms;
            let cap = terms.capped_by.map_or("-", AccrualCap::name);
            let told = format!("{} {} {} {cap}", terms.base, terms.unrounded, terms.rounded);
            assert_eq!(told, expected, "{left_today:?}");
        };
        let figures = |cap: &str| format!("955.10 47.755 47.76 {cap}");
        check(None, |_| {}, &figures("-"));
        check(Some(4_776), |_| {}, &figures("-"));
        check(Some(4_775), |_| {}, &figures("earn_max_per_day"));
        let receipt: fn(&mut SettingsDraft) =
            |rules| rules.earn_max_per_receipt = Bonus::from_cents(4_000);
        check(None, receipt, &figures("earn_max_per_receipt"));
        check(Some(4_000), receipt, &figures("earn_max_per_receipt"));
        check(Some(3_999), receipt, &figures("earn_max_per_day"));
        let whole: fn(&mut SettingsDraft) = |rules| rules.accrual_step = AccrualStep::Whole;
        check(None, whole, &figures("accrual_step"));
        check(Some(4_050), whole, &figures("earn_max_per_day"));
    }

    #[test]
    fn unrounded_bonuses_are_written_in_full() {
        let check = |unrounded, expected: &str| {
            assert_eq!(Unrounded(unrounded).to_string(), expected);
        };
        check(0, "0");
        check(1, "0.0000000000000001");
        check(4_775 * Rate::SCALE, "47.75");
        check(100 * Rate::SCALE, "1");
    }
}
