//! A version of a tenant's settings as it is stored. A later setting is a new variant of the event
//! that carries it, never a new field here.

use crate::journal::codec::{BorrowDecode, CodecError, Decode, Encode};
use crate::journal::record::fields::{all, bonus, instant, money, optional, percent, text};
use crate::journal::record::policy::{StoredPolicyPart, parts_of, policy_of};
use crate::ledger::{
    AccrualStep, Days, HoldFrom, PaymentTypeWithoutGross, Policy, Settings, SettingsDraft,
    SignaturePath, Tier, TierDraft,
};
use crate::values::{Bonus, Country, SettingsVersion, TierId};

/// A version of the settings: what was asked for, and the tiers it became.
#[derive(Debug, Encode, BorrowDecode)]
pub(in crate::journal) struct StoredSettings<'a> {
    version: u32,
    effective_from: i64,
    rules: StoredRules<'a>,
    tiers: Vec<StoredTier<'a>>,
}

/// The same with the groups that differ from their defaults.
#[derive(Debug, Encode, BorrowDecode)]
pub(in crate::journal) struct StoredWholeSettings<'a> {
    settings: StoredSettings<'a>,
    parts: Vec<StoredPolicyPart<'a>>,
}

#[derive(Debug, Encode, BorrowDecode)]
struct StoredRules<'a> {
    currency: &'a str,
    bonus_unit: &'a str,
    time_zone: &'a str,
    default_country: Option<StoredCountry>,
    redeem_hold_seconds: u32,
    hold_from: StoredHoldFrom,
    expire_after: StoredDays,
    min_purchase_amount: u64,
    max_redeem_percent: u32,
    redeem_step: u64,
    min_redeem: u64,
    redeem_max_per_receipt: Option<u64>,
    redeem_from_app: bool,
    earn_while_redeeming: bool,
    accrue_on_bonus_part: bool,
    accrual_step: StoredAccrualStep,
    earn_max_per_receipt: Option<u64>,
    payment_type_without_gross: StoredPaymentTypeWithoutGross,
    welcome_bonus: u64,
    welcome_hold_seconds: u32,
    welcome_expire_after: StoredDays,
    backdate_days_max: u32,
    backdate_before_join_hours: u32,
    require_external_id: bool,
    signature_path: StoredSignaturePath,
    tiers: Vec<StoredTierDraft<'a>>,
}

#[derive(Debug, Encode, BorrowDecode)]
struct StoredTierDraft<'a> {
    name: &'a str,
    color: &'a str,
    from_total_spent: u64,
    bonus_percent: u32,
}

#[derive(Debug, Encode, BorrowDecode)]
struct StoredTier<'a> {
    id: u32,
    tier: StoredTierDraft<'a>,
}

stored_words!(StoredCountry is Country { Ru, Tj });
stored_words!(StoredHoldFrom is HoldFrom { Business, Arrival });
stored_words!(StoredAccrualStep is AccrualStep { Cent, Whole });
stored_words!(StoredPaymentTypeWithoutGross is PaymentTypeWithoutGross { Refuse, Net, Gross });
stored_words!(StoredSignaturePath is SignaturePath { Full, WithoutPrefix, WithQuery });

#[derive(Debug, Encode, Decode)]
pub(in crate::journal) enum StoredDays {
    Never,
    Days(u32),
    Months(u32),
}

impl From<Days> for StoredDays {
    fn from(days: Days) -> Self {
        match days {
            Days::Never => Self::Never,
            Days::Days(days) => Self::Days(days),
            Days::Months(months) => Self::Months(months),
        }
    }
}

impl From<StoredDays> for Days {
    fn from(stored: StoredDays) -> Self {
        match stored {
            StoredDays::Never => Self::Never,
            StoredDays::Days(days) => Self::Days(days),
            StoredDays::Months(months) => Self::Months(months),
        }
    }
}

impl<'a> From<&'a Settings> for StoredWholeSettings<'a> {
    fn from(settings: &'a Settings) -> Self {
        Self { settings: settings.into(), parts: parts_of(&settings.rules.policy) }
    }
}

impl TryFrom<StoredWholeSettings<'_>> for Settings {
    type Error = CodecError;

    fn try_from(stored: StoredWholeSettings<'_>) -> Result<Self, CodecError> {
        let mut settings: Self = stored.settings.try_into()?;
        settings.rules.policy = policy_of(stored.parts)?;
        Ok(settings)
    }
}

impl<'a> From<&'a Settings> for StoredSettings<'a> {
    fn from(settings: &'a Settings) -> Self {
        Self {
            version: settings.version.number(),
            effective_from: settings.effective_from.millis(),
            rules: (&settings.rules).into(),
            tiers: settings.tiers.iter().map(StoredTier::from).collect(),
        }
    }
}

impl TryFrom<StoredSettings<'_>> for Settings {
    type Error = CodecError;

    fn try_from(stored: StoredSettings<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            version: SettingsVersion(stored.version),
            effective_from: instant(stored.effective_from)?,
            rules: stored.rules.try_into()?,
            tiers: all(stored.tiers, Tier::try_from)?,
        })
    }
}

impl<'a> From<&'a SettingsDraft> for StoredRules<'a> {
    fn from(rules: &'a SettingsDraft) -> Self {
        Self {
            currency: rules.currency.as_str(),
            bonus_unit: rules.bonus_unit.as_str(),
            time_zone: rules.time_zone.name(),
            default_country: rules.default_country.map(StoredCountry::from),
            redeem_hold_seconds: rules.redeem_hold_seconds,
            hold_from: rules.hold_from.into(),
            expire_after: rules.expire_after.into(),
            min_purchase_amount: rules.min_purchase_amount.cents(),
            max_redeem_percent: rules.max_redeem_percent.millionths(),
            redeem_step: rules.redeem_step.cents(),
            min_redeem: rules.min_redeem.cents(),
            redeem_max_per_receipt: rules.redeem_max_per_receipt.map(Bonus::cents),
            redeem_from_app: rules.redeem_from_app,
            earn_while_redeeming: rules.earn_while_redeeming,
            accrue_on_bonus_part: rules.accrue_on_bonus_part,
            accrual_step: rules.accrual_step.into(),
            earn_max_per_receipt: rules.earn_max_per_receipt.map(Bonus::cents),
            payment_type_without_gross: rules.payment_type_without_gross.into(),
            welcome_bonus: rules.welcome_bonus.cents(),
            welcome_hold_seconds: rules.welcome_hold_seconds,
            welcome_expire_after: rules.welcome_expire_after.into(),
            backdate_days_max: rules.backdate_days_max,
            backdate_before_join_hours: rules.backdate_before_join_hours,
            require_external_id: rules.require_external_id,
            signature_path: rules.signature_path.into(),
            tiers: rules.tiers.iter().map(StoredTierDraft::from).collect(),
        }
    }
}

impl TryFrom<StoredRules<'_>> for SettingsDraft {
    type Error = CodecError;

    fn try_from(stored: StoredRules<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            currency: text(stored.currency)?,
            bonus_unit: text(stored.bonus_unit)?,
            time_zone: stored
                .time_zone
                .parse()
                .map_err(|_| CodecError::OutOfRange("a time zone"))?,
            default_country: stored.default_country.map(Country::from),
            redeem_hold_seconds: stored.redeem_hold_seconds,
            hold_from: stored.hold_from.into(),
            expire_after: stored.expire_after.into(),
            min_purchase_amount: money(stored.min_purchase_amount)?,
            max_redeem_percent: percent(stored.max_redeem_percent)?,
            redeem_step: bonus(stored.redeem_step)?,
            min_redeem: bonus(stored.min_redeem)?,
            redeem_max_per_receipt: optional(stored.redeem_max_per_receipt, bonus)?,
            redeem_from_app: stored.redeem_from_app,
            earn_while_redeeming: stored.earn_while_redeeming,
            accrue_on_bonus_part: stored.accrue_on_bonus_part,
            accrual_step: stored.accrual_step.into(),
            earn_max_per_receipt: optional(stored.earn_max_per_receipt, bonus)?,
            payment_type_without_gross: stored.payment_type_without_gross.into(),
            welcome_bonus: bonus(stored.welcome_bonus)?,
            welcome_hold_seconds: stored.welcome_hold_seconds,
            welcome_expire_after: stored.welcome_expire_after.into(),
            backdate_days_max: stored.backdate_days_max,
            backdate_before_join_hours: stored.backdate_before_join_hours,
            require_external_id: stored.require_external_id,
            signature_path: stored.signature_path.into(),
            tiers: all(stored.tiers, TierDraft::try_from)?,
            policy: Policy::default(),
        })
    }
}

impl<'a> From<&'a TierDraft> for StoredTierDraft<'a> {
    fn from(tier: &'a TierDraft) -> Self {
        Self {
            name: tier.name.as_str(),
            color: tier.color.as_str(),
            from_total_spent: tier.from_total_spent.cents(),
            bonus_percent: tier.bonus_percent.millionths(),
        }
    }
}

impl TryFrom<StoredTierDraft<'_>> for TierDraft {
    type Error = CodecError;

    fn try_from(stored: StoredTierDraft<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            name: text(stored.name)?,
            color: text(stored.color)?,
            from_total_spent: money(stored.from_total_spent)?,
            bonus_percent: percent(stored.bonus_percent)?,
        })
    }
}

impl<'a> From<&'a Tier> for StoredTier<'a> {
    fn from(tier: &'a Tier) -> Self {
        Self {
            id: tier.id.number(),
            tier: StoredTierDraft {
                name: tier.name.as_str(),
                color: tier.color.as_str(),
                from_total_spent: tier.from_total_spent.cents(),
                bonus_percent: tier.bonus_percent.millionths(),
            },
        }
    }
}

impl TryFrom<StoredTier<'_>> for Tier {
    type Error = CodecError;

    fn try_from(stored: StoredTier<'_>) -> Result<Self, CodecError> {
        let TierDraft { name, color, from_total_spent, bonus_percent } = stored.tier.try_into()?;
        Ok(Self { id: TierId(stored.id), name, color, from_total_spent, bonus_percent })
    }
}
