//! An operator's correction: a lot of the manual pool, or a debit (rule 17).

use crate::ledger::command::{Adjust, Command};
use crate::ledger::decide::draft::{Draft, DraftError};
use crate::ledger::decide::lots::{NewDebit, NewLot, credit, debit};
use crate::ledger::decide::settle::settle;
use crate::ledger::event::{AccountEvent, CreditKind, DebitKind};
use crate::ledger::lot::{LotOrigin, Pool};
use crate::ledger::refusal::Refusal;
use crate::ledger::rules::expiry;
use crate::values::{Bonus, TransactionId};

pub(super) fn decide(
    mut draft: Draft,
    adjust: &Adjust,
    command: &Command,
) -> Result<Draft, DraftError> {
    settle(&mut draft, command.now)?;
    let amount = adjust.amount.magnitude().ok_or(Refusal::AmountTooLarge { field: "amount" })?;
    if amount.is_zero() {
        return Err(Refusal::AdjustmentOfNothing.into());
    }
    let transaction = draft.next_transaction();
    if adjust.amount.is_negative() {
        take(&mut draft, adjust, amount, transaction, command)?;
    } else {
        give(&mut draft, adjust, amount, transaction, command)?;
    }
    let balance_after = draft.account.balance();
    draft.record(AccountEvent::AdjustmentRecorded {
        transaction,
        amount: adjust.amount,
        reason: adjust.reason.clone(),
        balance_after,
    })?;
    Ok(draft)
}

fn give(
    draft: &mut Draft,
    adjust: &Adjust,
    amount: Bonus,
    transaction: TransactionId,
    command: &Command,
) -> Result<(), DraftError> {
    let rules = &command.facts.settings.at(command.now).rules;
    let activates_at = command.now.plus_seconds(i64::from(adjust.hold_seconds));
    let expires_at = match adjust.expires {
        Some(last_day) => Some(expiry::expires_after(last_day, rules.time_zone)),
        None => expiry::expires_at(activates_at, rules.expire_after, rules.time_zone),
    };
    if expires_at.is_some_and(|end| end <= activates_at) {
        return Err(Refusal::ExpiresTooEarly.into());
    }
    let new = NewLot {
        transaction,
        kind: CreditKind::Adjust,
        pool: Pool::Manual,
        origin: LotOrigin::Adjustment(transaction),
        amount,
        activates_at,
        expires_at,
        field: "amount",
    };
    credit(draft, &new, command.now)
}

fn take(
    draft: &mut Draft,
    adjust: &Adjust,
    amount: Bonus,
    transaction: TransactionId,
    command: &Command,
) -> Result<(), DraftError> {
    let redeemable = draft.account.redeemable();
    if amount > redeemable && !adjust.allow_debt {
        return Err(Refusal::AdjustmentBelowBalance { asked: adjust.amount, redeemable }.into());
    }
    let new = NewDebit { transaction, kind: DebitKind::Adjust, sale: None, amount };
    debit(draft, &new, command.now)
}

#[cfg(test)]
mod tests {
    use crate::ledger::command::{Action, Adjust};
    use crate::ledger::settings::Days;
    use crate::ledger::testing::{
        DAY, Scene, adjust, adjustment, check, check_next, hold, instant, owe, plain, sell,
    };
    use crate::values::{Balance, Date, MONEY_MAX_CENTS};

    fn until(amount: &str, hold_seconds: u32, date: (i32, u32, u32)) -> Action {
        let expires = Date::from_ymd_opt(date.0, date.1, date.2);
        Action::Adjust(Adjust { hold_seconds, expires, ..adjustment(amount) })
    }

    #[test]
    fn a_correction_is_a_lot_or_a_debit() {
        check(
            plain,
            vec![],
            (0, adjust("120.00")),
            "adjust 120.00 lot 1; adjusted 120.00 | 120.00 = 120.00 + 0.00 - 0.00",
        );
        check(
            plain,
            vec![],
            (0, hold("0.01", 1)),
            "adjust 0.01 lot 1 held; adjusted 0.01 | 0.01 = 0.00 + 0.01 - 0.00",
        );
        check(
            plain,
            vec![(0, adjust("5.00")), (0, Action::Block)],
            (0, adjust("-5.00")),
            "adjust 5.00 of 1:5.00; adjusted -5.00 | 0.00 = 0.00 + 0.00 - 0.00",
        );
    }

    #[test]
    fn a_lot_expires_as_named_or_as_the_settings_say() {
        let check = |action: Action, after: Days, expected: Option<&str>| {
            let mut scene = Scene::new(|rules| rules.expire_after = after);
            scene.perform(action).unwrap();
            assert_eq!(scene.account().lots[0].expires_at, expected.map(instant), "{expected:?}");
        };
        check(adjust("1.00"), Days::Never, None);
        check(adjust("1.00"), Days::Months(1), Some("2026-02-11T00:00:00+05:00"));
        check(hold("1.00", DAY), Days::Days(1), Some("2026-01-13T00:00:00+05:00"));
        check(until("1.00", 0, (2026, 1, 10)), Days::Never, Some("2026-01-11T00:00:00+05:00"));
        check(until("1.00", 0, (2030, 2, 28)), Days::Days(1), Some("2030-03-01T00:00:00+05:00"));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let check = |when: Action, expected: &str| check(plain, vec![], (0, when), expected);
        check(adjust("0.00"), "adjustment_of_nothing amount");
        check(adjust("-0.01"), "adjustment_below_balance amount");
        check(until("1.00", 0, (2026, 1, 9)), "expires_too_early expires");
        check(until("1.00", 0, (-9_999, 1, 1)), "expires_too_early expires");
        // Ten hours later the local day is over: the lot would expire as it activates.
        check(until("1.00", 36_000, (2026, 1, 10)), "expires_too_early expires");
        check(
            until("1.00", 35_999, (2026, 1, 10)),
            "adjust 1.00 lot 1 held; adjusted 1.00 | 1.00 = 0.00 + 1.00 - 0.00",
        );
        let amount = |cents| {
            Action::Adjust(Adjust { amount: Balance::from_cents(cents), ..adjustment("1.00") })
        };
        let most = i64::try_from(MONEY_MAX_CENTS).unwrap();
        check(amount(most + 1), "amount_too_large amount");
        check(amount(-most - 1), "amount_too_large amount");
        check(amount(i64::MIN), "amount_too_large amount");
    }

    #[test]
    fn a_debit_takes_active_lots_only() {
        let given = || vec![(0, hold("30.00", DAY)), (0, adjust("5.00"))];
        check(plain, given(), (0, adjust("-5.01")), "adjustment_below_balance amount");
        check(
            plain,
            given(),
            (0, owe("-7.00")),
            "adjust 7.00 of 2:5.00 debt 2.00; adjusted -7.00 | 28.00 = 0.00 + 30.00 - 2.00",
        );
        check(
            plain,
            given(),
            (DAY, adjust("-7.00")),
            "active 30.00 lot 1; adjust 7.00 of 2:5.00 1:2.00; adjusted -7.00 \
             | 28.00 = 28.00 + 0.00 - 0.00",
        );
    }

    #[test]
    fn a_debt_is_paid_by_the_next_credit_of_any_pool() {
        let given = || vec![(0, owe("-10.00"))];
        check(
            plain,
            given(),
            (0, adjust("4.00")),
            "adjust 4.00 lot 1 paying 4.00; adjusted 4.00 | -6.00 = 0.00 + 0.00 - 6.00",
        );
        check(
            plain,
            given(),
            (0, hold("12.00", DAY)),
            "adjust 12.00 lot 1 held paying 10.00; adjusted 12.00 | 2.00 = 0.00 + 2.00 - 0.00",
        );
        check(
            plain,
            given(),
            (0, sell("300.00")),
            "accrual 15.00 lot 1 held paying 10.00; sale 1 of 300.00 earned 15.00 \
             | 5.00 = 0.00 + 5.00 - 0.00",
        );
        check(plain, given(), (0, adjust("-0.01")), "adjustment_below_balance amount");
        check(
            plain,
            given(),
            (0, owe("-0.01")),
            "adjust 0.01 of debt 0.01; adjusted -0.01 | -10.01 = 0.00 + 0.00 - 10.01",
        );
    }

    #[test]
    fn a_debt_is_paid_by_activation() {
        let given = |debt| vec![(0, hold("30.00", DAY)), (0, owe(debt))];
        check(
            plain,
            given("-10.00"),
            (DAY, Action::Settle),
            "active 30.00 lot 1 paying 10.00 | 20.00 = 20.00 + 0.00 - 0.00",
        );
        check(
            plain,
            given("-30.00"),
            (DAY, Action::Settle),
            "active 30.00 lot 1 paying 30.00 | 0.00 = 0.00 + 0.00 - 0.00",
        );
        check(
            plain,
            given("-40.00"),
            (DAY, Action::Settle),
            "active 30.00 lot 1 paying 30.00 | -10.00 = 0.00 + 0.00 - 10.00",
        );
    }

    #[test]
    fn the_largest_balance_and_the_largest_debt_are_reached_not_passed() {
        let most = "9999999999.99";
        check(plain, vec![(0, adjust(most))], (0, adjust("0.01")), "amount_too_large amount");
        check(
            plain,
            vec![(0, owe("-9999999999.99"))],
            (0, owe("-0.01")),
            "amount_too_large amount",
        );
        // What pays a debt at once never enters the lots.
        check(
            plain,
            vec![(0, hold(most, DAY)), (0, owe("-0.01"))],
            (0, adjust("0.01")),
            "adjust 0.01 lot 2 paying 0.01; adjusted 0.01 \
             | 9999999999.99 = 0.00 + 9999999999.99 - 0.00",
        );
        let mut scene = Scene::new(plain);
        scene.perform(adjust(most)).unwrap();
        check_next(
            &mut scene,
            adjust("-9999999999.99"),
            "adjust 9999999999.99 of 1:9999999999.99; adjusted -9999999999.99 \
             | 0.00 = 0.00 + 0.00 - 0.00",
        );
    }
}
