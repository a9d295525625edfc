//! A tenant's rules as figures: a validated document, versioned and effective-dated.

use crate::ledger::policy::{self, Policy};
use crate::ledger::refusal::Refusal;
use crate::values::{Bonus, Country, Money, Percent, SettingsVersion, Text, TierId, Timestamp};
use chrono_tz::Tz;
use std::sync::Arc;

/// Most tiers of a tenant.
const TIERS_MAX: usize = 32;
/// Longest hold, in seconds: ten years.
const HOLD_SECONDS_MAX: u32 = 315_360_000;
/// Longest expiry in days, and in months: a hundred years.
const EXPIRE_DAYS_MAX: u32 = 36_525;
const EXPIRE_MONTHS_MAX: u32 = 1_200;
/// Furthest a sale may be backdated, in days.
const BACKDATE_DAYS_MAX: u32 = 3_650;
/// Most versions of a tenant's settings.
const VERSIONS_MAX: usize = 10_000;

/// How long a lot can be spent after its activation: for ever, or through the local day so many days
/// or months later (0: the day of its activation).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Days {
    Never,
    Days(u32),
    Months(u32),
}

/// Which instant the hold counts from (rule 11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldFrom {
    Business,
    Arrival,
}

/// What `payment_type` with a redemption and no gross amount means (rule 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentTypeWithoutGross {
    Refuse,
    Net,
    Gross,
}

/// Whether accruals are floored to whole bonuses (rule 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccrualStep {
    Cent,
    Whole,
}

/// Which path a partner signs (rule 36).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignaturePath {
    Full,
    WithoutPrefix,
    WithQuery,
}

/// A tier as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TierDraft {
    pub name: Text<64>,
    pub color: Text<16>,
    pub from_total_spent: Money,
    pub bonus_percent: Percent,
}

/// A tier of a version of the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    pub id: TierId,
    pub name: Text<64>,
    pub color: Text<16>,
    /// Reached from this much money spent.
    pub from_total_spent: Money,
    pub bonus_percent: Percent,
}

/// Settings as they are asked for; see [`Settings`] for the fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsDraft {
    pub currency: Text<8>,
    pub bonus_unit: Text<32>,
    pub time_zone: Tz,
    pub default_country: Option<Country>,
    pub redeem_hold_seconds: u32,
    pub hold_from: HoldFrom,
    pub expire_after: Days,
    pub min_purchase_amount: Money,
    pub max_redeem_percent: Percent,
    pub redeem_step: Bonus,
    pub min_redeem: Bonus,
    pub redeem_max_per_receipt: Option<Bonus>,
    pub redeem_from_app: bool,
    pub earn_while_redeeming: bool,
    pub accrue_on_bonus_part: bool,
    pub accrual_step: AccrualStep,
    pub earn_max_per_receipt: Option<Bonus>,
    pub payment_type_without_gross: PaymentTypeWithoutGross,
    pub welcome_bonus: Bonus,
    pub welcome_hold_seconds: u32,
    pub welcome_expire_after: Days,
    pub backdate_days_max: u32,
    pub backdate_before_join_hours: u32,
    pub require_external_id: bool,
    pub signature_path: SignaturePath,
    pub tiers: Vec<TierDraft>,
    pub policy: Policy,
}

/// A version of a tenant's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub version: SettingsVersion,
    pub effective_from: Timestamp,
    /// The rules; `rules.tiers` is what was asked for, [`Settings::tiers`] what it became.
    pub rules: SettingsDraft,
    /// In ascending order of `from_total_spent`; the first is the base tier, from 0.
    pub tiers: Vec<Tier>,
}

/// All versions of a tenant's settings, in order of adoption; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsHistory {
    versions: Vec<Arc<Settings>>,
    /// The same in the order in which they come into force; of equals the last adopted comes last.
    in_order_of_force: Vec<Arc<Settings>>,
}

impl SettingsHistory {
    #[must_use]
    pub fn new(first: Arc<Settings>) -> Self {
        Self { versions: vec![Arc::clone(&first)], in_order_of_force: vec![first] }
    }

    #[must_use]
    pub fn versions(&self) -> &[Arc<Settings>] {
        &self.versions
    }

    /// With one more version at the end.
    #[must_use]
    pub fn with(&self, settings: Arc<Settings>) -> Self {
        let (mut versions, mut in_order_of_force) =
            (self.versions.clone(), self.in_order_of_force.clone());
        let key = |settings: &Settings| (settings.effective_from, settings.version);
        let place = in_order_of_force.partition_point(|known| key(known) <= key(&settings));
        in_order_of_force.insert(place, Arc::clone(&settings));
        versions.push(settings);
        Self { versions, in_order_of_force }
    }

    /// The version in force at `instant`: the latest `effective_from` not after it, of equals the
    /// last adopted. The first version also serves every earlier instant.
    #[must_use]
    pub fn at(&self, instant: Timestamp) -> &Settings {
        // Asked many times for each sale, nearly always about now.
        if let Some(last) = self.in_order_of_force.last()
            && last.effective_from <= instant
        {
            return last;
        }
        let begun =
            self.in_order_of_force.partition_point(|settings| settings.effective_from <= instant);
        let latest = begun.checked_sub(1).and_then(|latest| self.in_order_of_force.get(latest));
        latest.or(self.versions.first()).expect("a history begins with a version")
    }

    /// The id a tier name has or would get: a tier keeps its id with its name.
    fn tier_id(&self, name: &Text<64>, fresh: &mut u32) -> TierId {
        let known = self.versions.iter().rev().flat_map(|settings| &settings.tiers);
        known.clone().find(|tier| tier.name == *name).map_or_else(
            || {
                *fresh = fresh.saturating_add(1);
                TierId(*fresh)
            },
            |tier| tier.id,
        )
    }
}

/// Validates a draft as the next version after `history` (or the first).
///
/// # Errors
/// [`Refusal::SettingsInvalid`] naming the field.
pub(super) fn adopt(
    draft: SettingsDraft,
    history: Option<&SettingsHistory>,
    effective_from: Timestamp,
) -> Result<Settings, Refusal> {
    check_figures(&draft)?;
    check_tiers(&draft.tiers)?;
    policy::check(&draft.policy)?;
    let versions = history.map_or(&[][..], SettingsHistory::versions);
    if versions.len() >= VERSIONS_MAX {
        return Err(invalid("settings", format!("at most {VERSIONS_MAX} versions are kept")));
    }
    let version = versions.iter().map(|settings| settings.version.number()).max().unwrap_or(0);
    let ids = versions.iter().flat_map(|settings| &settings.tiers).map(|tier| tier.id.number());
    let mut fresh = ids.max().unwrap_or(0);
    let mut tiers: Vec<Tier> = draft
        .tiers
        .iter()
        .map(|tier| Tier {
            id: match history {
                Some(history) => history.tier_id(&tier.name, &mut fresh),
                None => {
                    fresh = fresh.saturating_add(1);
                    TierId(fresh)
                }
            },
            name: tier.name.clone(),
            color: tier.color.clone(),
            from_total_spent: tier.from_total_spent,
            bonus_percent: tier.bonus_percent,
        })
        .collect();
    tiers.sort_by_key(|tier| tier.from_total_spent);
    Ok(Settings {
        version: SettingsVersion(version.saturating_add(1)),
        effective_from,
        rules: draft,
        tiers,
    })
}

fn check_figures(draft: &SettingsDraft) -> Result<(), Refusal> {
    let at_most = |field: &'static str, value: u32, most: u32| {
        if value <= most { Ok(()) } else { Err(invalid(field, format!("must be at most {most}"))) }
    };
    at_most("redeem_hold_seconds", draft.redeem_hold_seconds, HOLD_SECONDS_MAX)?;
    at_most("welcome_hold_seconds", draft.welcome_hold_seconds, HOLD_SECONDS_MAX)?;
    at_most("backdate_days_max", draft.backdate_days_max, BACKDATE_DAYS_MAX)?;
    at_most(
        "backdate_before_join_hours",
        draft.backdate_before_join_hours,
        BACKDATE_DAYS_MAX.saturating_mul(24),
    )?;
    check_days("expire_after", draft.expire_after)?;
    check_days("welcome_expire_after", draft.welcome_expire_after)?;
    if draft.currency.as_str().trim().is_empty() {
        return Err(invalid("currency", "must not be empty".into()));
    }
    if draft.redeem_step.is_zero() {
        return Err(invalid("redeem_step", "must be at least 0.01".into()));
    }
    Ok(())
}

pub(super) fn check_days(field: &str, days: Days) -> Result<(), Refusal> {
    match days {
        Days::Days(days) if days > EXPIRE_DAYS_MAX => {
            Err(invalid(&format!("{field}_days"), format!("must be at most {EXPIRE_DAYS_MAX}")))
        }
        Days::Months(months) if months > EXPIRE_MONTHS_MAX => {
            Err(invalid(&format!("{field}_months"), format!("must be at most {EXPIRE_MONTHS_MAX}")))
        }
        Days::Never | Days::Days(_) | Days::Months(_) => Ok(()),
    }
}

fn check_tiers(tiers: &[TierDraft]) -> Result<(), Refusal> {
    if tiers.is_empty() || tiers.len() > TIERS_MAX {
        return Err(invalid("tiers", format!("must be 1 to {TIERS_MAX} tiers")));
    }
    for (index, tier) in tiers.iter().enumerate() {
        let before = tiers.iter().take(index);
        if tier.name.as_str().trim().is_empty() {
            return Err(invalid(&format!("tiers[{index}].name"), "must not be empty".into()));
        }
        if before.clone().any(|other| other.name == tier.name) {
            return Err(invalid(&format!("tiers[{index}].name"), "occurs twice".into()));
        }
        if before.clone().any(|other| other.from_total_spent == tier.from_total_spent) {
            return Err(invalid(
                &format!("tiers[{index}].from_total_spent"),
                "occurs twice".into(),
            ));
        }
    }
    if !tiers.iter().any(|tier| tier.from_total_spent.is_zero()) {
        return Err(invalid(
            "tiers",
            "one must be the base tier, with from_total_spent \"0.00\"".into(),
        ));
    }
    Ok(())
}

pub(super) fn invalid(field: &str, reason: String) -> Refusal {
    Refusal::SettingsInvalid { field: field.into(), reason }
}

#[cfg(test)]
pub(in crate::ledger) mod tests {
    use super::*;
    use crate::values::Precision;

    /// The settings of the contract's examples: 5 %, hold of a day, cap of 30 %, a year to spend.
    pub(in crate::ledger) fn draft() -> SettingsDraft {
        SettingsDraft {
            currency: Text::parse("TJS").unwrap(),
            bonus_unit: Text::parse("bonus").unwrap(),
            time_zone: chrono_tz::Asia::Dushanbe,
            default_country: None,
            redeem_hold_seconds: 86_400,
            hold_from: HoldFrom::Business,
            expire_after: Days::Days(365),
            min_purchase_amount: money("10.00"),
            max_redeem_percent: Percent::parse("30").unwrap(),
            redeem_step: Bonus::CENT,
            min_redeem: Bonus::ZERO,
            redeem_max_per_receipt: None,
            redeem_from_app: true,
            earn_while_redeeming: true,
            accrue_on_bonus_part: false,
            accrual_step: AccrualStep::Cent,
            earn_max_per_receipt: None,
            payment_type_without_gross: PaymentTypeWithoutGross::Refuse,
            welcome_bonus: Bonus::ZERO,
            welcome_hold_seconds: 0,
            welcome_expire_after: Days::Days(365),
            backdate_days_max: 30,
            backdate_before_join_hours: 24,
            require_external_id: false,
            signature_path: SignaturePath::Full,
            tiers: vec![tier("Base", "0.00", "5")],
            policy: Policy::default(),
        }
    }

    pub(in crate::ledger) fn tier(name: &str, from: &str, percent: &str) -> TierDraft {
        TierDraft {
            name: Text::parse(name).unwrap(),
            color: Text::parse("#8A8A8A").unwrap(),
            from_total_spent: money(from),
            bonus_percent: Percent::parse(percent).unwrap(),
        }
    }

    pub(in crate::ledger) fn history_of(draft: SettingsDraft) -> SettingsHistory {
        SettingsHistory::new(Arc::new(adopt(draft, None, Timestamp::from_millis(0)).unwrap()))
    }

    fn money(text: &str) -> Money {
        Money::parse(text, Precision::Exact).unwrap()
    }
}
