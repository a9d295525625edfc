//! How a webhook that was subscribed in the BonusPlus dialect is told of changed balances.

use std::fmt;

/// Longest value of an `Authorization` header, in bytes.
pub const AUTHORIZATION_MAX: usize = 1_024;

/// What a receiver asked its deliveries to look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    pub method: SubscriptionMethod,
    pub content_type: SubscriptionContentType,
    /// What the receiver knows its deliveries by.
    pub authorization: Option<Authorization>,
}

/// The method of a delivery: one that carries a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubscriptionMethod {
    Post,
    Put,
}

/// The form of a delivery's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubscriptionContentType {
    Json,
    Form,
}

/// The value of an `Authorization` header: a secret of the receiver. Its `Debug` tells nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Authorization(Box<str>);

impl SubscriptionContentType {
    /// The name in a `Content-Type` header.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Form => "application/x-www-form-urlencoded",
        }
    }
}

impl Authorization {
    /// `None` if a header cannot carry it: printable ASCII, no more than [`AUTHORIZATION_MAX`] of it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let printable = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        let fits = !text.is_empty() && text.len() <= AUTHORIZATION_MAX;
        (printable && fits).then(|| Self(text.into()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authorization(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authorization_is_what_a_header_can_carry_and_shows_nothing() {
        let check = |text: &str, taken: bool| {
            assert_eq!(Authorization::parse(text).is_some(), taken, "{text}");
        };
        check("Bearer s3cr3t", true);
        check("~", true);
        check("", false);
        check("Bearer\r\nX-Other: 1", false);
        check("Ключ", false);
        check(&"x".repeat(AUTHORIZATION_MAX), true);
        check(&"x".repeat(AUTHORIZATION_MAX + 1), false);
        let shown = format!("{:?}", Authorization::parse("Bearer s3cr3t"));
        assert!(!shown.contains("s3cr3t"), "{shown}");
    }
}
