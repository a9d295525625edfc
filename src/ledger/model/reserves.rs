//! Random histories of reserves between sales, returns, late debits, expiry and debt, against plain sums of what
//! was given and taken.

use super::cases;
use crate::ledger::command::{Action, Adjust, BusinessTime, Sell};
use crate::ledger::event::AccountEvent;
use crate::ledger::lot::{Kept, Lot};
use crate::ledger::policy::OfflineDebit;
use crate::ledger::reserve::ReleaseReason;
use crate::ledger::settings::Days;
use crate::ledger::testing::{DAY, Scene, adjustment, redemption, trial_balance};
use crate::ledger::testing_reserves::{commit, named, release, set_aside};
use crate::ledger::testing_returns::refund;
use crate::ledger::testing_sales::sale;
use crate::values::{Balance, Bonus, Money, Timestamp};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Names that reserves of a history have.
const NAMES: [&str; 3] = ["a", "b", "c"];

#[derive(Debug, Clone, Copy)]
enum Deed {
    Give {
        cents: u64,
        days: u64,
    },
    Owe {
        cents: i64,
    },
    SetAside {
        name: usize,
        cents: u64,
    },
    Release {
        name: usize,
        cents: Option<u64>,
    },
    Commit {
        name: usize,
        cents: u64,
    },
    Redeem {
        cents: u64,
    },
    Sell {
        name: Option<usize>,
        cents: u64,
        late_hours: i64,
    },
    /// Of one of the sales so far: whole, or what was paid of it.
    Return {
        sale: u64,
        cents: Option<u64>,
    },
    Settle,
}

fn deed() -> impl Strategy<Value = Deed> {
    let name = || 0..NAMES.len();
    prop_oneof![
        5 => (1_u64..1_000, 0_u64..6).prop_map(|(cents, days)| Deed::Give { cents, days }),
        1 => (-800_i64..0).prop_map(|cents| Deed::Owe { cents }),
        6 => (name(), 1_u64..900).prop_map(|(name, cents)| Deed::SetAside { name, cents }),
        2 => (name(), prop::option::of(1_u64..500))
            .prop_map(|(name, cents)| Deed::Release { name, cents }),
        3 => (name(), 1_u64..500).prop_map(|(name, cents)| Deed::Commit { name, cents }),
        3 => (1_u64..800).prop_map(|cents| Deed::Redeem { cents }),
        4 => (prop::option::of(name()), 0_u64..900, prop_oneof![Just(0_i64), 1_i64..200])
            .prop_map(|(name, cents, late_hours)| Deed::Sell { name, cents, late_hours }),
        3 => (0_u64..12, prop::option::of(1_u64..5_000))
            .prop_map(|(sale, cents)| Deed::Return { sale, cents }),
        1 => Just(Deed::Settle),
    ]
}

/// Seconds to wait: not at all, around the next due date, or up to three days.
fn wait() -> impl Strategy<Value = Result<i64, i64>> {
    prop_oneof![3 => Just(Ok(0)), 2 => (-1_i64..=1).prop_map(Err), 3 => (1_i64..260_000).prop_map(Ok)]
}

fn customer() -> Scene {
    let mut scene = Scene::new(|rules| {
        rules.policy.reserve.deadline_seconds = 200_000;
        rules.policy.debt.write_off_days = Some(4);
        rules.policy.late.offline_debit = OfflineDebit::AllowDebt;
        rules.policy.late.debt_max = Bonus::from_cents(300).unwrap();
        rules.expire_after = Days::Days(2);
        rules.redeem_hold_seconds = 3_600;
    });
    scene.wait(12 * DAY);
    scene
}

fn action(scene: &Scene, deed: Deed) -> Action {
    let text = |cents: u64| Bonus::from_cents(cents).unwrap().to_string();
    match deed {
        Deed::Give { cents, days } => {
            let today = scene.now.plus_seconds(18_000).to_utc().date_naive();
            let end = today.checked_add_days(chrono::Days::new(days));
            Action::Adjust(Adjust { expires: end, ..adjustment(&text(cents)) })
        }
        Deed::Owe { cents } => Action::Adjust(Adjust {
            amount: Balance::from_cents(cents),
            allow_debt: true,
            ..adjustment("1.00")
        }),
        Deed::SetAside { name, cents } => set_aside(NAMES[name], &text(cents)),
        Deed::Release { name, cents } => release(NAMES[name], cents.map(text).as_deref()),
        Deed::Commit { name, cents } => commit(NAMES[name], &text(cents)),
        Deed::Redeem { cents } => Action::Redeem(redemption(&text(cents), "1000.00")),
        Deed::Sell { name, cents, late_hours } => {
            let at = scene.now.plus_seconds(-3_600 * late_hours);
            Action::Sell(Box::new(Sell {
                redeem: Bonus::from_cents(cents).unwrap(),
                reserve: name.map(|name| named(NAMES[name])),
                sale_date: Some(BusinessTime::Instant(at)),
                total_amount: Money::from_cents(5_000).unwrap(),
                ..sale("1.00")
            }))
        }
        Deed::Return { sale, cents } => {
            let refund = refund(1 + sale % scene.account().sale_records.max(1));
            match cents {
                Some(cents) => refund.worth(&text(cents)).act(),
                None => refund.act(),
            }
        }
        Deed::Settle => Action::Settle,
    }
}

/// What each reserve was given and gave, added up from the events alone.
fn reserves_add_up(scene: &Scene) -> Result<(), TestCaseError> {
    let mut left: BTreeMap<String, i128> = BTreeMap::new();
    for event in &scene.events {
        if let AccountEvent::Reserved(recorded) = event {
            *left.entry(recorded.reserve.to_string()).or_default() +=
                i128::from(recorded.amount.cents());
        }
        if let AccountEvent::ReserveReleased(release) = event {
            let amount = left.entry(release.reserve.to_string()).or_default();
            *amount -= i128::from(release.amount.cents());
            prop_assert!(*amount >= 0, "a reserve gave more than was put in");
        }
    }
    left.retain(|_, amount| *amount > 0);
    let open: BTreeMap<String, i128> = scene
        .account()
        .reserves
        .iter()
        .map(|reserve| (reserve.id.to_string(), i128::from(reserve.amount.cents())))
        .collect();
    prop_assert_eq!(left, open);
    Ok(())
}

fn holds(scene: &Scene) -> Result<(), TestCaseError> {
    reserves_add_up(scene)?;
    let account = scene.account();
    let sum = |which: &dyn Fn(&Lot) -> bool| -> u64 {
        account.lots.iter().filter(|lot| which(lot)).map(|lot| lot.remaining.cents()).sum()
    };
    let kept = sum(&|lot| lot.kept == Some(Kept::Covered));
    let unexpired = sum(&|lot| lot.active && lot.kept.is_none());
    prop_assert!(kept <= account.covered().cents());
    prop_assert!(account.covered().cents() <= kept + unexpired);
    let free = sum(&|lot| lot.active) - account.covered().cents();
    prop_assert_eq!(account.redeemable().cents(), free);
    prop_assert!(account.debt.is_zero() || free == 0);
    // Nothing is there that should be gone, and nothing is kept that no reserve covers.
    for lot in &account.lots {
        prop_assert!(lot.ends_at().is_none_or(|end| end > scene.now));
        prop_assert!(lot.kept.is_none() || lot.expires_at.unwrap() <= scene.now);
        if let Some(Kept::Until(end)) = lot.kept {
            prop_assert!(scene.events.iter().any(|event| released_until(event, end)));
        }
    }
    let total = trial_balance(&scene.events).values().fold(0, |sum, book| sum + book.cents());
    prop_assert_eq!(total, 0);
    Ok(())
}

fn released_until(event: &AccountEvent, end: Timestamp) -> bool {
    let AccountEvent::ReserveReleased(release) = event else { return false };
    release.why == ReleaseReason::Released && release.freed_until == end
}

proptest! {
    #![proptest_config(cases(512))]

    /// Scene::perform checks replay, history and books after every command.
    #[test]
    fn reserves_mint_nothing_and_give_what_was_put_in(
        history in prop::collection::vec((wait(), deed()), 1..40),
    ) {
        let mut scene = customer();
        for (wait, deed) in history {
            pass(&mut scene, wait);
            let (before, action) = (scene.clone(), action(&scene, deed));
            if scene.perform(action).is_err() {
                prop_assert_eq!(&before.account, &scene.account, "a refusal changes nothing");
                scene.perform(Action::Settle).unwrap();
            }
            holds(&scene)?;
        }
    }

    #[test]
    fn reading_and_sweeping_change_nothing_of_reserves(
        history in prop::collection::vec((wait(), deed()), 1..30),
        sweeps in prop::collection::vec((any::<bool>(), 0_i64..200_000), 30),
    ) {
        let (mut alone, mut swept) = (customer(), customer());
        for ((wait, deed), (sweep, seconds)) in history.into_iter().zip(sweeps) {
            let from = alone.now;
            pass(&mut alone, wait);
            let to = alone.now;
            if sweep {
                swept.now = from.plus_seconds(seconds).min(to);
                swept.perform(Action::Settle).unwrap();
            }
            swept.now = to;
            prop_assert_eq!(alone.view(None), swept.view(None));
            let action = action(&alone, deed);
            let (left, right) = (alone.perform(action.clone()), swept.perform(action));
            prop_assert_eq!(left.is_ok(), right.is_ok(), "{:?} {:?}", left, right);
        }
        alone.perform(Action::Settle).unwrap();
        swept.perform(Action::Settle).unwrap();
        prop_assert_eq!(&alone.account, &swept.account);
        prop_assert_eq!(&alone.events, &swept.events);
    }

    /// The block of ids that the engine reserves is never too small.
    #[test]
    fn enough_transaction_ids_are_set_aside(
        history in prop::collection::vec((wait(), deed()), 1..40),
    ) {
        let mut scene = customer();
        for (wait, deed) in history {
            pass(&mut scene, wait);
            let action = action(&scene, deed);
            let needed = scene.ids_needed(&action);
            let first = scene.ids.transaction.number();
            if scene.perform(action).is_ok() {
                prop_assert!(scene.ids.transaction.number() - first <= needed.transactions);
            }
        }
    }
}

fn pass(scene: &mut Scene, wait: Result<i64, i64>) {
    let seconds = match wait {
        Ok(seconds) => seconds,
        Err(more) => {
            let due = scene.account().next_due();
            due.map_or(0, |due| due.millis_since(scene.now).div_euclid(1_000) + more).max(0)
        }
    };
    scene.wait(seconds);
}
