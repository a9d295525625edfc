//! For fuzzers: texts that claim to name a customer, a card, a sale, a gift card or an import.

use crate::api::path;
use crate::engine::OrderUid;
use crate::fuzzing;
use crate::ledger::VoucherCode;
use crate::values::{
    Country, Phone, REFERRAL_PREFIX, ReferralCode, Text, ean13_of, number_of_ean13,
};

const SEEDS: &str = "+992901234567
8 (916) 123-45-67
901234567
2000000000428
7a5b3e98-9f7b-4e18-93c1-ba9899aa25de
ref_A1B2C3D4
GIFT-0001
%2B992901234567
/api/v1/partner/client/%2B992901234567/explain/42?check_amount=200&page=1+2
Иванов Пётр";

const TEMPLATE: &str = "/api/v1/partner/client/{identifier}/explain/{transaction_id}";
const TEXT_LENGTH_MAX: usize = 64;

pub(super) fn seeds() -> Vec<Vec<u8>> {
    fuzzing::lines(SEEDS)
}

/// Whatever is taken is written so that it is taken as the same again.
pub(super) fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    check_phone(text);
    if let Some(number) = number_of_ean13(text) {
        assert_eq!(ean13_of(number).as_deref(), Some(text));
    }
    if let Some(uid) = OrderUid::parse(text) {
        assert!(uid.to_string().eq_ignore_ascii_case(text));
    }
    if let Ok(code) = ReferralCode::parse(text) {
        assert_eq!(ReferralCode::parse(code.as_str()).as_ref(), Ok(&code));
        let shared = format!("{REFERRAL_PREFIX}{}", code.as_str().to_lowercase());
        assert_eq!(ReferralCode::parse(&shared).as_ref(), Ok(&code));
    }
    if let Ok(code) = VoucherCode::parse(text) {
        assert_eq!(VoucherCode::parse(code.as_str()), Ok(code.clone()));
        assert_eq!(VoucherCode::parse(&format!(" {text} ")), Ok(code));
    }
    if let Ok(kept) = Text::<TEXT_LENGTH_MAX>::parse(text) {
        assert!(kept.as_str() == text && text.chars().count() <= TEXT_LENGTH_MAX);
    }
    check_path(text);
}

fn check_phone(text: &str) {
    for country in [None, Some(Country::Ru), Some(Country::Tj)] {
        let Ok(phone) = Phone::parse(text, country) else { continue };
        assert_eq!(Phone::parse(&phone.to_string(), country), Ok(phone), "{text}");
        assert_eq!(Phone::from_number(phone.number()), Some(phone), "{text}");
    }
}

/// What is decoded comes back from its own encoding, in a path and in a query.
fn check_path(text: &str) {
    let (address, query) = text.split_once('?').unwrap_or((text, text));
    let _ = path::segment(TEMPLATE, address, "transaction_id");
    if let Ok(segment) = path::segment(TEMPLATE, address, "identifier") {
        let encoded = encoded(&segment);
        assert_eq!(path::decode(&encoded, false), Some(segment), "{text}");
    }
    if let Ok(Some(value)) = path::parameter(query, "check_amount") {
        let query = format!("check_amount={}", encoded(&value));
        assert_eq!(path::parameter(&query, "check_amount"), Ok(Some(value)), "{text}");
    }
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}
