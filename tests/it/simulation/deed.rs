//! What happens in a simulation, drawn from chance with an eye on what there is, and how a till or an
//! operator asks for it.

use super::naive::{Expected, Naive, Rules, Sale};
use super::person::DAY;
use crate::asking::Ask;
use crate::chance::Chance;
use crate::house::Shop;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Phones that anybody may have.
const PHONES: u64 = 6;

#[derive(Debug, Clone)]
pub(super) enum Deed {
    Register { phone: usize },
    Sell(Sale),
    Redeem { phone: usize, id: String, amount: i64, order: i64 },
    Refund { sale: String, id: String, amount: Option<i64>, phone: usize },
    Adjust { phone: usize, amount: i64, hold: i64, allow_debt: bool },
    SetAside { phone: usize, id: String, amount: i64 },
    Release { id: String },
    Move { phone: usize, to: usize },
    Merge { from: usize, into: usize },
    Block { phone: usize, blocked: bool },
    Adopt(Rules),
    IssueCard { code: String, nominal: i64 },
}

/// A request to one of the two doors.
pub(super) enum Request {
    Till(Ask),
    Operator { method: &'static str, path: String, body: Value },
}

pub(super) fn phone_of(phone: usize) -> String {
    format!("+99290{:07}", 1_000_000 + phone)
}

/// An amount of cents as a plain number.
fn number(cents: i64) -> Value {
    serde_json::from_str(&text(cents)).unwrap()
}

fn text(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let cents = cents.unsigned_abs();
    format!("{sign}{}.{:02}", cents / 100, cents % 100)
}

/// The settings that a version of the rules stands for.
pub(super) fn settings(rules: &Rules) -> Value {
    let percent =
        |millionths: i64| format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000);
    json!({
        "currency": "TJS", "time_zone": "Asia/Dushanbe", "redeem_hold_seconds": rules.hold / 1_000,
        "min_purchase_amount": text(rules.min_purchase), "max_redeem_percent": percent(rules.cap_percent),
        "expire_after_days": rules.expire_days, "welcome_bonus": text(rules.welcome),
        "welcome_expire_after_days": rules.expire_days + 1,
        "tiers": [
            {"name": "Base", "color": "#8A8A8A", "from_total_spent": "0.00", "bonus_percent": percent(rules.percents[0])},
            {"name": "Gold", "color": "#C9A227", "from_total_spent": text(rules.gold_from), "bonus_percent": percent(rules.percents[1])},
        ],
    })
}

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
    }
}

impl Deed {
    pub(super) fn draw(chance: &mut Chance, naive: &Naive, number: usize, now: i64) -> Self {
        let phone = usize::try_from(chance.below(PHONES)).unwrap();
        let other = usize::try_from(chance.below(PHONES)).unwrap();
        let cents = |chance: &mut Chance, most: u64| 1 + i64::try_from(chance.below(most)).unwrap();
        let id = format!("d-{number}");
        if naive.who(phone, now).is_none() && chance.below(3) > 0 {
            return Self::Register { phone };
        }
        match chance.below(100) {
            0..35 => Self::Sell(draw_sale(chance, naive, (phone, id))),
            35..50 => {
                let order = cents(chance, 30_000);
                Self::Redeem { phone, id, amount: cents(chance, 1_500).min(order), order }
            }
            50..60 => draw_refund(chance, naive, &id).unwrap_or(Self::Register { phone }),
            60..72 => {
                let (sign, hold) = (if chance.below(3) == 0 { -1 } else { 1 }, chance.below(3));
                let hold = if sign < 0 { 0 } else { i64::try_from(hold).unwrap() * DAY / 2 };
                let amount = sign * cents(chance, 4_000);
                Self::Adjust { phone, amount, hold, allow_debt: chance.below(2) == 0 }
            }
            72..78 => Self::SetAside { phone, id, amount: cents(chance, 1_500) },
            78..82 => match naive.some_reserve(chance.below(8)) {
                Some(id) => Self::Release { id },
                None => Self::Register { phone },
            },
            82..85 if naive.who(other, now).is_none() => Self::Move { phone, to: other },
            85..88 => Self::Merge { from: phone, into: other },
            88..90 => Self::Block { phone, blocked: true },
            90..94 => Self::Block { phone, blocked: false },
            94..97 => Self::Adopt(rules(chance, now)),
            _ => Self::IssueCard { code: format!("C-{number}"), nominal: cents(chance, 9_000) },
        }
    }

    /// Lets the naive tenant live through it.
    pub(super) fn live(&self, naive: &mut Naive, now: i64) -> Expected {
        match self {
            Self::Register { phone } => naive.register(*phone, now),
            Self::Sell(sale) => naive.sell(sale, now),
            Self::Redeem { phone, id, amount, order } => {
                naive.redeem((*phone, id), *amount, *order, now)
            }
            Self::Refund { sale, id, amount, .. } => naive.refund(sale, id, *amount, now),
            Self::Adjust { phone, amount, hold, allow_debt } => {
                naive.adjust(*phone, *amount, (*hold, *allow_debt), now)
            }
            Self::SetAside { phone, id, amount } => naive.set_aside((*phone, id), *amount, now),
            Self::Release { id } => naive.release(id, now),
            Self::Move { phone, to } => naive.move_phone(*phone, *to, now),
            Self::Merge { from, into } => naive.merge(*from, *into, now),
            Self::Block { phone, blocked } => naive.block(*phone, *blocked, now),
            Self::Adopt(rules) => {
                naive.rules.push(rules.clone());
                Expected::Done(vec![])
            }
            Self::IssueCard { code, nominal } => {
                naive.cards.insert(code.clone(), *nominal);
                Expected::Done(vec![])
            }
        }
    }

    /// The phone of whom it is about.
    pub(super) fn phone(&self) -> Option<usize> {
        match self {
            Self::Sell(sale) => Some(sale.phone),
            Self::Register { phone }
            | Self::Redeem { phone, .. }
            | Self::Refund { phone, .. }
            | Self::Adjust { phone, .. }
            | Self::SetAside { phone, .. }
            | Self::Block { phone, .. } => Some(*phone),
            Self::Move { to, .. } => Some(*to),
            Self::Merge { into, .. } => Some(*into),
            Self::Release { .. } | Self::Adopt(_) | Self::IssueCard { .. } => None,
        }
    }

    /// Whether it needs bonuses.
    pub(super) fn spends(&self) -> bool {
        match self {
            Self::Sell(sale) => sale.redeem > 0,
            Self::Adjust { amount, .. } => *amount < 0,
            Self::Redeem { .. } | Self::SetAside { .. } => true,
            Self::Register { .. }
            | Self::Refund { .. }
            | Self::Release { .. }
            | Self::Move { .. }
            | Self::Merge { .. }
            | Self::Block { .. }
            | Self::Adopt(_)
            | Self::IssueCard { .. } => false,
        }
    }

    /// Whether the same again under its key is answered the same.
    pub(super) fn moves_value(&self) -> bool {
        match self {
            Self::Sell(_)
            | Self::Redeem { .. }
            | Self::Refund { .. }
            | Self::Adjust { .. }
            | Self::SetAside { .. }
            | Self::Release { .. } => true,
            Self::Register { .. }
            | Self::Move { .. }
            | Self::Merge { .. }
            | Self::Block { .. }
            | Self::Adopt(_)
            | Self::IssueCard { .. } => false,
        }
    }

    /// `reserves` tells the names that the house gave to ours. `None` if it does not know one of them.
    pub(super) fn request(
        &self,
        shop: &Shop,
        now: i64,
        reserves: &BTreeMap<String, String>,
    ) -> Option<Request> {
        let till = |path: &str, body: &Value| Some(Request::Till(Ask::post(path, body)));
        let of = |phone: &usize| phone_of(*phone);
        match self {
            Self::Register { phone } => till("/partner/auth", &json!({"phone": of(phone)})),
            Self::Sell(sale) => till("/partner/sale", &sale_body(sale, now, reserves)?),
            Self::Redeem { phone, id, amount, order } => {
                let body = json!({"client_phone": of(phone), "amount": number(*amount),
                    "total_amount": number(*order), "external_sale_id": id});
                till("/partner/redeem", &body)
            }
            Self::Refund { sale, id, amount, phone } => {
                let mut body = json!({"client_phone": of(phone), "external_sale_id": sale,
                    "external_refund_id": id});
                if let Some(amount) = amount {
                    body["amount"] = number(*amount);
                }
                till("/partner/refund", &body)
            }
            Self::SetAside { phone, id, amount } => {
                let body = json!({"client_phone": of(phone), "amount": number(*amount),
                    "external_reserve_id": id});
                till("/partner/reserve", &body)
            }
            Self::Release { id } => {
                let ask = Ask::get(&format!("/partner/reserve/{}", reserves.get(id)?));
                Some(Request::Till(Ask { method: "DELETE", ..ask }))
            }
            Self::Adjust { .. }
            | Self::Move { .. }
            | Self::Merge { .. }
            | Self::Block { .. }
            | Self::Adopt(_)
            | Self::IssueCard { .. } => self.operator_request(shop),
        }
    }

    fn operator_request(&self, shop: &Shop) -> Option<Request> {
        let tenant = format!("/tenants/{}", shop.id);
        let of = |phone: &usize, what: &str| {
            format!("{tenant}/customers/{}/{what}", phone_of(*phone).replace('+', "%2B"))
        };
        let (method, path, body) = match self {
            Self::Adjust { phone, amount, hold, allow_debt } => {
                let body = json!({"amount": text(*amount), "hold_seconds": hold / 1_000,
                    "allow_debt": allow_debt, "reason": "simulated"});
                ("POST", of(phone, "adjustments"), body)
            }
            Self::Move { phone, to } => {
                ("PUT", of(phone, "phone"), json!({"phone": phone_of(*to), "reason": "simulated"}))
            }
            Self::Merge { from, into } => {
                ("POST", of(from, "merge"), json!({"into": phone_of(*into), "reason": "simulated"}))
            }
            Self::Block { phone, blocked } => {
                let what = if *blocked { "block" } else { "unblock" };
                ("POST", of(phone, what), Value::Null)
            }
            Self::Adopt(rules) => {
                ("PUT", format!("{tenant}/settings"), json!({"settings": settings(rules)}))
            }
            Self::IssueCard { code, nominal } => {
                let body = json!({"code": code, "nominal": text(*nominal)});
                ("POST", format!("{tenant}/gift-cards"), body)
            }
            Self::Register { .. }
            | Self::Sell(_)
            | Self::Redeem { .. }
            | Self::Refund { .. }
            | Self::SetAside { .. }
            | Self::Release { .. } => return None,
        };
        Some(Request::Operator { method, path, body })
    }
}

fn draw_sale(chance: &mut Chance, naive: &Naive, (phone, id): (usize, String)) -> Sale {
    let total = 1 + i64::try_from(chance.below(60_000)).unwrap();
    let mut sale = Sale {
        phone,
        id,
        total,
        redeem: 0,
        ago: 0,
        lines: Vec::new(),
        card: None,
        coupon: None,
        reserve: None,
    };
    let below = |chance: &mut Chance, most: i64| {
        i64::try_from(chance.below(most.unsigned_abs().max(1))).unwrap()
    };
    match chance.below(10) {
        0..3 => {
            sale.redeem = 1 + below(chance, 2_000);
            if chance.below(4) == 0 {
                sale.reserve = naive.some_reserve(chance.below(8));
            }
        }
        // Mostly not before anybody joined.
        3..5 => sale.ago = below(chance, 4 * DAY),
        5 if !naive.cards.is_empty() => {
            let cards: Vec<&String> = naive.cards.keys().collect();
            let card = cards[usize::try_from(chance.below(cards.len() as u64)).unwrap()];
            sale.card = Some((card.clone(), 1 + below(chance, 3_000)));
        }
        6 => sale.coupon = naive.coupons.keys().next().cloned(),
        _ => {}
    }
    if sale.coupon.is_some() || chance.below(2) == 0 {
        let order = sale.total + sale.redeem + sale.card.as_ref().map_or(0, |(_, part)| *part);
        let first = below(chance, order);
        sale.lines = vec![first, order - first];
    }
    sale
}

/// All of a sale, or a part of one that is simple.
fn draw_refund(chance: &mut Chance, naive: &Naive, id: &str) -> Option<Deed> {
    let sales: Vec<&String> = naive.sales.keys().collect();
    let index = chance.below((sales.len() as u64).max(1));
    let sale = (*sales.get(usize::try_from(index).unwrap())?).clone();
    if !naive.can_be_returned(&sale) {
        return None;
    }
    let left = naive.left_of(&sale).unsigned_abs();
    let amount = (naive.is_simple(&sale) && chance.below(2) == 0)
        .then(|| 1 + i64::try_from(chance.below(left + 1)).unwrap());
    let phone = naive.people[naive.owner_of(&sale)].phone;
    Some(Deed::Refund { sale, id: id.to_owned(), amount, phone })
}

fn sale_body(sale: &Sale, now: i64, reserves: &BTreeMap<String, String>) -> Option<Value> {
    let lines: Vec<Value> = (0..)
        .zip(&sale.lines)
        .map(|(line, cents)| json!({"sku": format!("s-{line}"), "line_amount": number(*cents)}))
        .collect();
    let card = sale.card.as_ref().map_or(0, |(_, part)| *part);
    let mut body = json!({
        "client_phone": phone_of(sale.phone), "total_amount": number(sale.total),
        "gross_amount": number(sale.total + sale.redeem + card),
        "bonus_redeem_amount": number(sale.redeem), "external_sale_id": sale.id, "lines": lines,
    });
    if sale.ago > 0 {
        let at = kopilka::values::Timestamp::from_millis(now - sale.ago);
        body["sale_date"] = json!(at.to_string());
    }
    if let Some((code, part)) = &sale.card {
        body["gift_cards"] = json!([{"code": code, "amount": number(*part)}]);
    }
    if let Some(coupon) = &sale.coupon {
        body["coupons"] = json!([coupon]);
    }
    if let Some(reserve) = &sale.reserve {
        body["reserve_id"] = json!(reserves.get(reserve)?);
    }
    Some(body)
}
