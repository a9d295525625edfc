//! Verification must be able to fail: everything is tampered with once, and the exact place is seen.

use crate::journal::keys::LookUpKey;
use crate::journal::operation::{Additions, Capture, EntityEvents, Numbered, OperationRef};
use crate::journal::scenario::{Scenario, journal_of};
use crate::journal::tables::{CheckpointBatch, Due, TablesWriter};
use crate::journal::verify::{Covered, Difference, VerifyReport, verify};
use crate::ledger::books::Book;
use crate::ledger::{AccountEvent, RecordedSale, VoucherKind};
use crate::values::{Balance, Bonus, CustomerId, EventNumber, Money, TenantId};
use std::sync::Arc;

pub(super) fn open(dir: &tempfile::TempDir) -> TablesWriter {
    TablesWriter::open(dir.path(), 8 << 20, EventNumber(u64::MAX)).unwrap()
}

/// Two checkpoints, the second one tampered with, and the journal to the end.
pub(super) fn with_tables<T>(seed: u64, rest: usize, tamper: T) -> VerifyReport
where
    T: FnOnce(&mut CheckpointBatch),
{
    let dir = tempfile::tempdir().unwrap();
    let mut writer = open(&dir);
    let mut world = Scenario::new(seed);
    let mut operations = world.play(200);
    writer.write_checkpoint(&world.batch()).unwrap();
    operations.extend(world.play(200));
    let mut batch = world.batch();
    tamper(&mut batch);
    writer.write_checkpoint(&batch).unwrap();
    operations.extend(world.play(rest));
    let (_, journal) = journal_of(&operations);
    verify(&journal, Some(&writer.reader()), &mut |_| {})
}

pub(super) fn tables_differ(tamper: impl FnOnce(&mut CheckpointBatch)) -> Difference {
    with_tables(7, 0, tamper).difference.expect("the tables were tampered with")
}

/// The journal alone, with some operations changed before they were written with all the right hashes.
pub(super) fn journal_differs(tamper: impl FnOnce(&mut Vec<Numbered>)) -> Difference {
    let mut operations = Scenario::new(7).play(400);
    tamper(&mut operations);
    let (_, journal) = journal_of(&operations);
    verify(&journal, None, &mut |_| {}).difference.expect("the journal was tampered with")
}

pub(super) fn clean(report: &VerifyReport) {
    assert!(report.is_clean(), "{}", report.difference.as_ref().unwrap());
}

/// The capture with the most of something.
fn most(batch: &mut CheckpointBatch, measure: fn(&Capture) -> usize) -> &mut Capture {
    batch.captures.iter_mut().max_by_key(|capture| measure(capture)).unwrap()
}

pub(super) fn place_of(capture: &Capture) -> (Option<TenantId>, Option<CustomerId>) {
    (Some(capture.tenant), Some(capture.account.id))
}

/// What verification says of tables that hold this batch of what these operations did.
pub(super) fn difference_from(operations: &[Numbered], batch: &CheckpointBatch) -> Option<String> {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = open(&dir);
    writer.write_checkpoint(batch).unwrap();
    let (_, journal) = journal_of(operations);
    let report = verify(&journal, Some(&writer.reader()), &mut |_| {});
    report.difference.map(|difference| difference.what)
}

pub(super) fn place(difference: &Difference) -> (Option<TenantId>, Option<CustomerId>) {
    (difference.place.tenant, difference.place.customer)
}

#[test]
fn what_is_right_is_clean_and_counted() {
    for seed in 1..=5 {
        clean(&with_tables(seed, 0, |_| {}));
        clean(&with_tables(seed, 150, |_| {}));
    }
    let mut world = Scenario::new(3);
    let operations = world.play(500);
    let (_, journal) = journal_of(&operations);
    let mut told = Vec::new();
    let report = verify(&journal, None, &mut |covered| told.push(*covered));
    clean(&report);
    let rows: usize = world.rows.values().map(Vec::len).sum();
    let sales: usize = world.sales.values().map(Vec::len).sum();
    let Covered { lots, .. } = report.covered;
    let is_key = |reference: &&OperationRef| !matches!(reference, OperationRef::PhoneMark { .. });
    let keys = world.operations.values().filter(is_key).count();
    let count = |length: usize| u64::try_from(length).unwrap();
    let own = world.accounts.values().filter(|(account, _)| account.merged_into.is_none()).count();
    let of = |kind| world.vouchers().filter(|one| VoucherKind::of(&one.voucher) == kind).count();
    let expected = Covered {
        records: 1 + 500_u64.div_ceil(3),
        events: world.tail().number(),
        operations: 500,
        tenants: 3,
        accounts: count(world.accounts.len()),
        lots,
        history_rows: count(rows),
        sales: count(sales),
        external_ids: report.covered.external_ids,
        idempotency_keys: count(keys) - report.covered.external_ids,
        accounts_compared: 0,
        tables_cover: None,
        customers: count(own),
        gift_cards: count(of(VoucherKind::GiftCard)),
        coupons: count(of(VoucherKind::Coupon)),
        root: journal.tail().unwrap().unwrap().hash,
    };
    assert_eq!(report.covered, expected);
    // What there is at the end is counted at the end.
    let read = Covered { customers: 0, gift_cards: 0, coupons: 0, ..expected };
    assert_eq!(told.last(), Some(&read));
    assert!(lots > 80 && report.covered.external_ids > 50, "{:?}", report.covered);
    let active: i128 = report
        .trial_balance
        .iter()
        .filter(|line| line.book == Book::CustomerActive)
        .map(|line| line.cents)
        .sum();
    let redeemable = world.accounts.values().map(|(account, _)| account.redeemable().cents());
    assert_eq!(active, i128::from(redeemable.sum::<u64>()));
    assert_eq!(report.trial_balance.iter().map(|line| line.cents).sum::<i128>(), 0);
}

#[test]
fn a_changed_state_is_found() {
    let check = |change: fn(&mut Capture), what: &str| {
        let mut changed = None;
        let difference = tables_differ(|batch| {
            let capture = most(batch, |capture| capture.account.lots.len());
            change(capture);
            changed = Some(place_of(capture));
        });
        assert_eq!(Some(place(&difference)), changed, "{difference}");
        assert_eq!(difference.what, format!("{what} in the tables"), "{difference}");
    };
    check(|capture| capture.account.total_spent = Money::CENT, "the money spent");
    check(|capture| capture.account.purchases += 1, "the number of purchases");
    check(|capture| capture.account.blocked ^= true, "blocked");
    check(|capture| capture.account.phone = None, "the phone");
    check(|capture| capture.account.debt = Bonus::CENT, "the debt");
    check(|capture| capture.account.lots.edit(|lots| lots.truncate(1)), "the number of open lots");
    check(|capture| capture.account.tallies.days.clear(), "what is counted against limits");
    // Inside of its last operation, or before it.
    let behind = tables_differ(|batch| {
        let capture = most(batch, |capture| capture.account.lots.len());
        capture.as_of = EventNumber(capture.as_of.number() - 1);
    });
    let found = ["the account in the tables", "the event of the account in the tables"];
    assert!(found.contains(&behind.what.as_str()), "{behind}");
    let lot = tables_differ(|batch| {
        let lots = &mut most(batch, |capture| capture.account.lots.len()).account.lots;
        lots.edit(|lots| {
            lots[0].remaining = Bonus::from_cents(lots[0].remaining.cents() - 1).unwrap();
        });
    });
    assert!(lot.what.starts_with("lot "), "{lot}");
}

#[test]
fn a_changed_history_row_is_found() {
    let mut expected = None;
    let difference = tables_differ(|batch| {
        let capture = most(batch, |capture| capture.additions.rows.len());
        let first = usize::try_from(capture.account.rows).unwrap() - capture.additions.rows.len();
        capture.additions_mut().rows[2].amount = Balance::from_cents(7);
        expected = Some((place_of(capture), format!("history row {} in the tables", first + 2)));
    });
    assert_eq!(Some((place(&difference), difference.what.clone())), expected);
    assert!(difference.found.contains("Balance(7)"), "{difference}");
    assert!(difference.place.event.is_some());

    let missing = tables_differ(|batch| {
        most(batch, |capture| capture.additions.rows.len()).additions_mut().rows.remove(0);
    });
    assert!(missing.what.starts_with("history row "), "{missing}");
}

#[test]
fn a_changed_sale_record_is_found() {
    let mut expected = None;
    let difference = tables_differ(|batch| {
        let capture = most(batch, |capture| capture.additions.sales.len());
        capture.additions_mut().sales[1].total = Money::CENT;
        expected = Some((place_of(capture), Some(capture.additions.sales[1].event)));
    });
    assert_eq!(Some((place(&difference), difference.place.event)), expected);
    let missing = tables_differ(|batch| {
        most(batch, |capture| capture.additions.sales.len()).additions_mut().sales.pop();
    });
    assert!(missing.what.starts_with("sale record "), "{missing}");
    assert_eq!(missing.found, "none");
}

#[test]
fn a_changed_operation_is_found() {
    let shown = |key: LookUpKey| format!("operation {} in the tables", hex::encode(key));
    let mut expected = None;
    let swapped = tables_differ(|batch| {
        let operations = &mut most(batch, |capture| capture.additions.operations.len())
            .additions_mut()
            .operations;
        let other = operations[1].1;
        operations[0].1 = other;
        expected = Some(shown(operations[0].0));
    });
    assert_eq!(Some(swapped.what), expected);
    let missing = tables_differ(|batch| {
        let (key, _) = most(batch, |capture| capture.additions.operations.len())
            .additions_mut()
            .operations
            .remove(0);
        expected = Some(shown(key));
    });
    assert_eq!((Some(missing.what), &*missing.found), (expected, "none"));
    assert!(missing.place.record.is_some());
    let extra = tables_differ(|batch| {
        let operations = &mut most(batch, |capture| capture.additions.operations.len())
            .additions_mut()
            .operations;
        operations.push(([9; 16], operations[0].1));
    });
    assert_eq!((extra.what, &*extra.expected), (shown([9; 16]), "none"));
}

#[test]
fn a_changed_identifier_is_found() {
    let changed = tables_differ(|batch| {
        let capture = batch.captures.iter_mut().find(|one| !one.account.tokens.is_empty()).unwrap();
        let token = capture.account.tokens[0].id;
        let key = crate::journal::keys::token_key(capture.tenant, token);
        capture.additions_mut().identifiers.push((key, None));
    });
    assert_eq!(
        (changed.what.as_str(), &*changed.found),
        ("where a token leads in the tables", "none")
    );
    let extra = tables_differ(|batch| {
        let capture = &mut batch.captures[0];
        let owner = capture.account.id;
        capture.additions_mut().identifiers.push(([9; 16], Some(owner)));
    });
    assert!(extra.what.contains(&hex::encode([9; 16])), "{extra}");
}

#[test]
fn a_missing_due_date_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let (mut writer, mut world) = (open(&dir), Scenario::new(7));
    let operations = world.play(300);
    writer.write_checkpoint(&world.batch()).unwrap();
    let mut waiting = world.accounts.iter();
    let (who, at) = waiting.find_map(|(who, (one, _))| Some((*who, one.next_due()?))).unwrap();
    writer.lose_due(&Due { at, tenant: who.0, customer: who.1 });
    let (_, journal) = journal_of(&operations);
    let report = verify(&journal, Some(&writer.reader()), &mut |_| {});
    let difference = report.difference.unwrap();
    assert_eq!(difference.what, "the due date in the tables");
    assert_eq!(place(&difference), (Some(who.0), Some(who.1)));
}

#[test]
fn a_lost_account_or_tenant_is_found() {
    let lost = tables_differ(|batch| {
        batch.captures.remove(0);
    });
    assert_eq!(lost.what, "the account in the tables");
    let strange = tables_differ(|batch| {
        let mut capture = batch.captures[0].clone();
        capture.account.id = CustomerId(77);
        let Additions { rows, sales, .. } = (*capture.additions).clone();
        capture.additions = Arc::new(Additions { rows, sales, ..Additions::default() });
        batch.captures.push(capture);
    });
    assert_eq!((place(&strange).1, &*strange.expected), (Some(CustomerId(77)), "none"));
    let renamed = tables_differ(|batch| {
        let (tenant, _) = batch.tenants.first_mut().unwrap();
        tenant.suspended ^= true;
    });
    assert_eq!(renamed.what, "the suspension of the tenant in the tables");
    let older = tables_differ(|batch| batch.tenants.clear());
    assert_eq!(older.what, "the tenant in the tables");
    let counts = tables_differ(|batch| batch.counts[0].1.counters.lot -= 1);
    assert_eq!(counts.what, "the counts of ids in the tables");
}

#[test]
fn tables_ahead_of_the_journal_are_found() {
    let difference = tables_differ(|batch| batch.covers = batch.covers.plus(1));
    assert_eq!(difference.what, "the last event that the tables cover");
}

/// The first event of a kind after the first hundred operations; the operation begins with it or has it.
pub(super) fn change<'a, T>(
    operations: &'a mut [Numbered],
    mut pick: impl FnMut(&'a mut AccountEvent) -> Option<T>,
) -> (EventNumber, T) {
    for numbered in operations.iter_mut().skip(100) {
        let mut event = numbered.first_event;
        for entity in &mut numbered.operation.entities {
            let EntityEvents::Account(_, events) = entity else { continue };
            for happened in events {
                if let Some(found) = pick(happened) {
                    return (event, found);
                }
                event = event.plus(1);
            }
        }
    }
    panic!("there is no such event");
}

fn sale_with_lines(event: &mut AccountEvent) -> Option<&mut RecordedSale> {
    if let AccountEvent::SaleRecorded(sale) = event
        && !sale.lines.is_empty()
        && !sale.accrued.is_zero()
    {
        Some(Arc::make_mut(sale))
    } else {
        None
    }
}

#[test]
fn a_changed_figure_of_an_event_is_found_without_tables() {
    let check = |what: &str, tamper: fn(&mut Vec<Numbered>) -> EventNumber| {
        let mut expected = EventNumber(0);
        let difference = journal_differs(|operations| expected = tamper(operations));
        assert_eq!(difference.what, what, "{difference}");
        assert_eq!(difference.place.event, Some(expected), "{difference}");
        assert!(difference.place.record.is_some_and(|record| record > 30), "{difference}");
    };
    check("what a sale accrued against its credit", |operations| {
        let (event, sale) = change(operations, sale_with_lines);
        sale.accrued = sale.accrued.checked_add(Bonus::CENT).unwrap();
        event
    });
    check("what a sale accrued against its lines", |operations| {
        let (event, sale) = change(operations, sale_with_lines);
        sale.lines[0].split.accrual = Bonus::from_cents(99_999).unwrap();
        event
    });
    check("the balance that a receipt tells", |operations| {
        let (event, sale) = change(operations, sale_with_lines);
        sale.balance_after = Balance::from_cents(1);
        event
    });
    check("what a sale redeemed against its debit", |operations| {
        let (event, sale) = change(operations, sale_with_lines);
        sale.redeemed = sale.redeemed.checked_add(Bonus::CENT).unwrap();
        event
    });
    check("a redemption against its debit", |operations| {
        let (event, redemption) = change(operations, |event| {
            if let AccountEvent::RedemptionRecorded(redemption) = event {
                Some(redemption)
            } else {
                None
            }
        });
        redemption.amount = redemption.amount.checked_add(Bonus::CENT).unwrap();
        event
    });
    check("an adjustment against its movement", |operations| {
        let (event, amount) = change(operations, |event| {
            if let AccountEvent::AdjustmentRecorded { amount, .. } = event {
                Some(amount)
            } else {
                None
            }
        });
        *amount = Balance::from_cents(amount.cents() + 1);
        event
    });
    check("an event", |operations| {
        let (event, debit) = change(operations, |event| {
            if let AccountEvent::Debited(debit) = event
                && !debit.draws.is_empty()
            {
                Some(debit)
            } else {
                None
            }
        });
        debit.draws[0].amount = Bonus::from_cents(debit.draws[0].amount.cents() + 1).unwrap();
        event
    });
    check("an event", |operations| {
        let (event, amount) = change(operations, |event| {
            if let AccountEvent::LotExpired { amount, .. } = event { Some(amount) } else { None }
        });
        *amount = amount.checked_add(Bonus::CENT).unwrap();
        event
    });
}
