//! `PUT /retail/calc`: what a sale would do, line by line. It is the sale itself, decided and not made, so
//! it equals the sale that follows.

use super::request::{Purpose, Request};
use crate::api::amount::Amount;
use crate::api::bonusplus::call::Call;
use crate::api::bonusplus::language::Language;
use crate::api::bonusplus::refusals;
use crate::api::bonusplus::respond::success;
use crate::api::error::ApiError;
use crate::engine::{Done, EngineError, Identifier, Wish};
use crate::ledger::{
    EarnReason, LineReasons, Quote, RecordedLine, RedeemReason, Refusal, SettingsDraft,
};
use crate::values::{Money, Percent};
use axum::body::Body;
use axum::http::Response;
use serde::Serialize;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CalcShape<'a> {
    /// Line by line, in the order sent.
    discount: Vec<LineShape<'a>>,
    max_debit_bonuses: Amount,
    multiplicity_debit_bonus: Amount,
}

#[derive(Debug, Serialize)]
struct LineShape<'a> {
    ext: Option<&'a str>,
    messages: Vec<String>,
    /// Bonuses earned and spent on the line.
    cb: Amount,
    db: Amount,
    /// Discounts in money, of the card and of the customer alone: bonuses are all that is given here.
    ds: Amount,
    dp: Amount,
    ids: Amount,
    idp: Amount,
    /// The percent that the line earns, and the one that bonuses may pay of it.
    cbp: Amount,
    dbp: Amount,
}

pub(in crate::api::bonusplus) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let request = Request::read(call, Purpose::Calculation)?;
    let (who, wish) = (Identifier::Phone(request.phone), Wish::Quote(Box::new(request.sell)));
    let quote = quoted(call.house.perform(call.order(who, wish)).await?)?;
    let language = Language::of(&call.asked.headers);
    Ok(success(&shape(&quote, call.rules(), language)))
}

fn quoted(done: Done) -> Result<Box<Quote>, EngineError> {
    match done {
        Done::Quoted { quote, .. } => Ok(quote),
        Done::Receipt { .. } | Done::LoggedIn { .. } | Done::Changed(_) => {
            Err(EngineError::Broken("a calculation was answered with something else".into()))
        }
    }
}

fn shape<'a>(quote: &'a Quote, rules: &SettingsDraft, language: Language) -> CalcShape<'a> {
    let lines = quote.sale.lines.iter().zip(&quote.lines).enumerate();
    let coupons = quote.coupon_refusals.iter().map(|refusal| coupon_message(refusal, language));
    let coupons: Vec<String> = coupons.collect();
    let line = |(index, (line, reasons)): (usize, (&'a RecordedLine, &LineReasons))| {
        let ext = quote.sale.item(index).and_then(|item| item.ext.as_ref());
        let messages = coupons.iter().cloned().chain(messages(reasons, language));
        LineShape {
            ext: ext.map(|ext| ext.as_str()),
            messages: messages.collect(),
            cb: line.split.accrual.into(),
            db: line.split.redeem_share.into(),
            ds: Money::ZERO.into(),
            dp: Percent::ZERO.into(),
            ids: Money::ZERO.into(),
            idp: Percent::ZERO.into(),
            cbp: line.split.percent.into(),
            dbp: debit_percent(reasons, rules).into(),
        }
    };
    CalcShape {
        discount: lines.map(line).collect(),
        max_debit_bonuses: quote.redeem_limit.most.into(),
        multiplicity_debit_bonus: rules.redeem_step.into(),
    }
}

fn debit_percent(reasons: &LineReasons, rules: &SettingsDraft) -> Percent {
    match reasons.redeem {
        RedeemReason::NoRedeem => Percent::ZERO,
        RedeemReason::Open | RedeemReason::MinPrice => rules.max_redeem_percent,
    }
}

/// Why a coupon is not used; a sale with it would be refused.
fn coupon_message(refusal: &Refusal, language: Language) -> String {
    match language {
        Language::Russian => refusals::russian(refusal),
        Language::English => refusals::english(refusal),
    }
}

/// What is special about a line.
fn messages(reasons: &LineReasons, language: Language) -> impl Iterator<Item = String> {
    let (russian, english) = match reasons.earn {
        EarnReason::Tier => ("", ""),
        EarnReason::Promotion => ("Действует акция.", "A promotion applies."),
        EarnReason::NoEarn => ("Бонусы на этот товар не начисляются.", "This earns no bonuses."),
        EarnReason::Receipt => ("Бонусы на этот чек не начисляются.", "This receipt earns none."),
    };
    let earn = chosen(language, russian, english);
    let (russian, english) = match reasons.redeem {
        RedeemReason::Open => ("", ""),
        RedeemReason::MinPrice => {
            ("Бонусами нельзя платить ниже минимальной цены.", "Bonuses stop at its least price.")
        }
        RedeemReason::NoRedeem => {
            ("Этот товар нельзя оплатить бонусами.", "Bonuses cannot pay for this.")
        }
    };
    let redeem = chosen(language, russian, english);
    [earn, redeem].into_iter().filter(|text| !text.is_empty()).map(str::to_owned)
}

const fn chosen<'t>(language: Language, russian: &'t str, english: &'t str) -> &'t str {
    match language {
        Language::Russian => russian,
        Language::English => english,
    }
}
