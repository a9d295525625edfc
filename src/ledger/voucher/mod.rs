//! Vouchers: gift cards and coupons. Each is an entity of its own with its own history; a sale holds
//! those that it names while its customer's account decides, so that one step decides all of it.

mod code;
mod coupon;
mod gift_card;
mod gift_card_terms;
#[cfg(test)]
mod model_tests;

pub use code::{VoucherCode, VoucherCodeError};
pub use coupon::{Coupon, CouponEvent, CouponStatus, CouponTerms, UsedCoupon};
pub use gift_card::{GiftCard, GiftCardChange, GiftCardEvent, GiftCardStatus, GiftPart};
pub use gift_card_terms::GiftCardTerms;

use crate::ledger::refusal::Refusal;
use crate::values::{Timestamp, VoucherId};
use thiserror::Error;

/// Most gift cards, and most coupons, that one sale may name.
pub const VOUCHERS_PER_SALE_MAX: usize = 10;

/// What a voucher is; codes of different kinds never meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VoucherKind {
    GiftCard,
    Coupon,
}

/// A voucher as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Voucher {
    GiftCard(GiftCard),
    Coupon(Coupon),
}

/// Something that happened to a voucher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VoucherEvent {
    GiftCard(GiftCardEvent),
    Coupon(CouponEvent),
}

/// What one command made of a voucher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoucherStep {
    pub voucher: Voucher,
    /// Empty if nothing happened.
    pub events: Vec<VoucherEvent>,
}

/// The vouchers that a command holds; one that it names and that is not here does not exist.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeldVouchers(pub Vec<Voucher>);

/// An event that does not fit its voucher: a bug or a damaged journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum VoucherMisfit {
    #[error("an event other than the issue came first")]
    NotIssued,
    #[error("the voucher was issued twice")]
    IssuedTwice,
    #[error("an event of another kind of voucher")]
    OtherKind,
    #[error("the figures of the voucher do not fit")]
    Figures,
}

impl VoucherKind {
    #[must_use]
    pub const fn of(voucher: &Voucher) -> Self {
        match voucher {
            Voucher::GiftCard(_) => Self::GiftCard,
            Voucher::Coupon(_) => Self::Coupon,
        }
    }
}

impl Voucher {
    #[must_use]
    pub const fn id(&self) -> VoucherId {
        match self {
            Self::GiftCard(card) => card.id,
            Self::Coupon(coupon) => coupon.id,
        }
    }

    #[must_use]
    pub const fn code(&self) -> &VoucherCode {
        match self {
            Self::GiftCard(card) => &card.code,
            Self::Coupon(coupon) => &coupon.code,
        }
    }

    /// How many events there were: the rows of its history.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        match self {
            Self::GiftCard(card) => card.rows,
            Self::Coupon(coupon) => coupon.rows,
        }
    }

    /// What the issue meant, where its caller gave a key.
    #[must_use]
    pub const fn meaning(&self) -> Option<[u8; 16]> {
        match self {
            Self::GiftCard(card) => card.meaning,
            Self::Coupon(coupon) => coupon.meaning,
        }
    }

    /// When something is due on it: what is left of a gift card expires.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        match self {
            Self::GiftCard(card) => card.next_due(),
            Self::Coupon(_) => None,
        }
    }

    /// Takes an event in (`None`: the voucher is about to be issued).
    ///
    /// # Errors
    /// If the event does not fit.
    pub fn fold(before: Option<Self>, event: &VoucherEvent) -> Result<Self, VoucherMisfit> {
        match (before, event) {
            (None, VoucherEvent::GiftCard(event)) => GiftCard::issue(event).map(Self::GiftCard),
            (None, VoucherEvent::Coupon(event)) => Coupon::issue(event).map(Self::Coupon),
            (Some(Self::GiftCard(mut card)), VoucherEvent::GiftCard(event)) => {
                card.apply(event)?;
                Ok(Self::GiftCard(card))
            }
            (Some(Self::Coupon(mut coupon)), VoucherEvent::Coupon(event)) => {
                coupon.apply(event)?;
                Ok(Self::Coupon(coupon))
            }
            (Some(Self::GiftCard(_)), VoucherEvent::Coupon(_))
            | (Some(Self::Coupon(_)), VoucherEvent::GiftCard(_)) => Err(VoucherMisfit::OtherKind),
        }
    }

    /// Writes off what is due by `now`.
    #[must_use]
    pub fn settle(&self, now: Timestamp) -> VoucherStep {
        let expired = match self {
            Self::GiftCard(card) => card.expiry(now).map(VoucherEvent::GiftCard),
            Self::Coupon(_) => None,
        };
        VoucherStep { voucher: self.clone(), events: Vec::new() }.with(expired)
    }
}

impl VoucherStep {
    /// A voucher that is issued by `event`.
    ///
    /// # Errors
    /// If it is no issue.
    pub fn issued(event: VoucherEvent) -> Result<Self, VoucherMisfit> {
        Ok(Self { voucher: Voucher::fold(None, &event)?, events: vec![event] })
    }

    /// The same with further events, which were made for it.
    pub(in crate::ledger) fn with(
        mut self,
        events: impl IntoIterator<Item = VoucherEvent>,
    ) -> Self {
        for event in events {
            self.voucher = Voucher::fold(Some(self.voucher), &event)
                .expect("an event is made for the voucher as it is");
            self.events.push(event);
        }
        self
    }
}

impl VoucherEvent {
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        match self {
            Self::GiftCard(event) => event.at(),
            Self::Coupon(event) => event.at(),
        }
    }
}

impl HeldVouchers {
    /// # Errors
    /// `GiftCardNotFound`.
    pub fn gift_card(&self, code: &VoucherCode) -> Result<&GiftCard, Refusal> {
        let found = self.0.iter().find_map(|voucher| match voucher {
            Voucher::GiftCard(card) if card.code == *code => Some(card),
            Voucher::GiftCard(_) | Voucher::Coupon(_) => None,
        });
        found.ok_or_else(|| Refusal::GiftCardNotFound { card: code.clone() })
    }

    /// # Errors
    /// `CouponNotFound`.
    pub fn coupon(&self, code: &VoucherCode) -> Result<&Coupon, Refusal> {
        let found = self.0.iter().find_map(|voucher| match voucher {
            Voucher::Coupon(coupon) if coupon.code == *code => Some(coupon),
            Voucher::GiftCard(_) | Voucher::Coupon(_) => None,
        });
        found.ok_or_else(|| Refusal::CouponNotFound { coupon: code.clone() })
    }
}
