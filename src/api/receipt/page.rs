//! The page itself: plain HTML that fits a phone, every text escaped.

use super::returns::ReturnShown;
use crate::api::bonex::date_time;
use crate::api::bonusplus::Language;
use crate::ledger::{RecordedReturn, RecordedSale, SettingsDraft, Tenant};
use crate::values::{Bonus, Money, Phone, Quantity, Timestamp};
use std::fmt::Write as _;

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{margin:0;background:#f3f4f6;color:#111827;font:16px/1.45 system-ui,sans-serif}\
main{max-width:26rem;margin:0 auto;padding:1.5rem 1rem 3rem}\
article{background:#fff;border-radius:1rem;padding:1.25rem;box-shadow:0 1px 3px #0002}\
h1{margin:0;font-size:1.25rem;overflow-wrap:anywhere}\
p{margin:.25rem 0 0;color:#6b7280;overflow-wrap:anywhere}\
table{width:100%;border-collapse:collapse;margin:1rem 0;font-variant-numeric:tabular-nums}\
td,th{padding:.5rem 0;border-top:1px solid #8883;text-align:left;font-weight:400;vertical-align:top;\
overflow-wrap:anywhere}\
td:last-child{text-align:right;white-space:nowrap;padding-left:1rem}\
small{display:block;color:#6b7280}\
.total td,.total th{font-weight:600;border-top-width:2px}\
.plus td:last-child{color:#047857}\
@media(prefers-color-scheme:dark){body{background:#111827;color:#f9fafb}article{background:#1f2937}\
p,small{color:#9ca3af}.plus td:last-child{color:#34d399}}";

/// Digits of a phone that are shown.
const PHONE_DIGITS: usize = 2;
/// The length of `2026-12-31T23:59`.
const MINUTE_LENGTH: usize = 16;

/// What stands on a receipt.
#[derive(Debug)]
pub(super) struct Receipt {
    shop: String,
    store: Option<String>,
    /// `2026-12-31 23:59`, of the shop.
    date: String,
    number: u64,
    /// The end of the customer's phone.
    phone: Option<String>,
    currency: String,
    lines: Vec<Line>,
    total: Money,
    redeemed: Bonus,
    /// What gift cards paid; their codes are as good as money and stand nowhere.
    gift: Money,
    accrued: Bonus,
    returns: Vec<ReturnShown>,
}

#[derive(Debug)]
struct Line {
    name: Option<String>,
    quantity: Option<Quantity>,
    /// Before bonuses and gift cards.
    amount: Money,
}

impl Receipt {
    pub(super) fn new(
        sale: &RecordedSale,
        tenant: &Tenant,
        now: Timestamp,
        phone: Option<Phone>,
    ) -> Self {
        let rules = &tenant.settings.at(now).rules;
        let brand = rules.policy.brand.store_name.as_ref();
        let lines = sale.lines.iter().map(|line| {
            let (input, split) = (&line.input, &line.split);
            let name = input.name.as_ref().map(ToString::to_string);
            let parts = [split.net, split.redeem_share.as_money(), split.gift_share];
            Line {
                name: name.or_else(|| input.sku.as_ref().map(ToString::to_string)),
                quantity: input.quantity.filter(|quantity| *quantity != Quantity::ONE),
                amount: Money::checked_sum(parts).unwrap_or(Money::MAX),
            }
        });
        let gift_parts = sale.gift_cards.iter().map(|part| part.amount);
        Self {
            shop: brand.map_or_else(|| tenant.name.to_string(), ToString::to_string),
            store: sale.point_of_sale.store.as_ref().map(ToString::to_string),
            date: minute(sale.at, rules),
            number: sale.id.number(),
            phone: phone.map(masked),
            currency: rules.currency.to_string(),
            lines: lines.collect(),
            total: sale.total,
            redeemed: sale.redeemed,
            gift: Money::checked_sum(gift_parts).unwrap_or(Money::MAX),
            accrued: sale.accrued,
            returns: Vec::new(),
        }
    }

    /// The same with what was returned of it, oldest first.
    pub(super) fn with_returns(
        self,
        returns: &[RecordedReturn],
        tenant: &Tenant,
        now: Timestamp,
    ) -> Self {
        let rules = &tenant.settings.at(now).rules;
        let returns = returns.iter().map(|returned| ReturnShown::new(returned, rules)).collect();
        Self { returns, ..self }
    }
}

pub(super) fn minute(at: Timestamp, rules: &SettingsDraft) -> String {
    let text = date_time(at, rules).replace('T', " ");
    text.get(..MINUTE_LENGTH).unwrap_or(&text).to_owned()
}

fn masked(phone: Phone) -> String {
    let digits = phone.number().to_string();
    let end = digits.len().saturating_sub(PHONE_DIGITS);
    format!("•••• {}", digits.get(end..).unwrap_or_default())
}

/// The page of a receipt.
pub(super) fn render(receipt: &Receipt, language: Language) -> String {
    let words = Words::of(language);
    let mut body = format!("<h1>{}</h1>", escaped(&receipt.shop));
    let place = receipt.store.as_ref().map(|store| escaped(store) + "<br>").unwrap_or_default();
    let phone = receipt.phone.as_ref().map(|phone| format!("<br>{phone}")).unwrap_or_default();
    let Receipt { number, date, .. } = receipt;
    write!(body, "<p>{place}{} {number} · {date}{phone}</p><table>", words.receipt)
        .expect("writing into a string does not fail");
    for line in &receipt.lines {
        body +=
            &row(&line.label(&words), &format!("{} {}", line.amount, escaped(&receipt.currency)));
    }
    body += &sums(receipt, &words);
    for returned in &receipt.returns {
        body += &returned.rows(&words, &receipt.currency);
    }
    body += "</table>";
    document(words.receipt, language, &body)
}

fn sums(receipt: &Receipt, words: &Words) -> String {
    let money = |amount: Money| format!("{amount} {}", escaped(&receipt.currency));
    let mut sums = String::new();
    if !receipt.redeemed.is_zero() {
        sums += &row(words.redeemed, &format!("−{}", receipt.redeemed));
    }
    if !receipt.gift.is_zero() {
        sums += &row(words.gift, &format!("−{}", money(receipt.gift)));
    }
    sums += &row(words.paid, &money(receipt.total)).replace("<tr>", "<tr class=\"total\">");
    let earned = row(words.earned, &format!("+{}", receipt.accrued));
    sums + &earned.replace("<tr>", "<tr class=\"plus\">")
}

/// A row of which the texts are escaped already.
pub(super) fn row(label: &str, value: &str) -> String {
    format!("<tr><th scope=\"row\">{label}</th><td>{value}</td></tr>")
}

/// What is shown where there is no receipt.
pub(super) fn not_found(language: Language) -> String {
    let words = Words::of(language);
    document(words.missing, language, &format!("<h1>{}</h1>", words.missing))
}

fn document(title: &str, language: Language, body: &str) -> String {
    let language = match language {
        Language::Russian => "ru",
        Language::English => "en",
    };
    format!(
        "<!doctype html><html lang=\"{language}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>{title}</title><style>{STYLE}</style></head>\
         <body><main><article>{body}</article></main></body></html>"
    )
}

/// A text as it may stand in HTML, between tags and in quotes.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

impl Line {
    fn label(&self, words: &Words) -> String {
        let name = self.name.as_ref().map_or_else(|| words.item.to_owned(), |name| escaped(name));
        match self.quantity {
            Some(quantity) => format!("{name}<small>× {quantity}</small>"),
            None => name,
        }
    }
}

/// The words of a page.
pub(super) struct Words {
    receipt: &'static str,
    item: &'static str,
    paid: &'static str,
    redeemed: &'static str,
    gift: &'static str,
    earned: &'static str,
    missing: &'static str,
    pub(super) returned: &'static str,
    pub(super) gift_returned: &'static str,
    pub(super) restored: &'static str,
    pub(super) reversed: &'static str,
}

impl Words {
    const fn of(language: Language) -> Self {
        match language {
            Language::Russian => Self {
                receipt: "Чек",
                item: "Товар",
                paid: "Оплачено",
                redeemed: "Оплачено бонусами",
                gift: "Оплачено подарочными картами",
                earned: "Начислено бонусов",
                missing: "Чек не найден",
                returned: "Возврат",
                gift_returned: "Возвращено на подарочные карты",
                restored: "Возвращено бонусов",
                reversed: "Списано начисленных бонусов",
            },
            Language::English => Self {
                receipt: "Receipt",
                item: "Item",
                paid: "Paid",
                redeemed: "Paid with bonuses",
                gift: "Paid with gift cards",
                earned: "Bonuses earned",
                missing: "Receipt not found",
                returned: "Returned",
                gift_returned: "Back on gift cards",
                restored: "Bonuses given back",
                reversed: "Earned bonuses taken back",
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt() -> Receipt {
        Receipt {
            shop: "<b>Shop & \"Co\"</b>".into(),
            store: Some("Main 'street'".into()),
            date: "2026-03-02 14:00".into(),
            number: 7,
            phone: Phone::from_number(992_901_234_567).map(masked),
            currency: "TJS".into(),
            lines: vec![
                Line {
                    name: Some("<script>alert(1)</script>".into()),
                    quantity: Quantity::from_millionths(1_500_000),
                    amount: Money::from_cents(60_000).unwrap(),
                },
                Line { name: None, quantity: None, amount: Money::from_cents(40_000).unwrap() },
            ],
            total: Money::from_cents(88_000).unwrap(),
            redeemed: Bonus::from_cents(4_500).unwrap(),
            gift: Money::from_cents(7_500).unwrap(),
            accrued: Bonus::from_cents(4_775).unwrap(),
            returns: vec![ReturnShown {
                date: "2026-03-04 10:00".into(),
                money: Money::from_cents(35_200).unwrap(),
                gift: Money::from_cents(3_000).unwrap(),
                restored: Bonus::from_cents(1_800).unwrap(),
                reversed: Bonus::from_cents(1_910).unwrap(),
            }],
        }
    }

    #[test]
    fn a_receipt_tells_what_was_bought_earned_and_redeemed() {
        let page = render(&receipt(), Language::English);
        for wanted in
            ["600.00 TJS", "× 1.5", "−45.00", "−75.00", "880.00 TJS", "+47.75", "Receipt 7"]
        {
            assert!(page.contains(wanted), "{wanted}: {page}");
        }
        for wanted in ["2026-03-04 10:00", "352.00 TJS", "30.00 TJS", "+18.00", "−19.10"] {
            assert!(page.contains(wanted), "{wanted}: {page}");
        }
        assert!(page.contains("•••• 67") && !page.contains("9012345"));
        assert!(render(&receipt(), Language::Russian).contains("Начислено бонусов"));
    }

    #[test]
    fn nothing_that_is_shown_is_markup() {
        let page = render(&receipt(), Language::English);
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
        assert!(page.contains("&lt;b&gt;Shop &amp; &quot;Co&quot;&lt;/b&gt;"));
        assert!(page.contains("Main &#39;street&#39;"));
        assert!(!page.contains("<script") && !page.contains("<b>") && !page.contains("://"));
    }
}
