//! The stage of the histories with returns: the rules of the naive model, with gifts and limits of a day
//! that it knows nothing of.

use super::histories;
use super::naive::NaiveRules;
use crate::ledger::facts::PromotionFacts;
use crate::ledger::policy::ReturnDebt;
use crate::ledger::promotion::tests::{fixed, terms};
use crate::ledger::promotion::{Promotion, PromotionKind};
use crate::ledger::promotions::Promotions;
use crate::ledger::settings::SettingsDraft;
use crate::ledger::testing::Scene;
use crate::values::{Bonus, Money, PromotionId, PromotionVersion, Timestamp};
use proptest::prelude::*;
use std::sync::Arc;

/// What sales may have besides: gifts on receipts of at least so much, and limits of a day.
#[derive(Debug, Clone)]
pub(super) struct Extras {
    gifts: Vec<(u64, u64)>,
    stacking: bool,
    earn_max: Option<u64>,
    redeem_max: Option<u64>,
}

pub(super) fn extras() -> impl Strategy<Value = Extras> {
    let gifts = prop::collection::vec((1_u64..2_000, 0_u64..8_000), 0..3);
    let limit = || prop::option::weighted(0.5, 100_u64..4_000);
    (gifts, any::<bool>(), limit(), limit()).prop_map(|(gifts, stacking, earn_max, redeem_max)| {
        Extras { gifts, stacking, earn_max, redeem_max }
    })
}

pub(super) fn stage(
    rules: &NaiveRules,
    uncovered: ReturnDebt,
    grace_days: u32,
    extras: &Extras,
) -> Scene {
    let mut scene = Scene::new(|draft: &mut SettingsDraft| {
        histories::as_settings(rules, draft);
        draft.policy.returns.days_max = 36_525;
        draft.policy.returns.debt = uncovered;
        draft.policy.returns.restore_grace_days = grace_days;
        draft.policy.promotion.stacking = extras.stacking;
        draft.policy.daily.earn_max = extras.earn_max.and_then(Bonus::from_cents);
        draft.policy.daily.redeem_max = extras.redeem_max.and_then(Bonus::from_cents);
    });
    let mut promotions = Promotions::default();
    for (number, (cents, from)) in (1..).zip(&extras.gifts) {
        let mut terms = terms(PromotionKind::FixedBonus, fixed(*cents));
        terms.condition.min_amount = Money::from_cents(*from).unwrap();
        terms.limits.per_day = Some(2);
        let (id, version) = (PromotionId(number), PromotionVersion(number));
        promotions.set(&Arc::new(Promotion { id, version, set_at: Timestamp::default(), terms }));
    }
    scene.promotions = PromotionFacts { all: Arc::new(promotions), permits: Vec::new() };
    scene
}
