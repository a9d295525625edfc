//! `POST /partner/quote`: what a sale would accrue and may redeem now, and why; nothing is changed.

use super::line_figures::LineFigures;
use super::partner_explain::rounding;
use super::render::{date_time, tier_of};
use super::shapes::TierShape;
use super::{Call, partner_sale};
use crate::api::amount::Amount;
use crate::api::error::ApiError;
use crate::api::respond::success;
use crate::api::vouchers::GiftPartShape;
use crate::engine::{Done, EngineError, Identifier, Order, Wish};
use crate::ledger::{AccrualCap, Actor, LineReasons, Quote, RedeemLimit, Refusal, SettingsDraft};
use crate::values::CustomerId;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Serialize;

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let (phone, sell) = partner_sale::read(call.asked.json()?, call.rules().default_country)?;
    let order = Order {
        tenant: call.tenant.id,
        at: call.asked.at,
        actor: Actor::Partner,
        // Nothing is moved that a repetition could move again.
        mark: None,
        who: Identifier::Phone(phone),
        wish: Wish::Quote(Box::new(sell)),
    };
    match call.house.perform(order).await? {
        Done::Quoted { customer, quote } => {
            Ok(success(StatusCode::OK, &QuoteShape::new(customer, &quote, call.rules())))
        }
        Done::Receipt { .. } | Done::LoggedIn { .. } | Done::Changed(_) => {
            Err(EngineError::Broken("a quote was answered with something else".into()).into())
        }
    }
}

#[derive(Debug, Serialize)]
struct QuoteShape<'a> {
    client_id: u64,
    sale_date: String,
    total_amount: Amount,
    bonus_accrued: Amount,
    bonus_redeemed: Amount,
    new_balance: Amount,
    max_redeem_amount: Amount,
    tier: TierShape<'a>,
    /// The tier's.
    percent: Amount,
    settings_version: u32,
    redeem_limit: RedeemLimitShape,
    accrual: AccrualShape,
    lines: Vec<LineShape>,
    /// What no line lists.
    unlisted: Option<LineShape>,
    confirmation_required: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    gift_cards: Vec<GiftPartShape<'a>>,
    /// Those that would be used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    coupons: Vec<&'a str>,
    /// Why others would not: the sale would be refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    messages: Vec<MessageShape>,
}

/// Something that stands in the way of the sale.
#[derive(Debug, Serialize)]
struct MessageShape {
    code: &'static str,
    message: String,
}

#[derive(Debug, Serialize)]
struct RedeemLimitShape {
    reason: &'static str,
    base: Amount,
    percent: Amount,
    by_percent: Amount,
    redeemed_before: Amount,
    redeemable: Amount,
    step: Amount,
    min_redeem: Amount,
    max_per_receipt: Option<Amount>,
    max_per_day_left: Option<Amount>,
    settings_version: u32,
}

#[derive(Debug, Serialize)]
struct AccrualShape {
    base: Amount,
    /// Every digit of it, so as text.
    unrounded: String,
    rounded: Amount,
    rounding: &'static str,
    capped_by: Option<&'static str>,
    activates_at: Option<String>,
    /// The last second of the last day.
    expires_at: Option<String>,
}

#[derive(Debug, Serialize)]
struct LineShape {
    #[serde(flatten)]
    figures: LineFigures,
    reason: &'static str,
    redeem_reason: &'static str,
}

impl<'a> QuoteShape<'a> {
    fn new(customer: CustomerId, quote: &'a Quote, rules: &SettingsDraft) -> Self {
        let sale = &quote.sale;
        let lines = LineFigures::of_lines(sale).zip(&quote.lines);
        let unlisted = LineFigures::of_unlisted(sale).zip(quote.unlisted.as_ref());
        Self {
            client_id: customer.number(),
            sale_date: date_time(sale.at, rules),
            total_amount: sale.total.into(),
            bonus_accrued: sale.accrued.into(),
            bonus_redeemed: sale.redeemed.into(),
            new_balance: sale.balance_after.into(),
            max_redeem_amount: quote.redeem_limit.most.into(),
            tier: tier_of(&quote.tier),
            percent: sale.percent.into(),
            settings_version: sale.earned_under.number(),
            redeem_limit: RedeemLimitShape::new(&quote.redeem_limit, quote),
            accrual: AccrualShape::new(quote, rules),
            lines: lines.map(LineShape::new).collect(),
            unlisted: unlisted.map(LineShape::new),
            confirmation_required: quote.needs_code,
            gift_cards: GiftPartShape::list(&sale.gift_cards),
            coupons: sale.coupons.iter().map(|used| used.code.as_str()).collect(),
            messages: quote.coupon_refusals.iter().map(MessageShape::of).collect(),
        }
    }
}

impl MessageShape {
    fn of(refusal: &Refusal) -> Self {
        Self { code: refusal.code(), message: refusal.to_string() }
    }
}

impl RedeemLimitShape {
    fn new(limit: &RedeemLimit, quote: &Quote) -> Self {
        Self {
            reason: limit.bound.name(),
            base: limit.base.into(),
            percent: limit.percent.into(),
            by_percent: limit.by_percent.into(),
            redeemed_before: limit.before.into(),
            redeemable: limit.redeemable.into(),
            step: limit.step.into(),
            min_redeem: limit.min_redeem.into(),
            max_per_receipt: limit.max_per_receipt.map(Amount::from),
            max_per_day_left: limit.left_today.map(Amount::from),
            settings_version: quote.redeemed_under.number(),
        }
    }
}

impl AccrualShape {
    fn new(quote: &Quote, rules: &SettingsDraft) -> Self {
        let terms = &quote.accrual;
        let spendable = quote.spendable;
        Self {
            base: terms.base.into(),
            unrounded: terms.unrounded.to_string(),
            rounded: terms.rounded.into(),
            rounding: rounding(terms.step),
            capped_by: terms.capped_by.map(AccrualCap::name),
            activates_at: spendable.map(|lot| date_time(lot.activates_at, rules)),
            expires_at: spendable
                .and_then(|lot| lot.shown_until())
                .map(|until| date_time(until, rules)),
        }
    }
}

impl LineShape {
    fn new((figures, reasons): (LineFigures, &LineReasons)) -> Self {
        let (reason, redeem_reason) = (reasons.earn.name(), reasons.redeem.name());
        Self { figures, reason, redeem_reason }
    }
}
