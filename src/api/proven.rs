//! The headers by which a caller can prove later what was written for it: every answer that wrote something
//! carries them, whatever its dialect and its status.

use crate::engine::with_proof;
use crate::journal::Proof;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response};

/// The number of the last event that was written.
pub const EVENT_HEADER: &str = "x-ledger-event";
/// The hash of the record that holds it.
pub const HASH_HEADER: &str = "x-ledger-hash";
const EVENT: HeaderName = HeaderName::from_static(EVENT_HEADER);
const HASH: HeaderName = HeaderName::from_static(HASH_HEADER);
/// Hexadecimal digits of a hash.
const HASH_DIGITS: usize = 64;

/// Serves a request, and puts the proof of what it wrote on its answer. A large future comes boxed: it is
/// kept more than once on the way.
pub(in crate::api) async fn proven(answer: impl Future<Output = Response<Body>>) -> Response<Body> {
    let (mut response, proof) = with_proof(answer).await;
    if let Some(proof) = proof {
        put_on(&mut response, &proof);
    }
    response
}

fn put_on(response: &mut Response<Body>, proof: &Proof) {
    let headers = response.headers_mut();
    let mut digits = [0_u8; HASH_DIGITS];
    hex::encode_to_slice(proof.hash, &mut digits).expect("two digits to a byte");
    let hash = HeaderValue::from_bytes(&digits).expect("digits fit a header");
    headers.insert(EVENT, proof.event.number().into());
    headers.insert(HASH, hash);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::EventNumber;

    #[tokio::test]
    async fn only_what_wrote_something_carries_a_proof() {
        let response = proven(async { Response::new(Body::empty()) }).await;
        assert!(response.headers().is_empty());
        let mut response = response;
        put_on(&mut response, &Proof { event: EventNumber(7), hash: [0xAB; 32] });
        assert_eq!(response.headers()[EVENT_HEADER], "7");
        assert_eq!(response.headers()[HASH_HEADER], "ab".repeat(32));
    }
}
