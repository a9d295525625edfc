//! `GET /client/promotions`: the promotions that run now and are not used up; with a Bearer token, those
//! meant for the customer are marked, and those that the customer has used up are left out.

use super::Call;
use super::render::date_time;
use crate::api::amount::Amount;
use crate::api::auth;
use crate::api::error::ApiError;
use crate::api::operator::kind_name;
use crate::api::respond::success;
use crate::ledger::{
    AccountView, InterestTag, Promotion, PromotionCondition, PromotionReward, SettingsDraft,
};
use crate::values::{Text, Timestamp};
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::Arc;

#[derive(Debug, Serialize)]
struct PromotionShape<'a> {
    id: u32,
    name: &'a str,
    description: Option<&'a str>,
    #[serde(rename = "type")]
    kind: &'static str,
    condition: Option<ConditionShape<'a>>,
    reward: RewardShape,
    starts_at: Option<String>,
    ends_at: Option<String>,
    personalized: bool,
}

/// What a condition asks for.
#[derive(Debug, Serialize)]
struct ConditionShape<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    categories: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    skus: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tiers: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_amount: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    coupon: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum RewardShape {
    Multiplier(Amount),
    PlusPercent(Amount),
    Bonus(Amount),
}

pub(super) async fn answer(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let customer = customer_of(call).await?;
    let overstock = call.tenant.inventory.overstock();
    let uses = call.house.promotion_uses(call.tenant.id)?;
    let (rules, at) = (call.rules(), call.asked.at);
    let is_open = |promotion: &&Arc<Promotion>| {
        let used = uses.get(&promotion.id).copied().unwrap_or_default();
        let left = promotion.terms.limits.total.is_none_or(|most| used < u64::from(most));
        left && customer.as_ref().is_none_or(|view| view.leaves_room(promotion, rules, at))
    };
    let running = call.tenant.promotions.running_at(at);
    let shapes: Vec<_> = running
        .filter(is_open)
        .map(|promotion| {
            let meant =
                customer.as_ref().is_some_and(|view| is_meant_for(promotion, view, overstock));
            PromotionShape::new(promotion, meant, rules)
        })
        .collect();
    Ok(success(StatusCode::OK, &shapes))
}

/// A Bearer token is optional, but one that is shown must be good.
async fn customer_of(call: &Call<'_>) -> Result<Option<AccountView>, ApiError> {
    if !call.asked.headers.contains_key("authorization") {
        return Ok(None);
    }
    let (token, hash) = auth::bearer_of(&call.asked)?;
    let found = call.house.bearer(call.tenant.id, call.asked.at, token, hash).await?;
    found.map(Some).ok_or(ApiError::BearerInvalid)
}

/// Whether a promotion is about what the customer buys, or about what is to be sold off.
fn is_meant_for(
    promotion: &Promotion,
    view: &AccountView,
    overstock: &BTreeSet<InterestTag>,
) -> bool {
    let PromotionCondition { categories, tags, .. } = &promotion.terms.condition;
    view.tallies.categories.iter().any(|bought| categories.binary_search(bought).is_ok())
        || categories.iter().chain(tags).any(|interest| overstock.contains(interest))
}

impl<'a> PromotionShape<'a> {
    fn new(promotion: &'a Promotion, personalized: bool, rules: &SettingsDraft) -> Self {
        let terms = &promotion.terms;
        let instant = |at: Option<Timestamp>| at.map(|at| date_time(at, rules));
        Self {
            id: promotion.id.number(),
            name: terms.name.as_str(),
            description: terms.description.as_ref().map(Text::as_str),
            kind: kind_name(terms.kind),
            condition: ConditionShape::of(&terms.condition),
            reward: match terms.reward {
                PromotionReward::Multiplier(it) => RewardShape::Multiplier(it.into()),
                PromotionReward::PlusPercent(it) => RewardShape::PlusPercent(it.into()),
                PromotionReward::FixedBonus(it) => RewardShape::Bonus(it.into()),
            },
            starts_at: instant(terms.starts_at),
            ends_at: instant(terms.ends_at),
            personalized,
        }
    }
}

impl<'a> ConditionShape<'a> {
    /// `None`: it asks for nothing.
    fn of(condition: &'a PromotionCondition) -> Option<Self> {
        if *condition == PromotionCondition::default() {
            return None;
        }
        let PromotionCondition { categories, skus, tiers, tags, min_amount, coupon } = condition;
        Some(Self {
            categories: texts(categories),
            skus: texts(skus),
            tiers: texts(tiers),
            tags: texts(tags),
            min_amount: (!min_amount.is_zero()).then(|| (*min_amount).into()),
            coupon: coupon.then_some(true),
        })
    }
}

fn texts<const MAX: usize>(texts: &[Text<MAX>]) -> Vec<&str> {
    texts.iter().map(Text::as_str).collect()
}
