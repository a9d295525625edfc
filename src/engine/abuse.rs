//! The report against abuse, read from the journal: page by page, so that other reads get their turn.

use crate::engine::error::EngineError;
use crate::engine::house::House;
use crate::journal::EntityEvents;
use crate::ledger::{AbuseFold, AbuseQuestion, AbuseReport, AccountEvent};
use crate::values::{TenantId, Timestamp};

/// Operations that are read in one go.
const PAGE: u64 = 256;
/// How far operations may lie from the order of their instants: a batch is stamped once, when it begins.
const DISORDER_SECONDS: i64 = 3_600;

impl House {
    /// What the report says of a tenant, of all that is durable by now.
    ///
    /// # Errors
    /// As [`Self::perform`].
    pub async fn abuse_report(
        &self,
        tenant: TenantId,
        question: AbuseQuestion,
    ) -> Result<AbuseReport, EngineError> {
        let begins_at = question.begins_at().plus_seconds(DISORDER_SECONDS.saturating_neg());
        let ends_at = question.ends_at().plus_seconds(DISORDER_SECONDS);
        let last = self.feed(tenant, 0, 0).await?.last;
        let mut after = self.first_at(tenant, begins_at, last).await?.saturating_sub(1);
        let mut fold = AbuseFold::new(question);
        while after < last {
            let page = self.feed(tenant, after, PAGE.min(last.saturating_sub(after))).await?;
            let Some(read) = page.operations.last() else { break };
            let over = read.operation.at >= ends_at;
            after = read.tenant_number;
            for numbered in &page.operations {
                for entity in &numbered.operation.entities {
                    match entity {
                        // What an old system sold is nothing that a till did here.
                        EntityEvents::Account(_, events)
                            if events.iter().any(AccountEvent::is_import) => {}
                        EntityEvents::Account(customer, events) => {
                            fold.take(numbered.operation.at, *customer, events);
                        }
                        EntityEvents::Tenant(_)
                        | EntityEvents::Login(..)
                        | EntityEvents::Voucher(..) => {}
                    }
                }
            }
            if over {
                break;
            }
            tokio::task::yield_now().await;
        }
        Ok(fold.finish())
    }

    /// The number of a tenant's first operation at or after an instant; one behind `last`: there is none.
    async fn first_at(
        &self,
        tenant: TenantId,
        instant: Timestamp,
        last: u64,
    ) -> Result<u64, EngineError> {
        let (mut low, mut high) = (1, last.saturating_add(1));
        while low < high {
            let middle = low.midpoint(high);
            let page = self.feed(tenant, middle.saturating_sub(1), 1).await?;
            let is_before = page.operations.first().is_some_and(|one| one.operation.at < instant);
            if is_before { low = middle.saturating_add(1) } else { high = middle }
        }
        Ok(low)
    }
}
