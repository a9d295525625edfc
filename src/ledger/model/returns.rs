//! What must hold of every history with returns in it: nothing is ever minted, the returns of a sale add
//! up to it, and who returns everything is where they began.

use super::cases;
use super::histories::{self, Wait, Wish};
use super::stage::{extras, stage};
use crate::ledger::command::Action;
use crate::ledger::event::AccountEvent;
use crate::ledger::lot::LotOrigin;
use crate::ledger::policy::ReturnDebt;
use crate::ledger::refund::{Extent, LineName, LineReturn, Portion, Refund};
use crate::ledger::testing::{Scene, adjustment, line, redemption, sale};
use crate::ledger::testing_returns::{refund, return_of};
use crate::values::{Balance, Bonus, LotId, Money, Quantity, SaleId};
use proptest::prelude::*;
use std::collections::BTreeMap;

#[derive(Debug, Clone)]
enum Deed {
    Sell {
        lines: Vec<u64>,
        unlisted: u64,
        wish: Wish,
    },
    Redeem {
        order: u64,
        wish: Wish,
    },
    Grant {
        cents: u64,
        hold_seconds: u32,
    },
    Owe {
        cents: u64,
    },
    /// Of one of the sales so far: of one line, or of the amount; whole if there is no part.
    Return {
        which: prop::sample::Index,
        part: Option<(prop::sample::Index, u64)>,
    },
}

fn deed() -> impl Strategy<Value = Deed> {
    let wish = || {
        prop_oneof![
            1 => Just(Wish::Nothing),
            2 => (1_u64..3_000).prop_map(Wish::Cents),
            3 => Just(Wish::Most(0)),
        ]
    };
    let part = prop::option::weighted(0.7, (any::<prop::sample::Index>(), 1_u64..1_500_000));
    prop_oneof![
        6 => (prop::collection::vec(0_u64..3_000, 0..4), 0_u64..2_000, wish())
            .prop_map(|(lines, unlisted, wish)| Deed::Sell { lines, unlisted, wish }),
        4 => (2_u64..5_000, wish()).prop_map(|(order, wish)| Deed::Redeem { order, wish }),
        2 => (1_u64..3_000, prop::sample::select(vec![0, 0, 3_600, 86_400]))
            .prop_map(|(cents, hold_seconds)| Deed::Grant { cents, hold_seconds }),
        1 => (1_u64..500).prop_map(|cents| Deed::Owe { cents }),
        7 => (any::<prop::sample::Index>(), part)
            .prop_map(|(which, part)| Deed::Return { which, part }),
    ]
}

fn wait() -> impl Strategy<Value = Wait> {
    prop_oneof![
        3 => Just(Wait::Millis(0)),
        2 => (1_i64..172_800_000).prop_map(Wait::Millis),
        2 => (-1_i64..=1).prop_map(Wait::Due),
        1 => Just(Wait::Millis(2_592_000_000)),
    ]
}

fn pass(scene: &mut Scene, wait: Wait) {
    let millis = match wait {
        Wait::Millis(millis) => millis,
        Wait::Due(more) => {
            let due = scene.account().next_due();
            due.map_or(0, |due| due.millis_since(scene.now) + more).max(0)
        }
    };
    scene.now = scene.now.plus_millis(millis);
}

fn asked(scene: &Scene, order: u64, wish: Wish) -> u64 {
    let order = Money::from_cents(order).unwrap();
    let shown = || scene.view(Some(order)).loyalty.max_redeem_amount.unwrap().cents();
    match wish {
        Wish::Nothing => 0,
        Wish::Cents(cents) => cents,
        Wish::Most(_) => shown(),
    }
}

fn action(scene: &Scene, deed: &Deed) -> Option<Action> {
    match deed {
        Deed::Sell { lines, unlisted, wish } => {
            let order = lines.iter().sum::<u64>() + unlisted;
            let redeem = asked(scene, order, *wish).min(order);
            let mut sell = sale("1.00");
            sell.total_amount = Money::from_cents(order - redeem).unwrap();
            sell.redeem = Bonus::from_cents(redeem).unwrap();
            sell.lines = lines
                .iter()
                .map(|cents| {
                    let mut line = line(None);
                    line.line_amount = Money::from_cents(*cents);
                    line.quantity = Quantity::from_millionths(1 + cents % 5 * 1_000_000);
                    line
                })
                .collect();
            Some(sell.act())
        }
        Deed::Redeem { order, wish } => {
            let mut redeem = redemption("1.00", "1.00");
            redeem.amount = Bonus::from_cents(asked(scene, *order, *wish)).unwrap();
            redeem.order_total = Money::from_cents(*order).unwrap();
            Some(Action::Redeem(redeem))
        }
        Deed::Grant { cents, hold_seconds } => {
            let amount = Balance::from_cents(i64::try_from(*cents).unwrap());
            let grant = crate::ledger::Adjust {
                amount,
                hold_seconds: *hold_seconds,
                expires: chrono::NaiveDate::from_ymd_opt(2_099, 1, 1),
                ..adjustment("1.00")
            };
            Some(Action::Adjust(grant))
        }
        Deed::Owe { cents } => {
            let amount = Balance::from_cents(-i64::try_from(*cents).unwrap());
            let owe = crate::ledger::Adjust { amount, allow_debt: true, ..adjustment("1.00") };
            Some(Action::Adjust(owe))
        }
        Deed::Return { which, part } => {
            let sales = sold(scene);
            if sales.is_empty() {
                return None;
            }
            let (id, lines) = sales[which.index(sales.len())];
            Some(Refund { portion: portion(lines, part.as_ref()), ..refund(id.number()) }.act())
        }
    }
}

fn portion(lines: usize, part: Option<&(prop::sample::Index, u64)>) -> Portion {
    match part {
        None => Portion::Whole,
        Some((_, millionths)) if lines == 0 => {
            Portion::Amount(Money::from_cents(1 + millionths / 1_000).unwrap())
        }
        Some((line, millionths)) => {
            let number = u32::try_from(line.index(lines) + 1).unwrap();
            let extent = match millionths % 3 {
                0 => Extent::Rest,
                1 => Extent::Amount(Money::from_cents(1 + millionths / 1_000).unwrap()),
                _ => Extent::Quantity(Quantity::from_millionths(*millionths).unwrap()),
            };
            Portion::Lines(vec![LineReturn { line: LineName::Number(number), extent }])
        }
    }
}

/// Purchases and redemptions so far, each with how many lines it has.
fn sold(scene: &Scene) -> Vec<(SaleId, usize)> {
    let of = |event: &AccountEvent| {
        if let AccountEvent::SaleRecorded(sale) = event {
            return Some((sale.id, sale.lines.len()));
        }
        if let AccountEvent::RedemptionRecorded(redemption) = event {
            return Some((redemption.id, 0));
        }
        None
    };
    scene.events.iter().filter_map(of).collect()
}

/// What every history adds up to.
#[derive(Debug, Default)]
struct Ledger {
    granted: i64,
    owed: i64,
    accrued: i64,
    redeemed: i64,
    restored: i64,
    reversed: i64,
    already_expired: i64,
    /// Of what was earned.
    expired: i64,
    /// Of what was granted.
    expired_grants: i64,
    /// What clawbacks did not find, and left as debt.
    clawed_into_debt: i64,
    /// Let go and not recovered.
    let_go: i64,
}

fn cents(amount: Bonus) -> i64 {
    amount.as_balance().cents()
}

#[expect(clippy::too_many_lines, reason = "a table with a row for each of a closed list")]
fn add_up(scene: &Scene) -> Ledger {
    let mut ledger = Ledger::default();
    let mut origins: BTreeMap<LotId, LotOrigin> = BTreeMap::new();
    for event in &scene.events {
        match event {
            AccountEvent::Credited(credit) => {
                origins.insert(credit.lot, credit.origin);
                match credit.origin {
                    LotOrigin::Sale(_) => ledger.accrued += cents(credit.amount),
                    LotOrigin::Registration
                    | LotOrigin::Adjustment(_)
                    | LotOrigin::Birthday
                    | LotOrigin::Referral(_)
                    | LotOrigin::Import(_) => {
                        ledger.granted += cents(credit.amount);
                    }
                }
            }
            AccountEvent::Debited(debit) => match debit.sale {
                Some(_) => ledger.redeemed += cents(debit.amount),
                None => ledger.owed += cents(debit.amount),
            },
            AccountEvent::LotExpired { lot, amount, .. } => match origins[lot] {
                LotOrigin::Sale(_) => ledger.expired += cents(*amount),
                LotOrigin::Registration
                | LotOrigin::Adjustment(_)
                | LotOrigin::Birthday
                | LotOrigin::Referral(_)
                | LotOrigin::Import(_) => {
                    ledger.expired_grants += cents(*amount);
                }
            },
            AccountEvent::ExpiryReverted(revert) => match origins[&revert.lot] {
                LotOrigin::Sale(_) => ledger.expired -= cents(revert.amount),
                LotOrigin::Registration
                | LotOrigin::Adjustment(_)
                | LotOrigin::Birthday
                | LotOrigin::Referral(_)
                | LotOrigin::Import(_) => {
                    ledger.expired_grants -= cents(revert.amount);
                }
            },
            AccountEvent::ClawedBack(clawback) => {
                ledger.reversed += cents(clawback.amount);
                ledger.clawed_into_debt += cents(clawback.debt);
                ledger.let_go += cents(clawback.let_go) - cents(clawback.recovered);
            }
            AccountEvent::Restored(restoration) => {
                ledger.restored += cents(restoration.amount);
                origins.extend(restoration.parts.iter().map(|part| (part.lot, part.origin)));
            }
            AccountEvent::ReturnRecorded(returned) => {
                ledger.already_expired += cents(returned.already_expired);
            }
            AccountEvent::AccountOpened { .. }
            | AccountEvent::PhoneAssigned { .. }
            | AccountEvent::CardAssigned { .. }
            | AccountEvent::ProfileChanged(_)
            | AccountEvent::Person(_)
            | AccountEvent::TokenIssued { .. }
            | AccountEvent::TokenRevoked { .. }
            | AccountEvent::Blocked { .. }
            | AccountEvent::FlagSet { .. }
            | AccountEvent::Unblocked { .. }
            | AccountEvent::LotActivated { .. }
            | AccountEvent::SaleRecorded(_)
            | AccountEvent::RedemptionRecorded(_)
            | AccountEvent::AdjustmentRecorded { .. }
            | AccountEvent::DayCounted(_)
            | AccountEvent::Reserved(_)
            | AccountEvent::ReserveReleased(_)
            | AccountEvent::LotKept { .. }
            | AccountEvent::DebtPaid { .. }
            | AccountEvent::DebtDated { .. }
            | AccountEvent::DebtWrittenOff { .. }
            | AccountEvent::TelegramLinked(_)
            | AccountEvent::DeviceRegistered(_)
            | AccountEvent::DeviceForgotten { .. }
            | AccountEvent::Referral(_)
            | AccountEvent::Tier(_)
            | AccountEvent::BirthdayAwaited(_)
            | AccountEvent::ExpiryNoticed { .. }
            | AccountEvent::RewardTakenBack(_)
            | AccountEvent::LimitsGivenBack(_)
            | AccountEvent::OverstockNoticed { .. }
            | AccountEvent::PhoneRetired { .. }
            | AccountEvent::PhoneMarked { .. }
            | AccountEvent::MergedOut(_)
            | AccountEvent::MergedIn(_)
            | AccountEvent::GiftForfeited(_)
            | AccountEvent::Forgotten { .. }
            | AccountEvent::Import(_) => {}
        }
    }
    ledger
}

/// No sale gives back more than it took, and one that is returned in full gives back all of it.
fn returns_fit_their_sales(scene: &Scene) -> Result<(), TestCaseError> {
    for (sale, figures) in figures_of_sales(scene) {
        let returns: Vec<_> =
            scene.events.iter().filter_map(return_of).filter(|one| one.of == sale).collect();
        let sum = |of: fn(&crate::ledger::RecordedReturn) -> Bonus| -> i64 {
            returns.iter().map(|returned| cents(of(returned))).sum()
        };
        let found = (
            returns.iter().map(|returned| cents(returned.money.as_bonus())).sum::<i64>(),
            sum(|returned| returned.restored),
            sum(|returned| returned.accrual),
        );
        if returns.iter().any(|returned| returned.completes) {
            prop_assert_eq!(found, figures, "sale {}", sale);
        } else {
            let (money, restored, accrual) = figures;
            prop_assert!(found.0 <= money && found.1 <= restored && found.2 <= accrual);
        }
    }
    Ok(())
}

/// Money, redeemed and earned of every sale.
fn figures_of_sales(scene: &Scene) -> Vec<(SaleId, (i64, i64, i64))> {
    let of = |event: &AccountEvent| {
        if let AccountEvent::SaleRecorded(sale) = event {
            let money = cents(sale.total.as_bonus());
            return Some((sale.id, (money, cents(sale.redeemed), cents(sale.accrued))));
        }
        if let AccountEvent::RedemptionRecorded(redemption) = event {
            return Some((redemption.id, (0, cents(redemption.amount), 0)));
        }
        None
    };
    scene.events.iter().filter_map(of).collect()
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn who_returns_everything_is_where_they_began(
        rules in histories::rules(),
        uncovered in prop::sample::select(vec![ReturnDebt::Debt, ReturnDebt::Clamp]),
        grace_days in prop::sample::select(vec![0_u32, 1, 14]),
        extras in extras(),
        history in prop::collection::vec((wait(), deed()), 1..24),
        back in prop::collection::vec((any::<prop::sample::Index>(), wait()), 24),
    ) {
        let mut scene = stage(&rules, uncovered, grace_days, &extras);
        for (wait, deed) in history {
            pass(&mut scene, wait);
            if let Some(action) = action(&scene, &deed) {
                // Refusals are part of life.
                let _ = scene.perform(action);
                returns_fit_their_sales(&scene)?;
            }
        }
        let mut left = sold(&scene);
        for (which, wait) in back {
            if left.is_empty() {
                break;
            }
            pass(&mut scene, wait);
            let (id, _) = left.swap_remove(which.index(left.len()));
            match scene.perform(refund(id.number()).act()) {
                Ok(_) => {}
                Err(refusal) => prop_assert_eq!(refusal.code(), "nothing_left_to_return"),
            }
        }
        returns_fit_their_sales(&scene)?;
        let ledger = add_up(&scene);
        prop_assert_eq!(ledger.restored, ledger.redeemed);
        // What an operator took away, no return can take back.
        prop_assert!((0..=ledger.owed).contains(&ledger.let_go), "{:?}", ledger);
        // A debt that another credit paid meanwhile leaves the returned lot, which may expire instead.
        let lost = ledger.expired - ledger.already_expired;
        prop_assert!((0..=ledger.clawed_into_debt).contains(&lost), "{:?}", ledger);
        prop_assert_eq!(ledger.reversed, ledger.accrued - ledger.already_expired - ledger.let_go);
        let balance =
            ledger.granted - ledger.expired_grants - ledger.owed + ledger.let_go - lost;
        prop_assert_eq!(scene.account().balance().cents(), balance);
        let view = scene.view(None);
        prop_assert_eq!((view.total_spent.cents(), view.purchases), (0, 0));
        // Nothing is left under a limit but what was earned and not taken back.
        let tallies = &scene.account().tallies;
        prop_assert!(tallies.promotions.is_empty(), "{:?}", tallies);
        for day in &tallies.days {
            prop_assert!(day.redeemed.is_zero() && day.promotions.is_empty(), "{:?}", day);
        }
        let earned: i64 = tallies.days.iter().map(|day| cents(day.earned)).sum();
        let not_taken = scene.events.iter().filter_map(return_of).map(|returned| {
            cents(returned.already_expired) + cents(returned.let_go)
        });
        prop_assert!(earned <= not_taken.sum(), "{:?}", tallies);
    }
}
