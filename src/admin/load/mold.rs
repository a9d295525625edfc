//! The bytes of a request: the same signed call for a sale, a batch and the no-op route, so that the
//! generator works as much for one as for the other.

use crate::admin::demo::{AUTH_PATH, Credentials, SALE_PATH};
use crate::admin::exit::Failure;
use crate::engine::Clock;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::io::Write;

const BATCH_PATH: &str = "/api/v1/partner/sales/batch";
/// Characters that tell one run's external ids from another's.
pub(super) const RUN_LENGTH: usize = 8;
const NO_OP_PATH: &str = "/bench/no-op";

/// What a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Registration,
    Sale,
    Batch,
    /// The no-op route, which answers so many bytes.
    NoOp {
        answer_bytes: u64,
    },
}

/// Writes signed requests of one chain.
#[derive(Clone)]
pub(super) struct Mold {
    host: String,
    tenant_token: String,
    keyed: Hmac<Sha256>,
    clock: Clock,
}

/// A sale that is made up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sale<'a> {
    pub customer: u64,
    /// Begins the external id: another run has another.
    pub run: &'a str,
    pub number: u64,
    pub redeems: bool,
}

impl Mold {
    pub(super) fn new(host: String, keys: &Credentials, clock: Clock) -> Result<Self, Failure> {
        let keyed = Hmac::<Sha256>::new_from_slice(keys.partner_secret.as_bytes())
            .map_err(|error| Failure::Usage(format!("the partner secret: {error}")))?;
        Ok(Self { host, tenant_token: keys.tenant_token.clone(), keyed, clock })
    }

    /// Writes the whole request in place of what `request` holds.
    pub(super) fn write(&self, request: &mut Vec<u8>, kind: Kind, body: &[u8]) {
        let seconds = self.clock.now().millis().div_euclid(1_000);
        let path = kind.path();
        let mut mac = self.keyed.clone();
        mac.update(format!("{seconds}.POST.{path}.").as_bytes());
        mac.update(body);
        let signature = hex::encode(mac.finalize().into_bytes());
        request.clear();
        // Writing into a Vec cannot fail.
        let _ = write!(request, "POST {path}");
        if let Kind::NoOp { answer_bytes } = kind {
            let _ = write!(request, "?bytes={answer_bytes}");
        }
        let _ = write!(
            request,
            " HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nX-Tenant-Token: {}\r\n\
             X-Partner-Timestamp: {seconds}\r\nX-Partner-Signature: {signature}\r\n\
             Content-Length: {}\r\n\r\n",
            self.host,
            self.tenant_token,
            body.len()
        );
        request.extend_from_slice(body);
    }
}

impl Kind {
    const fn path(self) -> &'static str {
        match self {
            Self::Registration => AUTH_PATH,
            Self::Sale => SALE_PATH,
            Self::Batch => BATCH_PATH,
            Self::NoOp { .. } => NO_OP_PATH,
        }
    }
}

impl Sale<'_> {
    /// Appends the JSON of a sale with three lines.
    pub(super) fn write(&self, body: &mut Vec<u8>) {
        let Self { customer, run, number, redeems } = *self;
        let phone = phone_of(customer);
        let _ = write!(
            body,
            "{{\"client_phone\":\"{phone}\",\"total_amount\":100.00,\"external_sale_id\":\
             \"{run}-{number}\",\"receipt_number\":\"{number}\",\"payment_method\":\"card\","
        );
        if redeems {
            body.extend_from_slice(b"\"gross_amount\":101.00,\"bonus_redeem_amount\":1.00,");
        }
        body.extend_from_slice(
            b"\"lines\":[{\"sku\":\"4601234000011\",\"name\":\"Milk 1L\",\"category_code\":\"dairy\",\
              \"line_amount\":20.00},{\"sku\":\"4601234000028\",\"name\":\"Bread\",\"category_code\":\
              \"bakery\",\"quantity\":2,\"unit_price\":15.00},{\"sku\":\"4601234000035\",\"name\":\
              \"Tea 100 g\",\"category_code\":\"grocery\",\"line_amount\":50.00}]}",
        );
    }
}

/// Appends the JSON that registers a customer at the till.
pub(super) fn write_registration(body: &mut Vec<u8>, phone: &str) {
    let _ = write!(body, "{{\"phone\":\"{phone}\",\"create_if_missing\":true}}");
}

/// The phone of a customer that is made up.
pub(super) fn phone_of(customer: u64) -> String {
    format!("+9929{customer:08}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Timestamp;
    use serde_json::Value;

    fn mold() -> Mold {
        let keys = Credentials {
            tenant_id: 1,
            tenant_token: "t".repeat(64),
            partner_secret: "s3cr3t".to_owned(),
        };
        let clock = Clock::standing(Timestamp::from_millis(1_767_769_016_000));
        Mold::new("127.0.0.1:8081".to_owned(), &keys, clock).unwrap()
    }

    #[test]
    fn a_sale_is_signed_as_the_published_vector_says() {
        let mut request = b"an earlier one".to_vec();
        let body = br#"{"client_phone":"+992901234567","total_amount":955.00}"#;
        mold().write(&mut request, Kind::Sale, body);
        let text = String::from_utf8(request).unwrap();
        assert!(text.starts_with("POST /api/v1/partner/sale HTTP/1.1\r\n"), "{text}");
        let signature = "e89b9fce53f15d67dba970db06b0ef0f47633c7832b67f4589b35acd54687397";
        assert!(text.contains(&format!("X-Partner-Signature: {signature}\r\n")), "{text}");
        assert!(text.ends_with(&format!("Content-Length: {}\r\n\r\n{}", body.len(), {
            std::str::from_utf8(body).unwrap()
        })));
    }

    #[test]
    fn the_no_op_route_is_told_how_much_to_answer() {
        let mut request = Vec::new();
        mold().write(&mut request, Kind::NoOp { answer_bytes: 321 }, b"{}");
        assert!(request.starts_with(b"POST /bench/no-op?bytes=321 HTTP/1.1\r\n"));
    }

    #[test]
    fn bodies_are_json() {
        let mut body = Vec::new();
        Sale { customer: 7, run: "r", number: 9, redeems: true }.write(&mut body);
        let sale: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(sale["client_phone"], "+992900000007");
        assert_eq!(
            (&sale["external_sale_id"], &sale["lines"][2]["sku"]),
            (&Value::from("r-9"), &Value::from("4601234000035"))
        );
        assert_eq!(sale["gross_amount"].to_string(), "101.0");
        body.clear();
        write_registration(&mut body, &phone_of(7));
        let registration: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(registration["phone"], "+992900000007");
    }
}
