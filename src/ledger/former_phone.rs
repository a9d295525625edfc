//! Phones that a customer had before: each leads to them a while longer, for sales that arrive late,
//! and is free for somebody else after that (rule 34a).

use crate::ledger::account::Account;
use crate::values::{Phone, Timestamp};

/// Most phones that a customer can have had.
pub const FORMER_PHONES_MAX: usize = 50;

/// SHA-256 based, keyed, of a tenant's phone and how many had it before: all that is remembered of it for ever.
pub type PhoneMark = [u8; 16];

/// A phone that a customer had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormerPhone {
    pub phone: Phone,
    /// The first instant at which it leads nowhere and can be registered again.
    pub until: Timestamp,
}

impl Account {
    /// Until when a former phone still leads here; `None`: it does not.
    #[must_use]
    pub fn kept_phone(&self, phone: Phone, at: Timestamp) -> Option<Timestamp> {
        kept_phone(&self.former_phones, phone, at)
    }

    /// Another phone was never confirmed, whatever the one before was.
    pub(super) fn assign_phone(&mut self, phone: Phone) {
        if self.phone != Some(phone) {
            self.membership.confirmed_at = None;
        }
        self.phone = Some(phone);
    }

    pub(super) fn retire_phone(&mut self, phone: Phone, until: Timestamp) {
        self.former_phones.retain(|known| known.phone != phone);
        self.former_phones.push(FormerPhone { phone, until });
        if self.phone == Some(phone) {
            self.phone = None;
        }
    }
}

/// Until when one of these phones still leads to whoever had it; `None`: it does not.
#[must_use]
pub fn kept_phone(former: &[FormerPhone], phone: Phone, at: Timestamp) -> Option<Timestamp> {
    let known = former.iter().find(|known| known.phone == phone)?;
    (known.until > at).then_some(known.until)
}
