//! Fields of a body that name a customer.

use crate::api::complaint::FieldError;
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::ledger::Refusal;
use crate::values::{Country, Phone, ReferralCode};

/// Longest text of a referral code (contract).
const REFERRAL_TEXT_MAX: usize = 32;

/// A phone that must be there; the tenant's country completes a short one.
pub(super) fn phone<const N: usize>(
    object: &Object<'_, N>,
    name: &str,
    country: Option<Country>,
) -> Result<Phone, FieldError> {
    let text = object.required(name, object.string(name)?)?;
    Phone::parse(&text, country).map_err(|error| object.complain(name, error))
}

/// A referral code; what is none leads to nobody.
pub(super) fn referral_code<const N: usize>(
    object: &Object<'_, N>,
    name: &str,
) -> Result<Option<ReferralCode>, ApiError> {
    let Some(text) = object.trimmed::<REFERRAL_TEXT_MAX>(name)? else { return Ok(None) };
    ReferralCode::parse(text.as_str()).map(Some).map_err(|_| Refusal::ReferralCodeUnknown.into())
}
