//! Random histories of gift cards: what was issued is what is open, spent and lost; every card's rows add
//! up to its balance; sales and returns move what the cards say.
#![expect(clippy::arithmetic_side_effects, reason = "figures of tests are small")]

use crate::ledger::books::{Book, voucher_postings};
use crate::ledger::testing::{DAY, Scene, plain, sale};
use crate::ledger::testing_returns::{give_back, refund, rest_of};
use crate::ledger::voucher::{GiftCardChange, GiftPart, Voucher, VoucherEvent};
use crate::values::{Bonus, Money};
use proptest::prelude::*;
use std::collections::BTreeMap;

const CARDS: usize = 3;

#[derive(Debug, Clone)]
enum Deed {
    Issue { cents: u64, days: Option<i64> },
    Sell { lines: Vec<u64>, parts: Vec<(usize, u64)> },
    ReturnLine { sale: u64, line: u32 },
    ReturnAll { sale: u64 },
    Change { card: usize, change: u8 },
    Wait { days: i64 },
    Settle,
}

fn deed() -> impl Strategy<Value = Deed> {
    let part = (0..CARDS, 1_u64..4_000);
    prop_oneof![
        1 => (1_u64..9_000, prop::option::of(1_i64..30))
            .prop_map(|(cents, days)| Deed::Issue { cents, days }),
        5 => (prop::collection::vec(1_u64..5_000, 0..4), prop::collection::vec(part, 0..3))
            .prop_map(|(lines, parts)| Deed::Sell { lines, parts }),
        3 => (1_u64..12, 1_u32..4).prop_map(|(sale, line)| Deed::ReturnLine { sale, line }),
        2 => (1_u64..12).prop_map(|sale| Deed::ReturnAll { sale }),
        1 => (0..CARDS, 0_u8..4).prop_map(|(card, change)| Deed::Change { card, change }),
        1 => (1_i64..9).prop_map(|days| Deed::Wait { days }),
        1 => Just(Deed::Settle),
    ]
}

fn play(scene: &mut Scene, deed: Deed) {
    match deed {
        Deed::Issue { cents, days } => {
            let name = format!("G-{}", scene.vouchers.0.len());
            let nominal = Money::from_cents(cents).unwrap().to_string();
            scene.issue_card(&name, &nominal, days.map(|days| days * DAY));
        }
        Deed::Sell { lines, parts } => sell(scene, &lines, &parts),
        Deed::ReturnLine { sale, line } => {
            let _ = scene.perform(refund(sale).of(vec![rest_of(line)]).act());
        }
        Deed::ReturnAll { sale } => {
            let _ = scene.perform(give_back(sale));
        }
        Deed::Change { card, change } => {
            let Voucher::GiftCard(card) = &scene.vouchers.0[card] else { return };
            let change = match change {
                0 => GiftCardChange::Block,
                1 => GiftCardChange::Unblock,
                2 => GiftCardChange::Void,
                _ => GiftCardChange::MoveExpiry(None),
            };
            if let Ok(step) = card.change(change, scene.now) {
                scene.take_voucher(step);
            }
        }
        Deed::Wait { days } => drop(scene.wait(days * DAY)),
        Deed::Settle => scene.settle_cards(),
    }
}

fn sell(scene: &mut Scene, lines: &[u64], parts: &[(usize, u64)]) {
    let mut sell = sale("12.34");
    sell.redeem = Bonus::ZERO;
    let amount = |cents: &u64| Money::from_cents(*cents).unwrap();
    sell.lines = lines
        .iter()
        .map(|cents| crate::ledger::testing::line(Some(&amount(cents).to_string())))
        .collect();
    let part = |(card, cents): &(usize, u64)| GiftPart {
        card: scene.vouchers.0[*card].code().clone(),
        amount: amount(cents),
    };
    sell.gift_cards = parts.iter().map(part).collect();
    let before = scene.open_cents();
    let asked = sell.gift_total().unwrap().cents();
    match scene.perform(sell.act()) {
        Ok(_) => {
            assert_eq!(scene.open_cents(), before - asked);
            let sold = scene.last_sale();
            let splits = sold.lines.iter().map(|line| line.split).chain(sold.unlisted);
            assert_eq!(splits.map(|split| split.gift_share.cents()).sum::<u64>(), asked);
        }
        Err(refusal) => {
            assert!(refusal.code().starts_with("gift_card"), "{refusal}");
            assert_eq!(scene.open_cents(), before);
        }
    }
}

/// Three ways to the same figures: the states, the rows, the books.
fn check(scene: &Scene) {
    let mut books: BTreeMap<Book, i64> = BTreeMap::new();
    for posting in scene.voucher_events.iter().flat_map(voucher_postings) {
        *books.entry(posting.book).or_default() += posting.amount.cents();
    }
    let of = |book| books.get(&book).copied().unwrap_or_default();
    assert_eq!(books.values().sum::<i64>(), 0);
    let cards = scene.vouchers.0.iter().filter_map(|voucher| match voucher {
        Voucher::GiftCard(card) => Some(card),
        Voucher::Coupon(_) => None,
    });
    let mut sums = (0, 0, 0, 0);
    for card in cards {
        sums.0 += i64::try_from(card.balance.cents()).unwrap();
        sums.1 -= i64::try_from(card.nominal.cents()).unwrap();
        sums.2 += i64::try_from(card.spent.cents()).unwrap();
        sums.3 += i64::try_from(card.lost.cents()).unwrap();
    }
    let books = (
        of(Book::GiftCardsOpen),
        of(Book::GiftCardsIssued),
        of(Book::GiftCardsSpent),
        of(Book::GiftCardsExpired),
    );
    assert_eq!(books, sums);
    let rows = scene.voucher_events.iter().map(|event| match event {
        VoucherEvent::GiftCard(event) => event.amount().cents(),
        VoucherEvent::Coupon(_) => 0,
    });
    assert_eq!(rows.sum::<i64>(), sums.0);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn nothing_is_minted_and_nothing_goes_astray(deeds in prop::collection::vec(deed(), 1..60)) {
        let mut scene = Scene::new(plain);
        for number in 0..CARDS {
            scene.issue_card(&format!("G-{number}"), "80.00", Some(20 * DAY));
        }
        for deed in deeds {
            play(&mut scene, deed);
            check(&scene);
        }
    }
}
