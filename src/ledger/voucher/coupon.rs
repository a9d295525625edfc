//! A coupon: a code that unlocks a promotion for a receipt, so many times.

use crate::ledger::refusal::Refusal;
use crate::ledger::voucher::{Voucher, VoucherCode, VoucherEvent, VoucherMisfit, VoucherStep};
use crate::values::{CustomerId, PromotionId, SaleId, Timestamp, VoucherId};

/// A coupon of a tenant. Its code is never used again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coupon {
    pub id: VoucherId,
    pub code: VoucherCode,
    pub terms: CouponTerms,
    pub issued_at: Timestamp,
    /// Sales that used it and were not returned in full.
    pub uses: u32,
    /// When an operator ended it for good.
    pub ended_at: Option<Timestamp>,
    /// Events so far.
    pub rows: u64,
    pub last_at: Timestamp,
    /// What the issue meant, where its caller gave a key.
    pub meaning: Option<[u8; 16]>,
}

/// What a coupon gives, when and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CouponTerms {
    /// The promotion that it unlocks: one whose condition asks for a coupon.
    pub promotion: PromotionId,
    /// `None`: any number; 1: a single one.
    pub uses_max: Option<u32>,
    pub per_customer: Option<u32>,
    /// `None`: from when it was issued.
    pub starts_at: Option<Timestamp>,
    /// The first instant at which it is over.
    pub ends_at: Option<Timestamp>,
}

/// A coupon that a sale used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedCoupon {
    pub coupon: VoucherId,
    pub code: VoucherCode,
    pub promotion: PromotionId,
    /// Whether the customer's uses of it are limited, so that the account counts them.
    pub counted: bool,
}

/// Something that happened to a coupon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CouponEvent {
    Issued {
        coupon: VoucherId,
        code: VoucherCode,
        terms: CouponTerms,
        meaning: Option<[u8; 16]>,
        at: Timestamp,
    },
    Used {
        sale: SaleId,
        customer: CustomerId,
        at: Timestamp,
    },
    /// By a return of all that was left of its sale.
    GivenBack {
        /// The record of the return.
        sale: SaleId,
        customer: CustomerId,
        at: Timestamp,
    },
    Ended {
        at: Timestamp,
    },
}

/// How a coupon stands at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CouponStatus {
    /// Not good yet.
    Pending,
    Active,
    UsedUp,
    Expired,
    Ended,
}

impl CouponStatus {
    pub const ALL: [Self; 5] =
        [Self::Pending, Self::Active, Self::UsedUp, Self::Expired, Self::Ended];

    /// The name in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::UsedUp => "used_up",
            Self::Expired => "expired",
            Self::Ended => "ended",
        }
    }
}

impl CouponTerms {
    /// # Errors
    /// `VoucherInvalid`, with the field.
    pub fn check(&self, at: Timestamp) -> Result<(), Refusal> {
        let invalid = |field, reason| Err(Refusal::VoucherInvalid { field, reason });
        if self.uses_max == Some(0) {
            return invalid("uses_max", "must be above 0");
        }
        if self.per_customer == Some(0) {
            return invalid("per_customer", "must be above 0");
        }
        let starts_at = self.starts_at.unwrap_or(at);
        if self.ends_at.is_some_and(|end| end <= starts_at || end <= at) {
            return invalid("ends_at", "must be later than now and than starts_at");
        }
        Ok(())
    }
}

impl Coupon {
    pub(super) fn issue(event: &CouponEvent) -> Result<Self, VoucherMisfit> {
        let CouponEvent::Issued { coupon, code, terms, meaning, at } = event else {
            return Err(VoucherMisfit::NotIssued);
        };
        Ok(Self {
            id: *coupon,
            code: code.clone(),
            terms: *terms,
            issued_at: *at,
            uses: 0,
            ended_at: None,
            rows: 1,
            last_at: *at,
            meaning: *meaning,
        })
    }

    pub(super) fn apply(&mut self, event: &CouponEvent) -> Result<(), VoucherMisfit> {
        match event {
            CouponEvent::Issued { .. } => return Err(VoucherMisfit::IssuedTwice),
            CouponEvent::Used { .. } => {
                self.uses = self.uses.checked_add(1).ok_or(VoucherMisfit::Figures)?;
            }
            CouponEvent::GivenBack { .. } => {
                self.uses = self.uses.checked_sub(1).ok_or(VoucherMisfit::Figures)?;
            }
            CouponEvent::Ended { at } => self.ended_at = Some(*at),
        }
        self.rows = self.rows.saturating_add(1);
        self.last_at = self.last_at.max(event.at());
        let most = self.terms.uses_max.unwrap_or(u32::MAX);
        if self.uses <= most { Ok(()) } else { Err(VoucherMisfit::Figures) }
    }

    /// How it stands for a sale of the business time `at`.
    #[must_use]
    pub fn status(&self, at: Timestamp) -> CouponStatus {
        if self.ended_at.is_some_and(|end| end <= at) {
            CouponStatus::Ended
        } else if self.terms.ends_at.is_some_and(|end| end <= at) {
            CouponStatus::Expired
        } else if self.terms.uses_max.is_some_and(|most| self.uses >= most) {
            CouponStatus::UsedUp
        } else if at < self.terms.starts_at.unwrap_or(self.issued_at) {
            CouponStatus::Pending
        } else {
            CouponStatus::Active
        }
    }

    /// Whether a sale of the business time `at` may use it, by a customer who has used it so often.
    pub(in crate::ledger) fn admit(&self, at: Timestamp, used: u32) -> Result<(), Refusal> {
        let coupon = self.code.clone();
        match self.status(at) {
            CouponStatus::Active => {}
            CouponStatus::Pending => return Err(Refusal::CouponNotActive { coupon }),
            CouponStatus::UsedUp => return Err(Refusal::CouponUsedUp { coupon }),
            CouponStatus::Expired => return Err(Refusal::CouponExpired { coupon }),
            CouponStatus::Ended => return Err(Refusal::CouponEnded { coupon }),
        }
        if self.terms.per_customer.is_some_and(|most| used >= most) {
            return Err(Refusal::CouponUsedUp { coupon });
        }
        Ok(())
    }

    pub(in crate::ledger) fn used(&self) -> UsedCoupon {
        UsedCoupon {
            coupon: self.id,
            code: self.code.clone(),
            promotion: self.terms.promotion,
            counted: self.terms.per_customer.is_some(),
        }
    }

    pub(in crate::ledger) fn take_use(
        &self,
        (sale, customer): (SaleId, CustomerId),
        now: Timestamp,
    ) -> VoucherStep {
        let at = now.max(self.last_at);
        self.step(Some(CouponEvent::Used { sale, customer, at }))
    }

    pub(in crate::ledger) fn give_back(
        &self,
        (sale, customer): (SaleId, CustomerId),
        now: Timestamp,
    ) -> VoucherStep {
        let at = now.max(self.last_at);
        self.step(Some(CouponEvent::GivenBack { sale, customer, at }))
    }

    /// Ends it for good; nothing, if it was ended before.
    #[must_use]
    pub fn end(&self, now: Timestamp) -> VoucherStep {
        let at = now.max(self.last_at);
        self.step(self.ended_at.is_none().then_some(CouponEvent::Ended { at }))
    }

    fn step(&self, event: Option<CouponEvent>) -> VoucherStep {
        let voucher = Voucher::Coupon(self.clone());
        VoucherStep { voucher, events: Vec::new() }.with(event.map(VoucherEvent::Coupon))
    }
}

impl CouponEvent {
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        match self {
            Self::Issued { at, .. }
            | Self::Used { at, .. }
            | Self::GivenBack { at, .. }
            | Self::Ended { at } => *at,
        }
    }

    /// The name in the API.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Issued { .. } => "issued",
            Self::Used { .. } => "used",
            Self::GivenBack { .. } => "given_back",
            Self::Ended { .. } => "ended",
        }
    }
}
