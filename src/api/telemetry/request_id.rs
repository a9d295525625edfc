//! What a request is called: as its caller calls it, where that is a name one can log, or as we do.

use crate::ledger::RequestId;
use axum::http::{HeaderMap, HeaderValue};
use std::sync::atomic::{AtomicU64, Ordering};

use super::REQUEST_ID;

/// Hexadecimal digits.
const HEX: &[u8; 16] = b"0123456789abcdef";
/// Longest name of a caller.
const LENGTH_MAX: usize = 64;

/// Makes names: when the process began, and a number.
pub(super) struct RequestIds {
    /// What all of them begin with.
    prefix: String,
    next: AtomicU64,
}

impl RequestIds {
    /// `began_at` in milliseconds; what was made before has another beginning.
    pub(super) fn new(began_at: i64) -> Self {
        Self { prefix: format!("k{began_at:x}-"), next: AtomicU64::new(1) }
    }

    /// The caller's name for the request, or a new one.
    pub(super) fn of(&self, headers: &HeaderMap) -> RequestId {
        let mut given = headers.get_all(REQUEST_ID).iter();
        let once = given.next().filter(|_| given.next().is_none());
        once.and_then(sane).unwrap_or_else(|| self.make())
    }

    fn make(&self) -> RequestId {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let digits = number.to_be_bytes().map(|byte| [byte >> 4, byte & 0xF]);
        let digits = digits.as_flattened();
        let first = digits.iter().position(|digit| *digit > 0).unwrap_or(digits.len());
        let mut id = String::with_capacity(LENGTH_MAX);
        id.push_str(&self.prefix);
        id.extend(digits[first..].iter().map(|digit| char::from(HEX[usize::from(*digit)])));
        RequestId::parse(&id).expect("letters, digits and a dash")
    }
}

/// What a caller calls a request, if that can be logged.
fn sane(id: &HeaderValue) -> Option<RequestId> {
    let text = id.to_str().ok().filter(|text| is_sane(text.as_bytes()))?;
    RequestId::parse(text).ok()
}

/// Letters, digits and `-_.`; a letter at least, since what has none could be a phone, and no phone is
/// logged.
fn is_sane(id: &[u8]) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    id.len() <= LENGTH_MAX && id.iter().all(allowed) && id.iter().any(u8::is_ascii_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callers_name_is_taken_if_it_can_be_logged() {
        let ids = RequestIds::new(255);
        let check = |given: &[&str], expected: &str| {
            let mut headers = HeaderMap::new();
            for id in given {
                headers.append(REQUEST_ID, HeaderValue::from_bytes(id.as_bytes()).unwrap());
            }
            assert_eq!(ids.of(&headers).as_str(), expected, "{given:?}");
        };
        let longest = "x".repeat(LENGTH_MAX);
        for good in ["a", "till-7.42_b", "5f0c1e2a-0000-4000-8000-0123456789ab", &longest] {
            check(&[good], good);
        }
        check(&[], "kff-1");
        check(&[""], "kff-2");
        check(&["+992901234567"], "kff-3");
        check(&["992-901-234-567"], "kff-4");
        check(&["a b"], "kff-5");
        check(&["наш"], "kff-6");
        check(&[&format!("{longest}x")], "kff-7");
        check(&["a", "b"], "kff-8");
        check(&["a\"}\n".trim_end()], "kff-9");
    }
}
