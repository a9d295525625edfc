//! Does what is due by now, each with its exact instant, in order: lots activate, tiers are looked at
//! again, birthdays are congratulated, reserves lapse, debt is written off, notices are given, lots
//! expire (rule 15).

use crate::ledger::decide::cover::let_go;
use crate::ledger::decide::draft::{Draft, DraftError};
use crate::ledger::decide::{birthday, debt, review};
use crate::ledger::event::AccountEvent;
use crate::ledger::reserve::{ReleaseReason, Reserve};
use crate::ledger::rules::notice;
use crate::values::{Bonus, Timestamp};

/// What may be due, in the order of one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Activation,
    Lapse,
    Tier,
    Birthday,
    /// Of what is left of debt.
    WriteOff,
    Notice,
    Expiry,
}

/// Settles everything due at or before `now`. Whoever does several things settles after each: where nothing
/// happened since, nothing more is due.
pub(in crate::ledger) fn settle(draft: &mut Draft, now: Timestamp) -> Result<(), DraftError> {
    if draft.settled_at == Some(now) {
        return Ok(());
    }
    while let Some((at, due)) = next(draft, now) {
        match due {
            Due::Activation => activate_one(draft, at)?,
            Due::Lapse => lapse_one(draft, at)?,
            Due::Tier => review::at_its_instant(draft, at)?,
            Due::Birthday => birthday::celebrate(draft, at)?,
            Due::WriteOff => debt::write_off(draft, at)?,
            Due::Notice => notice_one(draft, now)?,
            Due::Expiry => expire_one(draft, at)?,
        }
    }
    draft.settled_at = Some(now);
    Ok(())
}

/// What is due first.
fn next(draft: &Draft, now: Timestamp) -> Option<(Timestamp, Due)> {
    let account = &draft.account;
    let mut first: Option<(Timestamp, Due)> = None;
    let mut consider = |at: Option<Timestamp>, due: Due| {
        if let Some(at) = at.filter(|at| *at <= now) {
            first = Some(first.map_or((at, due), |first| first.min((at, due))));
        }
    };
    consider(account.lots.next_activation(), Due::Activation);
    consider(account.lots.next_end(), Due::Expiry);
    consider(account.standing.review_at, Due::Tier);
    consider(account.birthday.map(|birthday| birthday.next_at), Due::Birthday);
    consider(account.debt_write_off_at, Due::WriteOff);
    for reserve in &account.reserves {
        consider(Some(reserve.deadline), Due::Lapse);
    }
    let notice = notice::next(account, &draft.settings.at(now).rules, now);
    consider(notice.map(|notice| notice.at), Due::Notice);
    first
}

fn activate_one(draft: &mut Draft, due: Timestamp) -> Result<(), DraftError> {
    let account = &draft.account;
    let lot = account.lots.activating_at(due).next();
    let lot = lot.expect("an activation is due then");
    let event = AccountEvent::LotActivated {
        lot: lot.id,
        amount: lot.remaining,
        debt_paid: lot.remaining.min(account.debt),
        at: due,
    };
    draft.record(event)
}

fn notice_one(draft: &mut Draft, now: Timestamp) -> Result<(), DraftError> {
    let due = notice::next(&draft.account, &draft.settings.at(now).rules, now);
    let notice::Notice { at, expires_at } = due.expect("a notice is due then");
    let amount = notice::expiring(&draft.account, expires_at);
    draft.record(AccountEvent::ExpiryNoticed { amount, expires_at, at })
}

fn lapse_one(draft: &mut Draft, due: Timestamp) -> Result<(), DraftError> {
    let lapsed = draft.account.reserves.iter().find(|reserve| reserve.deadline == due);
    let Reserve { id, amount, .. } = lapsed.expect("a reserve lapses then").clone();
    let_go(draft, &id, amount, ReleaseReason::Lapsed, due)
}

/// Of an unexpired lot, what reserves cover is kept.
fn expire_one(draft: &mut Draft, due: Timestamp) -> Result<(), DraftError> {
    let account = &draft.account;
    let ending = account.lots.ending_at(due).next();
    let ending = ending.expect("something is due then");
    let (lot, remaining) = (ending.id, ending.remaining);
    let covered = if ending.is_unexpired() { account.cover_of_unexpired() } else { Bonus::ZERO };
    let kept = covered.min(remaining);
    if !kept.is_zero() {
        draft.record(AccountEvent::LotKept { lot, amount: kept, at: due })?;
    }
    let amount = remaining.saturating_sub(kept);
    if amount.is_zero() {
        return Ok(());
    }
    let transaction = draft.next_transaction();
    draft.record(AccountEvent::LotExpired { transaction, lot, amount, at: due })
}

#[cfg(test)]
mod tests {
    use crate::ledger::account::Account;
    use crate::ledger::command::{Action, Adjust};
    use crate::ledger::row::RowKind;
    use crate::ledger::settings::Days;
    use crate::ledger::testing::{
        DAY, HOUR, Scene, adjust, adjustment, check, check_next, hold, instant, owe, plain,
    };
    use crate::values::Date;

    fn until(amount: &str, hold_seconds: i64, day: u32) -> Action {
        let expires = Date::from_ymd_opt(2026, 1, day);
        let hold_seconds = u32::try_from(hold_seconds).unwrap();
        Action::Adjust(Adjust { hold_seconds, expires, ..adjustment(amount) })
    }

    #[test]
    fn what_is_due_happens_at_its_exact_instant_and_not_before() {
        let mut scene = Scene::new(plain);
        scene.perform(until("5.00", HOUR, 11)).unwrap();
        let check_at = |scene: &mut Scene, at: &str, expected: &str| {
            scene.now = instant(at);
            check_next(scene, Action::Settle, expected);
        };
        check_at(&mut scene, "2026-01-10T14:59:59.999+05:00", " | 5.00 = 0.00 + 5.00 - 0.00");
        check_at(
            &mut scene,
            "2026-01-10T15:00:00.000+05:00",
            "active 5.00 lot 1 | 5.00 = 5.00 + 0.00 - 0.00",
        );
        check_at(&mut scene, "2026-01-11T23:59:59.999+05:00", " | 5.00 = 5.00 + 0.00 - 0.00");
        check_at(
            &mut scene,
            "2026-01-12T00:00:00.000+05:00",
            "expired 5.00 lot 1 | 0.00 = 0.00 + 0.00 - 0.00",
        );
    }

    #[test]
    fn whatever_waited_long_happens_in_the_order_of_its_instants() {
        check(
            plain,
            vec![
                (0, until("1.00", 0, 20)),
                (0, until("2.00", DAY, 12)),
                (0, until("4.00", 0, 11)),
                (0, until("8.00", 0, 11)),
                (0, until("16.00", 3 * DAY, 30)),
            ],
            (60 * DAY, Action::Settle),
            "active 2.00 lot 2; expired 4.00 lot 3; expired 8.00 lot 4; expired 2.00 lot 2; \
             active 16.00 lot 5; expired 1.00 lot 1; expired 16.00 lot 5 \
             | 0.00 = 0.00 + 0.00 - 0.00",
        );
    }

    #[test]
    fn at_one_instant_activation_comes_before_expiry() {
        // Ten hours after the start it is midnight: one lot activates as the other expires.
        let given = || vec![(0, until("1.00", 0, 10)), (0, until("2.00", 10 * HOUR, 11))];
        check(
            plain,
            given(),
            (10 * HOUR, Action::Settle),
            "active 2.00 lot 2; expired 1.00 lot 1 | 2.00 = 2.00 + 0.00 - 0.00",
        );
        // Several activate and several expire, each kind in spend order.
        let mut more = given();
        more.extend([(0, until("4.00", 10 * HOUR, 11)), (0, until("8.00", 0, 10))]);
        check(
            plain,
            more,
            (10 * HOUR, Action::Settle),
            "active 2.00 lot 2; active 4.00 lot 3; expired 1.00 lot 1; expired 8.00 lot 4 \
             | 6.00 = 6.00 + 0.00 - 0.00",
        );
    }

    #[test]
    fn a_debt_is_paid_in_the_order_of_activation() {
        check(
            |rules| rules.expire_after = Days::Days(0),
            vec![(0, hold("5.00", 2 * DAY)), (0, hold("7.00", DAY)), (0, owe("-8.00"))],
            (DAY, Action::Settle),
            "active 7.00 lot 2 paying 7.00 | 4.00 = 0.00 + 5.00 - 1.00",
        );
        // A lot that paid before it expired: only the rest is written off.
        check(
            |rules| rules.expire_after = Days::Days(0),
            vec![(0, hold("5.00", 2 * DAY)), (0, hold("7.00", DAY)), (0, owe("-3.00"))],
            (5 * DAY, Action::Settle),
            "active 7.00 lot 2 paying 3.00; expired 4.00 lot 2; active 5.00 lot 1; \
             expired 5.00 lot 1 | 0.00 = 0.00 + 0.00 - 0.00",
        );
    }

    #[test]
    fn rows_carry_the_exact_instant_and_never_step_back() {
        let mut scene = Scene::new(plain);
        scene.perform(until("1.00", 0, 10)).unwrap();
        scene.wait(3 * DAY);
        scene.perform(adjust("2.00")).unwrap();
        let rows: Vec<_> = scene
            .rows
            .iter()
            .map(|row| (row.kind, row.at.to_string(), row.created_at.to_string()))
            .collect();
        let same = |kind: RowKind, at: &str| (kind, at.to_owned(), at.to_owned());
        assert_eq!(
            rows,
            [
                same(RowKind::Adjust, "2026-01-10T09:00:00.000Z"),
                same(RowKind::Expire, "2026-01-10T19:00:00.000Z"),
                same(RowKind::Adjust, "2026-01-13T09:00:00.000Z"),
            ]
        );
    }

    #[test]
    fn enough_transaction_ids_are_set_aside() {
        let mut scene = Scene::new(|rules| rules.expire_after = Days::Days(0));
        for seconds in [0, 1, DAY, 2 * DAY] {
            scene.perform(hold("1.00", seconds)).unwrap();
        }
        scene.wait(DAY);
        let transactions = |account: Option<&Account>, now| {
            crate::ledger::ids_needed(account, &Action::Settle, now, None).transactions
        };
        let account = scene.account.as_ref();
        // Two lots expire; a command adds up to five rows of its own.
        assert_eq!(transactions(account, scene.now), 7);
        // The third expires at the very instant.
        let instant = instant("2026-01-12T00:00:00+05:00");
        assert_eq!(transactions(account, instant), 8);
        assert_eq!(transactions(account, instant.plus_millis(-1)), 7);
        assert_eq!(transactions(None, instant), 5);
    }
}
