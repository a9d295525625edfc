//! External ids on their way to the account: claimed before every question about the customer, kept once
//! the operation that took them is durable (rule 18).

use crate::engine::core::Core;
use crate::engine::error::EngineError;
use crate::engine::leads::Taken;
use crate::engine::perform::{Command, Errand};
use crate::journal::{LookUpKey, OperationRef, external_key, sale_key};
use crate::ledger::{
    Action, Dialect, ExternalId, ExternalIdScope, RedemptionFact, Refusal, SaleKind, StoreName,
};

impl Core {
    /// Claims the external id of a command, if it has one; a sale learns which redemption it completes.
    pub(super) async fn claim_external(
        &self,
        command: &mut Command,
        errand: &Errand,
    ) -> Result<(), EngineError> {
        let (tenant, Command { action, taken, completes, .. }) = (errand.tenant_id(), command);
        if let Action::Sell(sell) = action {
            let Some(external) = &sell.external_id else { return Ok(()) };
            sell.external_scope = scope_of(errand);
            let store = sell.point_of_sale.store.as_ref();
            *completes = self.claim_sale_id(taken, errand, (store, external)).await?;
        } else if let Some((kind, external)) = named_by_caller(action) {
            self.claim_free(taken, external_key(tenant, kind, external)).await?;
        }
        Ok(())
    }

    /// The id of a sale in the scope of now. It is taken as well if a sale took it in the other scope, while
    /// that was in force: whatever is sent again is known again. Returns which redemption the sale completes.
    async fn claim_sale_id(
        &self,
        taken: &mut Taken,
        errand: &Errand,
        (store, external): (Option<&StoreName>, &ExternalId),
    ) -> Result<Option<RedemptionFact>, EngineError> {
        let tenant = errand.tenant_id();
        let key = |scope| sale_key(tenant, Dialect::Bonex, scope, store, external);
        let scope = scope_of(errand);
        self.claim_free(taken, key(scope)).await?;
        if ever_by_store(errand)
            && let Some(taken) = self.operation_under(key(scope.other())).await?
        {
            return Err(duplicate(taken).into());
        }
        let earlier = external_key(tenant, SaleKind::Redemption, external);
        Ok(self.operation_under(earlier).await?.and_then(redemption_fact))
    }

    async fn claim_free(&self, taken: &mut Taken, key: LookUpKey) -> Result<(), EngineError> {
        match self.claim_operation(key).await? {
            Ok(guard) => {
                taken.operations.push((key, guard));
                Ok(())
            }
            Err(taken) => Err(duplicate(taken).into()),
        }
    }
}

/// The id that the caller gave what a command other than a sale will record.
fn named_by_caller(action: &Action) -> Option<(SaleKind, &ExternalId)> {
    let (kind, external) = match action {
        Action::Refund(refund) => (SaleKind::Return, &refund.external_id),
        Action::Redeem(redeem) => (SaleKind::Redemption, &redeem.external_id),
        Action::CommitReserve(commit) => (SaleKind::Redemption, &commit.redeem.external_id),
        Action::Sell(_)
        | Action::Register(_)
        | Action::Authenticate(_)
        | Action::Adjust(_)
        | Action::Block
        | Action::Unblock
        | Action::SetCard(_)
        | Action::Settle
        | Action::ChangeProfile(_)
        | Action::SetAside(_)
        | Action::ReleaseReserve(_)
        | Action::LinkTelegram(_)
        | Action::RegisterDevice(_)
        | Action::ForgetDevice(_)
        | Action::SetTier(_)
        | Action::AssignReferralCode(_)
        | Action::TakeReferralMessage { .. }
        | Action::ReferralTold { .. }
        | Action::NoticeOverstock(_)
        | Action::SetFlag { .. }
        | Action::Forget(_)
        | Action::ChangePhone(_)
        | Action::Merge(_)
        | Action::ChangeCustomer(_)
        | Action::ImportCustomer(_)
        | Action::ImportSale(_)
        | Action::ReverseImport(_)
        | Action::Archive
        | Action::ConfirmPhone => return None,
    };
    external.as_ref().map(|external| (kind, external))
}

/// In which scope the ids of sales are claimed now.
pub(super) fn scope_of(errand: &Errand) -> ExternalIdScope {
    errand.tenant.tenant.settings.at(errand.at).rules.policy.guard.external_id_scope
}

/// Whether ids of sales may have been taken by store; where they never were, one look-up will do.
pub(super) fn ever_by_store(errand: &Errand) -> bool {
    let mut versions = errand.tenant.tenant.settings.versions().iter();
    versions.any(|version| version.rules.policy.guard.external_id_scope == ExternalIdScope::Store)
}

fn duplicate(taken: OperationRef) -> Refusal {
    match taken {
        OperationRef::Redemption { sale, .. } => Refusal::DuplicateRedemption { sale },
        OperationRef::Sale { sale, .. } => Refusal::DuplicateSale { sale },
        OperationRef::Return { sale, .. } => Refusal::DuplicateRefund { refund: sale },
        OperationRef::Marked { .. }
        | OperationRef::Reserve { .. }
        | OperationRef::PhoneMark { .. }
        | OperationRef::Item { .. }
        | OperationRef::MarkedAlone { .. } => Refusal::IdempotencyKeyReused,
    }
}

fn redemption_fact(before: OperationRef) -> Option<RedemptionFact> {
    match before {
        OperationRef::Redemption { customer, sale, amount, order_total, .. } => {
            Some(RedemptionFact { customer, sale, amount, order_total })
        }
        OperationRef::Sale { .. }
        | OperationRef::Marked { .. }
        | OperationRef::Return { .. }
        | OperationRef::Reserve { .. }
        | OperationRef::PhoneMark { .. }
        | OperationRef::Item { .. }
        | OperationRef::MarkedAlone { .. } => None,
    }
}
