//! The code with which a customer agrees to a redemption, where the store asks for one. It says nothing of
//! what is done, so no Idempotency-Key depends on it.

use crate::api::complaint::FieldError;
use crate::api::fields::Object;
use crate::ledger::{Confirmation, LoginCode};

pub(super) const FIELD: &str = "confirmation_code";
/// Longer texts are no codes; how long a code is, is the ledger's affair.
const LENGTH_MAX: usize = 16;

pub(super) fn read<const N: usize>(object: &Object<'_, N>) -> Result<Confirmation, FieldError> {
    let Some(text) = object.trimmed::<LENGTH_MAX>(FIELD)? else { return Ok(Confirmation::Missing) };
    let code = LoginCode::parse(text.as_str());
    code.map(Confirmation::Code).map_err(|error| object.complain(FIELD, error))
}
