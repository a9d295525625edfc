//! Who is calling: the tenant by its token, the partner by its signature, a customer by a Bearer
//! token, an operator by the operator's token. Nothing of a body is parsed before.

use crate::api::error::ApiError;
use crate::api::hex_digits::bytes_of_hex;
use crate::api::request::Asked;
use crate::engine::House;
use crate::ledger::{PartnerSecret, SignaturePath, Tenant, TokenHash};
use crate::values::{Timestamp, TokenId, same_secret};
use axum::http::{HeaderName, Uri, header};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::fmt;
use std::sync::Arc;

/// How far the time of a signature may be from now, in seconds, either way.
const SKEW_SECONDS_MAX: u64 = 300;
const TENANT_TOKEN: HeaderName = HeaderName::from_static("x-tenant-token");
const TIMESTAMP: HeaderName = HeaderName::from_static("x-partner-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("x-partner-signature");
const TENANT_TOKEN_LENGTH: usize = 64;
/// The secret part of a Bearer token.
const BEARER_TEXT_LENGTH: usize = 40;
/// What `signature_path = without_prefix` leaves out.
const PREFIX: &str = "/api/v1";

/// The operator's token, kept as a hash.
#[derive(Clone)]
pub struct OperatorToken(TokenHash);

impl OperatorToken {
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(hash_of(text))
    }

    /// Compares hashes, each in the same time, so that time tells nothing about the text.
    pub(in crate::api) fn is(&self, given: &TokenHash) -> bool {
        same_secret(&self.0, given)
    }
}

impl fmt::Debug for OperatorToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OperatorToken(..)")
    }
}

/// The tenant that calls, by `X-Tenant-Token`.
pub(in crate::api) fn tenant_of(house: &House, asked: &Asked) -> Result<Arc<Tenant>, ApiError> {
    let hash = tenant_token_hash(asked).ok_or(ApiError::TenantTokenInvalid)?;
    let tenant = house.tenant_by_token(&hash, asked.at)?.ok_or(ApiError::TenantTokenInvalid)?;
    if tenant.suspended { Err(ApiError::TenantSuspended) } else { Ok(tenant) }
}

fn tenant_token_hash(asked: &Asked) -> Option<TokenHash> {
    let token = asked.header(TENANT_TOKEN)?.as_bytes();
    (token.len() == TENANT_TOKEN_LENGTH).then(|| Sha256::digest(token).into())
}

/// The partner's signature over time, method, path and raw body (rule 36).
pub(in crate::api) fn check_partner(tenant: &Tenant, asked: &Asked) -> Result<(), ApiError> {
    let signature = PartnerSignature::of(asked)?;
    let setting = tenant.settings.at(asked.at).rules.signature_path;
    let before = tenant.previous_secret.as_ref().filter(|(_, until)| asked.at < *until);
    if signature.is_by(&tenant.secret, asked, setting)
        || before.is_some_and(|(secret, _)| signature.is_by(secret, asked, setting))
    {
        Ok(())
    } else {
        Err(ApiError::SignatureInvalid)
    }
}

/// What the headers of a signed request say, made within the skew.
pub(super) struct PartnerSignature<'a> {
    time: &'a str,
    mac: [u8; 32],
}

impl<'a> PartnerSignature<'a> {
    pub(super) fn of(asked: &'a Asked) -> Result<Self, ApiError> {
        let time = asked.header_text(TIMESTAMP).ok_or(ApiError::SignatureMissing)?;
        let text = asked.header(SIGNATURE).ok_or(ApiError::SignatureMissing)?;
        let mac = bytes_of_hex(text.as_bytes());
        if mac.is_none() && text.to_str().is_err() {
            return Err(ApiError::SignatureMissing);
        }
        check_time(time, asked.at)?;
        Ok(Self { time, mac: mac.ok_or(ApiError::SignatureInvalid)? })
    }

    /// Whether it was made of this request with this secret; compared in constant time.
    pub(super) fn is_by(
        &self,
        secret: &PartnerSecret,
        asked: &Asked,
        setting: SignaturePath,
    ) -> bool {
        let path = signed_path(&asked.uri, setting);
        let mac = mac_of(secret, [self.time, asked.method.as_str(), path], &asked.body);
        mac.verify_slice(&self.mac).is_ok()
    }
}

/// Both sides count whole seconds, as the partner's clock does.
fn check_time(text: &str, now: Timestamp) -> Result<(), ApiError> {
    let digits_only = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse::<i64>().ok().filter(|_| digits_only);
    let seconds = seconds.ok_or(ApiError::SignatureMissing)?;
    if now.millis().div_euclid(1_000).abs_diff(seconds) > SKEW_SECONDS_MAX {
        return Err(ApiError::TimestampOutOfRange);
    }
    Ok(())
}

fn signed_path(uri: &Uri, setting: SignaturePath) -> &str {
    match setting {
        SignaturePath::Full => uri.path(),
        SignaturePath::WithoutPrefix => uri.path().strip_prefix(PREFIX).unwrap_or(uri.path()),
        SignaturePath::WithQuery => uri.path_and_query().map_or(uri.path(), |both| both.as_str()),
    }
}

/// "{timestamp}.{METHOD}.{path}.{rawBody}", taken in piece by piece.
fn mac_of(secret: &PartnerSecret, head: [&str; 3], body: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_str().as_bytes())
        .expect("a key of any length is taken");
    for part in head {
        mac.update(part.as_bytes());
        mac.update(b".");
    }
    mac.update(body);
    mac
}

/// A customer's Bearer token, `id|40 characters`: its number and the hash of its secret part.
pub(in crate::api) fn bearer_of(asked: &Asked) -> Result<(TokenId, TokenHash), ApiError> {
    let read = || {
        let (id, text) = bearer_text(asked)?.split_once('|')?;
        let digits_only = id.bytes().all(|byte| byte.is_ascii_digit());
        let number = id.parse().ok().filter(|_| digits_only)?;
        let well_formed = text.len() == BEARER_TEXT_LENGTH
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        well_formed.then(|| (TokenId(number), hash_of(text)))
    };
    read().ok_or(ApiError::BearerInvalid)
}

/// What follows `Bearer` in the header.
pub(in crate::api) fn bearer_text(asked: &Asked) -> Option<&str> {
    let (scheme, text) = asked.header_text(header::AUTHORIZATION)?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| text.trim())
}

/// What is kept of a secret text.
pub(in crate::api) fn hash_of(text: &str) -> TokenHash {
    Sha256::digest(text.as_bytes()).into()
}

#[cfg(test)]
pub(in crate::api) mod tests {
    use super::*;
    use crate::api::read_settings_document;
    use crate::api::request::tests::asked;
    use crate::ledger::{CourierCursors, Settings, SettingsHistory, TenantName, Webhooks};
    use crate::values::{SettingsVersion, TenantId};

    const SIGNED_AT: i64 = 1_767_769_016;
    const CLIENT: (&str, &str, &str) =
        ("GET", "/api/v1/partner/client/{identifier}", "/api/v1/partner/client/%2B992901234567");
    const CLIENT_SIGNATURE: &str =
        "8eadaf5995949f333de591eeed858efb3aece01fe61965f3bd74cd30e172a0b1";
    const SALE: (&str, &str, &str) =
        ("POST", "/api/v1/partner/sale", "/api/v1/partner/sale?source=till");
    const SALE_BODY: &str = r#"{"client_phone":"+992901234567","total_amount":955.00}"#;
    const SALE_SIGNATURE: &str = "e89b9fce53f15d67dba970db06b0ef0f47633c7832b67f4589b35acd54687397";

    /// A tenant with the secret of the contract's vectors.
    pub(in crate::api) fn tenant(settings: &str) -> Tenant {
        let rules = read_settings_document(settings).unwrap();
        let settings = Settings {
            version: SettingsVersion(1),
            effective_from: Timestamp::default(),
            rules,
            tiers: vec![],
        };
        Tenant {
            id: TenantId(1),
            name: TenantName::parse("Demo").unwrap(),
            created_at: Timestamp::default(),
            suspended: false,
            token: [0; 32],
            previous_token: None,
            secret: PartnerSecret::new("s3cr3t"),
            previous_secret: None,
            settings: Arc::new(SettingsHistory::new(Arc::new(settings))),
            inventory: Arc::default(),
            stores: Arc::default(),
            promotions: Arc::default(),
            couriers: CourierCursors::default(),
            webhooks: Webhooks::default(),
            telegram: None,
            campaign: None,
            plus_key: None,
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    fn verdict(
        tenant: &Tenant,
        now: Timestamp,
        line: (&str, &'static str, &str),
        (time, signature): (&str, &str),
        body: &str,
    ) -> Result<(), ApiError> {
        let headers = [("x-partner-timestamp", time), ("x-partner-signature", signature)];
        check_partner(tenant, &asked(now, line, &headers, body))
    }

    #[test]
    fn the_vectors_of_the_contract_are_accepted_and_nothing_near_them() {
        let tenant = tenant("{}");
        let now = at(SIGNED_AT);
        let check = |line, signature: &str, body, expected| {
            let found = verdict(&tenant, now, line, ("1767769016", signature), body);
            assert_eq!(found, expected, "{line:?} {signature} {body}");
        };
        check(CLIENT, CLIENT_SIGNATURE, "", Ok(()));
        check(CLIENT, &CLIENT_SIGNATURE.to_uppercase(), "", Ok(()));
        check(SALE, SALE_SIGNATURE, SALE_BODY, Ok(()));
        let bad = || Err(ApiError::SignatureInvalid);
        check(CLIENT, SALE_SIGNATURE, "", bad());
        check(CLIENT, "", "", bad());
        check(CLIENT, &CLIENT_SIGNATURE[..62], "", bad());
        check(CLIENT, CLIENT_SIGNATURE, " ", bad());
        let other_body = SALE_BODY.replace("955.00", "955.01");
        check(SALE, SALE_SIGNATURE, &other_body, bad());
        let decoded = ("GET", CLIENT.1, "/api/v1/partner/client/+992901234567");
        check(decoded, CLIENT_SIGNATURE, "", bad());
        check(("PUT", SALE.1, SALE.2), SALE_SIGNATURE, SALE_BODY, bad());
    }

    #[test]
    fn the_time_of_a_signature_has_limits_on_both_sides() {
        let tenant = tenant("{}");
        let check = |now_millis: i64, time: &str, expected| {
            let now = Timestamp::from_millis(now_millis);
            let found = verdict(&tenant, now, CLIENT, (time, CLIENT_SIGNATURE), "");
            assert_eq!(found, expected, "{now_millis} {time}");
        };
        let signed = SIGNED_AT * 1_000;
        check(signed + 300_999, "1767769016", Ok(()));
        check(signed + 301_000, "1767769016", Err(ApiError::TimestampOutOfRange));
        check(signed - 300_000, "1767769016", Ok(()));
        check(signed - 300_001, "1767769016", Err(ApiError::TimestampOutOfRange));
        check(signed, "1767769016000", Err(ApiError::TimestampOutOfRange));
        let no_text = "x\u{e9}".repeat(32);
        let found = verdict(&tenant, at(0), CLIENT, ("1767769016", &no_text), "");
        assert_eq!(found, Err(ApiError::SignatureMissing));
        for unreadable in ["", "+1767769016", "1767769016.0", "soon", "99999999999999999999"] {
            check(signed, unreadable, Err(ApiError::SignatureMissing));
        }
        let unsigned = asked(at(SIGNED_AT), CLIENT, &[], "");
        assert_eq!(check_partner(&tenant, &unsigned), Err(ApiError::SignatureMissing));
    }

    #[test]
    fn which_path_is_signed_is_a_setting() {
        let uri: Uri = "/api/v1/partner/client/%2B992?check_amount=5".parse().unwrap();
        let check = |setting, expected| assert_eq!(signed_path(&uri, setting), expected);
        check(SignaturePath::Full, "/api/v1/partner/client/%2B992");
        check(SignaturePath::WithoutPrefix, "/partner/client/%2B992");
        check(SignaturePath::WithQuery, "/api/v1/partner/client/%2B992?check_amount=5");
        let tenant = tenant(r#"{"signature_path": "without_prefix"}"#);
        let found = verdict(&tenant, at(SIGNED_AT), CLIENT, ("1767769016", CLIENT_SIGNATURE), "");
        assert_eq!(found, Err(ApiError::SignatureInvalid));
    }

    #[test]
    fn the_secret_before_is_good_within_its_grace() {
        let mut tenant = tenant("{}");
        tenant.previous_secret = Some((tenant.secret.clone(), at(SIGNED_AT + 10)));
        tenant.secret = PartnerSecret::new("another");
        let check = |now, expected| {
            let found = verdict(&tenant, now, CLIENT, ("1767769016", CLIENT_SIGNATURE), "");
            assert_eq!(found, expected);
        };
        check(at(SIGNED_AT + 9), Ok(()));
        check(at(SIGNED_AT + 10), Err(ApiError::SignatureInvalid));
    }

    #[test]
    fn tokens_are_read_from_their_headers() {
        let with = |value: &str| {
            asked(Timestamp::default(), ("GET", "/", "/"), &[("authorization", value)], "")
        };
        let text = "a".repeat(40);
        let token = bearer_of(&with(&format!("Bearer 12|{text}"))).unwrap();
        assert_eq!(token, (TokenId(12), hash_of(&text)));
        for wrong in ["", "Bearer", "Basic 12|a", "Bearer 12", "Bearer 12|short"] {
            assert_eq!(bearer_of(&with(wrong)), Err(ApiError::BearerInvalid), "{wrong}");
        }
        for id in ["", "+1", "x", "99999999999999999999"] {
            let token = with(&format!("Bearer {id}|{text}"));
            assert_eq!(bearer_of(&token), Err(ApiError::BearerInvalid), "{id}");
        }
        let operator = OperatorToken::new("let me in");
        assert!(operator.is(&hash_of("let me in")) && !operator.is(&hash_of("let me")));
        assert!(!format!("{operator:?}").contains("let"));
    }
}
