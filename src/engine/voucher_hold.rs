//! Holding gift cards and coupons: whoever has the turn of a voucher is alone with it until what they
//! did is durable. Several are taken in the order of their keys, so nobody waits in a circle.

use crate::engine::act::Act;
use crate::engine::beside::Beside;
use crate::engine::claims::{Guard, Key};
use crate::engine::core::Core;
use crate::engine::error::EngineError;
use crate::journal::{EntityEvents, VoucherCapture, voucher_key};
use crate::ledger::{
    Action, HeldVouchers, Returnable, Voucher, VoucherCode, VoucherKind, VoucherStep,
};
use crate::values::TenantId;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long a command waits for the vouchers that it names; after that it is told to try again.
const HOLD_MAX_MS: u64 = 5_000;

/// A voucher that is held; `None`: it does not exist.
pub(super) struct Held {
    pub(super) known: Option<VoucherCapture>,
    pub(super) turn: Guard<()>,
}

impl Core {
    /// Waits for the turn of a voucher.
    pub(super) async fn hold_voucher(&self, key: Key) -> Result<Held, EngineError> {
        let waited = timeout(Duration::from_millis(HOLD_MAX_MS), self.turns.turn(key));
        let turn = waited.await.map_err(|_| EngineError::Overloaded)?;
        let known = self.voucher(key).await?;
        Ok(Held { known, turn })
    }

    /// A voucher as it is, with the rows that the tables may lack. Who has its turn sees a durable state.
    async fn voucher(&self, key: Key) -> Result<Option<VoucherCapture>, EngineError> {
        match self.vouchers.of(key) {
            Some(known) => Ok(Some(known)),
            None => Ok(self.readers.read(move |sources| sources.tables.voucher(&key)).await?),
        }
    }

    /// Holds what a sale names, unless it is held already.
    pub(super) async fn hold_for_sale(
        &self,
        act: &mut Act,
        tenant: TenantId,
    ) -> Result<(), EngineError> {
        let Action::Sell(sell) = &act.command.action else { return Ok(()) };
        let keys = keys(tenant, sell.vouchers());
        if keys.is_empty() {
            return Ok(());
        }
        Box::pin(self.hold_all(act, keys)).await
    }

    /// Holds what a returned sale used, unless it is held already.
    pub(super) async fn hold_for_return(
        &self,
        act: &mut Act,
        tenant: TenantId,
        sale: &Returnable,
    ) -> Result<(), EngineError> {
        let keys = keys(tenant, sale.vouchers().into_iter());
        self.hold_all(act, keys).await
    }

    async fn hold_all(&self, act: &mut Act, keys: BTreeSet<Key>) -> Result<(), EngineError> {
        if !act.vouchers.0.is_empty() {
            return Ok(());
        }
        let (mut vouchers, mut turns): (Vec<Voucher>, Vec<Guard<()>>) = Default::default();
        for key in keys {
            let Held { known, turn } = self.hold_voucher(key).await?;
            // What does not exist is held, too: nobody issues it meanwhile.
            vouchers.extend(known.map(|known| known.voucher));
            turns.push(turn);
        }
        act.vouchers = HeldVouchers(vouchers);
        act.command.taken.turns.extend(turns);
        Ok(())
    }

    /// What happens to vouchers in the operation of an account; their turns are held with its claims.
    pub(super) fn voucher_riders(
        &self,
        tenant: TenantId,
        steps: Vec<VoucherStep>,
    ) -> impl Iterator<Item = Beside> {
        let vouchers = Arc::clone(&self.vouchers);
        steps.into_iter().filter(|step| !step.events.is_empty()).map(move |step| {
            let key = voucher_key(tenant, VoucherKind::of(&step.voucher), step.voucher.code());
            let entity = EntityEvents::Voucher(key, step.voucher.id(), step.events.clone());
            let vouchers = Arc::clone(&vouchers);
            Beside::new(entity, move |as_of| vouchers.enter((tenant, key), step, as_of), || ())
        })
    }
}

fn keys<'a>(
    tenant: TenantId,
    names: impl Iterator<Item = (VoucherKind, &'a VoucherCode)>,
) -> BTreeSet<Key> {
    names.map(|(kind, code)| voucher_key(tenant, kind, code)).collect()
}
