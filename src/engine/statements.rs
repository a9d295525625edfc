//! Statements of a chain at a cut: what it owes and how it came to that, and every account in turn.

use crate::engine::error::EngineError;
use crate::engine::house::House;
use crate::engine::replay::{AsOf, Cut, LiabilityCut, Replay};
use crate::ledger::{Account, Refusal};
use crate::values::{CustomerId, EventNumber, TenantId};
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// What a chain owed at the beginning and at the end of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiabilityReport {
    /// Absent: the period begins with the ledger.
    pub opening: Option<LiabilityCut>,
    pub closing: LiabilityCut,
}

/// The accounts of a chain at a cut, one page after the other.
pub struct Statement {
    house: House,
    replay: Option<Box<Replay>>,
    cut: Cut,
    after: CustomerId,
    /// Its place among those that are told at once.
    _told: OwnedSemaphorePermit,
}

/// Statements that are told at once: whoever reads one slowly holds up the next ones, and no report.
pub(super) const STATEMENTS_AT_ONCE: usize = 4;

impl House {
    /// The last event that is durable.
    ///
    /// # Errors
    /// `Unavailable`: nothing can be said.
    pub fn durable(&self) -> Result<EventNumber, EngineError> {
        Ok(self.core()?.journal.durable())
    }

    /// What a chain owed between two cuts.
    ///
    /// # Errors
    /// `AsOfInvalid`; as [`Self::perform`].
    pub async fn liability(
        &self,
        tenant: TenantId,
        from: Option<AsOf>,
        to: AsOf,
    ) -> Result<LiabilityReport, EngineError> {
        let core = self.core()?;
        let _place = core.places.take()?;
        core.tenants.tenant(tenant).ok_or(Refusal::TenantNotFound)?;
        let mut replay = core.replay(self.data_dir(), tenant).await?;
        let mut opening = None;
        if let Some(from) = from {
            let (read, cut) = core.replay_to(replay, from, "from").await?;
            let (read, found) = core.liability_at(read, cut).await?;
            (replay, opening) = (read, Some(found));
        }
        let (replay, cut) = core.replay_to(replay, to, "to").await?;
        if opening.as_ref().is_some_and(|opening| opening.cut.at > cut.at) {
            return Err(Refusal::AsOfInvalid { field: "to" }.into());
        }
        let (_, closing) = core.liability_at(replay, cut).await?;
        Ok(LiabilityReport { opening, closing })
    }

    /// The accounts of a chain at a cut.
    ///
    /// # Errors
    /// `AsOfInvalid`; as [`Self::perform`].
    pub async fn statement(&self, tenant: TenantId, as_of: AsOf) -> Result<Statement, EngineError> {
        let core = self.core()?;
        // Whoever waits for others to be read takes no place meanwhile.
        let told = Arc::clone(&core.statements).acquire_owned().await;
        let told = told.expect("nobody closes it");
        let _place = core.places.take()?;
        core.tenants.tenant(tenant).ok_or(Refusal::TenantNotFound)?;
        let replay = core.replay(self.data_dir(), tenant).await?;
        let (mut replay, cut) = core.replay_to(replay, as_of, "as_of").await?;
        replay.is_built();
        let (house, after) = (self.clone(), CustomerId(0));
        Ok(Statement { house, replay: Some(replay), cut, after, _told: told })
    }
}

impl Statement {
    #[must_use]
    pub fn cut(&self) -> Cut {
        self.cut
    }

    /// The next accounts, settled at the cut; none: that was all.
    ///
    /// # Errors
    /// As [`House::perform`].
    pub async fn next(&mut self) -> Result<Vec<Account>, EngineError> {
        let Some(replay) = self.replay.take() else { return Ok(Vec::new()) };
        let (core, cut, after) = (self.house.core()?, self.cut, self.after);
        let (replay, page) = core.readers.read(move |_| replay.accounts(cut, after)).await?;
        if let Some(last) = page.last() {
            self.after = last.account.id;
            self.replay = Some(replay);
        }
        Ok(page.into_iter().map(|found| found.account).collect())
    }
}
