//! How many bonuses an order may take: a percent of it, what the customer has, the step and the
//! limits per receipt (rule 7).

use crate::ledger::refusal::Refusal;
use crate::ledger::rules::daily::Daily;
use crate::ledger::settings::SettingsDraft;
use crate::values::{Bonus, Money, Percent};

/// A redemption about to happen.
#[derive(Debug, Clone, Copy)]
pub(in crate::ledger) struct Spend {
    /// The field that the refusal names.
    pub field: &'static str,
    pub asked: Bonus,
    /// What an earlier redemption took of the same order.
    pub before: Bonus,
    /// The order: money and all bonuses redeemed.
    pub order: Money,
    pub redeemable: Bonus,
    pub held: Bonus,
    /// The day of the command.
    pub daily: Daily,
}

/// Accepts a redemption, or says why not. Nothing is trimmed.
pub(in crate::ledger) fn accept(spend: &Spend, rules: &SettingsDraft) -> Result<(), Refusal> {
    let Spend { field, asked, before, order, redeemable, held, daily } = *spend;
    if asked.floor_to(rules.redeem_step) != asked {
        return Err(Refusal::RedeemOffStep { field, asked, step: rules.redeem_step });
    }
    let least = rules.min_redeem.max(Bonus::CENT);
    if asked < least {
        return Err(Refusal::RedeemTooSmall { field, asked, least });
    }
    let in_all = asked.checked_add(before).ok_or(Refusal::AmountTooLarge { field })?;
    if let Some(most) = rules.redeem_max_per_receipt.filter(|most| in_all > *most) {
        return Err(Refusal::RedeemOverReceiptMax { field, asked, most });
    }
    if let Some((most, left)) = daily.redeem_limit().filter(|(_, left)| asked > *left) {
        return Err(Refusal::RedeemOverDayMax { field, asked, most, left });
    }
    let cap = percent_cap(order, rules).saturating_sub(before);
    if asked > cap {
        // The balance is part of the cap: what is told can be had.
        let cap = cap.min(redeemable).floor_to(rules.redeem_step);
        return Err(Refusal::RedeemOverCap { field, asked, cap });
    }
    if asked > redeemable {
        return Err(Refusal::BalanceTooLow { field, asked, redeemable, held });
    }
    Ok(())
}

/// What a redemption may be taken from.
#[derive(Debug, Clone, Copy)]
pub(in crate::ledger) struct Means {
    /// The order: money and all bonuses.
    pub order: Money,
    /// What of the order bonuses may pay for.
    pub base: Money,
    /// What an earlier redemption took of the same order.
    pub before: Bonus,
    /// What is paid in money at least.
    pub money_least: Money,
    /// The most bonuses that the lines can carry, those of earlier redemptions too.
    pub room: Option<Bonus>,
    /// What gift cards pay of the order.
    pub gift: Money,
    pub redeemable: Bonus,
    /// The day of the command.
    pub daily: Daily,
}

/// Which limit makes a redemption no larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedeemBound {
    /// The percent of the order that bonuses may pay.
    Percent,
    /// What the customer can spend.
    Balance,
    /// What is paid in money at least: 0.01, unless bonuses may pay all.
    Money,
    /// What the lines can carry beside their least prices.
    Lines,
    MaxPerReceipt,
    MaxPerDay,
    /// All that is left is under the least redemption.
    MinRedeem,
    /// Late sales redeem nothing.
    LateSale,
    /// This customer redeems nothing.
    DebitDenied,
    /// Nothing is redeemed on the day on which the account was opened.
    OpeningDay,
}

/// The most that may be redeemed, and all that it follows from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RedeemLimit {
    pub most: Bonus,
    pub bound: RedeemBound,
    /// What of the order bonuses may pay for, the percent of it, and what that comes to.
    pub base: Money,
    pub percent: Percent,
    pub by_percent: Bonus,
    /// What an earlier redemption took of the same order; it is part of `by_percent`.
    pub before: Bonus,
    pub redeemable: Bonus,
    pub step: Bonus,
    pub min_redeem: Bonus,
    pub max_per_receipt: Option<Bonus>,
    /// What is left of the limit of the day.
    pub left_today: Option<Bonus>,
}

impl RedeemBound {
    /// The name in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Percent => "max_redeem_percent",
            Self::Balance => "redeemable_balance",
            Self::Money => "money_left",
            Self::Lines => "category_rules",
            Self::MaxPerReceipt => "redeem_max_per_receipt",
            Self::MaxPerDay => "redeem_max_per_day",
            Self::MinRedeem => "min_redeem",
            Self::LateSale => "late_sale",
            Self::DebitDenied => "debit_denied",
            Self::OpeningDay => "redeem_on_opening_day",
        }
    }
}

impl RedeemLimit {
    /// The same for a sale that may redeem nothing at all.
    pub(in crate::ledger) fn nothing(self, bound: RedeemBound) -> Self {
        Self { most: Bonus::ZERO, bound, ..self }
    }
}

/// The most that may be redeemed of an order; 0 if that is under the minimum. Of equal limits the first
/// one binds.
pub(in crate::ledger) fn limit(means: &Means, rules: &SettingsDraft) -> RedeemLimit {
    let Means { order, base, before, money_least, room, gift, redeemable, daily } = *means;
    let by_percent = percent_cap(base, rules);
    let left_today = daily.may_redeem();
    let beside_money = order.saturating_sub(gift).saturating_sub(money_least);
    let beside_money = beside_money.as_bonus().saturating_sub(before);
    let beside_before = |most: Bonus| most.saturating_sub(before);
    let bounds = [
        (RedeemBound::Balance, Some(redeemable)),
        (RedeemBound::Money, Some(beside_money)),
        (RedeemBound::Lines, room.map(beside_before)),
        (RedeemBound::MaxPerReceipt, rules.redeem_max_per_receipt.map(beside_before)),
        (RedeemBound::MaxPerDay, left_today),
    ];
    let mut least = (RedeemBound::Percent, beside_before(by_percent));
    for (bound, most) in bounds {
        if let Some(most) = most.filter(|most| *most < least.1) {
            least = (bound, most);
        }
    }
    let (bound, most) = (least.0, least.1.floor_to(rules.redeem_step));
    let limit = RedeemLimit {
        most,
        bound,
        base,
        percent: rules.max_redeem_percent,
        by_percent,
        before,
        redeemable,
        step: rules.redeem_step,
        min_redeem: rules.min_redeem,
        max_per_receipt: rules.redeem_max_per_receipt,
        left_today,
    };
    if most < rules.min_redeem { limit.nothing(RedeemBound::MinRedeem) } else { limit }
}

/// The most that a sale of `amount` would accept.
pub(in crate::ledger) fn preview(
    amount: Money,
    redeemable: Bonus,
    daily: &Daily,
    rules: &SettingsDraft,
) -> Bonus {
    let means = Means {
        order: amount,
        base: amount,
        before: Bonus::ZERO,
        money_least: Money::CENT,
        room: None,
        gift: Money::ZERO,
        redeemable,
        daily: *daily,
    };
    limit(&means, rules).most
}

fn percent_cap(order: Money, rules: &SettingsDraft) -> Bonus {
    rules.max_redeem_percent.of_floor(order).as_bonus().floor_to(rules.redeem_step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::settings::tests::draft;
    use crate::ledger::tally::Tallies;
    use crate::values::Timestamp;

    fn today(rules: &SettingsDraft) -> Daily {
        Daily::of(&Tallies::default(), rules, Timestamp::default())
    }

    fn bonus(cents: u64) -> Bonus {
        Bonus::from_cents(cents).unwrap()
    }

    fn money(cents: u64) -> Money {
        Money::from_cents(cents).unwrap()
    }

    fn check(asked: u64, before: u64, order: u64, redeemable: u64, expected: Result<(), &str>) {
        let mut rules = draft();
        rules.redeem_max_per_receipt = Some(bonus(50_000));
        rules.min_redeem = bonus(100);
        let spend = Spend {
            field: "amount",
            asked: bonus(asked),
            before: bonus(before),
            order: money(order),
            redeemable: bonus(redeemable),
            held: bonus(3_000),
            daily: today(&rules),
        };
        assert_eq!(accept(&spend, &rules).map_err(|refusal| refusal.code()), expected, "{spend:?}");
    }

    #[test]
    fn bonuses_pay_no_more_than_the_cap() {
        check(6_000, 0, 20_000, 12_000, Ok(()));
        check(6_001, 0, 20_000, 12_000, Err("redeem_over_cap"));
        check(6_000, 0, 20_000, 5_999, Err("balance_too_low"));
        check(1_000, 5_000, 20_000, 12_000, Ok(()));
        check(1_001, 5_000, 20_000, 12_000, Err("redeem_over_cap"));
        check(99, 0, 20_000, 12_000, Err("redeem_too_small"));
        check(50_000, 0, 900_000, 90_000, Ok(()));
        check(50_001, 0, 900_000, 90_000, Err("redeem_over_receipt_max"));
        check(40_000, 10_001, 900_000, 90_000, Err("redeem_over_receipt_max"));
        // 30 % of 0.99 is 0.297: floored.
        check(100, 0, 333, 12_000, Err("redeem_over_cap"));
    }

    #[test]
    fn a_step_is_kept_not_trimmed() {
        let mut rules = draft();
        rules.redeem_step = bonus(100);
        let spend = |asked| Spend {
            field: "amount",
            asked: bonus(asked),
            before: Bonus::ZERO,
            order: money(20_000),
            redeemable: bonus(12_000),
            held: Bonus::ZERO,
            daily: today(&rules),
        };
        assert_eq!(accept(&spend(5_900), &rules), Ok(()));
        assert_eq!(
            accept(&spend(5_950), &rules).map_err(|refusal| refusal.code()),
            Err("redeem_off_step")
        );
        // 30 % of 195.00 is 58.50, and the cap that is told is the one that can be reached.
        let over = Spend { order: money(19_500), ..spend(5_900) };
        let told =
            Refusal::RedeemOverCap { field: "amount", asked: bonus(5_900), cap: bonus(5_800) };
        assert_eq!(accept(&over, &rules), Err(told));
        // Nor is more told than the customer has.
        let poor = Spend { redeemable: bonus(1_250), ..over };
        let told =
            Refusal::RedeemOverCap { field: "amount", asked: bonus(5_900), cap: bonus(1_200) };
        assert_eq!(accept(&poor, &rules), Err(told));
    }

    #[test]
    fn the_preview_is_the_most_a_sale_accepts() {
        let check =
            |amount: u64, redeemable: u64, change: fn(&mut SettingsDraft), expected: u64| {
                let mut rules = draft();
                change(&mut rules);
                assert_eq!(
                    preview(money(amount), bonus(redeemable), &today(&rules), &rules).cents(),
                    expected,
                    "{amount}"
                );
            };
        check(20_000, 12_000, |_| {}, 6_000);
        check(20_000, 1_234, |_| {}, 1_234);
        check(20_000, 12_000, |rules| rules.redeem_max_per_receipt = Bonus::from_cents(700), 700);
        check(20_000, 12_000, |rules| rules.min_redeem = Bonus::from_cents(6_001).unwrap(), 0);
        check(20_099, 12_000, |rules| rules.redeem_step = Bonus::from_cents(100).unwrap(), 6_000);
        check(20_000, 90_000, |rules| rules.max_redeem_percent = Percent::HUNDRED, 19_999);
        check(0, 90_000, |_| {}, 0);
        check(1, 90_000, |rules| rules.max_redeem_percent = Percent::HUNDRED, 0);
        let generous: fn(&mut SettingsDraft) = |rules| {
            rules.max_redeem_percent = Percent::HUNDRED;
            rules.redeem_max_per_receipt = Bonus::from_cents(30_000);
        };
        check(20_000, 90_000, generous, 19_999);
    }

    #[test]
    fn the_limit_tells_what_binds() {
        type Turn = fn(&mut SettingsDraft, &mut Means);
        let check = |turn: Turn, expected: (u64, &str)| {
            let mut rules = draft();
            let mut means = Means {
                order: money(20_000),
                base: money(20_000),
                gift: Money::ZERO,
                before: Bonus::ZERO,
                money_least: Money::CENT,
                room: None,
                redeemable: bonus(12_000),
                daily: today(&rules),
            };
            turn(&mut rules, &mut means);
            let found = limit(&means, &rules);
            assert_eq!((found.most.cents(), found.bound.name()), expected, "{means:?}");
        };
        let percent = "max_redeem_percent";
        check(|_, _| {}, (6_000, percent));
        check(|_, means| means.base = money(1_000), (300, percent));
        check(|_, means| means.before = bonus(5_900), (100, percent));
        check(|_, means| means.redeemable = bonus(6_000), (6_000, percent));
        check(|_, means| means.redeemable = bonus(5_999), (5_999, "redeemable_balance"));
        check(|_, means| means.room = Some(bonus(70)), (70, "category_rules"));
        check(
            |_, means| (means.room, means.before) = (Some(bonus(70)), bonus(60)),
            (10, "category_rules"),
        );
        check(
            |rules, means| {
                rules.redeem_max_per_receipt = Some(bonus(500));
                means.before = bonus(200);
            },
            (300, "redeem_max_per_receipt"),
        );
        check(
            |rules, means| {
                rules.policy.daily.redeem_max = Some(bonus(400));
                means.daily = today(rules);
            },
            (400, "redeem_max_per_day"),
        );
        check(
            |rules, means| {
                rules.max_redeem_percent = Percent::HUNDRED;
                means.redeemable = bonus(90_000);
            },
            (19_999, "money_left"),
        );
        check(|rules, _| rules.redeem_step = bonus(700), (5_600, percent));
        check(|rules, _| rules.min_redeem = bonus(6_001), (0, "min_redeem"));
    }
}
