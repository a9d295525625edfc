//! Settles the accounts on which something is due: expiry and activation for customers who do not
//! come by. Correctness needs no sweep; reports and notices do.

use crate::engine::checkpointer::Settled;
use crate::engine::core::AccountKey;
use crate::engine::error::EngineError;
use crate::engine::opening::Opened;
use crate::journal::Due;
use crate::ledger::Refusal;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Due dates dealt with between two checkpoints.
const PAGE: usize = 4_096;
/// Accounts settled at once, as far as there are places: one group of the journal.
const AT_ONCE: usize = 64;

/// Settles everything due by now. Returns how many accounts, gift cards included, there were.
pub(super) async fn sweep(opened: &Opened) -> Result<u64, EngineError> {
    opened.checkpointer.checkpoint(Vec::new()).await?;
    let now = opened.core.stamp()?;
    let cards = sweep_vouchers(opened, now).await?;
    Ok(sweep_accounts(opened, now).await?.saturating_add(cards))
}

/// Writes off what is left of gift cards that are over.
async fn sweep_vouchers(
    opened: &Opened,
    now: crate::values::Timestamp,
) -> Result<u64, EngineError> {
    let (mut settled, mut seen) = (0_u64, Vec::new());
    loop {
        let read = opened.core.readers.read(move |it| it.tables.vouchers_due_until(now, PAGE));
        let page = read.await?;
        for due in &page {
            opened.core.settle_voucher(due.key, now).await?;
            settled = settled.saturating_add(1);
        }
        let last_page = page.len() < PAGE || page == seen;
        seen.clone_from(&page);
        if !page.is_empty() {
            let settled = Settled { accounts: Vec::new(), vouchers: page };
            opened.checkpointer.checkpoint_after(settled).await?;
        }
        if last_page {
            return Ok(settled);
        }
    }
}

async fn sweep_accounts(
    opened: &Opened,
    now: crate::values::Timestamp,
) -> Result<u64, EngineError> {
    let mut settled = 0_u64;
    let mut seen = Vec::new();
    loop {
        let page =
            opened.core.readers.read(move |sources| sources.tables.due_until(now, PAGE)).await?;
        let accounts: BTreeSet<AccountKey> = page.iter().map(account_of).collect();
        let accounts: Vec<AccountKey> = accounts.into_iter().collect();
        for chunk in accounts.chunks(AT_ONCE) {
            settle_all(opened, chunk, now).await?;
        }
        settled = settled.saturating_add(u64::try_from(accounts.len()).unwrap_or(u64::MAX));
        // A page of nothing but dates that stay would come again for ever.
        let last_page = page.len() < PAGE || page == seen;
        seen.clone_from(&page);
        if !page.is_empty() {
            opened.checkpointer.checkpoint(page).await?;
        }
        if last_page {
            return Ok(settled);
        }
    }
}

async fn settle_all(
    opened: &Opened,
    accounts: &[AccountKey],
    now: crate::values::Timestamp,
) -> Result<(), EngineError> {
    let mut left = accounts.to_vec();
    while !left.is_empty() {
        let before = left.len();
        left = settle_some(opened, &left, now).await?;
        // Places are for customers first: a sweep that gets none at all comes again later.
        if left.len() == before {
            return Err(EngineError::Overloaded);
        }
    }
    Ok(())
}

/// Settles as many as there are places for. Returns the others.
async fn settle_some(
    opened: &Opened,
    accounts: &[AccountKey],
    now: crate::values::Timestamp,
) -> Result<Vec<AccountKey>, EngineError> {
    let mut settling = tokio::task::JoinSet::new();
    for key in accounts.iter().copied() {
        let core = Arc::clone(&opened.core);
        settling.spawn(async move { (key, core.settle(key, now).await) });
    }
    let mut left = Vec::new();
    while let Some(ended) = settling.join_next().await {
        let (key, settled) = ended.map_err(|error| EngineError::Broken(error.to_string()))?;
        match settled {
            // A customer that is gone has nothing due.
            Ok(()) | Err(EngineError::Refused(Refusal::CustomerNotFound)) => {}
            Err(EngineError::Overloaded) => left.push(key),
            // One account that fails its check, which is logged there, must not keep the others waiting;
            // its due date stays.
            Err(EngineError::Broken(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(left)
}

fn account_of(due: &Due) -> AccountKey {
    AccountKey { tenant: due.tenant, customer: due.customer }
}
