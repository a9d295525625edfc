//! The key of a house: what the journal alone must not tell is derived from it. It is in a file of its
//! own in the data directory, never in the journal, never printed.

use crate::journal::LookUpKey;
use crate::ledger::{CodeNonce, LoginCode, PhoneMark};
use crate::values::{Phone, TenantId};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;

/// 32 random bytes.
#[derive(Clone)]
pub(super) struct HouseKey {
    bytes: [u8; 32],
    /// Ready for the next meaning: one is kept of most requests.
    meanings: Hmac<Sha256>,
}

/// What a value is derived for; values of different purposes never meet.
const LOGIN_CODE: &[u8] = b"login code";
const PHONE_MARK: &[u8] = b"phone mark";
const LATER_PHONE_MARK: &[u8] = b"later mark of a phone";
const VOUCHER_CODE: &[u8] = b"voucher code";
const LOGINS: &[u8] = b"logins of a phone";
const MEANING: &[u8] = b"meaning of a request";

impl HouseKey {
    pub(super) fn new(bytes: [u8; 32]) -> Self {
        Self { bytes, meanings: mac_under(&bytes).chain_update(MEANING) }
    }

    /// The code that a nonce stands for: whoever sends it and whoever checks it derive the same one, at
    /// any time, from what is journaled.
    pub(super) fn login_code(
        &self,
        tenant: TenantId,
        phone: Phone,
        nonce: &CodeNonce,
    ) -> LoginCode {
        let (tenant, phone) = (tenant.number().to_be_bytes(), phone.number().to_be_bytes());
        let bytes = self.derive(LOGIN_CODE, &[&tenant, &phone, nonce]);
        let (first, _) = bytes.split_first_chunk().expect("an HMAC has 32 bytes");
        LoginCode::of_random(u64::from_be_bytes(*first))
    }

    /// What is remembered of a phone for ever, when it got its first owner (turn 0) or another one. The journal
    /// keeps it in an event of its own, so that it outlives the customer's data; without this key it tells of no
    /// phone, try them all as one may.
    pub(super) fn phone_mark(&self, tenant: TenantId, phone: Phone, turn: u32) -> PhoneMark {
        let (tenant, phone) = (tenant.number().to_be_bytes(), phone.number().to_be_bytes());
        let bytes = match turn {
            0 => self.derive(PHONE_MARK, &[&tenant, &phone]),
            _ => self.derive(LATER_PHONE_MARK, &[&tenant, &phone, &turn.to_be_bytes()]),
        };
        let (half, _) = bytes.split_first_chunk().expect("an HMAC has 32 bytes");
        *half
    }

    /// Where the logins of a phone are found. The journal names them so.
    pub(super) fn logins_key(&self, tenant: TenantId, phone: Phone) -> LookUpKey {
        let (tenant, phone) = (tenant.number().to_be_bytes(), phone.number().to_be_bytes());
        let bytes = self.derive(LOGINS, &[&tenant, &phone]);
        *bytes.first_chunk().expect("an HMAC has 32 bytes")
    }

    /// What the code of a voucher is made of that is issued under an Idempotency-Key, the `index`th of
    /// its request: the same request leads to the same code.
    pub(super) fn voucher_bytes(&self, tenant: TenantId, key: &[u8; 16], index: u32) -> [u8; 16] {
        let mac = mac_under(&self.bytes)
            .chain_update(VOUCHER_CODE)
            .chain_update(tenant.number().to_be_bytes())
            .chain_update(key)
            .chain_update(index.to_be_bytes());
        let bytes: [u8; 32] = mac.finalize().into_bytes().into();
        *bytes.first_chunk().expect("an HMAC has 32 bytes")
    }

    /// What is kept of what a request meant.
    pub(super) fn meaning_under_key(&self, meaning: &[u8; 16]) -> [u8; 16] {
        let mac = self.meanings.clone().chain_update(meaning);
        let bytes: [u8; 32] = mac.finalize().into_bytes().into();
        *bytes.first_chunk().expect("an HMAC has 32 bytes")
    }

    /// What follows from parts of fixed lengths, for a purpose.
    pub(super) fn derive(&self, purpose: &[u8], parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = mac_under(&self.bytes);
        mac.update(purpose);
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes().into()
    }
}

fn mac_under(key: &[u8; 32]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("a key of any length is taken")
}

impl fmt::Debug for HouseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HouseKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_code_depends_on_all_it_is_made_of() {
        let (key, other) = (HouseKey::new([1; 32]), HouseKey::new([2; 32]));
        let phone = |number| Phone::from_number(number).unwrap();
        let code = |key: &HouseKey, tenant, number, nonce: u8| {
            key.login_code(TenantId(tenant), phone(number), &[nonce; 16]).to_string()
        };
        let codes = BTreeSet::from([
            code(&key, 1, 992_901_234_567, 1),
            code(&other, 1, 992_901_234_567, 1),
            code(&key, 2, 992_901_234_567, 1),
            code(&key, 1, 992_901_234_568, 1),
            code(&key, 1, 992_901_234_567, 2),
        ]);
        assert_eq!(codes.len(), 5);
        assert_eq!(code(&key, 1, 992_901_234_567, 1), code(&key, 1, 992_901_234_567, 1));
        assert_eq!(format!("{key:?}"), "HouseKey(..)");
        let mark = |key: &HouseKey, tenant, number, turn| {
            key.phone_mark(TenantId(tenant), phone(number), turn)
        };
        let marks = BTreeSet::from([
            mark(&key, 1, 992_901_234_567, 0),
            mark(&other, 1, 992_901_234_567, 0),
            mark(&key, 2, 992_901_234_567, 0),
            mark(&key, 1, 992_901_234_568, 0),
            mark(&key, 1, 992_901_234_567, 1),
            mark(&key, 1, 992_901_234_567, 2),
        ]);
        assert_eq!(marks.len(), 6);
    }
}
