//! Chance with an eye on what there is: what happens next, and by which rules.

use super::deed::Deed;
use super::naive::{Naive, Rules, Sale};
use super::naive_imports::{OldCustomer, OldSales};
use super::naive_returns::Part;
use super::person::{DAY, date_after};
use crate::chance::Chance;
use chrono::Datelike;
use std::collections::BTreeSet;

/// Phones that anybody may have.
const PHONES: u64 = 6;

/// The rules that a tenant begins with.
pub(super) fn rules(chance: &mut Chance, from: i64) -> Rules {
    let one_of = |chance: &mut Chance, values: &[i64]| {
        values[usize::try_from(chance.below(values.len() as u64)).unwrap()]
    };
    Rules {
        from,
        percents: [one_of(chance, &[5_000_000, 3_333_333, 7_250_000]), 10_500_000],
        gold_from: one_of(chance, &[100_000, 300_000]),
        hold: one_of(chance, &[0, 3_600_000, DAY, 3 * DAY]),
        expire_days: one_of(chance, &[1, 3, 9, 40]),
        min_purchase: one_of(chance, &[0, 1_000]),
        cap_percent: one_of(chance, &[30_000_000, 50_000_000, 100_000_000]),
        welcome: one_of(chance, &[0, 0, 1_500]),
        birthday: one_of(chance, &[0, 2_000, 3_100]),
        birthday_days: one_of(chance, &[0, 5, 30]),
        brings: one_of(chance, &[0, 1_700]),
        brought: one_of(chance, &[0, 900]),
        bringing_min: one_of(chance, &[0, 20_000]),
        bringing_hold_days: one_of(chance, &[0, 1, 14]),
    }
}

/// Somebody and the name of what happens.
type Named = (usize, String);

impl Deed {
    pub(super) fn draw(chance: &mut Chance, naive: &Naive, number: usize, now: i64) -> Self {
        let phone = usize::try_from(chance.below(PHONES)).unwrap();
        let other = usize::try_from(chance.below(PHONES)).unwrap();
        let id = format!("d-{number}");
        if naive.who(phone, now).is_none() && chance.below(3) > 0 {
            return draw_newcomer(chance, naive, (phone, other), now);
        }
        match chance.below(100) {
            0..35 => draw_any_sale(chance, naive, (phone, id)),
            35..48 => {
                let order = cents(chance, 30_000);
                Self::Redeem { phone, id, amount: cents(chance, 1_500).min(order), order }
            }
            48..58 => draw_refund(chance, naive, &id).unwrap_or(Self::Register { phone }),
            58..70 => {
                let (sign, hold) = (if chance.below(3) == 0 { -1 } else { 1 }, chance.below(3));
                let hold = if sign < 0 { 0 } else { i64::try_from(hold).unwrap() * DAY / 2 };
                let amount = sign * cents(chance, 4_000);
                Self::Adjust { phone, amount, hold, allow_debt: chance.below(2) == 0 }
            }
            70..73 => draw_birthday(chance, phone, now),
            73..79 => draw_reserve(chance, naive, (phone, id)),
            79..83 => match naive.some_reserve(chance.below(8)) {
                Some(id) if is_of_plus(&id) => Self::ReleasePlus { id },
                Some(id) => Self::Release { id },
                None => Self::Register { phone },
            },
            83..86 if naive.who(other, now).is_none() => Self::Move { phone, to: other },
            86..88 => Self::Merge { from: phone, into: other },
            88..90 => Self::Block { phone, blocked: true },
            90..94 => Self::Block { phone, blocked: false },
            94..96 => Self::Adopt(rules(chance, now)),
            96 => draw_import(chance, (phone, other), id),
            97 => Self::Forget { phone },
            98 => match naive.some_batch(chance.below(2)) {
                Some(batch) => Self::TakeBack { batch },
                None => draw_import(chance, (phone, other), id),
            },
            _ => Self::IssueCard { code: format!("C-{number}"), nominal: cents(chance, 9_000) },
        }
    }
}

fn cents(chance: &mut Chance, most: u64) -> i64 {
    1 + i64::try_from(chance.below(most)).unwrap()
}

fn below(chance: &mut Chance, most: i64) -> i64 {
    i64::try_from(chance.below(most.unsigned_abs().max(1))).unwrap()
}

/// Reserves of the BonusPlus dialect are named apart.
fn is_of_plus(id: &str) -> bool {
    id.starts_with('p')
}

/// Somebody who may have been brought by somebody, if the chain goes in for that.
fn draw_newcomer(
    chance: &mut Chance,
    naive: &Naive,
    (phone, parent): (usize, usize),
    now: i64,
) -> Deed {
    // Only by the phone that is their own: what a phone of before says of a parent is not simulated.
    let known = naive.who(parent, now);
    let is_own = known.is_none_or(|known| naive.people[known].phone == parent);
    if naive.has_program && is_own && chance.below(2) == 0 {
        Deed::Bring { phone, parent }
    } else {
        Deed::Register { phone }
    }
}

/// Mostly one that comes when it has been known for just about long enough.
fn draw_birthday(chance: &mut Chance, phone: usize, now: i64) -> Deed {
    let ahead = 26 + below(chance, 9);
    let day = date_after(now, ahead);
    let leap_day = chance.below(6) == 0;
    let (month, day) = if leap_day { (2, 29) } else { (day.month(), day.day()) };
    let born = chrono::NaiveDate::from_ymd_opt(1992, month, day).unwrap();
    Deed::TellBirthday { phone, born }
}

fn draw_reserve(chance: &mut Chance, naive: &Naive, (phone, id): Named) -> Deed {
    let amount = cents(chance, 1_500);
    if chance.below(2) == 0 {
        return Deed::SetAside { phone, id, amount };
    }
    // Some is added to what is set aside already.
    let known = naive.some_reserve(chance.below(8)).filter(|id| is_of_plus(id));
    let known = known.filter(|_| chance.below(3) == 0);
    let id = known.unwrap_or_else(|| format!("p{id}"));
    Deed::SetAsidePlus { phone, id, amount }
}

fn draw_any_sale(chance: &mut Chance, naive: &Naive, named: Named) -> Deed {
    match chance.below(10) {
        0..6 => Deed::Sell(draw_sale(chance, naive, named, false)),
        6..9 => Deed::SellPlus(draw_sale(chance, naive, named, true)),
        _ => {
            let sale = draw_sale(chance, naive, named, true);
            Deed::Calculate(Sale { redeem: 0, ago: 0, coupon: None, reserve: None, ..sale })
        }
    }
}

fn draw_sale(chance: &mut Chance, naive: &Naive, (phone, id): Named, of_plus: bool) -> Sale {
    let total = cents(chance, 60_000);
    let mut sale = Sale::plain(phone, &id, total);
    match chance.below(10) {
        0..3 => {
            sale.redeem = 1 + below(chance, 2_000);
            if chance.below(4) == 0 {
                let reserve = naive.some_reserve(chance.below(8));
                sale.reserve = reserve.filter(|id| is_of_plus(id) == of_plus);
            }
        }
        // Mostly not before anybody joined.
        3..5 => sale.ago = below(chance, 4 * DAY),
        5 if !naive.cards.is_empty() && !of_plus => {
            let cards: Vec<&String> = naive.cards.keys().collect();
            let card = cards[usize::try_from(chance.below(cards.len() as u64)).unwrap()];
            sale.card = Some((card.clone(), 1 + below(chance, 3_000)));
        }
        6 => sale.coupon = naive.coupons.keys().next().cloned(),
        _ => {}
    }
    let order = sale.total + sale.redeem + sale.card.as_ref().map_or(0, |(_, part)| *part);
    let several = chance.below(2) == 0;
    if several || (sale.coupon.is_some() && !of_plus) {
        let first = below(chance, order);
        sale.lines = vec![first, order - first];
    } else if of_plus {
        sale.lines = vec![order];
    }
    sale
}

/// All of a sale, a line of it, or a part of one that is simple.
fn draw_refund(chance: &mut Chance, naive: &Naive, id: &str) -> Option<Deed> {
    let sales: Vec<&String> = naive.sales.keys().collect();
    let index = chance.below((sales.len() as u64).max(1));
    let sale = (*sales.get(usize::try_from(index).unwrap())?).clone();
    if !naive.can_be_returned(&sale) {
        return None;
    }
    let phone = naive.people[naive.owner_of(&sale)].phone;
    let sold = &naive.sales[&sale];
    let lines = sold.goods.len() as u64;
    if sold.of_plus || (lines > 0 && chance.below(2) == 0) {
        let line = usize::try_from(chance.below(lines)).unwrap();
        let amount = draw_part(chance, sold.goods[line].left());
        return Some(if sold.of_plus {
            Deed::GiveBack { sale, line, amount, phone }
        } else {
            Deed::Refund { sale, id: id.to_owned(), part: Part::Line(line, amount), phone }
        });
    }
    let amount = draw_part(chance, naive.left_of(&sale)).filter(|_| naive.is_simple(&sale));
    let part = amount.map_or(Part::Whole, Part::Money);
    Some(Deed::Refund { sale, id: id.to_owned(), part, phone })
}

/// So much of what is left, sometimes a cent too much; `None`: all of it.
fn draw_part(chance: &mut Chance, left: i64) -> Option<i64> {
    (chance.below(2) == 0).then(|| 1 + below(chance, left + 1))
}

fn draw_import(chance: &mut Chance, (phone, other): (usize, usize), batch: String) -> Deed {
    if chance.below(2) == 0 {
        let sale = |number| {
            let (total, ago) = (cents(chance, 60_000), below(chance, 50 * DAY));
            (format!("{batch}-{number}"), total, ago)
        };
        let sales = (0..2).map(sale).collect();
        let old = OldSales { phone, sales, accrue: chance.below(2) == 0 };
        return Deed::ImportSales { batch, old };
    }
    let row = |phone| OldCustomer {
        phone,
        spent: below(chance, 90_000),
        bonuses: cents(chance, 4_000),
        days: (chance.below(2) == 0).then(|| below(chance, 20)),
    };
    let phones = BTreeSet::from([phone, other]);
    Deed::Import { batch, rows: phones.into_iter().map(row).collect() }
}
