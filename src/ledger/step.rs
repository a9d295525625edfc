//! One step of an account: decide, apply to a copy, check the copy. The same function serves preview,
//! commit and explanation, so a calculation equals the commit that follows.

use crate::ledger::account::{Account, Misfit};
use crate::ledger::command::{Action, Command, Sell};
use crate::ledger::decide::{self, Draft, DraftError, decide};
use crate::ledger::event::AccountEvent;
use crate::ledger::facts::{IdBlock, IdsNeeded, PastWindow};
use crate::ledger::invariants::{self, Broken};
use crate::ledger::promotion::Promotion;
use crate::ledger::promotions::Promotions;
use crate::ledger::refusal::Refusal;
use crate::ledger::returnable::Returnable;
use crate::ledger::row::Row;
use crate::ledger::rules::{business_time, promotion, tier};
use crate::ledger::settings::SettingsHistory;
use crate::ledger::voucher::VoucherStep;
use crate::values::{PromotionId, Timestamp};
use thiserror::Error;

/// What one command did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub account: Box<Account>,
    /// Empty if the command changed nothing.
    pub events: Vec<AccountEvent>,
    pub rows: Vec<Row>,
    /// The first ids that were not used.
    pub ids: IdBlock,
    /// What it did to another account, which is to happen with it or not at all.
    pub other: Option<Box<Self>>,
    /// What happened to gift cards and coupons, in the order of the command.
    pub vouchers: Vec<VoucherStep>,
}

/// Why a command did nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StepError {
    #[error(transparent)]
    Refused(Refusal),
    /// A decision that its own state does not accept: a bug.
    #[error("a decision does not fit its account: {0}")]
    Misfit(Misfit),
    /// A decision that breaks an invariant: a bug.
    #[error("a decision breaks an invariant: {0}")]
    Broken(Broken),
}

impl From<DraftError> for StepError {
    fn from(error: DraftError) -> Self {
        match error {
            DraftError::Refused(refusal) => Self::Refused(refusal),
            DraftError::Misfit(misfit) => Self::Misfit(misfit),
        }
    }
}

/// Runs a command against an account (`None`: it does not exist yet).
///
/// # Errors
/// `Refused` is the caller's affair; the others are bugs, and nothing was changed.
pub fn step(account: Option<&Account>, command: &Command) -> Result<Step, StepError> {
    let draft = decide(account, command)?;
    checked(draft)
}

fn checked(draft: Draft) -> Result<Step, StepError> {
    let Draft { account, events, rows, ids, other, vouchers, .. } = draft;
    invariants::check(&account).map_err(StepError::Broken)?;
    let other = other.map(|other| checked(*other)).transpose()?.map(Box::new);
    Ok(Step { account, events, rows, ids, other, vouchers })
}

/// How many ids a command at `now` may use; if it returns a sale, with all that is known of that.
#[must_use]
pub fn ids_needed(
    account: Option<&Account>,
    action: &Action,
    now: Timestamp,
    returned: Option<&Returnable>,
) -> IdsNeeded {
    decide::ids_needed(account, action, now, returned)
}

/// The sale that the directory must fetch, if this command is a return.
#[must_use]
pub fn needs_returned(command: &Command) -> bool {
    matches!(command.action, Action::Refund(_)) && command.facts.returned.is_none()
}

/// What of the past must be looked up, if this is a sale that arrives out of order and whose tier may
/// depend on it (rule 21).
#[must_use]
pub fn needs_past(
    account: &Account,
    action: &Action,
    settings: &SettingsHistory,
    now: Timestamp,
) -> Option<PastWindow> {
    let sell = earning_sale(action)?;
    let at = business_time::instant(sell.sale_date, &settings.at(now).rules, now);
    let latest = account.last_visit_at.max(account.last_return_at);
    let out_of_order = latest.is_some_and(|latest| latest > at);
    let earning = settings.at(at);
    let needed = out_of_order && earning.tiers.len() > 1;
    needed.then(|| PastWindow { after: at, since: tier::window_begins(earning, at) })
}

/// What is bought, if this is a sale that may earn.
fn earning_sale(action: &Action) -> Option<&Sell> {
    if let Action::ImportSale(import) = action {
        return import.accrues.then_some(&*import.sell);
    }
    let Action::Sell(sell) = action else { return None };
    Some(sell)
}

/// The promotions with a limit for all customers together that this command, if it is a sale, may have
/// a part in, each with its limit: a use of each is to be set aside before it is decided.
#[must_use]
pub fn permits_wanted(
    action: &Action,
    promotions: &Promotions,
    settings: &SettingsHistory,
    now: Timestamp,
) -> Vec<(PromotionId, u32)> {
    let Action::Sell(sell) = action else { return Vec::new() };
    if promotions.versions().is_empty() {
        return Vec::new();
    }
    let at = business_time::instant(sell.sale_date, &settings.at(now).rules, now);
    let running = promotions.running_at(at).filter(|running| may_match(running, sell));
    running.filter_map(|it| it.terms.limits.total.map(|most| (it.id, most))).collect()
}

fn may_match(running: &Promotion, sell: &Sell) -> bool {
    let condition = &running.terms.condition;
    sell.total_amount >= condition.min_amount
        && (!condition.coupon || !sell.coupons.is_empty())
        && (promotion::matches(running, None)
            || sell.lines.iter().any(|line| promotion::matches(running, Some(line))))
}

#[cfg(test)]
mod tests {
    use crate::ledger::command::{Action, Adjust};
    use crate::ledger::event::AccountEvent;
    use crate::ledger::settings::tests::tier;
    use crate::ledger::step::needs_past;
    use crate::ledger::testing::{
        DAY, Scene, adjust, adjustment, check, check_next, hold, instant, money, plain, redeem,
        sale,
    };
    use crate::values::Date;

    /// The contract's own examples, one after the other.
    #[test]
    fn the_golden_day() {
        let mut scene = Scene::new(plain);
        scene.perform(adjust("120.00")).unwrap();
        check_next(
            &mut scene,
            hold("30.00", DAY),
            "adjust 30.00 lot 2 held; adjusted 30.00 | 150.00 = 120.00 + 30.00 - 0.00",
        );
        check_next(
            &mut scene,
            sale("955.00").gross("1000.00").redeeming("45.00").act(),
            "redeem 45.00 of 1:45.00; accrual 47.75 lot 3 held; sale 1 of 955.00 earned 47.75 \
             | 152.75 = 75.00 + 77.75 - 0.00",
        );
        let shown = scene.view(Some(money("200.00"))).loyalty.max_redeem_amount;
        assert_eq!(shown.unwrap().to_string(), "60.00");
        check_next(
            &mut scene,
            redeem("50.00", "200.00"),
            "redeem 50.00 of 1:50.00; redemption 2 of 200.00 | 102.75 = 25.00 + 77.75 - 0.00",
        );
    }

    #[test]
    fn a_lot_is_spendable_through_its_last_local_day() {
        let mut scene = Scene::new(plain);
        scene.perform(adjust("10.00")).unwrap();
        assert_eq!(scene.account().lots[0].expires_at, Some(instant("2027-01-11T00:00:00+05:00")));
        scene.now = instant("2027-01-10T23:59:59.999+05:00");
        assert_eq!(scene.view(None).redeemable.to_string(), "10.00");
        scene.now = instant("2027-01-11T00:00:00+05:00");
        assert_eq!(scene.view(None).redeemable.to_string(), "0.00");
        check_next(&mut scene, Action::Settle, "expired 10.00 lot 1 | 0.00 = 0.00 + 0.00 - 0.00");
    }

    /// Earliest expiry first, no expiry last, then activation, then lot id.
    #[test]
    fn a_debit_stores_the_slices_it_drew_in_spend_order() {
        let until = |amount, (year, month, day)| {
            let expires = Date::from_ymd_opt(year, month, day);
            Action::Adjust(Adjust { expires, ..adjustment(amount) })
        };
        let given = vec![
            (0, until("1.00", (2026, 6, 1))),
            (0, until("2.00", (2026, 3, 1))),
            (0, until("4.00", (2026, 3, 1))),
            (0, hold("8.00", 365 * DAY)),
            (0, until("16.00", (2026, 2, 1))),
            (1, until("32.00", (2026, 2, 1))),
        ];
        check(
            plain,
            given,
            (1, redeem("50.50", "1000.00")),
            "redeem 50.50 of 5:16.00 6:32.00 2:2.00 3:0.50; redemption 1 of 1000.00 \
             | 12.50 = 4.50 + 8.00 - 0.00",
        );
        check(
            |rules| rules.expire_after = crate::ledger::Days::Never,
            vec![(0, adjust("5.00")), (0, until("1.00", (2099, 1, 1)))],
            (0, adjust("-2.00")),
            "adjust 2.00 of 2:1.00 1:1.00; adjusted -2.00 | 4.00 = 4.00 + 0.00 - 0.00",
        );
    }

    #[test]
    fn a_refusal_changes_nothing_not_even_what_is_due() {
        let mut scene = Scene::new(plain);
        scene.perform(hold("10.00", DAY)).unwrap();
        let before = scene.account().clone();
        scene.wait(DAY);
        check_next(&mut scene, adjust("-10.01"), "adjustment_below_balance amount");
        assert_eq!(scene.account(), &before);
        let events = scene.perform(adjust("-10.00")).unwrap();
        assert!(matches!(events[0], AccountEvent::LotActivated { .. }));
    }

    #[test]
    fn the_past_is_asked_for_only_where_a_tier_may_depend_on_it() {
        let check = |tiers: usize, action: Action, expected: bool| {
            let mut scene = Scene::new(|rules| {
                let higher = (1..tiers).map(|n| tier(&n.to_string(), &n.to_string(), "7"));
                rules.tiers.extend(higher);
            });
            scene.wait(DAY);
            scene.perform(sale("10.00").act()).unwrap();
            let visited = scene.now;
            scene.wait(DAY);
            let after = needs_past(scene.account(), &action, &scene.settings, scene.now);
            assert_eq!(after.is_some(), expected, "{tiers}");
            assert!(after.is_none_or(|window| window.after < visited));
        };
        let on = |date: &str| sale("10.00").on(date).act();
        check(2, on("2026-01-11T13:59:59+05:00"), true);
        check(2, on("2026-01-11T14:00:00+05:00"), false);
        check(2, on("2026-01-11T14:00:01+05:00"), false);
        check(2, sale("10.00").act(), false);
        check(2, adjust("10.00"), false);
        check(1, on("2026-01-11T13:59:59+05:00"), false);
    }
}
