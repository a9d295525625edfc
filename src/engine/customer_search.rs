//! Customers as an operator looks for them: by a part of their name.

use crate::engine::core::AccountKey;
use crate::engine::error::EngineError;
use crate::engine::house::House;
use crate::ledger::{AccountView, LookUp};
use crate::values::{CustomerId, TenantId, Timestamp};

/// Customer numbers that one search looks at; where it stops, the next one goes on.
const LOOKED_AT_MAX: u64 = 10_000;
/// Customers that are read in one go.
const READ_AT_ONCE: u64 = 500;

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundCustomers {
    pub views: Vec<AccountView>,
    /// Where to search on; `None`: this was all.
    pub next_after: Option<CustomerId>,
}

impl House {
    /// Up to `limit` customers after `after` whose name has a part, in whatever case it is typed.
    ///
    /// # Errors
    /// As [`Self::perform`].
    pub async fn customers_named(
        &self,
        (tenant, at): (TenantId, Timestamp),
        part: &str,
        after: CustomerId,
        limit: usize,
    ) -> Result<FoundCustomers, EngineError> {
        let core = self.core()?;
        let entry = core.tenant_entry(tenant)?;
        let last = entry.counters.last_customer();
        let most = CustomerId(after.number().saturating_add(LOOKED_AT_MAX)).min(last);
        let part = part.to_lowercase();
        let mut views = Vec::new();
        let mut looked_at = after;
        while looked_at < most {
            let end = CustomerId(looked_at.number().saturating_add(READ_AT_ONCE)).min(most);
            let numbers = looked_at.number().saturating_add(1)..=end.number();
            let some = core.views_of(tenant, at, numbers.map(CustomerId).collect()).await?;
            for found in some.iter().filter(|view| is_named(view, &part)).map(|view| view.id) {
                // One that was merged shows whom it went to, and that one is found by itself.
                let key = AccountKey { tenant, customer: found };
                let view = core.look(key, at, LookUp::default(), None).await?;
                views.extend(view.filter(|view| view.id == found));
                if views.len() >= limit {
                    let next_after = (found < last).then_some(found);
                    return Ok(FoundCustomers { views, next_after });
                }
            }
            looked_at = end;
        }
        Ok(FoundCustomers { views, next_after: (most < last).then_some(most) })
    }
}

fn is_named(view: &AccountView, part: &str) -> bool {
    let name = view.profile.as_deref().and_then(|profile| profile.full_name.as_ref());
    name.is_some_and(|name| name.as_str().to_lowercase().contains(part))
}
