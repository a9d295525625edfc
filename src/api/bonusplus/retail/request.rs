//! Reads a sale as a till or a shop sends it, to be calculated or to be made.

use super::item::{self, Item, read_items};
use super::{business_date, catalog, vouchers};
use crate::api::bonex::date_time;
use crate::api::bonusplus::call::Call;
use crate::api::bonusplus::reader::Fields;
use crate::api::complaint::{Complaint, FieldError};
use crate::api::idempotency::Meaning;
use crate::ledger::{
    BusinessTime, CashierName, Confirmation, ExternalIdScope, PointOfSale, RedeemMode, RetailItem,
    RetailSale, Sell, TAGS_MAX,
};
use crate::values::{Bonus, Money, Phone, Text};

/// Length of `2026-12-31`.
const DAY_LENGTH: usize = 10;
/// Digits and sign of the longest tag.
type Tag = Text<20>;

/// What a sale is sent for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Calculation,
    Sale,
}

/// A sale that was read.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) phone: Phone,
    pub(super) sell: Sell,
    /// What of it is not part of the sale's meaning, but of an Idempotency-Key's.
    beside: Meaning,
    meaning: Meaning,
}

impl Request {
    pub(super) fn read(call: &Call<'_>, purpose: Purpose) -> Result<Self, FieldError> {
        let fields = call.fields()?;
        let country = call.rules().default_country;
        let phone = fields.required("phone", fields.phone("phone", country)?)?;
        let items = read_items(&fields)?;
        let redeem = fields.bonus("bonusDebit")?;
        let redeem = match purpose {
            Purpose::Sale => fields.required("bonusDebit", redeem)?,
            Purpose::Calculation => redeem.unwrap_or(Bonus::ZERO),
        };
        let gift_cards = vouchers::read_gift_cards(&fields)?;
        let coupons = vouchers::read_coupons(&fields)?;
        let mut meaning = meaning_of(phone, &items, redeem);
        vouchers::mean(&mut meaning, &gift_cards, &coupons);
        let sell = sell(call, &fields, items, redeem)?;
        let mut sell = Sell { gift_cards, coupons, ..sell };
        sell.total_amount = money_due(&sell);
        if let Some(retail) = &mut sell.retail {
            retail.meaning = meaning.hash();
            retail.calculation = purpose == Purpose::Calculation;
        }
        Ok(Self { phone, beside: beside(&sell), sell, meaning })
    }

    /// What the sale means to an Idempotency-Key: every field that has an effect.
    pub(super) fn whole_meaning(&self) -> Meaning {
        self.meaning.followed_by(&self.beside)
    }
}

fn sell(
    call: &Call<'_>,
    fields: &Fields<'_>,
    items: Vec<Item>,
    redeem: Bonus,
) -> Result<Sell, FieldError> {
    let mut lines = Vec::with_capacity(items.len());
    let mut retail_items: Vec<RetailItem> = Vec::with_capacity(items.len());
    for Item { item, mut line } in items {
        catalog::complete(&mut line, &call.tenant.inventory);
        lines.push(line);
        retail_items.push(item);
    }
    let retail = RetailSale {
        meaning: [0; 16],
        certificate: fields.flag("certificate")?.unwrap_or(false),
        tags: read_tags(fields)?,
        note: fields.text("desc")?,
        items: retail_items,
        calculation: false,
    };
    Ok(Sell {
        total_amount: Money::ZERO,
        gross_amount: None,
        redeem_mode: RedeemMode::PaymentType,
        redeem,
        external_id: fields.text("externalId")?,
        receipt_number: None,
        payment_method: None,
        point_of_sale: PointOfSale { store: fields.text("store")?, cashier: cashier(fields)? },
        sale_date: read_date(call, fields)?,
        lines,
        reserve: fields.text("reserveId")?,
        gift_cards: Vec::new(),
        coupons: Vec::new(),
        confirmation: Confirmation::Missing,
        external_scope: ExternalIdScope::Tenant,
        retail: Some(Box::new(retail)),
    })
}

/// What is left to pay in money. Of more than there can be, the ledger says so.
fn money_due(sell: &Sell) -> Money {
    let order = sell.items_total().unwrap_or(Money::MAX);
    let gift = sell.gift_total().unwrap_or(Money::MAX);
    order.saturating_sub(sell.redeem.as_money()).saturating_sub(gift)
}

fn cashier(fields: &Fields<'_>) -> Result<Option<CashierName>, FieldError> {
    let number = fields.whole("cashier", 0, u64::from(u32::MAX))?;
    Ok(number.and_then(|number| Text::parse(&number.to_string()).ok()))
}

fn read_tags(fields: &Fields<'_>) -> Result<Vec<i64>, FieldError> {
    let tags: Vec<Tag> = fields.texts("tags", TAGS_MAX)?.unwrap_or_default();
    let most = u64::from(u32::MAX);
    let wrong = |index: usize| {
        fields.complain(&format!("tags[{index}]"), Complaint::NotWhole { least: 0, most })
    };
    let tag = |(index, tag): (usize, &Tag)| tag.as_str().parse().map_err(|_| wrong(index));
    tags.iter().enumerate().map(tag).collect()
}

fn read_date(call: &Call<'_>, fields: &Fields<'_>) -> Result<Option<BusinessTime>, FieldError> {
    let Some(text) = fields.string("date")?.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let now = date_time(call.asked.at, call.rules());
    let today = now.get(..DAY_LENGTH).unwrap_or_default();
    business_date::parse(&text, today).ok_or_else(|| fields.complain("date", Complaint::NotInstant))
}

/// What makes it the same sale under the same external id (rule 19).
fn meaning_of(phone: Phone, items: &[Item], redeem: Bonus) -> Meaning {
    let mut meaning = Meaning::default();
    meaning.field("phone", phone);
    for (index, item) in items.iter().enumerate() {
        item::mean(&mut meaning, index, item);
    }
    meaning.field("bonusDebit", redeem);
    meaning
}

fn beside(sell: &Sell) -> Meaning {
    let mut meaning = Meaning::default();
    let date = sell.sale_date.map(|date| match date {
        BusinessTime::Instant(instant) => format!("instant {}", instant.millis()),
        BusinessTime::Local(local) => format!("local {local}"),
    });
    let certificate = sell.retail.as_ref().is_some_and(|retail| retail.certificate);
    meaning.optional("externalId", sell.external_id.as_ref());
    meaning.optional("date", date);
    meaning.optional("store", sell.point_of_sale.store.as_ref());
    meaning.optional("cashier", sell.point_of_sale.cashier.as_ref());
    meaning.optional("reserveId", sell.reserve.as_ref());
    meaning.field("certificate", certificate);
    for (index, line) in sell.lines.iter().enumerate() {
        meaning.optional(format_args!("items[{index}].cat"), line.category_code.as_ref());
        meaning.optional(format_args!("items[{index}].price"), line.unit_price);
    }
    meaning
}
