//! Wrong tokens, keys and signatures, counted by the address they came from: whoever tries many is no
//! longer told whether one is right. Who showed the right one from the same address before is let in all
//! the same, so that nobody can lock out the tills with which they share an address.

use super::allowance::{Allowance, Bucket};
use super::recent::Recent;
use super::unpoisoned;
use crate::api::error::ApiError;
use crate::ledger::TokenHash;
use crate::values::{TenantId, Timestamp};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Mutex;

/// Addresses that are remembered with what was wrong, and with who is regular there.
const ADDRESSES_MAX: usize = 1 << 16;
const SECONDS_PER_MINUTE: u32 = 60;
/// Whoever has an IPv6 address has the whole network of these bits.
const IPV6_NETWORK: u128 = !(u64::MAX as u128);

/// Who shows a key from the same address again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::api) enum Regular {
    Partner(TenantId),
    Plus(TenantId),
    /// By the hash of the token.
    Operator(TokenHash),
}

/// What was wrong of late.
pub(super) struct WrongKeys {
    /// `None`: nothing is counted.
    allowance: Option<Allowance>,
    addresses: Mutex<Addresses>,
}

struct Addresses {
    wrong: Recent<IpAddr, Bucket>,
    regulars: Recent<(IpAddr, Regular), ()>,
}

impl WrongKeys {
    /// So many wrong ones of an address in a minute; zero: as many as they like.
    pub(super) fn new(per_minute: u32) -> Self {
        let allowance = (per_minute > 0).then(|| Allowance::new(per_minute, SECONDS_PER_MINUTE));
        let addresses =
            Addresses { wrong: Recent::new(ADDRESSES_MAX), regulars: Recent::new(ADDRESSES_MAX) };
        Self { allowance, addresses: Mutex::new(addresses) }
    }

    /// What the caller is told of a check. `client`: where they are; `None` counts nowhere.
    pub(super) fn told<T>(
        &self,
        (client, at): (Option<IpAddr>, Timestamp),
        verdict: Result<T, ApiError>,
        regular: impl FnOnce(&T) -> Option<Regular>,
    ) -> Result<T, ApiError> {
        let (Some(allowance), Some(client)) = (self.allowance, client) else { return verdict };
        let place = place_of(client);
        let mut addresses = unpoisoned(self.addresses.lock());
        let bucket = addresses.wrong.get(&place).copied().unwrap_or_default();
        let wait = bucket.wait(allowance, at);
        let regular = verdict.as_ref().ok().and_then(regular).map(|regular| (place, regular));
        let known = regular.is_some_and(|regular| addresses.regulars.knows(&regular));
        if let Some(retry_after_seconds) = wait.filter(|_| !known) {
            return Err(ApiError::TooManyWrongKeys { retry_after_seconds });
        }
        if let Some(regular) = regular.filter(|_| !known) {
            addresses.regulars.put(regular, ());
        }
        if verdict.as_ref().is_err_and(is_wrong_key) {
            addresses.count(place, allowance, at);
        }
        verdict
    }

    /// Counts what turned out to be wrong after the check at the door.
    pub(super) fn note(&self, (client, at): (Option<IpAddr>, Timestamp), error: &ApiError) {
        if let (Some(allowance), Some(client), true) = (self.allowance, client, is_wrong_key(error))
        {
            unpoisoned(self.addresses.lock()).count(place_of(client), allowance, at);
        }
    }
}

impl Addresses {
    fn count(&mut self, place: IpAddr, allowance: Allowance, at: Timestamp) {
        let mut bucket = self.wrong.get(&place).copied().unwrap_or_default();
        bucket.take(allowance, at);
        if bucket.wait(allowance, at).is_some() {
            tracing::warn!(client = %place, "too many wrong keys: this address has to wait");
        }
        self.wrong.put(place, bucket);
    }
}

/// Whether a secret was tried that is none. A secret that is right and not enough is no guess.
fn is_wrong_key(error: &ApiError) -> bool {
    match error {
        ApiError::TenantTokenInvalid
        | ApiError::SignatureInvalid
        | ApiError::BearerInvalid
        | ApiError::OperatorTokenInvalid
        | ApiError::PlusKeyInvalid
        | ApiError::TelegramHashInvalid => true,
        ApiError::RouteUnknown
        | ApiError::MethodNotAllowed
        | ApiError::BodyTooLarge
        | ApiError::TenantSuspended
        | ApiError::SignatureMissing
        | ApiError::TimestampOutOfRange
        | ApiError::Field(_)
        | ApiError::Engine(_)
        | ApiError::NotReady(_)
        | ApiError::BadRequest(_)
        | ApiError::TelegramDataExpired
        | ApiError::SnapshotUnderWay
        | ApiError::Operator(_)
        | ApiError::UriTooLong
        | ApiError::RateLimited { .. }
        | ApiError::TooManyWrongKeys { .. } => false,
    }
}

/// An address as it is counted.
fn place_of(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & IPV6_NETWORK)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ATTACKER: &str = "203.0.113.5";
    const TILL: Regular = Regular::Partner(TenantId(1));

    /// What is told to a caller: "ok", "wrong" or "wait".
    fn told(keys: &WrongKeys, client: &str, second: i64, right: Option<Regular>) -> &'static str {
        let at = Timestamp::from_millis(1_767_769_016_000 + second * 1_000);
        let verdict = right.ok_or(ApiError::SignatureInvalid);
        match keys.told((Some(client.parse().unwrap()), at), verdict, |who| Some(*who)) {
            Ok(_) => "ok",
            Err(ApiError::TooManyWrongKeys { .. }) => "wait",
            Err(_) => "wrong",
        }
    }

    #[test]
    fn whoever_guesses_is_told_nothing_after_a_while() {
        let keys = WrongKeys::new(60);
        for _ in 0..60 {
            assert_eq!(told(&keys, ATTACKER, 0, None), "wrong");
        }
        assert_eq!(told(&keys, ATTACKER, 0, None), "wait");
        // Not even that the next one was right.
        assert_eq!(told(&keys, ATTACKER, 0, Some(TILL)), "wait");
        assert_eq!(told(&keys, "203.0.113.6", 0, Some(TILL)), "ok");
        assert_eq!(told(&keys, ATTACKER, 1, None), "wrong");
        assert_eq!(told(&keys, ATTACKER, 1, None), "wait");
        assert_eq!(told(&keys, ATTACKER, 120, Some(TILL)), "ok");
    }

    #[test]
    fn a_till_at_the_same_address_goes_on() {
        let keys = WrongKeys::new(60);
        assert_eq!(told(&keys, ATTACKER, 0, Some(TILL)), "ok");
        for _ in 0..100 {
            told(&keys, ATTACKER, 0, None);
        }
        assert_eq!(told(&keys, ATTACKER, 0, Some(TILL)), "ok");
        assert_eq!(told(&keys, ATTACKER, 0, Some(Regular::Partner(TenantId(2)))), "wait");
        assert_eq!(told(&keys, ATTACKER, 0, Some(Regular::Plus(TenantId(1)))), "wait");
    }

    #[test]
    fn a_network_of_ipv6_is_one_address_and_nobody_is_counted_where_nothing_is() {
        let keys = WrongKeys::new(1);
        assert_eq!(told(&keys, "2a00:1:2:3::1", 0, None), "wrong");
        assert_eq!(told(&keys, "2a00:1:2:3:ffff::9", 0, None), "wait");
        assert_eq!(told(&keys, "2a00:1:2:4::1", 0, None), "wrong");
        assert_eq!(told(&keys, "::ffff:203.0.113.5", 0, None), "wrong");
        assert_eq!(told(&keys, ATTACKER, 0, None), "wait");
        let off = WrongKeys::new(0);
        for _ in 0..1_000 {
            assert_eq!(told(&off, ATTACKER, 0, None), "wrong");
        }
        assert_eq!(told(&off, ATTACKER, 0, Some(TILL)), "ok");
    }
}
