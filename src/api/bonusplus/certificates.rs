//! `/certificate`: gift cards, by the code that sales name them with in `giftCards[].id` (rule 32).

use super::call::Call;
use super::customer_shape::digits;
use super::respond::{done, success};
use crate::api::amount::Amount;
use crate::api::bonex::date_time;
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::api::idempotency::Meaning;
use crate::api::vouchers::complaint;
use crate::engine::{EngineError, Identifier, VoucherOrder, Window};
use crate::ledger::{
    Actor, GiftCard, GiftCardChange, GiftCardTerms, Refusal, SettingsDraft, Voucher, VoucherCode,
    VoucherKind, end_of_day, start_of_day,
};
use crate::values::{Phone, Text, Timestamp};
use axum::body::Body;
use axum::http::Response;
use serde::Serialize;

/// A gift card as this dialect shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CertificateShape<'a> {
    id: &'a str,
    number: &'a str,
    nominal: Amount,
    balance: Amount,
    status: &'static str,
    creation_date: String,
    activation_date: String,
    /// The last second at which it can be spent; null: always.
    expiration_date: Option<String>,
    /// Of the customer it was issued to.
    phone: Option<String>,
}

/// What a shop issues.
struct Wanted {
    number: Option<VoucherCode>,
    phone: Option<Phone>,
    terms: GiftCardTerms,
}

/// `POST /certificate`: a new card; without a number it gets a bar code of its own.
pub(super) async fn issue(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let Wanted { number, phone, terms } = read(call)?;
    let mark = call.mark(|| meaning(number.as_ref(), phone, &terms))?;
    let owner = match phone {
        Some(phone) => Some(call.customer(Identifier::Phone(phone)).await?.id),
        None => None,
    };
    let order = VoucherOrder { mark, ..order_of(call) };
    let issued = call.house.issue_gift_card(order, number, GiftCardTerms { owner, ..terms });
    let card = issued.await?.vouchers.into_iter().find_map(card_in);
    let card = card.ok_or_else(|| EngineError::Broken("no gift card was issued".into()))?;
    show(call, &card).await
}

/// `GET /certificate/{id}`
pub(super) async fn find(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let code = read_code(&call.asked.segment("id")?, "id")?;
    find_under(call, &code).await
}

/// `GET /certificate/number?number=`
pub(super) async fn find_by_number(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let number = call.asked.query("number")?.filter(|number| !number.trim().is_empty());
    let number = number.ok_or_else(|| FieldError::new("number", Complaint::Required))?;
    let code = read_code(&number, "number")?;
    find_under(call, &code).await
}

/// `DELETE /certificate/{id}`: what is left on the card is lost.
pub(super) async fn void(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let code = read_code(&call.asked.segment("id")?, "id")?;
    let mark = call.mark(|| {
        let mut meaning = Meaning::default();
        meaning.field("id", code.folded());
        meaning
    })?;
    let order = VoucherOrder { mark, ..order_of(call) };
    call.house.change_gift_card(order, &code, GiftCardChange::Void).await?;
    Ok(done())
}

async fn find_under(call: &Call<'_>, code: &VoucherCode) -> Result<Response<Body>, ApiError> {
    let nothing_of_its_past = Window { skip: 0, limit: 0 };
    let asked = (VoucherKind::GiftCard, code);
    let found = call.house.voucher(order_of(call), asked, nothing_of_its_past).await?;
    let card = card_in(found.voucher);
    show(call, &card.ok_or_else(|| Refusal::VoucherNotFound { code: code.clone() })?).await
}

async fn show(call: &Call<'_>, card: &GiftCard) -> Result<Response<Body>, ApiError> {
    let owner = match card.owner {
        Some(owner) => call.phone_of(Identifier::Customer(owner)).await?,
        None => None,
    };
    Ok(success(&CertificateShape::new(card, call.asked.at, call.rules(), owner)))
}

fn order_of(call: &Call<'_>) -> VoucherOrder {
    let (tenant, at) = (call.tenant.id, call.asked.at);
    VoucherOrder { tenant, at, actor: Actor::Partner, mark: None }
}

fn card_in(voucher: Voucher) -> Option<GiftCard> {
    match voucher {
        Voucher::GiftCard(card) => Some(card),
        Voucher::Coupon(_) => None,
    }
}

fn read_code(text: &str, name: &str) -> Result<VoucherCode, FieldError> {
    VoucherCode::parse(text.trim()).map_err(|error| FieldError::new(name, complaint(error)))
}

fn read(call: &Call<'_>) -> Result<Wanted, FieldError> {
    let (fields, rules) = (call.fields()?, call.rules());
    let number: Option<Text<64>> = fields.text("number")?;
    let number = number.map(|text| VoucherCode::parse(text.as_str())).transpose();
    let nominal = fields.required("nominal", fields.money("nominal")?)?;
    if nominal.is_zero() {
        return Err(fields.complain("nominal", Complaint::TooSmall("0.01")));
    }
    Ok(Wanted {
        number: number.map_err(|error| fields.complain("number", complaint(error)))?,
        phone: fields.phone("phone", rules.default_country)?,
        terms: GiftCardTerms {
            nominal,
            activates_at: fields
                .date("activationDate")?
                .map(|day| start_of_day(day, rules.time_zone)),
            expires_at: fields.date("expirationDate")?.map(|day| end_of_day(day, rules.time_zone)),
            owner: None,
        },
    })
}

fn meaning(number: Option<&VoucherCode>, phone: Option<Phone>, terms: &GiftCardTerms) -> Meaning {
    let mut meaning = Meaning::default();
    meaning.optional("number", number.map(VoucherCode::folded));
    meaning.field("nominal", terms.nominal);
    meaning.optional("activationDate", terms.activates_at.map(Timestamp::millis));
    meaning.optional("expirationDate", terms.expires_at.map(Timestamp::millis));
    meaning.optional("phone", phone);
    meaning
}

impl<'a> CertificateShape<'a> {
    fn new(card: &'a GiftCard, at: Timestamp, rules: &SettingsDraft, owner: Option<Phone>) -> Self {
        let shown = |at: Timestamp| date_time(at, rules);
        Self {
            id: card.code.as_str(),
            number: card.code.as_str(),
            nominal: card.nominal.into(),
            balance: card.balance_at(at).into(),
            status: card.status(at).name(),
            creation_date: shown(card.issued_at),
            activation_date: shown(card.activates_at),
            expiration_date: card.expires_at.map(|end| shown(end.plus_seconds(-1))),
            phone: owner.map(digits),
        }
    }
}
