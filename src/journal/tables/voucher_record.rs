//! How a gift card or a coupon lies in the tables.

use crate::journal::codec::{CodecError, Decode, Encode};
use crate::journal::keys::LookUpKey;
use crate::journal::operation::VoucherCapture;
use crate::journal::record::fields::{instant, money, optional};
use crate::journal::record::{StoredCouponTerms, voucher_code};
use crate::ledger::{Coupon, GiftCard, Voucher};
use crate::values::{CustomerId, EventNumber, TenantId, Timestamp, VoucherId};

/// A voucher at an event.
#[derive(Debug, Encode, Decode)]
pub(super) struct VoucherRecord {
    as_of: u64,
    tenant: u32,
    id: u64,
    code: String,
    issued_at: i64,
    rows: u64,
    last_at: i64,
    meaning: Option<[u8; 16]>,
    what: WhatRecord,
}

#[derive(Debug, Encode, Decode)]
enum WhatRecord {
    GiftCard {
        nominal: u64,
        balance: u64,
        spent: u64,
        lost: u64,
        activates_at: i64,
        expires_at: Option<i64>,
        owner: Option<u64>,
        blocked: bool,
        void: bool,
    },
    Coupon {
        terms: StoredCouponTerms,
        uses: u32,
        ended_at: Option<i64>,
    },
}

impl VoucherRecord {
    pub(super) fn of(capture: &VoucherCapture) -> Self {
        let (issued_at, last_at) = match &capture.voucher {
            Voucher::GiftCard(card) => (card.issued_at, card.last_at),
            Voucher::Coupon(coupon) => (coupon.issued_at, coupon.last_at),
        };
        Self {
            as_of: capture.as_of.number(),
            tenant: capture.tenant.number(),
            id: capture.voucher.id().number(),
            code: capture.voucher.code().as_str().to_owned(),
            issued_at: issued_at.millis(),
            rows: capture.voucher.rows(),
            last_at: last_at.millis(),
            meaning: capture.voucher.meaning(),
            what: WhatRecord::of(&capture.voucher),
        }
    }

    pub(super) fn restore(self, key: LookUpKey) -> Result<VoucherCapture, CodecError> {
        let (tenant, as_of) = (TenantId(self.tenant), EventNumber(self.as_of));
        let voucher = self.voucher()?;
        Ok(VoucherCapture { key, tenant, voucher, as_of, rows: Vec::new() })
    }

    fn voucher(self) -> Result<Voucher, CodecError> {
        let (id, code) = (VoucherId(self.id), voucher_code(&self.code)?);
        let (issued_at, last_at) = (instant(self.issued_at)?, instant(self.last_at)?);
        let (rows, meaning) = (self.rows, self.meaning);
        Ok(match self.what {
            WhatRecord::GiftCard {
                nominal,
                balance,
                spent,
                lost,
                activates_at,
                expires_at,
                owner,
                blocked,
                void,
            } => Voucher::GiftCard(GiftCard {
                id,
                code,
                nominal: money(nominal)?,
                balance: money(balance)?,
                spent: money(spent)?,
                lost: money(lost)?,
                issued_at,
                activates_at: instant(activates_at)?,
                expires_at: optional(expires_at, instant)?,
                owner: owner.map(CustomerId),
                blocked,
                void,
                rows,
                last_at,
                meaning,
            }),
            WhatRecord::Coupon { terms, uses, ended_at } => Voucher::Coupon(Coupon {
                id,
                code,
                terms: terms.try_into()?,
                issued_at,
                uses,
                ended_at: optional(ended_at, instant)?,
                rows,
                last_at,
                meaning,
            }),
        })
    }
}

impl WhatRecord {
    fn of(voucher: &Voucher) -> Self {
        match voucher {
            Voucher::GiftCard(card) => Self::GiftCard {
                nominal: card.nominal.cents(),
                balance: card.balance.cents(),
                spent: card.spent.cents(),
                lost: card.lost.cents(),
                activates_at: card.activates_at.millis(),
                expires_at: card.expires_at.map(Timestamp::millis),
                owner: card.owner.map(CustomerId::number),
                blocked: card.blocked,
                void: card.void,
            },
            Voucher::Coupon(coupon) => Self::Coupon {
                terms: (&coupon.terms).into(),
                uses: coupon.uses,
                ended_at: coupon.ended_at.map(Timestamp::millis),
            },
        }
    }
}
