//! Who is told of promotions on what lies on the shelf too long, and when: customers who buy in the
//! categories of these articles and have the app, once for a synchronisation and once on a local day, by
//! day.

use crate::ledger::account::Account;
use crate::ledger::calendar::{date_of, hour_of};
use crate::ledger::campaign::{
    CAMPAIGN_CATEGORIES_MAX, CAMPAIGN_PROMOTIONS_MAX, CampaignEvent, CampaignTarget,
};
use crate::ledger::command::OverstockOffer;
use crate::ledger::inventory::{Inventory, Item};
use crate::ledger::promotion::{CategoryCode, Promotion};
use crate::ledger::promotions::Promotions;
use crate::ledger::rules::promotion::leaves_room;
use crate::ledger::settings::SettingsDraft;
use crate::ledger::tenant::Tenant;
use crate::values::{PromotionId, Text, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

/// The local hours in which customers are told: nobody is woken.
const HOURS: Range<u32> = 10..20;

/// The campaign that a synchronisation begins, if promotions run on what came to lie on the shelf too
/// long by it. What a campaign that is not over still has to tell of joins it.
pub(in crate::ledger) fn begin(
    before: &Inventory,
    tenant: &Tenant,
    at: Timestamp,
) -> Option<CampaignEvent> {
    if !tenant.settings.at(at).rules.policy.overstock.push {
        return None;
    }
    let fresh = Fresh::of(before, &tenant.inventory);
    let mut targets: BTreeMap<PromotionId, BTreeSet<CategoryCode>> = BTreeMap::new();
    for promotion in tenant.promotions.running_at(at) {
        if let Some(categories) = fresh.categories_of(promotion) {
            targets.insert(promotion.id, categories);
        }
    }
    if targets.is_empty() {
        return None;
    }
    for left in tenant.campaign.iter().flat_map(|campaign| &*campaign.targets) {
        targets.entry(left.promotion).or_default().extend(left.categories.iter().cloned());
    }
    let target = |(promotion, categories): (_, BTreeSet<CategoryCode>)| CampaignTarget {
        promotion,
        categories: categories.into_iter().take(CAMPAIGN_CATEGORIES_MAX).collect(),
    };
    let targets = targets.into_iter().take(CAMPAIGN_PROMOTIONS_MAX).map(target).collect();
    let sync = tenant.inventory.version();
    Some(CampaignEvent::Begun { sync, targets: Arc::new(targets), at })
}

/// What came to lie on the shelf too long: the categories of its articles, by what a promotion may name.
struct Fresh<'a> {
    by_interest: BTreeMap<&'a Text<64>, BTreeSet<&'a CategoryCode>>,
    by_sku: BTreeMap<&'a Text<64>, Option<&'a CategoryCode>>,
}

impl<'a> Fresh<'a> {
    fn of(before: &Inventory, after: &'a Inventory) -> Self {
        let known: BTreeSet<_> = before.overstocked().map(|item| &item.sku).collect();
        let mut fresh = Self { by_interest: BTreeMap::new(), by_sku: BTreeMap::new() };
        for item in after.overstocked().filter(|item| !known.contains(&item.sku)) {
            fresh.take(item);
        }
        fresh
    }

    fn take(&mut self, item: &'a Item) {
        self.by_sku.insert(&item.sku, item.category_code.as_ref());
        for interest in item.interests() {
            self.by_interest.entry(interest).or_default().extend(&item.category_code);
        }
    }

    /// The categories by which customers are found for a promotion; `None`: it is not on these articles.
    fn categories_of(&self, promotion: &Promotion) -> Option<BTreeSet<CategoryCode>> {
        let condition = &promotion.terms.condition;
        let named = condition.categories.iter().chain(&condition.tags);
        let by_name = named.filter_map(|name| self.by_interest.get(name)).flatten().copied();
        let skus = condition.skus.iter().filter_map(|sku| self.by_sku.get(sku)).flatten().copied();
        let found: BTreeSet<CategoryCode> = by_name.chain(skus).cloned().collect();
        (!found.is_empty()).then_some(found)
    }
}

/// Whether an account may have to be told, as far as that does not change from hour to hour.
#[must_use]
pub fn is_concerned(account: &Account, targets: &[CampaignTarget]) -> bool {
    !account.devices.is_empty() && targets.iter().any(|target| is_interested(account, target))
}

/// Whether it is an hour in which customers may be told.
#[must_use]
pub fn is_time_to_tell(now: Timestamp, rules: &SettingsDraft) -> bool {
    HOURS.contains(&hour_of(now, rules.time_zone))
}

/// What a customer is told of now; `None`: of nothing.
pub(in crate::ledger) fn told_of(
    account: &Account,
    offer: &OverstockOffer,
    promotions: &Promotions,
    (rules, now): (&SettingsDraft, Timestamp),
) -> Option<PromotionId> {
    let today = date_of(now, rules.time_zone);
    let told = account.overstock_noticed.is_some_and(|notice| {
        notice.sync >= offer.sync || date_of(notice.at, rules.time_zone) >= today
    });
    let silent = told || account.blocked || account.devices.is_empty();
    if silent || !rules.policy.overstock.push || !is_time_to_tell(now, rules) {
        return None;
    }
    let is_open = |promotion: PromotionId| {
        let running = promotions.course(promotion).and_then(|course| course.running_at(now));
        running.is_some_and(|running| leaves_room(running, &account.tallies, || today))
    };
    let fits =
        |target: &&CampaignTarget| is_interested(account, target) && is_open(target.promotion);
    offer.targets.iter().find(fits).map(|target| target.promotion)
}

fn is_interested(account: &Account, target: &CampaignTarget) -> bool {
    let bought = account.tallies.categories.iter();
    bought.into_iter().any(|category| target.categories.binary_search(category).is_ok())
}
