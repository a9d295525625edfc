//! For fuzzers: a request as a caller writes it, line by line: method and address, headers, a blank line, body.

use crate::api::auth::{PartnerSignature, bearer_of};
use crate::api::bonusplus::plus_key_of;
use crate::api::door::TrustedProxies;
use crate::api::error::ApiError;
use crate::api::idempotency::key_of;
use crate::api::request::Asked;
use crate::ledger::{PartnerSecret, SignaturePath};
use crate::values::Timestamp;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::net::{IpAddr, Ipv4Addr};

const SECRET: &str = "s3cr3t";
const TIME: i64 = 1_767_769_016;
const TEMPLATE: &str = "/api/v1/partner/client/{identifier}";
const SEEDS: [&str; 3] = [
    "GET /api/v1/partner/client/%2B992901234567
X-Partner-Timestamp: 1767769016
X-Partner-Signature: 8eadaf5995949f333de591eeed858efb3aece01fe61965f3bd74cd30e172a0b1
X-Request-Id: till-7.42
X-Forwarded-For: 203.0.113.5, 10.0.0.1:80
Idempotency-Key: 5f0c

",
    "POST /api/v1/partner/sale?source=till
X-Partner-Timestamp: 1767769016
X-Partner-Signature: e89b9fce53f15d67dba970db06b0ef0f47633c7832b67f4589b35acd54687397

{\"client_phone\":\"+992901234567\",\"total_amount\":955.00}",
    "POST //retail/
Authorization: ApiKey czNjcjN0
Authorization: Bearer 12|aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa

{}",
];

pub(super) fn seeds() -> Vec<Vec<u8>> {
    SEEDS.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// No signature is good under another secret, or for another body or path; the right one always is.
pub(super) fn run(bytes: &[u8]) {
    let Some(asked) = asked(bytes) else { return };
    let (secret, other) = (PartnerSecret::new(SECRET), PartnerSecret::new("another"));
    let settings = [SignaturePath::Full, SignaturePath::WithoutPrefix, SignaturePath::WithQuery];
    for setting in settings {
        let by = |asked: &Asked, secret: &PartnerSecret| {
            PartnerSignature::of(asked).map(|signature| signature.is_by(secret, asked, setting))
        };
        if by(&asked, &secret) == Ok(true) {
            assert_eq!(by(&asked, &other), Ok(false));
            assert_eq!(by(&with_longer_body(&asked), &secret), Ok(false));
        }
    }
    assert_eq!(PartnerSignature::of(&signed(&asked)).map(drop), Ok(()));
    let full = signed(&asked);
    let good = PartnerSignature::of(&full).map(|it| it.is_by(&secret, &full, SignaturePath::Full));
    assert_eq!(good, Ok(true));
    check_other_headers(&asked);
}

/// The other headers that are read of callers who are not known yet.
fn check_other_headers(asked: &Asked) {
    let bearer = bearer_of(asked);
    assert!(bearer.is_ok() || bearer == Err(ApiError::BearerInvalid));
    let _ = (plus_key_of(asked), asked.identifier(), asked.query("check_amount"));
    assert!(key_of(asked).is_err() || asked.headers.get_all("idempotency-key").iter().count() < 2);
    let peer = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
    for header in [Default::default(), crate::api::door::ForwardedHeader::Forwarded] {
        let proxies = TrustedProxies::new(&["10.0.0.0/8".to_owned()], header);
        let client = proxies.map(|proxies| proxies.client_of(peer, &asked.headers));
        assert!(client.is_ok_and(|client| client == client.to_canonical()));
    }
}

fn asked(bytes: &[u8]) -> Option<Asked> {
    let end = bytes.windows(2).position(|pair| pair == b"\n\n")?;
    let (head, body) = (&bytes[..end], &bytes[end.saturating_add(2)..]);
    let mut lines = head.split(|byte| *byte == b'\n');
    let (method, uri) = std::str::from_utf8(lines.next()?).ok()?.split_once(' ')?;
    let mut headers = HeaderMap::new();
    for line in lines {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = HeaderName::from_bytes(&line[..colon]).ok()?;
        let value = line[colon.saturating_add(1)..].trim_ascii();
        headers.append(name, HeaderValue::from_bytes(value).ok()?);
    }
    Some(Asked {
        at: Timestamp::from_millis(TIME.saturating_mul(1_000)),
        method: method.parse().ok()?,
        uri: uri.parse().ok()?,
        headers,
        body: Bytes::copy_from_slice(body),
        template: TEMPLATE,
        arrival: None,
    })
}

fn like(asked: &Asked, body: Bytes, headers: HeaderMap) -> Asked {
    let (method, uri) = (asked.method.clone(), asked.uri.clone());
    Asked { at: asked.at, method, uri, headers, body, template: asked.template, arrival: None }
}

fn with_longer_body(asked: &Asked) -> Asked {
    let body = [&asked.body[..], b" "].concat();
    like(asked, body.into(), asked.headers.clone())
}

/// The request under a signature that belongs to it, whatever it carried.
fn signed(asked: &Asked) -> Asked {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("a key of any length is taken");
    mac.update(format!("{TIME}.{}.{}.", asked.method, asked.uri.path()).as_bytes());
    mac.update(&asked.body);
    let text = hex::encode(mac.finalize().into_bytes());
    let mut headers = asked.headers.clone();
    headers.insert("x-partner-timestamp", HeaderValue::from(TIME));
    headers.insert("x-partner-signature", HeaderValue::from_str(&text).expect("digits"));
    like(asked, asked.body.clone(), headers)
}
