//! The groups of a version's settings that differ from their defaults, as they are stored. The order
//! of variants and fields is the format: a later setting is a new variant at the end.

use crate::journal::codec::{BorrowDecode, CodecError, Decode, Encode};
use crate::journal::record::fields::{all, bonus, money, optional, text};
use crate::journal::record::guard::StoredGuardRules;
use crate::journal::record::rates::StoredRateRules;
use crate::journal::record::settings::StoredDays;
use crate::journal::record::support::StoredSupportRules;
use crate::ledger::{
    BirthdayRules, Brand, CategoryEffect, CategoryRule, CategoryRules, DailyLimits, DebtRules,
    ExtUnique, Goods, GuardRules, LateRules, NoticeRules, OfflineDebit, OverstockRules, PlusRules,
    Policy, PromotionRules, ReferralRules, RegressRules, ReserveRules, RetailRules, ReturnDebt,
    ReturnRules, UnknownCustomer,
};
use crate::values::{Bonus, Text};

/// One group.
#[derive(Debug, Encode, BorrowDecode)]
pub(in crate::journal) enum StoredPolicyPart<'a> {
    Brand {
        store_name: Option<&'a str>,
        logo_url: Option<&'a str>,
        primary_color: Option<&'a str>,
    },
    Returns {
        days_max: u32,
        restore_grace_days: u32,
        debt: StoredReturnDebt,
        tier_drop: bool,
    },
    Late {
        offline_debit: StoredOfflineDebit,
        debt_max: u64,
    },
    Debt {
        write_off_days: Option<u32>,
    },
    Reserve {
        deadline_seconds: u32,
    },
    Regress {
        window_days: Option<u32>,
    },
    Birthday {
        bonus: u64,
        expire_after: StoredDays,
    },
    Referral {
        inviter_bonus: u64,
        invitee_bonus: u64,
        min_amount: u64,
        hold_days: u32,
        expire_after: StoredDays,
        share_text: Option<&'a str>,
    },
    Daily {
        earn_max: Option<u64>,
        redeem_max: Option<u64>,
    },
    Notice {
        expiry_days: Option<u32>,
    },
    Promotion {
        stacking: bool,
    },
    Categories {
        rules: Vec<StoredCategoryRule<'a>>,
    },
    Overstock {
        push: bool,
    },
    Guard(StoredGuardRules),
    Plus {
        unknown_customer: StoredUnknownCustomer,
        reserve_deadline_seconds: u32,
    },
    Retail {
        ext_unique: StoredExtUnique,
    },
    Support(StoredSupportRules),
    Rates(StoredRateRules),
}

#[derive(Debug, Encode, BorrowDecode)]
pub(in crate::journal) struct StoredCategoryRule<'a> {
    goods: StoredGoods<'a>,
    effect: StoredCategoryEffect,
}

#[derive(Debug, Encode, BorrowDecode)]
enum StoredGoods<'a> {
    Category(&'a str),
    Sku(&'a str),
}

#[derive(Debug, Encode, Decode)]
enum StoredCategoryEffect {
    NoEarn,
    NoRedeem,
    Both,
    MinPrice(u64),
}

stored_words!(StoredExtUnique is ExtUnique { Lenient, Strict });
stored_words!(StoredReturnDebt is ReturnDebt { Debt, Clamp });
stored_words!(StoredUnknownCustomer is UnknownCustomer { PreconditionFailed, NotFound });
stored_words!(StoredOfflineDebit is OfflineDebit { Reject, AccrueOnly, AllowDebt });

/// The groups that say something.
pub(in crate::journal) fn parts_of(policy: &Policy) -> Vec<StoredPolicyPart<'_>> {
    let Policy {
        brand,
        returns,
        late,
        debt,
        reserve,
        regress,
        birthday,
        referral,
        daily,
        notice,
        promotion,
        categories,
        guard,
        overstock,
        plus,
        retail,
        rates,
        support,
    } = policy;
    [
        said(brand),
        said(returns),
        said(late),
        said(debt),
        said(reserve),
        said(regress),
        said(birthday),
        said(referral),
        said(daily),
        said(notice),
        said(promotion),
        said(categories),
        said(overstock),
        said(guard),
        said(plus),
        said(retail),
        said(support),
        said(rates),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A group, unless it is as by default.
fn said<'a, G: Default + PartialEq>(group: &'a G) -> Option<StoredPolicyPart<'a>>
where
    StoredPolicyPart<'a>: From<&'a G>,
{
    (*group != G::default()).then(|| group.into())
}

/// The policy that the groups make.
pub(in crate::journal) fn policy_of(
    parts: Vec<StoredPolicyPart<'_>>,
) -> Result<Policy, CodecError> {
    let mut policy = Policy::default();
    for part in parts {
        take(&mut policy, part)?;
    }
    Ok(policy)
}

fn take(policy: &mut Policy, part: StoredPolicyPart<'_>) -> Result<(), CodecError> {
    match part {
        StoredPolicyPart::Brand { store_name, logo_url, primary_color } => {
            policy.brand = Brand {
                store_name: optional(store_name, text)?,
                logo_url: optional(logo_url, text)?,
                primary_color: optional(primary_color, text)?,
            };
        }
        StoredPolicyPart::Returns { days_max, restore_grace_days, debt, tier_drop } => {
            let debt = debt.into();
            policy.returns = ReturnRules { days_max, restore_grace_days, debt, tier_drop };
        }
        StoredPolicyPart::Late { offline_debit, debt_max } => {
            policy.late =
                LateRules { offline_debit: offline_debit.into(), debt_max: bonus(debt_max)? };
        }
        StoredPolicyPart::Debt { write_off_days } => policy.debt = DebtRules { write_off_days },
        StoredPolicyPart::Reserve { deadline_seconds } => {
            policy.reserve = ReserveRules { deadline_seconds };
        }
        StoredPolicyPart::Regress { window_days } => policy.regress = RegressRules { window_days },
        StoredPolicyPart::Birthday { bonus: amount, expire_after } => {
            policy.birthday =
                BirthdayRules { bonus: bonus(amount)?, expire_after: expire_after.into() };
        }
        referral @ StoredPolicyPart::Referral { .. } => policy.referral = referral_of(referral)?,
        StoredPolicyPart::Daily { earn_max, redeem_max } => {
            policy.daily = DailyLimits {
                earn_max: optional(earn_max, bonus)?,
                redeem_max: optional(redeem_max, bonus)?,
            };
        }
        StoredPolicyPart::Notice { expiry_days } => policy.notice = NoticeRules { expiry_days },
        StoredPolicyPart::Promotion { stacking } => {
            policy.promotion = PromotionRules { stacking };
        }
        StoredPolicyPart::Categories { rules } => {
            policy.categories = CategoryRules { rules: all(rules, CategoryRule::try_from)? };
        }
        StoredPolicyPart::Overstock { push } => policy.overstock = OverstockRules { push },
        StoredPolicyPart::Guard(rules) => policy.guard = rules.try_into()?,
        StoredPolicyPart::Plus { unknown_customer, reserve_deadline_seconds } => {
            let unknown_customer = unknown_customer.into();
            policy.plus = PlusRules { unknown_customer, reserve_deadline_seconds };
        }
        StoredPolicyPart::Retail { ext_unique } => {
            policy.retail = RetailRules { ext_unique: ext_unique.into() };
        }
        StoredPolicyPart::Support(rules) => policy.support = rules.try_into()?,
        StoredPolicyPart::Rates(rules) => policy.rates = rules.into(),
    }
    Ok(())
}

fn referral_of(part: StoredPolicyPart<'_>) -> Result<ReferralRules, CodecError> {
    let StoredPolicyPart::Referral {
        inviter_bonus,
        invitee_bonus,
        min_amount,
        hold_days,
        expire_after,
        share_text,
    } = part
    else {
        return Err(CodecError::OutOfRange("a group of settings"));
    };
    Ok(ReferralRules {
        inviter_bonus: bonus(inviter_bonus)?,
        invitee_bonus: bonus(invitee_bonus)?,
        min_amount: money(min_amount)?,
        hold_days,
        expire_after: expire_after.into(),
        share_text: optional(share_text, text)?,
    })
}

fn words<const MAX: usize>(text: Option<&Text<MAX>>) -> Option<&str> {
    text.map(Text::as_str)
}

impl<'a> From<&'a Brand> for StoredPolicyPart<'a> {
    fn from(brand: &'a Brand) -> Self {
        Self::Brand {
            store_name: words(brand.store_name.as_ref()),
            logo_url: words(brand.logo_url.as_ref()),
            primary_color: words(brand.primary_color.as_ref()),
        }
    }
}

impl From<&ReturnRules> for StoredPolicyPart<'_> {
    fn from(rules: &ReturnRules) -> Self {
        let ReturnRules { days_max, restore_grace_days, debt, tier_drop } = *rules;
        Self::Returns { days_max, restore_grace_days, debt: debt.into(), tier_drop }
    }
}

impl From<&LateRules> for StoredPolicyPart<'_> {
    fn from(rules: &LateRules) -> Self {
        Self::Late { offline_debit: rules.offline_debit.into(), debt_max: rules.debt_max.cents() }
    }
}

impl From<&DebtRules> for StoredPolicyPart<'_> {
    fn from(rules: &DebtRules) -> Self {
        Self::Debt { write_off_days: rules.write_off_days }
    }
}

impl From<&ReserveRules> for StoredPolicyPart<'_> {
    fn from(rules: &ReserveRules) -> Self {
        Self::Reserve { deadline_seconds: rules.deadline_seconds }
    }
}

impl From<&RegressRules> for StoredPolicyPart<'_> {
    fn from(rules: &RegressRules) -> Self {
        Self::Regress { window_days: rules.window_days }
    }
}

impl From<&BirthdayRules> for StoredPolicyPart<'_> {
    fn from(rules: &BirthdayRules) -> Self {
        Self::Birthday { bonus: rules.bonus.cents(), expire_after: rules.expire_after.into() }
    }
}

impl<'a> From<&'a ReferralRules> for StoredPolicyPart<'a> {
    fn from(rules: &'a ReferralRules) -> Self {
        Self::Referral {
            inviter_bonus: rules.inviter_bonus.cents(),
            invitee_bonus: rules.invitee_bonus.cents(),
            min_amount: rules.min_amount.cents(),
            hold_days: rules.hold_days,
            expire_after: rules.expire_after.into(),
            share_text: words(rules.share_text.as_ref()),
        }
    }
}

impl From<&DailyLimits> for StoredPolicyPart<'_> {
    fn from(limits: &DailyLimits) -> Self {
        Self::Daily {
            earn_max: limits.earn_max.map(Bonus::cents),
            redeem_max: limits.redeem_max.map(Bonus::cents),
        }
    }
}

impl From<&NoticeRules> for StoredPolicyPart<'_> {
    fn from(rules: &NoticeRules) -> Self {
        Self::Notice { expiry_days: rules.expiry_days }
    }
}

impl From<&OverstockRules> for StoredPolicyPart<'_> {
    fn from(rules: &OverstockRules) -> Self {
        Self::Overstock { push: rules.push }
    }
}

impl From<&PromotionRules> for StoredPolicyPart<'_> {
    fn from(rules: &PromotionRules) -> Self {
        Self::Promotion { stacking: rules.stacking }
    }
}

impl From<&RetailRules> for StoredPolicyPart<'_> {
    fn from(rules: &RetailRules) -> Self {
        Self::Retail { ext_unique: rules.ext_unique.into() }
    }
}

impl<'a> From<&'a CategoryRules> for StoredPolicyPart<'a> {
    fn from(rules: &'a CategoryRules) -> Self {
        let stored = |rule: &'a CategoryRule| StoredCategoryRule {
            goods: match &rule.goods {
                Goods::Category(category) => StoredGoods::Category(category.as_str()),
                Goods::Sku(sku) => StoredGoods::Sku(sku.as_str()),
            },
            effect: match rule.effect {
                CategoryEffect::NoEarn => StoredCategoryEffect::NoEarn,
                CategoryEffect::NoRedeem => StoredCategoryEffect::NoRedeem,
                CategoryEffect::Both => StoredCategoryEffect::Both,
                CategoryEffect::MinPrice(price) => StoredCategoryEffect::MinPrice(price.cents()),
            },
        };
        Self::Categories { rules: rules.rules.iter().map(stored).collect() }
    }
}

impl From<&GuardRules> for StoredPolicyPart<'_> {
    fn from(rules: &GuardRules) -> Self {
        Self::Guard(rules.into())
    }
}

impl From<&PlusRules> for StoredPolicyPart<'_> {
    fn from(rules: &PlusRules) -> Self {
        let PlusRules { unknown_customer, reserve_deadline_seconds } = *rules;
        Self::Plus { unknown_customer: unknown_customer.into(), reserve_deadline_seconds }
    }
}

impl TryFrom<StoredCategoryRule<'_>> for CategoryRule {
    type Error = CodecError;

    fn try_from(stored: StoredCategoryRule<'_>) -> Result<Self, CodecError> {
        Ok(Self {
            goods: match stored.goods {
                StoredGoods::Category(category) => Goods::Category(text(category)?),
                StoredGoods::Sku(sku) => Goods::Sku(text(sku)?),
            },
            effect: match stored.effect {
                StoredCategoryEffect::NoEarn => CategoryEffect::NoEarn,
                StoredCategoryEffect::NoRedeem => CategoryEffect::NoRedeem,
                StoredCategoryEffect::Both => CategoryEffect::Both,
                StoredCategoryEffect::MinPrice(price) => CategoryEffect::MinPrice(money(price)?),
            },
        })
    }
}
