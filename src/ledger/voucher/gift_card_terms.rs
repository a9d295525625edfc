//! A gift card before it is issued.

use crate::ledger::refusal::Refusal;
use crate::ledger::voucher::{GiftCardEvent, VoucherCode, VoucherEvent};
use crate::values::{CustomerId, Money, Timestamp, VoucherId};

/// A gift card as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GiftCardTerms {
    pub nominal: Money,
    /// `None`: at once.
    pub activates_at: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
    pub owner: Option<CustomerId>,
}

impl GiftCardTerms {
    /// The event that issues a card by these terms.
    ///
    /// # Errors
    /// `GiftCardTermsInvalid` if there would be nothing on it, or no time to spend it.
    pub fn issue(
        &self,
        (card, code): (VoucherId, VoucherCode),
        meaning: Option<[u8; 16]>,
        at: Timestamp,
    ) -> Result<VoucherEvent, Refusal> {
        let invalid = |field, reason| Refusal::VoucherInvalid { field, reason };
        if self.nominal.is_zero() {
            return Err(invalid("nominal", "must be above 0"));
        }
        let activates_at = self.activates_at.unwrap_or(at);
        if self.expires_at.is_some_and(|end| end <= activates_at || end <= at) {
            return Err(invalid("expires_at", "must be later than now and than activates_at"));
        }
        Ok(VoucherEvent::GiftCard(GiftCardEvent::Issued {
            card,
            code,
            nominal: self.nominal,
            activates_at,
            expires_at: self.expires_at,
            owner: self.owner,
            meaning,
            at,
        }))
    }
}
