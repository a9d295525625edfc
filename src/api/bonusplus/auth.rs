//! Who is calling: a tenant by `Authorization: ApiKey base64(key)`.

use crate::api::auth::hash_of;
use crate::api::error::ApiError;
use crate::api::request::Asked;
use crate::engine::House;
use crate::ledger::Tenant;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::sync::Arc;

const SCHEME: &str = "apikey";
/// Longest header that is looked at, in bytes.
const HEADER_MAX: usize = 512;

/// The tenant whose key this is. Hashes are compared, so that time tells nothing about the key.
pub(super) fn tenant_of(house: &House, asked: &Asked) -> Result<Arc<Tenant>, ApiError> {
    let key = key_of(asked).ok_or(ApiError::PlusKeyInvalid)?;
    let found = house.tenant_by_plus_key(&hash_of(&key), asked.at)?;
    let tenant = found.ok_or(ApiError::PlusKeyInvalid)?;
    if tenant.suspended { Err(ApiError::TenantSuspended) } else { Ok(tenant) }
}

pub(in crate::api) fn key_of(asked: &Asked) -> Option<String> {
    let header = asked.header_text("authorization").filter(|text| text.len() <= HEADER_MAX)?;
    let (scheme, encoded) = header.trim().split_once(' ')?;
    let decoded = STANDARD.decode(encoded.trim()).ok()?;
    let key = String::from_utf8(decoded).ok()?;
    scheme.eq_ignore_ascii_case(SCHEME).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::request::tests::asked;
    use crate::values::Timestamp;

    #[test]
    fn a_key_is_read_from_its_header() {
        let check = |value: &str, expected: Option<&str>| {
            let asked =
                asked(Timestamp::default(), ("GET", "/", "/"), &[("authorization", value)], "");
            assert_eq!(key_of(&asked).as_deref(), expected, "{value}");
        };
        check("ApiKey czNjcjN0", Some("s3cr3t"));
        check(" apikey  czNjcjN0 ", Some("s3cr3t"));
        check("ApiKey", None);
        check("ApiKey s3cr3t!", None);
        check("ApiKey /w==", None);
        check("Bearer czNjcjN0", None);
        check(&format!("ApiKey {}", "A".repeat(600)), None);
    }
}
