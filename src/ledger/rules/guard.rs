//! What a chain refuses so that nobody abuses it: too many sales of one customer on a day, late sales,
//! redemptions on the day on which an account is opened, large ones without the customer's code; and
//! whoever may not redeem at all (rules 16 and 34b).
//!
//! All days are those on which a command arrives: whoever abuses sends late what is refused at once.

use crate::ledger::account::Account;
use crate::ledger::guard::{Confirmation, OnSuspicion};
use crate::ledger::refusal::Refusal;
use crate::ledger::rules::daily::day_of;
use crate::ledger::rules::spend_cap::RedeemBound;
use crate::ledger::settings::SettingsDraft;
use crate::ledger::tally::{DayCount, OfDay};
use crate::values::{Bonus, Timestamp};

/// Whether a sale may be made at all.
pub(in crate::ledger) fn admit_sale(
    account: &Account,
    late: bool,
    rules: &SettingsDraft,
    now: Timestamp,
) -> Result<(), Refusal> {
    let guard = &rules.policy.guard;
    if late && guard.late_sales == OnSuspicion::Refuse {
        return Err(Refusal::LateSale);
    }
    let Some(from) = guard.sales_per_day_refuse_from else { return Ok(()) };
    let sales_before = match account.tallies.of_day(day_of(now, rules)) {
        OfDay::Counted(count) => count.sales,
        OfDay::Nothing => 0,
        OfDay::Forgotten => u32::MAX,
    };
    if sales_before.saturating_add(1) >= from {
        return Err(Refusal::TooManySalesToday { from });
    }
    Ok(())
}

/// What a sale counts against the limit of its day; `None`: there is none.
pub(in crate::ledger) fn sold(rules: &SettingsDraft, now: Timestamp) -> Option<DayCount> {
    let limited = rules.policy.guard.sales_per_day_refuse_from.is_some();
    limited.then(|| DayCount { sales: 1, ..DayCount::nothing_on(day_of(now, rules)) })
}

/// Why a customer may redeem nothing now, whatever the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) enum RedeemBar {
    DebitDenied,
    OpeningDay,
}

impl RedeemBar {
    /// What bars this customer; `None`: nothing does.
    pub(in crate::ledger) fn of(
        account: &Account,
        rules: &SettingsDraft,
        now: Timestamp,
    ) -> Option<Self> {
        if account.debit_denied {
            return Some(Self::DebitDenied);
        }
        let refuses = rules.policy.guard.redeem_on_opening_day == OnSuspicion::Refuse;
        let opened_today = || day_of(account.opened_at, rules) == day_of(now, rules);
        (refuses && opened_today()).then_some(Self::OpeningDay)
    }

    pub(in crate::ledger) const fn bound(self) -> RedeemBound {
        match self {
            Self::DebitDenied => RedeemBound::DebitDenied,
            Self::OpeningDay => RedeemBound::OpeningDay,
        }
    }
}

/// Whether a customer may redeem anything.
pub(in crate::ledger) fn admit_redemption(
    account: &Account,
    field: &'static str,
    rules: &SettingsDraft,
    now: Timestamp,
) -> Result<(), Refusal> {
    match RedeemBar::of(account, rules, now) {
        None => Ok(()),
        Some(RedeemBar::DebitDenied) => Err(Refusal::DebitDenied { field }),
        Some(RedeemBar::OpeningDay) => Err(Refusal::RedemptionOnOpeningDay { field }),
    }
}

/// Whether the customer agreed, where that is needed, to redeem `asked` after `before` of the same order.
pub(in crate::ledger) fn confirm(
    asked: Bonus,
    before: Bonus,
    confirmation: Confirmation,
    rules: &SettingsDraft,
) -> Result<(), Refusal> {
    let guard = &rules.policy.guard;
    match guard.redeem_confirm_from {
        Some(from) if guard.needs_code(asked, before) && confirmation != Confirmation::Proved => {
            Err(Refusal::ConfirmationMissing { from })
        }
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use crate::ledger::command::{Action, CommitReserve, Redeem, Sell};
    use crate::ledger::facts::RedemptionFact;
    use crate::ledger::guard::{AccountFlag, Confirmation, OnSuspicion, code_to_prove};
    use crate::ledger::login_code::LoginCode;
    use crate::ledger::settings::SettingsDraft;
    use crate::ledger::testing::{
        DAY, HOUR, Scene, adjust, bonus, check_next, instant, money, plain, redeem, redemption,
        sale, sell,
    };
    use crate::ledger::testing_reserves::{named, set_aside};
    use crate::values::{Percent, SaleId};

    fn flag(flag: AccountFlag, on: bool) -> Action {
        Action::SetFlag { flag, on }
    }

    #[test]
    fn the_sale_that_would_be_one_too_many_of_its_day_is_refused() {
        let mut scene = Scene::new(|rules| rules.policy.guard.sales_per_day_refuse_from = Some(3));
        scene.wait(HOUR).perform(sell("100.00")).unwrap();
        // A redemption without a sale is none; whether a sale is late does not matter.
        scene.perform(adjust("50.00")).unwrap();
        scene.perform(redeem("10.00", "100.00")).unwrap();
        scene.perform(sale("100.00").on("2026-01-10T14:00:00+05:00").act()).unwrap();
        let before = scene.account().clone();
        check_next(&mut scene, sell("100.00"), "too_many_sales_today -");
        let late = sale("100.00").on("2026-01-09T15:00:00+05:00").act();
        check_next(&mut scene, late, "too_many_sales_today -");
        assert_eq!(scene.account(), &before);
        scene.now = instant("2026-01-11T00:00:00+05:00");
        scene.perform(sell("100.00")).unwrap();
        // Counted from when there is a limit.
        scene.adopt(|rules| rules.policy.guard.sales_per_day_refuse_from = None);
        scene.perform(sell("100.00")).unwrap();
        scene.adopt(|rules| rules.policy.guard.sales_per_day_refuse_from = Some(3));
        scene.perform(sell("100.00")).unwrap();
        check_next(&mut scene, sell("100.00"), "too_many_sales_today -");
    }

    #[test]
    fn late_sales_are_taken_unless_the_chain_refuses_them() {
        let check = |late_sales, seconds, expected: Option<&str>| {
            let mut scene = Scene::new(|rules| rules.policy.guard.late_sales = late_sales);
            scene.wait(seconds);
            let late = sale("100.00").on("2026-01-10T14:00:00+05:00").act();
            let refused = scene.perform(late).err();
            assert_eq!(refused.map(|refusal| refusal.code()), expected);
        };
        check(OnSuspicion::Report, 301, None);
        check(OnSuspicion::Refuse, 300, None);
        check(OnSuspicion::Refuse, 301, Some("late_sale"));
    }

    #[test]
    fn nothing_is_redeemed_on_the_day_of_joining_where_that_is_refused() {
        let on_day = |on_suspicion| {
            let mut scene =
                Scene::new(|rules| rules.policy.guard.redeem_on_opening_day = on_suspicion);
            scene.perform(adjust("100.00")).unwrap();
            scene
        };
        let shown = |scene: &Scene| {
            scene.view(Some(money("200.00"))).loyalty.max_redeem_amount.unwrap().to_string()
        };
        let scene = &mut on_day(OnSuspicion::Report);
        assert_eq!(shown(scene), "60.00");
        scene.perform(redeem("10.00", "100.00")).unwrap();
        let scene = &mut on_day(OnSuspicion::Refuse);
        assert_eq!(shown(scene), "0.00");
        check_next(scene, redeem("10.00", "100.00"), "redemption_on_opening_day amount");
        let selling = || sale("90.00").redeeming("10.00").act();
        check_next(scene, selling(), "redemption_on_opening_day bonus_redeem_amount");
        scene.perform(sell("100.00")).unwrap();
        scene.now = instant("2026-01-10T23:59:59.999+05:00");
        check_next(scene, selling(), "redemption_on_opening_day bonus_redeem_amount");
        scene.now = instant("2026-01-11T00:00:00+05:00");
        assert_eq!(shown(scene), "60.00");
        scene.perform(selling()).unwrap();
    }

    #[test]
    fn whoever_may_not_redeem_earns_all_the_same() {
        let mut scene = Scene::new(plain);
        scene.perform(adjust("100.00")).unwrap();
        check_next(
            &mut scene,
            flag(AccountFlag::DebitDenied, true),
            "DebitDenied true | 100.00 = 100.00 + 0.00 - 0.00",
        );
        check_next(
            &mut scene,
            flag(AccountFlag::DebitDenied, true),
            " | 100.00 = 100.00 + 0.00 - 0.00",
        );
        check_next(&mut scene, redeem("10.00", "100.00"), "debit_denied amount");
        let selling = sale("90.00").redeeming("10.00").act();
        check_next(&mut scene, selling, "debit_denied bonus_redeem_amount");
        check_next(&mut scene, set_aside("r", "10.00"), "debit_denied amount");
        let view = scene.view(Some(money("200.00")));
        assert_eq!(view.loyalty.max_redeem_amount, Some(bonus("0.00")));
        assert!(view.debit_denied && !view.staff);
        scene.perform(sell("100.00")).unwrap();
        assert_eq!(scene.last_sale().accrued, bonus("5.00"));
        scene.perform(adjust("-10.00")).unwrap();
        scene.perform(flag(AccountFlag::DebitDenied, false)).unwrap();
        scene.perform(redeem("10.00", "100.00")).unwrap();
    }

    #[test]
    fn the_sales_of_staff_earn_nothing() {
        let mut scene = Scene::new(plain);
        scene.perform(flag(AccountFlag::Staff, true)).unwrap();
        check_next(
            &mut scene,
            sell("100.00"),
            "sale 1 of 100.00 earned 0.00 | 0.00 = 0.00 + 0.00 - 0.00",
        );
        // What they have they may spend, and what they buy counts.
        scene.perform(adjust("10.00")).unwrap();
        scene.perform(redeem("10.00", "100.00")).unwrap();
        assert_eq!((scene.account().purchases, scene.view(None).staff), (1, true));
        scene.perform(flag(AccountFlag::Staff, false)).unwrap();
        scene.perform(sell("100.00")).unwrap();
        assert_eq!(scene.last_sale().accrued, bonus("5.00"));
    }

    fn confirmed_from(rules: &mut SettingsDraft) {
        rules.policy.guard.redeem_confirm_from = Some(bonus("50.00"));
        rules.max_redeem_percent = Percent::HUNDRED;
    }

    fn rich(change: fn(&mut SettingsDraft)) -> Scene {
        let mut scene = Scene::new(change);
        scene.perform(adjust("1000.00")).unwrap();
        scene
    }

    #[test]
    fn a_large_redemption_needs_the_customers_code() {
        let check = |amount: &str, confirmation, expected: Option<&str>| {
            let mut scene = rich(confirmed_from);
            let asked = Redeem { confirmation, ..redemption(amount, "200.00") };
            let refused = scene.perform(Action::Redeem(asked)).err();
            assert_eq!(refused.map(|refusal| refusal.code()), expected, "redeem {amount}");
            let mut scene = rich(confirmed_from);
            let asked = Sell { confirmation, ..sale("100.00").redeeming(amount) };
            let refused = scene.perform(asked.act()).err();
            assert_eq!(refused.map(|refusal| refusal.code()), expected, "sell {amount}");
        };
        let (missing, proved) = (Confirmation::Missing, Confirmation::Proved);
        let unproved = Confirmation::Code(LoginCode::of_random(7));
        check("49.99", missing, None);
        check("50.00", missing, Some("confirmation_required"));
        check("50.00", unproved, Some("confirmation_required"));
        check("50.00", proved, None);
        check("50.01", missing, Some("confirmation_required"));
    }

    #[test]
    fn what_was_redeemed_of_the_order_before_counts_with_the_rest() {
        let mut scene = rich(confirmed_from);
        scene.perform(redeem("30.00", "200.00")).unwrap();
        scene.completes = Some(RedemptionFact {
            customer: scene.account().id,
            sale: SaleId(1),
            amount: bonus("30.00"),
            order_total: money("200.00"),
        });
        let rest = |amount| sale("150.00").redeeming(amount);
        check_next(&mut scene, rest("20.00").act(), "confirmation_required confirmation_code");
        let mut with_less = scene.clone();
        with_less.perform(rest("19.99").act()).unwrap();
        let rules = &scene.settings.at(scene.now).rules;
        let code = LoginCode::of_random(7);
        let asked = |amount| {
            let sell = Sell { confirmation: Confirmation::Code(code), ..rest(amount) };
            code_to_prove(&sell.act(), scene.completes.as_ref(), rules).is_some()
        };
        // What needs no code is not asked for one.
        assert_eq!(["0.00", "19.99", "20.00"].map(asked), [false, false, true]);
    }

    #[test]
    fn a_commit_of_a_reserve_is_a_redemption() {
        let mut scene = rich(confirmed_from);
        scene.perform(set_aside("r", "80.00")).unwrap();
        let commit = |amount: &str, confirmation| {
            let redeem = Redeem { confirmation, ..redemption(amount, "200.00") };
            let reserve = named("r");
            Action::CommitReserve(Box::new(CommitReserve { reserve, redeem }))
        };
        check_next(
            &mut scene,
            commit("50.00", Confirmation::Missing),
            "confirmation_required confirmation_code",
        );
        scene.wait(DAY);
        scene.perform(commit("50.00", Confirmation::Proved)).unwrap();
    }
}
