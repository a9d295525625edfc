//! What is remembered of phones for ever: for each customer who got one a mark that says nothing about it. The first
//! tells that the phone had what it gets once; the last, who had it before its owner's key was damaged.

use crate::engine::claims::{Guard, Key};
use crate::engine::core::Core;
use crate::engine::error::EngineError;
use crate::journal::OperationRef;
use crate::values::{CustomerId, Phone, TenantId};

/// Customers of one phone, each behind the other, whose marks are kept: one more is not told from the last of them.
pub(super) const PHONE_OWNERS_MAX: u32 = 64;

/// A mark that no phone had before, claimed.
pub(super) type ClaimedMark = (Key, Guard<OperationRef>);

/// A phone about to get an owner.
pub(super) struct NextMark {
    /// Who had it last; `None`: nobody had it, and it may have its gifts.
    pub(super) owner_before: Option<CustomerId>,
    /// The mark of the one to come; `None`: it had too many.
    pub(super) claimed: Option<ClaimedMark>,
}

impl Core {
    /// Claims the mark of a phone's first owner; `None`: somebody had it.
    pub(super) async fn claim_first_mark(
        &self,
        tenant: TenantId,
        phone: Phone,
    ) -> Result<Option<ClaimedMark>, EngineError> {
        let mark = self.house_key.phone_mark(tenant, phone, 0);
        Ok(self.claim_operation(mark).await?.ok().map(|guard| (mark, guard)))
    }

    /// Claims the mark of a phone's next owner. Whoever asks has claimed the phone.
    pub(super) async fn claim_next_mark(
        &self,
        tenant: TenantId,
        phone: Phone,
    ) -> Result<NextMark, EngineError> {
        let mut owner_before = None;
        for turn in 0..PHONE_OWNERS_MAX {
            let mark = self.house_key.phone_mark(tenant, phone, turn);
            match self.claim_operation(mark).await? {
                Ok(guard) => return Ok(NextMark { owner_before, claimed: Some((mark, guard)) }),
                Err(known) => owner_before = known.customer(),
            }
        }
        Ok(NextMark { owner_before, claimed: None })
    }

    /// Claims the mark of a phone that a customer is about to get; `None`: they were its last owner already, or
    /// it had too many.
    pub(super) async fn claim_mark_for(
        &self,
        tenant: TenantId,
        phone: Phone,
        customer: CustomerId,
    ) -> Result<Option<ClaimedMark>, EngineError> {
        let NextMark { owner_before, claimed } = self.claim_next_mark(tenant, phone).await?;
        if let Some(owner) = owner_before
            && self.follow(tenant, owner).await? == customer
        {
            return Ok(None);
        }
        Ok(claimed)
    }

    /// Who got a phone last, of all who ever had it.
    pub(super) async fn last_owner(
        &self,
        tenant: TenantId,
        phone: Phone,
    ) -> Result<Option<CustomerId>, EngineError> {
        let mut owner = None;
        for turn in 0..PHONE_OWNERS_MAX {
            let mark = self.house_key.phone_mark(tenant, phone, turn);
            let Some(known) = self.operation_under(mark).await? else { break };
            owner = known.customer();
        }
        Ok(owner)
    }
}
