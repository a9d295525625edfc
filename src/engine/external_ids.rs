//! External ids on their way to the account: claimed before every question about the customer, kept once
//! the operation that took them is durable (rule 18).

use crate::engine::core::Core;
use crate::engine::error::EngineError;
use crate::engine::perform::{Command, Errand};
use crate::journal::{LookUpKey, OperationRef, external_key, sale_key};
use crate::ledger::{
    Action, Dialect, ExternalId, ExternalIdScope, RedemptionFact, Refusal, SaleKind, StoreName,
};

impl Core {
    /// Claims the external id of a command; a sale learns which redemption it completes.
    pub(super) async fn claim_external(
        &self,
        command: &mut Command,
        errand: &Errand,
        external: &ExternalId,
    ) -> Result<(), EngineError> {
        if let Action::Sell(sell) = &mut command.action {
            sell.external_scope = scope_of(errand);
            let store = sell.point_of_sale.store.clone();
            return self.claim_sale_id(command, errand, (store.as_ref(), external)).await;
        }
        let kind = match command.action {
            Action::Refund(_) => SaleKind::Return,
            Action::Redeem(_) | Action::CommitReserve(_) => SaleKind::Redemption,
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
            | Action::ConfirmPhone => SaleKind::Purchase,
        };
        self.claim_free(command, external_key(errand.tenant_id(), kind, external)).await
    }

    /// The id of a sale in the scope of now. It is taken as well if a sale took it in the other scope, while
    /// that was in force: whatever is sent again is known again.
    async fn claim_sale_id(
        &self,
        command: &mut Command,
        errand: &Errand,
        (store, external): (Option<&StoreName>, &ExternalId),
    ) -> Result<(), EngineError> {
        let tenant = errand.tenant_id();
        let key = |scope| sale_key(tenant, Dialect::Bonex, scope, store, external);
        let scope = scope_of(errand);
        self.claim_free(command, key(scope)).await?;
        if ever_by_store(errand)
            && let Some(taken) = self.operation_under(key(scope.other())).await?
        {
            return Err(duplicate(taken).into());
        }
        let earlier = external_key(tenant, SaleKind::Redemption, external);
        command.completes = self.operation_under(earlier).await?.and_then(redemption_fact);
        Ok(())
    }

    async fn claim_free(&self, command: &mut Command, key: LookUpKey) -> Result<(), EngineError> {
        match self.claim_operation(key).await? {
            Ok(guard) => {
                command.taken.operations.push((key, guard));
                Ok(())
            }
            Err(taken) => Err(duplicate(taken).into()),
        }
    }
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
