//! Pays bonuses towards an order without a sale: accrues nothing, counts no purchase (rule 8).

use crate::ledger::command::{Command, Redeem};
use crate::ledger::decide::cover::let_go;
use crate::ledger::decide::draft::{Draft, DraftError};
use crate::ledger::decide::lots::{NewDebit, debit};
use crate::ledger::decide::settle::settle;
use crate::ledger::event::{AccountEvent, DebitKind};
use crate::ledger::refusal::Refusal;
use crate::ledger::reserve::{ReleaseReason, ReserveId};
use crate::ledger::rules::daily::{self, Daily};
use crate::ledger::rules::guard;
use crate::ledger::rules::spend_cap::{self, Spend};
use crate::ledger::sale::RecordedRedemption;
use crate::values::Bonus;

/// What a redemption draws.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source<'a> {
    Balance,
    /// A reserve and what is left in it; what the redemption does not need of it is released.
    Reserve {
        reserve: &'a ReserveId,
        left: Bonus,
    },
}

pub(super) fn decide(
    mut draft: Draft,
    asked: &Redeem,
    command: &Command,
) -> Result<Draft, DraftError> {
    settle(&mut draft, command.now)?;
    admit(&draft, asked, command)?;
    redeem(&mut draft, asked, Source::Balance, command)?;
    Ok(draft)
}

/// Whether this customer may redeem without a sale at all.
pub(super) fn admit(draft: &Draft, redeem: &Redeem, command: &Command) -> Result<(), Refusal> {
    let rules = &command.facts.settings.at(command.now).rules;
    if draft.account.blocked {
        return Err(Refusal::CustomerBlocked);
    }
    if !rules.redeem_from_app {
        return Err(Refusal::RedeemFromAppDisabled);
    }
    if rules.require_external_id && redeem.external_id.is_none() {
        return Err(Refusal::ExternalIdRequired);
    }
    Ok(())
}

/// Redeems within the limits of the order, and records it.
pub(super) fn redeem(
    draft: &mut Draft,
    redeem: &Redeem,
    source: Source<'_>,
    command: &Command,
) -> Result<(), DraftError> {
    let now = command.now;
    let rules = &command.facts.settings.at(now).rules;
    guard::admit_redemption(&draft.account, "amount", rules, now)?;
    let redeemable = match source {
        Source::Balance => draft.account.redeemable(),
        Source::Reserve { left, .. } => left,
    };
    let spend = Spend {
        field: "amount",
        asked: redeem.amount,
        before: Bonus::ZERO,
        order: redeem.order_total,
        redeemable,
        held: draft.account.held(),
        daily: Daily::of(&draft.account.tallies, rules, now),
    };
    spend_cap::accept(&spend, rules)?;
    guard::confirm(redeem.amount, Bonus::ZERO, redeem.confirmation, rules)?;
    let id = draft.next_sale();
    let transaction = draft.next_transaction();
    let new =
        NewDebit { transaction, kind: DebitKind::Redeem, sale: Some(id), amount: redeem.amount };
    match source {
        Source::Balance => debit(draft, &new, now)?,
        Source::Reserve { reserve, left } => {
            let_go(draft, reserve, redeem.amount, ReleaseReason::Committed, now)?;
            debit(draft, &new, now)?;
            let rest = left.saturating_sub(redeem.amount);
            let_go(draft, reserve, rest, ReleaseReason::Rest, now)?;
            settle(draft, now)?;
        }
    }
    draft.count(daily::redeemed(redeem.amount, rules, now))?;
    let balance_after = draft.account.balance();
    draft.record(AccountEvent::RedemptionRecorded(Box::new(RecordedRedemption {
        id,
        transaction,
        at: now,
        amount: redeem.amount,
        order_total: redeem.order_total,
        external_id: redeem.external_id.clone(),
        balance_after,
    })))
}

#[cfg(test)]
mod tests {
    use crate::ledger::command::{Action, ExternalId, Redeem};
    use crate::ledger::settings::SettingsDraft;
    use crate::ledger::testing::{
        DAY, Scene, adjust, bonus, check, check_next, hold, owe, plain, redeem, redemption,
    };
    use crate::values::Percent;

    /// 120 to spend and 30 held.
    fn given() -> Vec<(i64, Action)> {
        vec![(0, adjust("120.00")), (0, hold("30.00", DAY))]
    }

    fn check_with(change: fn(&mut SettingsDraft), when: Action, expected: &str) {
        check(change, given(), (0, when), expected);
    }

    #[test]
    fn bonuses_pay_up_to_the_cap_and_the_balance() {
        check_with(
            plain,
            redeem("60.00", "200.00"),
            "redeem 60.00 of 1:60.00; redemption 1 of 200.00 | 90.00 = 60.00 + 30.00 - 0.00",
        );
        check_with(plain, redeem("60.01", "200.00"), "redeem_over_cap amount");
        check_with(
            plain,
            redeem("120.00", "400.00"),
            "redeem 120.00 of 1:120.00; redemption 1 of 400.00 | 30.00 = 0.00 + 30.00 - 0.00",
        );
        // Held bonuses cannot be spent, until they are active.
        check_with(plain, redeem("120.01", "5000.00"), "balance_too_low amount");
        check(
            plain,
            given(),
            (DAY, redeem("120.01", "5000.00")),
            "active 30.00 lot 2; redeem 120.01 of 1:120.00 2:0.01; redemption 1 of 5000.00 \
             | 29.99 = 29.99 + 0.00 - 0.00",
        );
        check(
            plain,
            vec![(0, hold("30.00", DAY)), (0, owe("-5.00"))],
            (0, redeem("0.01", "200.00")),
            "balance_too_low amount",
        );
        check_with(plain, redeem("0.00", "200.00"), "redeem_too_small amount");
        // 30 % of 0.03 is less than a cent.
        check_with(plain, redeem("0.01", "0.03"), "redeem_over_cap amount");
        check_with(
            |rules| rules.max_redeem_percent = Percent::HUNDRED,
            redeem("100.00", "100.00"),
            "redeem 100.00 of 1:100.00; redemption 1 of 100.00 | 50.00 = 20.00 + 30.00 - 0.00",
        );
    }

    #[test]
    fn the_shop_limits_what_is_redeemed() {
        check_with(
            |rules| rules.redeem_step = bonus("5.00"),
            redeem("42.00", "200.00"),
            "redeem_off_step amount",
        );
        // 30 % of 199 is 59.70, floored to the step.
        check_with(
            |rules| rules.redeem_step = bonus("5.00"),
            redeem("60.00", "199.99"),
            "redeem_over_cap amount",
        );
        check_with(
            |rules| rules.redeem_step = bonus("5.00"),
            redeem("55.00", "199.99"),
            "redeem 55.00 of 1:55.00; redemption 1 of 199.99 | 95.00 = 65.00 + 30.00 - 0.00",
        );
        check_with(
            |rules| rules.min_redeem = bonus("10.00"),
            redeem("9.99", "200.00"),
            "redeem_too_small amount",
        );
        check_with(
            |rules| rules.min_redeem = bonus("10.00"),
            redeem("10.00", "200.00"),
            "redeem 10.00 of 1:10.00; redemption 1 of 200.00 | 140.00 = 110.00 + 30.00 - 0.00",
        );
        check_with(
            |rules| rules.redeem_max_per_receipt = Some(bonus("20.00")),
            redeem("20.01", "200.00"),
            "redeem_over_receipt_max amount",
        );
        check_with(
            |rules| rules.redeem_max_per_receipt = Some(bonus("20.00")),
            redeem("20.00", "200.00"),
            "redeem 20.00 of 1:20.00; redemption 1 of 200.00 | 130.00 = 100.00 + 30.00 - 0.00",
        );
    }

    #[test]
    fn refusals_come_in_order() {
        let strict = |rules: &mut SettingsDraft| {
            rules.redeem_from_app = false;
            rules.require_external_id = true;
        };
        let mut scene = Scene::new(strict);
        scene.perform(Action::Block).unwrap();
        check_next(&mut scene, redeem("500.00", "200.00"), "customer_blocked -");
        scene.perform(Action::Unblock).unwrap();
        check_next(&mut scene, redeem("500.00", "200.00"), "redeem_from_app_disabled -");
        scene.adopt(|rules| rules.redeem_from_app = true);
        check_next(&mut scene, redeem("500.00", "200.00"), "external_id_required external_sale_id");
        let external_id = Some(ExternalId::parse("order-1").unwrap());
        let asked = Redeem { external_id, ..redemption("500.00", "200.00") };
        check_next(&mut scene, Action::Redeem(asked), "redeem_over_cap amount");
    }

    #[test]
    fn a_redemption_counts_no_purchase() {
        let mut scene = Scene::new(plain);
        scene.perform(adjust("120.00")).unwrap();
        scene.perform(redeem("60.00", "200.00")).unwrap();
        let view = scene.view(None);
        assert_eq!((view.purchases, view.total_spent.cents(), view.last_visit_at), (0, 0, None));
    }

    #[test]
    fn what_expires_at_this_instant_cannot_pay() {
        let mut scene = Scene::new(plain);
        scene.perform(adjust("120.00")).unwrap();
        scene.now = scene.account().lots[0].expires_at.unwrap().plus_millis(-1);
        assert!(scene.try_step(redeem("60.00", "200.00")).is_ok());
        scene.now = scene.now.plus_millis(1);
        check_next(&mut scene, redeem("60.00", "200.00"), "balance_too_low amount");
    }
}
