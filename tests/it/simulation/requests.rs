//! How a till or an operator asks for what happens in a simulation.

use super::deed::Deed;
use super::naive::{Rules, Sale};
use super::naive_imports::OldCustomer;
use super::naive_returns::Part;
use super::person::date_after;
use crate::asking::Ask;
use crate::house::Shop;
use kopilka::values::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A request to one of the two doors.
pub(super) enum Request {
    /// Signed.
    Till(Ask),
    /// In the BonusPlus dialect.
    Plus(Ask),
    Operator {
        method: &'static str,
        path: String,
        body: Value,
    },
}

/// The names that a house gave to ours: of reserves, and of sales of the BonusPlus dialect.
pub(super) type Names = BTreeMap<String, String>;

pub(super) fn phone_of(phone: usize) -> String {
    format!("+{}", digits_of(phone))
}

fn digits_of(phone: usize) -> String {
    format!("99290{:07}", 1_000_000 + phone)
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
        "birthday_bonus": text(rules.birthday), "birthday_expire_after_days": rules.birthday_days,
        "referral_inviter_bonus": text(rules.brings), "referral_invitee_bonus": text(rules.brought),
        "referral_min_amount": text(rules.bringing_min), "referral_hold_days": rules.bringing_hold_days,
        "referral_expire_after_days": rules.expire_days,
        "tiers": [
            {"name": "Base", "color": "#8A8A8A", "from_total_spent": "0.00", "bonus_percent": percent(rules.percents[0])},
            {"name": "Gold", "color": "#C9A227", "from_total_spent": text(rules.gold_from), "bonus_percent": percent(rules.percents[1])},
        ],
    })
}

impl Deed {
    /// `None` if the house has not named something that it is about.
    pub(super) fn request(&self, shop: &Shop, now: i64, names: &Names) -> Option<Request> {
        let till = |path: &str, body: &Value| Some(Request::Till(Ask::post(path, body)));
        match self {
            Self::Register { phone } => till("/partner/auth", &json!({"phone": phone_of(*phone)})),
            Self::Sell(sale) => till("/partner/sale", &sale_body(sale, now, names)?),
            Self::Redeem { phone, id, amount, order } => {
                let body = json!({"client_phone": phone_of(*phone), "amount": number(*amount),
                    "total_amount": number(*order), "external_sale_id": id});
                till("/partner/redeem", &body)
            }
            Self::Refund { sale, id, part, phone } => {
                let mut body = json!({"client_phone": phone_of(*phone), "external_sale_id": sale,
                    "external_refund_id": id});
                match part {
                    Part::Whole => {}
                    Part::Money(amount) => body["amount"] = number(*amount),
                    Part::Line(line, None) => body["lines"] = json!([{"line": line + 1}]),
                    Part::Line(line, Some(amount)) => {
                        let sku = format!("s-{line}");
                        body["lines"] = json!([{"sku": sku, "amount": number(*amount)}]);
                    }
                }
                till("/partner/refund", &body)
            }
            Self::SetAside { phone, id, amount } => {
                let body = json!({"client_phone": phone_of(*phone), "amount": number(*amount),
                    "external_reserve_id": id});
                till("/partner/reserve", &body)
            }
            Self::Release { id } => {
                let ask = Ask::get(&format!("/partner/reserve/{}", names.get(id)?));
                Some(Request::Till(Ask { method: "DELETE", ..ask }))
            }
            Self::Bring { .. }
            | Self::TellBirthday { .. }
            | Self::SellPlus(_)
            | Self::Calculate(_)
            | Self::GiveBack { .. }
            | Self::SetAsidePlus { .. }
            | Self::ReleasePlus { .. } => self.plus_request(now, names),
            Self::Adjust { .. }
            | Self::Move { .. }
            | Self::Merge { .. }
            | Self::Block { .. }
            | Self::Adopt(_)
            | Self::IssueCard { .. }
            | Self::Forget { .. } => self.operator_request(shop),
            Self::Import { .. } | Self::ImportSales { .. } | Self::TakeBack { .. } => {
                self.import_request(shop, now)
            }
        }
    }

    fn plus_request(&self, now: i64, names: &Names) -> Option<Request> {
        let customer = |phone: &usize| format!("/customer/{}", digits_of(*phone));
        let (method, path, body) = match self {
            Self::Bring { phone, parent } => {
                let body = json!({"phone": digits_of(*phone), "parentphone": digits_of(*parent)});
                ("POST", "/customer".to_owned(), body)
            }
            Self::TellBirthday { phone, born } => {
                ("PATCH", customer(phone), json!({"birthday": born.format("%d.%m.%Y").to_string()}))
            }
            Self::SellPlus(sale) => ("POST", "/retail".to_owned(), retail_body(sale, now)),
            Self::Calculate(sale) => ("PUT", "/retail/calc".to_owned(), retail_body(sale, now)),
            Self::GiveBack { sale, line, amount, .. } => {
                let name = names.get(sale)?;
                let mut body = if amount.is_some() {
                    json!({"positionId": format!("{name}{:03}", line + 1)})
                } else {
                    json!({"ext": format!("{sale}-{line}")})
                };
                if let Some(amount) = amount {
                    body["sum"] = number(*amount);
                }
                ("PUT", "/retail/back".to_owned(), body)
            }
            Self::SetAsidePlus { phone, id, amount } => {
                let body = json!({"id": id, "amount": number(*amount)});
                ("PATCH", format!("{}/balance/reserve", customer(phone)), body)
            }
            Self::ReleasePlus { id } => {
                ("DELETE", "/customer/balance/reserve".to_owned(), json!({"id": id}))
            }
            Self::Register { .. }
            | Self::Sell(_)
            | Self::Redeem { .. }
            | Self::Refund { .. }
            | Self::Adjust { .. }
            | Self::SetAside { .. }
            | Self::Release { .. }
            | Self::Move { .. }
            | Self::Merge { .. }
            | Self::Block { .. }
            | Self::Adopt(_)
            | Self::IssueCard { .. }
            | Self::Forget { .. }
            | Self::Import { .. }
            | Self::ImportSales { .. }
            | Self::TakeBack { .. } => return None,
        };
        Some(Request::Plus(Ask::plus(method, &path, &body)))
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
            Self::Forget { phone } => ("POST", of(phone, "forget"), json!({"reason": "simulated"})),
            Self::Register { .. }
            | Self::Sell(_)
            | Self::Redeem { .. }
            | Self::Refund { .. }
            | Self::SetAside { .. }
            | Self::Release { .. }
            | Self::Bring { .. }
            | Self::TellBirthday { .. }
            | Self::SellPlus(_)
            | Self::Calculate(_)
            | Self::GiveBack { .. }
            | Self::SetAsidePlus { .. }
            | Self::ReleasePlus { .. }
            | Self::Import { .. }
            | Self::ImportSales { .. }
            | Self::TakeBack { .. } => return None,
        };
        Some(Request::Operator { method, path, body })
    }

    fn import_request(&self, shop: &Shop, now: i64) -> Option<Request> {
        let (what, body) = if let Self::Import { batch, rows } = self {
            let rows: Vec<Value> = rows.iter().map(|row| old_row(row, batch, now)).collect();
            ("customers", json!({"batch": batch, "rows": rows}))
        } else if let Self::ImportSales { batch, old } = self {
            let row = |(id, total, ago): &(String, i64, i64)| {
                let date = Timestamp::from_millis(now - ago).to_string();
                json!({"external_sale_id": id, "phone": phone_of(old.phone), "sale_date": date,
                    "total_amount": number(*total)})
            };
            let rows: Vec<Value> = old.sales.iter().map(row).collect();
            ("sales", json!({"batch": batch, "rows": rows, "accrue": old.accrue}))
        } else if let Self::TakeBack { batch } = self {
            ("reversals", json!({"batch": batch}))
        } else {
            return None;
        };
        let path = format!("/tenants/{}/imports/{what}", shop.id);
        Some(Request::Operator { method: "POST", path, body })
    }
}

fn old_row(row: &OldCustomer, batch: &str, now: i64) -> Value {
    let mut lot = json!({"amount": number(row.bonuses)});
    if let Some(days) = row.days {
        lot["expires"] = json!(date_after(now, days).to_string());
    }
    // A row is known by its key for ever.
    json!({"key": format!("{batch}-{}", row.phone), "phone": phone_of(row.phone),
        "total_spent": number(row.spent), "lots": [lot]})
}

fn sale_body(sale: &Sale, now: i64, names: &Names) -> Option<Value> {
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
        body["sale_date"] = json!(Timestamp::from_millis(now - sale.ago).to_string());
    }
    if let Some((code, part)) = &sale.card {
        body["gift_cards"] = json!([{"code": code, "amount": number(*part)}]);
    }
    if let Some(coupon) = &sale.coupon {
        body["coupons"] = json!([coupon]);
    }
    if let Some(reserve) = &sale.reserve {
        body["reserve_id"] = json!(names.get(reserve)?);
    }
    Some(body)
}

fn retail_body(sale: &Sale, now: i64) -> Value {
    let items: Vec<Value> = (0..)
        .zip(&sale.lines)
        .map(|(line, cents)| {
            let ext = format!("{}-{line}", sale.id);
            json!({"sum": number(*cents), "qnt": 1, "product": format!("s-{line}"), "ext": ext})
        })
        .collect();
    let mut body = json!({
        "phone": digits_of(sale.phone), "items": items, "bonusDebit": number(sale.redeem),
        "externalId": sale.id,
    });
    if sale.ago > 0 {
        body["date"] = json!(Timestamp::from_millis(now - sale.ago).to_string());
    }
    if let Some(coupon) = &sale.coupon {
        body["coupons"] = json!([coupon]);
    }
    if let Some(reserve) = &sale.reserve {
        body["reserveId"] = json!(reserve);
    }
    body
}
