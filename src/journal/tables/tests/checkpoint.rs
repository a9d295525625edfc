//! Checkpoints: written twice, written in part, in any rhythm, the tables come out the same.

use super::{CACHE_BYTES, FAR, assert_same, open};
use crate::journal::keys;
use crate::journal::operation::{Additions, Capture};
use crate::journal::scenario::{Dice, Scenario};
use crate::journal::tables::account_entries::{BUCKET_ROWS_MAX, LOTS_PER_PIECE_MAX};
use crate::journal::tables::filters::Filters;
use crate::journal::tables::seen::Shape;
use crate::journal::tables::{Due, TablesMemory, TablesWriter, layout, wipe_tables};
use crate::journal::vault::Sealing;
use crate::ledger::{Account, CardNumber, PastWindow, SaleKind, SaleRow};
use crate::values::{Bonus, CustomerId, EventNumber, LotId, Money, TenantId, Timestamp};
use std::path::Path;
use std::sync::Arc;

#[test]
fn checkpoints_in_any_rhythm_give_the_same_tables() {
    for seed in 1..=4 {
        let dir = tempfile::tempdir().unwrap();
        let (mut dice, mut world) = (Dice::new(seed), Scenario::new(seed));
        let mut writer = open(dir.path());
        for _ in 0..8 {
            world.play(usize::try_from(1 + dice.below(200)).unwrap());
            writer.write_checkpoint(&world.batch()).unwrap();
            assert_same(&writer.reader(), &world);
        }
    }
}

#[test]
fn a_checkpoint_may_be_written_twice() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = Scenario::new(11);
    let mut writer = open(dir.path());
    for _ in 0..3 {
        world.play(150);
        let batch = world.batch();
        writer.write_checkpoint(&batch).unwrap();
        writer.write_checkpoint(&batch).unwrap();
        assert_same(&writer.reader(), &world);
    }
}

#[test]
fn large_accounts_are_spread_over_bounded_values() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = Scenario::new(3);
    world.play(300);
    let mut batch = world.batch();
    let capture =
        batch.captures.iter_mut().find(|capture| !capture.additions.sales.is_empty()).unwrap();
    let (row, sale) = (capture.additions.rows[0].clone(), capture.additions.sales[0]);
    capture.additions_mut().rows = vec![row; 2 * BUCKET_ROWS_MAX + 5];
    capture.account.rows = u64::try_from(capture.additions.rows.len()).unwrap();
    capture.account.sale_records = capture.account.rows;
    capture.additions_mut().sales = (0..u64::try_from(2 * BUCKET_ROWS_MAX + 5).unwrap())
        .map(|n| SaleRow { event: EventNumber(n + 1), ..sale })
        .collect();
    grow_lots(capture, 3 * LOTS_PER_PIECE_MAX + 1);
    let (tenant, id) = (capture.tenant, capture.account.id);
    let large = capture.clone();
    let mut writer = open(dir.path());
    writer.write_checkpoint(&batch).unwrap();
    let tables = writer.reader();
    assert_eq!(tables.account(tenant, id).unwrap(), Some((large.account.clone(), large.as_of)));
    let rows = tables.history(tenant, id, u64::MAX, usize::MAX).unwrap();
    assert!(rows.iter().rev().map(|(index, _)| *index).eq(0..large.account.rows));
    // Across the border of two buckets.
    let page = tables.history(tenant, id, 66, 5).unwrap();
    assert_eq!(page.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [65, 64, 63, 62, 61]);
    let sales = tables.sales(tenant, id, u64::MAX, usize::MAX).unwrap();
    assert!(sales.into_iter().rev().eq((0..).zip(large.additions.sales.iter().copied())));
    let page = tables.sales(tenant, id, 66, 5).unwrap();
    let events: Vec<_> = page.iter().map(|(_, sale)| sale.event.number()).collect();
    assert_eq!(events, [66, 65, 64, 63, 62]);
    let mut smaller = large;
    smaller.as_of = smaller.as_of.plus(1);
    smaller.account.lots.edit(|lots| lots.truncate(LOTS_PER_PIECE_MAX + 1));
    (smaller.additions_mut().rows, smaller.additions_mut().sales) = (Vec::new(), Vec::new());
    batch.captures = vec![smaller.clone()];
    writer.write_checkpoint(&batch).unwrap();
    assert_eq!(tables.account(tenant, id).unwrap(), Some((smaller.account, smaller.as_of)));
    assert_eq!(tables.shelf.lots.len(), 1);
}

/// A long account was being written when the crash came; what is written after it is shorter.
#[test]
fn rows_of_an_unfinished_checkpoint_make_way() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = Scenario::new(3);
    world.play(300);
    let mut batch = world.batch();
    batch.captures.retain(|capture| {
        !capture.additions.sales.is_empty() && !capture.additions.rows.is_empty()
    });
    batch.captures.truncate(1);
    let model = batch.captures[0].clone();
    let long = |count: usize| {
        let mut capture = model.clone();
        capture.additions_mut().rows = vec![model.additions.rows[0].clone(); count];
        capture.account.rows = u64::try_from(count).unwrap();
        capture.account.sale_records = capture.account.rows;
        let sale = |event| SaleRow { event: EventNumber(event), ..model.additions.sales[0] };
        capture.additions_mut().sales = (1..=capture.account.rows).map(sale).collect();
        capture
    };
    batch.captures = vec![long(2 * BUCKET_ROWS_MAX + 5)];
    let mut writer = open(dir.path());
    writer.interrupt_checkpoint(&batch, 1, 0);
    drop(writer);
    let mut writer = open(dir.path());
    batch.captures = vec![long(900)];
    writer.write_checkpoint(&batch).unwrap();
    let (tables, who) = (writer.reader(), (model.tenant, model.account.id));
    assert_eq!(tables.history(who.0, who.1, u64::MAX, usize::MAX).unwrap().len(), 900);
    assert_eq!(tables.sales(who.0, who.1, u64::MAX, usize::MAX).unwrap().len(), 900);
}

pub(super) fn grow_lots(capture: &mut Capture, count: usize) {
    let lot = crate::ledger::Lot {
        id: LotId(1),
        origin: crate::ledger::LotOrigin::Registration,
        pool: crate::ledger::Pool::Main,
        amount: Bonus::CENT,
        remaining: Bonus::CENT,
        active: true,
        activates_at: Timestamp::from_millis(0),
        expires_at: None,
        graced: false,
        kept: None,
    };
    let lots =
        (1..=u64::try_from(count).unwrap()).map(|id| crate::ledger::Lot { id: LotId(id), ..lot });
    capture.account.lots = lots.collect();
}

#[test]
fn spent_later_is_what_a_plain_sum_says() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = Scenario::new(21);
    let mut writer = open(dir.path());
    for _ in 0..20 {
        world.play(60);
        writer.write_checkpoint(&world.batch()).unwrap();
    }
    let tables = writer.reader();
    let (mut asked, mut of_returns) = (0, 0);
    for ((tenant, customer), sales) in &world.sales {
        for after in
            sales.iter().map(|sale| sale.at).chain([Timestamp::from_millis(0), world.now()])
        {
            let later =
                |kind| sales.iter().filter(move |sale| sale.kind == kind && sale.at > after);
            let sum = |rows: &mut dyn Iterator<Item = &SaleRow>| {
                Money::checked_sum(rows.map(|sale| sale.total)).unwrap()
            };
            let since = Some(after.plus_seconds(-86_400));
            let of_late = |sale: &&SaleRow| sale.unspent_at >= since;
            let returned = sum(&mut later(SaleKind::Return).filter(of_late));
            let found = tables.spent_later(*tenant, *customer, &PastWindow { after, since });
            let found = found.unwrap();
            assert_eq!(found.spent, sum(&mut later(SaleKind::Purchase)));
            assert_eq!(found.returned, returned);
            of_returns += usize::from(!returned.is_zero());
            asked += 1;
        }
    }
    assert!(asked > 300 && of_returns > 10, "{asked} {of_returns}");
}

#[test]
fn what_is_due_is_registered_once_and_leaves_when_settled() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = Scenario::new(8);
    let mut writer = open(dir.path());
    world.play(200);
    let mut batch = world.batch();
    writer.write_checkpoint(&batch).unwrap();
    let tables = writer.reader();
    let bare = |account: &Account| {
        let mut bare = account.clone();
        bare.lots = std::iter::empty().collect();
        bare.reserves.clear();
        bare.debt_write_off_at = None;
        bare
    };
    // What is due is due on a lot, a reserve or debt.
    let waits = |account: &Account| bare(account).next_due() != account.next_due();
    let capture = batch.captures.iter().find(|one| waits(&one.account)).unwrap();
    let at = capture.account.next_due().unwrap();
    let due = Due { at, tenant: capture.tenant, customer: capture.account.id };
    let before = Timestamp::from_millis(at.millis() - 1);
    assert!(tables.is_due(&due).unwrap());
    assert!(!tables.due_until(before, usize::MAX).unwrap().contains(&due));
    assert_eq!(tables.due_until(at, 1).unwrap().len(), 1);

    // Settled too early: the account still waits for it, captured now or before.
    let mut settled = capture.clone();
    batch.settled_due = vec![due];
    writer.write_checkpoint(&batch).unwrap();
    assert!(tables.is_due(&due).unwrap());
    batch.captures = Vec::new();
    writer.write_checkpoint(&batch).unwrap();
    assert!(tables.is_due(&due).unwrap());

    settled.account = bare(&settled.account);
    (settled.additions_mut().rows, settled.additions_mut().sales) = (Vec::new(), Vec::new());
    batch.captures = vec![settled];
    writer.write_checkpoint(&batch).unwrap();
    assert!(!tables.is_due(&due).unwrap());
}

#[test]
fn customers_are_listed_tenant_by_tenant() {
    let dir = tempfile::tempdir().unwrap();
    let mut world = Scenario::new(2);
    let mut writer = open(dir.path());
    world.play(300);
    writer.write_checkpoint(&world.batch()).unwrap();
    let tables = writer.reader();
    for tenant in world.tenants.keys() {
        let known: Vec<_> =
            world.accounts.keys().filter(|(of, _)| of == tenant).map(|(_, id)| *id).collect();
        let listed = tables.customers_after(*tenant, CustomerId(0), usize::MAX).unwrap();
        assert_eq!(listed, known);
        assert_eq!(tables.customers_after(*tenant, known[0], 2).unwrap(), known[1..3]);
        assert!(tables.customers_after(*tenant, CustomerId(u64::MAX), 2).unwrap().is_empty());
    }
}

/// A card goes from one account to another; their captures arrive in every order.
#[test]
fn an_identifier_follows_the_later_capture() {
    let card = keys::card_key(TenantId(1), &CardNumber::parse("C").unwrap());
    let check = |steps: &[&[(u64, u64, Option<u64>)]], expected: Option<u64>| {
        let dir = tempfile::tempdir().unwrap();
        let mut world = Scenario::new(1);
        world.play(5);
        let model = loop {
            world.play(1);
            if let Some(capture) = world.batch().captures.pop() {
                break capture;
            }
        };
        let mut writer = open(dir.path());
        for step in steps {
            let capture = |&(owner, as_of, leads): &(u64, u64, Option<u64>)| Capture {
                tenant: TenantId(1),
                account: Account { id: CustomerId(owner), ..model.account.clone() },
                as_of: EventNumber(as_of),
                additions: Arc::new(Additions {
                    identifiers: vec![(card, leads.map(CustomerId))],
                    ..Additions::default()
                }),
                notice_at: None,
                due_in_tables: None,
            };
            let mut batch = world.batch();
            batch.captures = step.iter().map(capture).collect();
            writer.write_checkpoint(&batch).unwrap();
        }
        let found = writer.reader().identifier(&card).unwrap();
        assert_eq!(found, expected.map(CustomerId), "{steps:?}");
    };
    check(&[&[(1, 10, Some(1))]], Some(1));
    check(&[&[(1, 10, Some(1))], &[(1, 15, None)]], None);
    check(&[&[(1, 10, Some(1)), (2, 25, Some(2))]], Some(2));
    check(&[&[(2, 25, Some(2))], &[(1, 30, None)]], Some(2));
    check(&[&[(2, 10, Some(2)), (1, 25, Some(1))], &[(2, 30, None)]], Some(1));
    check(&[&[(2, 10, Some(2))], &[(1, 40, Some(1)), (2, 30, None)]], Some(1));
    check(&[&[(2, 25, Some(2))], &[(1, 10, Some(1))], &[(1, 15, None)]], Some(2));
}

#[test]
fn the_filter_of_seen_ids_survives_restarts() {
    let dir = tempfile::tempdir().unwrap();
    let shape = Shape { first_keys: 32, chunks_max: 6 };
    let mut world = Scenario::new(9);
    for round in 0..6 {
        let mut writer = shaped(dir.path(), shape);
        for _ in 0..3 {
            world.play(40);
            writer.write_checkpoint(&world.batch()).unwrap();
        }
        assert_same(&writer.reader(), &world);
        let seen = writer.reader().seen().clone();
        let strange = |n: u128| {
            keys::token_key(TenantId(99), crate::values::TokenId(u64::try_from(n).unwrap()))
        };
        let wrong = (0..1_000).filter(|n| seen.maybe(&strange(*n))).count();
        assert!(wrong < 30, "round {round}: {wrong} of 1,000");
        let tree = writer.tables.shelf.store.tree(layout::FILTERS).unwrap();
        let again = Filters::open(&writer.tables.shelf.store, tree, shape).unwrap().seen();
        assert!(world.operations.keys().all(|key| again.maybe(key)), "round {round}");
        assert!((0..1_000).all(|n| seen.maybe(&strange(n)) == again.maybe(&strange(n))));
    }
}

/// Tables whose filter has another shape than real ones.
fn shaped(path: &Path, shape: Shape) -> TablesWriter {
    let memory = TablesMemory::with_whole_filter(CACHE_BYTES);
    TablesWriter::open_shaped(path, memory, FAR, (shape, &Sealing::Plain)).unwrap()
}

#[test]
fn a_filter_that_lacks_a_key_is_full_until_the_tables_are_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let small = Shape { first_keys: 16, chunks_max: 2 };
    let large = Shape { chunks_max: 12, ..small };
    let never_used = [7; 16];
    let mut world = Scenario::new(12);
    let play = |writer: &mut TablesWriter, world: &mut Scenario| {
        world.play(40);
        writer.write_checkpoint(&world.batch()).unwrap();
        writer.reader().seen().fill()
    };
    let first = play(&mut shaped(dir.path(), large), &mut world);
    assert!(!first.full && first.keys > 48, "{first:?}");
    // Less memory than it has keys: full as long as that holds, and no key is lost by it yet.
    let looked_at = shaped(dir.path(), small).reader();
    assert!(looked_at.seen().fill().full && looked_at.seen().maybe(&never_used));
    drop(looked_at);
    let again = shaped(dir.path(), large).reader().seen().fill();
    assert_eq!((again.keys, again.full), (first.keys, false));
    // A key that finds no room is missing for good.
    assert!(play(&mut shaped(dir.path(), small), &mut world).full);
    let kept = shaped(dir.path(), large);
    assert!(kept.reader().seen().fill().full);
    assert_same(&kept.reader(), &world);
    drop(kept);
    wipe_tables(dir.path()).unwrap();
    let anew = shaped(dir.path(), large);
    assert!(!anew.reader().seen().fill().full && !anew.reader().seen().maybe(&never_used));
}
