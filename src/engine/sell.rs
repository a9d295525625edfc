//! Sales on their way to the account: what of their ids is claimed, dialect by dialect.

use crate::engine::act::Act;
use crate::engine::claim_ids::Marked;
use crate::engine::core::Core;
use crate::engine::error::EngineError;
use crate::engine::external_ids::{ever_by_store, scope_of};
use crate::engine::leads::Taken;
use crate::engine::marks::Meaning;
use crate::engine::order::{Done, Identifier};
use crate::engine::perform::{Command, Errand};
use crate::journal::{OperationRef, item_key, sale_key};
use crate::ledger::{Action, Dialect, ExtUnique, ExtUse, ItemExt, Refusal, RetailSale, Sell};
use crate::values::TenantId;
use std::collections::BTreeMap;
use std::sync::Arc;

impl Core {
    pub(super) async fn sell(
        self: &Arc<Self>,
        errand: Errand,
        who: Identifier,
        sell: Box<Sell>,
    ) -> Result<Done, EngineError> {
        match sell.dialect() {
            Dialect::Bonex => {
                let act = Act::boxed(errand, Action::Sell(sell).into());
                self.claim_and_send(act, who).await
            }
            Dialect::BonusPlus => Box::pin(self.sell_retail(errand, who, sell)).await,
        }
    }

    /// Idempotency-Key first, then the external id, under which the same sale is answered again; then the
    /// ids of the items.
    async fn sell_retail(
        self: &Arc<Self>,
        errand: Errand,
        who: Identifier,
        mut sell: Box<Sell>,
    ) -> Result<Done, EngineError> {
        let mut taken = Taken::default();
        match self.claim_mark(&errand).await? {
            Marked::Repeated(done) => return Ok(done),
            Marked::Fresh(claim) => taken.operations.extend(claim),
        }
        sell.external_scope = scope_of(&errand);
        let meaning = sell.retail.as_ref().map(|retail| self.house_key.meaning(retail.meaning));
        if let Some(repeated) = self.claim_retail_id(&errand, (&sell, meaning), &mut taken).await? {
            return Ok(repeated);
        }
        if let (Some(retail), Some(meaning)) = (&mut sell.retail, meaning) {
            retail.meaning = meaning.kept;
            self.claim_items(&errand, retail, &mut taken).await?;
        }
        let command = Command { taken, ..Command::from(Action::Sell(sell)) };
        self.change_account(errand, who, command).await
    }

    /// Claims the external id; the first answer if the same sale had it before (rule 19).
    async fn claim_retail_id(
        &self,
        errand: &Errand,
        (sell, asked): (&Sell, Option<Meaning>),
        taken: &mut Taken,
    ) -> Result<Option<Done>, EngineError> {
        let Some(external) = &sell.external_id else { return Ok(None) };
        let store = sell.point_of_sale.store.as_ref();
        let key = |scope| sale_key(errand.tenant_id(), sell.dialect(), scope, store, external);
        let own = key(sell.external_scope);
        let mut claimed = self.claim_operation(own).await?;
        // Or in the other scope, while that was in force.
        if claimed.is_ok()
            && ever_by_store(errand)
            && let Some(known) = self.operation_under(key(sell.external_scope.other())).await?
        {
            claimed = Err(known);
        }
        match claimed {
            Ok(guard) => {
                taken.operations.push((own, guard));
                Ok(None)
            }
            Err(OperationRef::Sale { customer, event, meaning: Some(meaning), .. })
                if asked.is_some_and(|asked| asked.is(&meaning)) =>
            {
                let receipt = self.repeat(event).await?;
                Ok(Some(Done::Receipt { customer, receipt, repeated: true }))
            }
            Err(OperationRef::Sale { sale, .. }) => Err(Refusal::DuplicateSale { sale }.into()),
            Err(
                OperationRef::Redemption { .. }
                | OperationRef::Marked { .. }
                | OperationRef::Return { .. }
                | OperationRef::Reserve { .. }
                | OperationRef::PhoneMark { .. }
                | OperationRef::Item { .. }
                | OperationRef::MarkedAlone { .. },
            ) => Err(Refusal::IdempotencyKeyReused.into()),
        }
    }

    /// Says of every id of an item whether it is the first of its kind. Claimed in the order of the ids, all
    /// first ones before all second ones, so that two sales never wait for each other.
    async fn claim_items(
        &self,
        errand: &Errand,
        retail: &mut RetailSale,
        taken: &mut Taken,
    ) -> Result<(), EngineError> {
        let rules = &errand.tenant.tenant.settings.at(errand.at).rules;
        let unique = rules.policy.retail.ext_unique;
        let exts: BTreeMap<ItemExt, usize> = retail
            .items
            .iter()
            .enumerate()
            .filter_map(|(index, item)| Some((item.ext.clone()?, index)))
            .collect();
        let mut again = Vec::new();
        for (ext, index) in exts {
            if self.claim_ext(errand.tenant_id(), &ext, ExtUse::First, taken).await? {
                continue;
            }
            match unique {
                ExtUnique::Strict => return Err(Refusal::DuplicateExt.into()),
                ExtUnique::Lenient => again.push((ext, index)),
            }
        }
        for (ext, index) in again {
            let second = self.claim_ext(errand.tenant_id(), &ext, ExtUse::Second, taken).await?;
            if let Some(item) = retail.items.get_mut(index) {
                item.ext_use = if second { ExtUse::Second } else { ExtUse::Later };
            }
        }
        Ok(())
    }

    /// Whether nobody had used the id so often.
    async fn claim_ext(
        &self,
        tenant: TenantId,
        ext: &ItemExt,
        ext_use: ExtUse,
        taken: &mut Taken,
    ) -> Result<bool, EngineError> {
        let Some(key) = item_key(tenant, ext, ext_use) else { return Ok(false) };
        match self.claim_operation(key).await? {
            Ok(guard) => {
                taken.operations.push((key, guard));
                Ok(true)
            }
            Err(_) => Ok(false),
        }
    }
}
