//! The caller's Idempotency-Key and what a request means: both hashed, so that a repetition is known
//! for ever without keeping either text.
//!
//! The meaning is a text of `name=value` lines, one per field that was given, in a fixed order, with
//! amounts by value (`955.0` and `955.00` are both `955.00`). No value contains a line break, so two
//! different actions never share a text. The texts are hashed into stored records: they never change.

use crate::api::complaint::{Complaint, FieldError};
use crate::api::request::Asked;
use crate::ledger::OperationMark;
use crate::values::TenantId;
use axum::http::HeaderName;
use sha2::{Digest, Sha256};
use std::fmt::{Display, Write as _};

const HEADER: &str = "Idempotency-Key";
const HEADER_NAME: HeaderName = HeaderName::from_static("idempotency-key");
const KEY_LENGTH_MAX: usize = 255;

/// Whose keys they are: a partner's and an operator's never meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum KeyOwner {
    Partner,
    Operator,
    /// A line of a partner's batch: each line has keys of its own.
    BatchLine(u32),
    /// A till of the BonusPlus dialect.
    Plus,
}

/// What an action means, as text.
#[derive(Debug, Default)]
pub(in crate::api) struct Meaning(String);

impl Meaning {
    /// Adds a field.
    pub(in crate::api) fn field(&mut self, name: impl Display, value: impl Display) {
        writeln!(self.0, "{name}={value}").expect("writing into a string does not fail");
    }

    /// Adds a field if it was given.
    pub(in crate::api) fn optional(&mut self, name: impl Display, value: Option<impl Display>) {
        if let Some(value) = value {
            self.field(name, value);
        }
    }

    /// The same, with all of another one behind it.
    pub(in crate::api) fn followed_by(&self, other: &Self) -> Self {
        Self(format!("{}{}", self.0, other.0))
    }

    /// What is kept of a meaning that is compared later.
    pub(in crate::api) fn hash(&self) -> [u8; 16] {
        half_hash(&[b"kopilka sale\n", self.0.as_bytes()])
    }

    #[cfg(test)]
    pub(in crate::api) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The mark of a request that carries a key; `None` without one.
///
/// # Errors
/// A key that is empty, too long, given twice, or not of visible characters.
pub(in crate::api) fn mark_of(
    asked: &Asked,
    owner: KeyOwner,
    tenant: TenantId,
    meaning: impl FnOnce() -> Meaning,
) -> Result<Option<OperationMark>, FieldError> {
    let Some(key) = key_of(asked)? else { return Ok(None) };
    let tenant = tenant.number().to_be_bytes();
    let method = asked.method.as_str().as_bytes();
    Ok(Some(OperationMark {
        key: half_hash(&[owner.domain(), &owner.line(), &tenant, key]),
        meaning: half_hash(&[
            b"kopilka meaning\n",
            method,
            b"\n",
            asked.template.as_bytes(),
            b"\n",
            meaning().0.as_bytes(),
        ]),
    }))
}

/// The key of a request, if it carries one.
///
/// # Errors
/// As [`mark_of`].
pub(in crate::api) fn key_of(asked: &Asked) -> Result<Option<&[u8]>, FieldError> {
    if !asked.headers.contains_key(HEADER_NAME) {
        return Ok(None);
    }
    let key = asked.header(HEADER_NAME).map(|value| value.as_bytes()).filter(|key| {
        (1..=KEY_LENGTH_MAX).contains(&key.len()) && key.iter().all(u8::is_ascii_graphic)
    });
    key.map(Some).ok_or_else(|| FieldError::new(HEADER, Complaint::NotAKey))
}

impl KeyOwner {
    const fn domain(self) -> &'static [u8] {
        match self {
            Self::Partner => b"kopilka partner key\n",
            Self::Operator => b"kopilka operator key\n",
            Self::BatchLine(_) => b"kopilka batch line key\n",
            Self::Plus => b"kopilka bonusplus key\n",
        }
    }

    /// The number of the line, in as many bytes for every line; nothing where there are no lines.
    fn line(self) -> Vec<u8> {
        match self {
            Self::Partner | Self::Operator | Self::Plus => Vec::new(),
            Self::BatchLine(number) => number.to_be_bytes().to_vec(),
        }
    }
}

fn half_hash(parts: &[&[u8]]) -> [u8; 16] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    let whole: [u8; 32] = hasher.finalize().into();
    let mut half = [0_u8; 16];
    half.copy_from_slice(&whole[..16]);
    half
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::request::tests::asked;
    use crate::values::Timestamp;

    fn mark(
        key: &str,
        owner: KeyOwner,
        tenant: u32,
        amount: &str,
    ) -> Result<Option<OperationMark>, FieldError> {
        let line = ("POST", "/api/v1/partner/sale", "/api/v1/partner/sale");
        let asked = asked(Timestamp::default(), line, &[("idempotency-key", key)], "");
        mark_of(&asked, owner, TenantId(tenant), || {
            let mut meaning = Meaning::default();
            meaning.field("total_amount", amount);
            meaning.optional("gross_amount", None::<&str>);
            meaning
        })
    }

    #[test]
    fn keys_are_per_owner_and_tenant_and_meanings_per_action() {
        let mark = |key, owner, tenant, amount| mark(key, owner, tenant, amount).unwrap().unwrap();
        let first = mark("k-1", KeyOwner::Partner, 1, "955.00");
        assert_eq!(first, mark("k-1", KeyOwner::Partner, 1, "955.00"));
        assert_ne!(first.key, mark("k-2", KeyOwner::Partner, 1, "955.00").key);
        assert_ne!(first.key, mark("k-1", KeyOwner::Partner, 2, "955.00").key);
        assert_ne!(first.key, mark("k-1", KeyOwner::Operator, 1, "955.00").key);
        assert_ne!(first.key, mark("k-1", KeyOwner::Plus, 1, "955.00").key);
        let of_line = |number, key| mark(key, KeyOwner::BatchLine(number), 1, "955.00").key;
        assert_ne!(first.key, of_line(1, "k-1"));
        assert_ne!(of_line(1, "k-1"), of_line(2, "k-1"));
        assert_eq!(of_line(2, "k-1"), of_line(2, "k-1"));
        let other = mark("k-1", KeyOwner::Partner, 1, "955.01");
        assert_eq!(first.key, other.key);
        assert_ne!(first.meaning, other.meaning);
    }

    #[test]
    fn marks_never_change() {
        let mark = mark("k-1", KeyOwner::Partner, 1, "955.00").unwrap().unwrap();
        assert_eq!(hex::encode(mark.key), "3fd5129a483982d575d8f3824ab5bbe8");
        assert_eq!(hex::encode(mark.meaning), "18af486a92e591f5472e6a3f835b0aa9");
        let of_line = tests::mark("k-1", KeyOwner::BatchLine(7), 1, "955.00");
        assert_eq!(hex::encode(of_line.unwrap().unwrap().key), "8d987a7ce851014118a66a091e1dcfde");
    }

    #[test]
    fn a_key_is_1_to_255_visible_characters() {
        let code = |key: &str| {
            mark(key, KeyOwner::Partner, 1, "1.00").map_err(|error| (error.field, error.complaint))
        };
        assert!(code(&"k".repeat(255)).is_ok());
        for wrong in [String::new(), "k".repeat(256), "a b".to_owned(), "ключ".to_owned()] {
            assert_eq!(code(&wrong), Err((HEADER.to_owned(), Complaint::NotAKey)), "{wrong}");
        }
        let line = ("POST", "/", "/");
        let none = asked(Timestamp::default(), line, &[], "");
        assert_eq!(mark_of(&none, KeyOwner::Partner, TenantId(1), Meaning::default), Ok(None));
        let twice = [("idempotency-key", "a"), ("idempotency-key", "a")];
        let twice = asked(Timestamp::default(), line, &twice, "");
        assert!(mark_of(&twice, KeyOwner::Partner, TenantId(1), Meaning::default).is_err());
    }
}
