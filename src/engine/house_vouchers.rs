//! The house's gift cards and coupons, for the door.

use crate::engine::error::EngineError;
use crate::engine::house::House;
use crate::engine::order::Window;
use crate::engine::voucher_orders::{Issued, VoucherHistory, VoucherOrder};
use crate::ledger::{
    Coupon, CouponEvent, CouponStatus, CouponTerms, GiftCard, GiftCardChange, GiftCardStatus,
    GiftCardTerms, Refusal, Voucher, VoucherCode, VoucherEvent, VoucherKind, VoucherStep,
};
use crate::values::{TenantId, Timestamp, VoucherId};

/// Vouchers looked at for one page of a list of those in one state.
const LIST_SCAN_MAX: usize = 10_000;

/// A page of a list, in the order of the numbers, and the number to go on after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoucherPage<T> {
    pub entries: Vec<T>,
    /// `None`: there is no more.
    pub next_after: Option<VoucherId>,
}

impl House {
    /// Issues a gift card; without a code of the caller's it gets a bar code of its own.
    ///
    /// # Errors
    /// `VoucherInvalid`, `VoucherCodeTaken`, `IdempotencyKeyReused`; as [`Self::perform`].
    pub async fn issue_gift_card(
        &self,
        order: VoucherOrder,
        code: Option<VoucherCode>,
        terms: GiftCardTerms,
    ) -> Result<Issued, EngineError> {
        let core = self.core()?;
        let meaning = core.meaning_of(&order);
        let make = |id, code| {
            let event = terms.issue((id, code), meaning, order.at)?;
            Ok(VoucherStep::issued(event).expect("it is an issue"))
        };
        let codes = (code.into_iter().collect(), 1);
        Box::pin(core.issue(&order, VoucherKind::GiftCard, codes, make)).await
    }

    /// Issues coupons of the same terms in one operation: with the caller's codes, or so many.
    ///
    /// # Errors
    /// `VoucherInvalid`, `PromotionNotFound`, `VoucherCodeTaken`, `IdempotencyKeyReused`; as
    /// [`Self::perform`].
    pub async fn issue_coupons(
        &self,
        order: VoucherOrder,
        codes: (Vec<VoucherCode>, usize),
        terms: CouponTerms,
    ) -> Result<Issued, EngineError> {
        let core = self.core()?;
        terms.check(order.at)?;
        let entry = core.tenant_entry(order.tenant)?;
        let tenant = &entry.tenant;
        let course = tenant.promotions.course(terms.promotion).ok_or(Refusal::PromotionNotFound)?;
        if !course.latest().terms.condition.coupon {
            let reason = "must be a promotion whose condition asks for a coupon";
            return Err(Refusal::VoucherInvalid { field: "promotion_id", reason }.into());
        }
        let (meaning, at) = (core.meaning_of(&order), order.at);
        let make = |coupon, code| {
            let event = CouponEvent::Issued { coupon, code, terms, meaning, at };
            Ok(VoucherStep::issued(VoucherEvent::Coupon(event)).expect("it is an issue"))
        };
        Box::pin(core.issue(&order, VoucherKind::Coupon, codes, make)).await
    }

    /// A voucher with a part of its history, newest first; what is due is settled before.
    ///
    /// # Errors
    /// `VoucherNotFound`; as [`Self::perform`].
    pub async fn voucher(
        &self,
        order: VoucherOrder,
        voucher: (VoucherKind, &VoucherCode),
        window: Window,
    ) -> Result<VoucherHistory, EngineError> {
        Box::pin(self.core()?.voucher_history(&order, voucher, window)).await
    }

    /// Changes a gift card; nothing is written if it is so already.
    ///
    /// # Errors
    /// `VoucherNotFound`, `GiftCardVoid`, `GiftCardExpired`, `VoucherInvalid`; as [`Self::perform`].
    pub async fn change_gift_card(
        &self,
        order: VoucherOrder,
        code: &VoucherCode,
        change: GiftCardChange,
    ) -> Result<GiftCard, EngineError> {
        let decide = |voucher: &Voucher| match voucher {
            Voucher::GiftCard(card) => card.change(change, order.at),
            Voucher::Coupon(_) => Err(not_found(code)),
        };
        let of_kind = (VoucherKind::GiftCard, code);
        let core = self.core()?;
        match Box::pin(core.change_voucher(&order, of_kind, decide)).await? {
            Voucher::GiftCard(card) => Ok(card),
            Voucher::Coupon(_) => Err(not_found(code).into()),
        }
    }

    /// Ends a coupon for good.
    ///
    /// # Errors
    /// `VoucherNotFound`; as [`Self::perform`].
    pub async fn end_coupon(
        &self,
        order: VoucherOrder,
        code: &VoucherCode,
    ) -> Result<Coupon, EngineError> {
        let decide = |voucher: &Voucher| match voucher {
            Voucher::Coupon(coupon) => Ok(coupon.end(order.at)),
            Voucher::GiftCard(_) => Err(not_found(code)),
        };
        let of_kind = (VoucherKind::Coupon, code);
        let core = self.core()?;
        match Box::pin(core.change_voucher(&order, of_kind, decide)).await? {
            Voucher::Coupon(coupon) => Ok(coupon),
            Voucher::GiftCard(_) => Err(not_found(code).into()),
        }
    }

    /// Up to `limit` gift cards with numbers above `after`, of one status or all. A page may be short
    /// where many are of another status: `next_after` says whether to go on.
    ///
    /// # Errors
    /// As [`Self::perform`].
    pub async fn gift_cards(
        &self,
        (tenant, at): (TenantId, Timestamp),
        status: Option<GiftCardStatus>,
        after: VoucherId,
        limit: usize,
    ) -> Result<VoucherPage<GiftCard>, EngineError> {
        let wanted = |voucher: &Voucher| match voucher {
            Voucher::GiftCard(card) => status.is_none_or(|status| card.status(at) == status),
            Voucher::Coupon(_) => false,
        };
        let core = self.core()?;
        let of_kind = (tenant, VoucherKind::GiftCard);
        let listed = core.list_vouchers(of_kind, after, (limit, LIST_SCAN_MAX), wanted);
        let (found, next_after) = Box::pin(listed).await?;
        let cards = found.into_iter().filter_map(|voucher| match voucher {
            Voucher::GiftCard(card) => Some(card),
            Voucher::Coupon(_) => None,
        });
        Ok(VoucherPage { entries: cards.collect(), next_after })
    }

    /// Up to `limit` coupons with numbers above `after`, as [`Self::gift_cards`].
    ///
    /// # Errors
    /// As [`Self::perform`].
    pub async fn coupons(
        &self,
        (tenant, at): (TenantId, Timestamp),
        status: Option<CouponStatus>,
        after: VoucherId,
        limit: usize,
    ) -> Result<VoucherPage<Coupon>, EngineError> {
        let wanted = |voucher: &Voucher| match voucher {
            Voucher::Coupon(coupon) => status.is_none_or(|status| coupon.status(at) == status),
            Voucher::GiftCard(_) => false,
        };
        let core = self.core()?;
        let of_kind = (tenant, VoucherKind::Coupon);
        let listed = core.list_vouchers(of_kind, after, (limit, LIST_SCAN_MAX), wanted);
        let (found, next_after) = Box::pin(listed).await?;
        let coupons = found.into_iter().filter_map(|voucher| match voucher {
            Voucher::Coupon(coupon) => Some(coupon),
            Voucher::GiftCard(_) => None,
        });
        Ok(VoucherPage { entries: coupons.collect(), next_after })
    }

    /// How many gift cards and coupons are in memory.
    ///
    /// # Errors
    /// `Unavailable`: nothing can be said.
    pub fn vouchers_in_memory(&self) -> Result<usize, EngineError> {
        Ok(self.core()?.vouchers.len())
    }
}

fn not_found(code: &VoucherCode) -> Refusal {
    Refusal::VoucherNotFound { code: code.clone() }
}
