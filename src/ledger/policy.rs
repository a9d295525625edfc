//! The settings beyond plain earning and spending, group by group, each with its defaults: a chain
//! that says nothing of them has none of what they switch on.

use crate::ledger::category_rules::{self, CategoryRules};
use crate::ledger::guard::GuardRules;
use crate::ledger::rates::RateRules;
use crate::ledger::refusal::Refusal;
use crate::ledger::settings::{Days, check_days, invalid};
use crate::values::{Balance, Bonus, Money, Text};

/// Longest period that is counted in days: a hundred years.
const PERIOD_DAYS_MAX: u32 = 36_525;
/// Longest deadline of a reserve, in seconds: a year.
const RESERVE_DEADLINE_SECONDS_MAX: u32 = 31_536_000;

/// All groups.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    pub brand: Brand,
    pub returns: ReturnRules,
    pub late: LateRules,
    pub debt: DebtRules,
    pub reserve: ReserveRules,
    pub regress: RegressRules,
    pub birthday: BirthdayRules,
    pub referral: ReferralRules,
    pub daily: DailyLimits,
    pub notice: NoticeRules,
    pub promotion: PromotionRules,
    pub categories: CategoryRules,
    pub overstock: OverstockRules,
    pub guard: GuardRules,
    pub plus: PlusRules,
    pub retail: RetailRules,
    pub support: SupportRules,
    pub rates: RateRules,
}

/// How the chain shows itself in its app.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Brand {
    /// `None`: the tenant's name.
    pub store_name: Option<Text<255>>,
    pub logo_url: Option<Text<2048>>,
    /// `#RRGGBB`.
    pub primary_color: Option<Text<7>>,
}

/// Returns of goods (section 4 of the rules).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnRules {
    /// How old a sale may be when it is returned.
    pub days_max: u32,
    /// How long restored bonuses can be spent at least, after the day of the return.
    pub restore_grace_days: u32,
    pub debt: ReturnDebt,
    /// Whether a return may take a tier away again.
    pub tier_drop: bool,
}

/// What becomes of a clawback that nothing covers (rule 17).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReturnDebt {
    #[default]
    Debt,
    Clamp,
}

/// Redemptions in sales that arrive late (rule 20).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LateRules {
    pub offline_debit: OfflineDebit,
    /// How far `AllowDebt` may go below what was there.
    pub debt_max: Bonus,
}

/// What becomes of a redemption in a late sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OfflineDebit {
    #[default]
    Reject,
    AccrueOnly,
    AllowDebt,
}

/// What becomes of debt (rule 17).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DebtRules {
    /// Written off so many days after it arose; `None`: never.
    pub write_off_days: Option<u32>,
}

/// Value set aside for a checkout (rule 12).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReserveRules {
    /// From the first amount put into the reserve; it never moves.
    pub deadline_seconds: u32,
}

/// Whether tiers are lost again (rule 28).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RegressRules {
    /// Only what was spent in so many days counts; `None`: all that ever was.
    pub window_days: Option<u32>,
}

/// The birthday bonus (rule 29); zero: none is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BirthdayRules {
    pub bonus: Bonus,
    pub expire_after: Days,
}

/// Rewards for bringing a friend (rule 29); zero: none is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferralRules {
    pub inviter_bonus: Bonus,
    pub invitee_bonus: Bonus,
    /// The invitee's first sale of at least this much pays both.
    pub min_amount: Money,
    pub hold_days: u32,
    pub expire_after: Days,
    /// What the app offers to send; `{code}` and `{url}` are filled in.
    pub share_text: Option<Text<1000>>,
}

/// What one customer may earn and redeem on one local day (rules 4 and 7).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DailyLimits {
    pub earn_max: Option<Bonus>,
    pub redeem_max: Option<Bonus>,
}

/// What customers are told ahead.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NoticeRules {
    /// How many days before bonuses expire; `None`: not at all.
    pub expiry_days: Option<u32>,
}

/// How promotions go together (rule 33).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PromotionRules {
    /// Whether all promotions of a line count, instead of its best one.
    pub stacking: bool,
}

/// What customers are told of goods that lie on the shelf too long.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OverstockRules {
    /// Whether a synchronisation that finds such goods tells of the promotions on them.
    pub push: bool,
}

/// What the BonusPlus dialect leaves to the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlusRules {
    pub unknown_customer: UnknownCustomer,
    /// As [`ReserveRules::deadline_seconds`], for reserves of this dialect.
    pub reserve_deadline_seconds: u32,
}

/// How the BonusPlus dialect answers for a customer whom nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnknownCustomer {
    /// 412, as the vendor does.
    #[default]
    PreconditionFailed,
    /// 404, as some plug-ins expect.
    NotFound,
}

impl Default for PlusRules {
    fn default() -> Self {
        Self { unknown_customer: UnknownCustomer::default(), reserve_deadline_seconds: 86_400 }
    }
}

/// Sales in the BonusPlus dialect (rule 19).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RetailRules {
    pub ext_unique: ExtUnique,
}

/// Whether an item's id may occur again in another receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ExtUnique {
    /// It may, but then no longer names an item by itself.
    #[default]
    Lenient,
    Strict,
}

/// What operators of the role support may do here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SupportRules {
    /// The largest correction of a balance, either way; zero: none at all.
    pub adjust_max: Bonus,
}

impl SupportRules {
    /// Whether they may correct a balance by this much.
    #[must_use]
    pub fn may_adjust(&self, amount: Balance) -> bool {
        amount.magnitude().is_some_and(|amount| amount <= self.adjust_max)
    }
}

impl Default for ReturnRules {
    fn default() -> Self {
        Self { days_max: 365, restore_grace_days: 14, debt: ReturnDebt::Debt, tier_drop: true }
    }
}

impl Default for ReserveRules {
    fn default() -> Self {
        Self { deadline_seconds: 604_800 }
    }
}

impl Default for BirthdayRules {
    fn default() -> Self {
        Self { bonus: Bonus::ZERO, expire_after: Days::Days(30) }
    }
}

impl Default for ReferralRules {
    fn default() -> Self {
        Self {
            inviter_bonus: Bonus::ZERO,
            invitee_bonus: Bonus::ZERO,
            min_amount: Money::ZERO,
            hold_days: 14,
            expire_after: Days::Days(365),
            share_text: None,
        }
    }
}

/// Checks the figures of all groups.
///
/// # Errors
/// [`Refusal::SettingsInvalid`] naming the field.
pub(super) fn check(policy: &Policy) -> Result<(), Refusal> {
    let at_most = |field: &'static str, value: u32, most: u32| {
        if value <= most { Ok(()) } else { Err(invalid(field, format!("must be at most {most}"))) }
    };
    let days = |field, days| at_most(field, days, PERIOD_DAYS_MAX);
    let some_days = |field, value: Option<u32>| days(field, value.unwrap_or(0));
    check_color(&policy.brand)?;
    category_rules::check(&policy.categories)?;
    days("return_days_max", policy.returns.days_max)?;
    days("restore_grace_days", policy.returns.restore_grace_days)?;
    some_days("debt_write_off_days", policy.debt.write_off_days)?;
    check_deadline("reserve_deadline_seconds", policy.reserve.deadline_seconds)?;
    let deadline = policy.plus.reserve_deadline_seconds;
    check_deadline("bonusplus_reserve_deadline_seconds", deadline)?;
    some_days("tier_window_days", policy.regress.window_days)?;
    check_days("birthday_expire_after", policy.birthday.expire_after)?;
    days("referral_hold_days", policy.referral.hold_days)?;
    check_days("referral_expire_after", policy.referral.expire_after)?;
    some_days("expiry_notice_days", policy.notice.expiry_days)?;
    check_guard(&policy.guard)
}

/// A customer's first sale of a day is never one too many.
fn check_guard(guard: &GuardRules) -> Result<(), Refusal> {
    let at_least_two = |field: &'static str, from: u32| {
        if from >= 2 { Ok(()) } else { Err(invalid(field, "must be at least 2".into())) }
    };
    at_least_two("sales_per_day_report_from", guard.sales_per_day_report_from)?;
    match guard.sales_per_day_refuse_from {
        Some(from) => at_least_two("sales_per_day_refuse_from", from),
        None => Ok(()),
    }
}

fn check_deadline(field: &'static str, seconds: u32) -> Result<(), Refusal> {
    match seconds {
        0 => Err(invalid(field, "must be at least 1".into())),
        1..=RESERVE_DEADLINE_SECONDS_MAX => Ok(()),
        _ => Err(invalid(field, format!("must be at most {RESERVE_DEADLINE_SECONDS_MAX}"))),
    }
}

fn check_color(brand: &Brand) -> Result<(), Refusal> {
    let fits = |color: &Text<7>| {
        color.as_str().strip_prefix('#').is_some_and(|digits| {
            digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    };
    if brand.primary_color.as_ref().is_none_or(fits) {
        return Ok(());
    }
    Err(invalid("primary_color", "must be a color such as #0E7C66".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn support_corrects_little_and_by_default_nothing() {
        for (most, amount, may) in [
            (0, 1, false),
            (0, -1, false),
            (500, 500, true),
            (500, -500, true),
            (500, 501, false),
            (500, -501, false),
            (500, i64::MIN, false),
        ] {
            let rules = SupportRules { adjust_max: Bonus::from_cents(most).unwrap() };
            assert_eq!(rules.may_adjust(Balance::from_cents(amount)), may, "{most} {amount}");
        }
    }

    #[test]
    fn a_wrong_figure_is_refused_by_name() {
        let refuse = |change: fn(&mut Policy), expected: Option<&str>| {
            let mut policy = Policy::default();
            change(&mut policy);
            let refused = check(&policy).err();
            assert_eq!(refused.as_ref().and_then(Refusal::field), expected);
        };
        let color = |text: &str| Some(Text::parse(text).unwrap());
        assert!(check(&Policy::default()).is_ok());
        let mut policy = Policy::default();
        for (text, fits) in [("#0E7C66", true), ("0E7C66", false), ("#0E7C6G", false), ("#", false)]
        {
            policy.brand.primary_color = color(text);
            assert_eq!(check(&policy).is_ok(), fits, "{text}");
        }
        refuse(|policy| policy.returns.days_max = 36_525, None);
        refuse(|policy| policy.returns.days_max = 36_526, Some("return_days_max"));
        refuse(|policy| policy.returns.restore_grace_days = 36_526, Some("restore_grace_days"));
        refuse(|policy| policy.debt.write_off_days = Some(36_526), Some("debt_write_off_days"));
        refuse(|policy| policy.reserve.deadline_seconds = 0, Some("reserve_deadline_seconds"));
        refuse(
            |policy| policy.reserve.deadline_seconds = 31_536_001,
            Some("reserve_deadline_seconds"),
        );
        refuse(
            |policy| policy.plus.reserve_deadline_seconds = 0,
            Some("bonusplus_reserve_deadline_seconds"),
        );
        refuse(|policy| policy.regress.window_days = Some(36_526), Some("tier_window_days"));
        refuse(
            |policy| policy.birthday.expire_after = Days::Days(36_526),
            Some("birthday_expire_after_days"),
        );
        refuse(|policy| policy.referral.hold_days = 36_526, Some("referral_hold_days"));
        refuse(
            |policy| policy.referral.expire_after = Days::Months(1_201),
            Some("referral_expire_after_months"),
        );
        refuse(|policy| policy.notice.expiry_days = Some(36_526), Some("expiry_notice_days"));
        refuse(
            |policy| policy.guard.sales_per_day_report_from = 1,
            Some("sales_per_day_report_from"),
        );
        refuse(|policy| policy.guard.sales_per_day_refuse_from = Some(2), None);
        refuse(
            |policy| policy.guard.sales_per_day_refuse_from = Some(1),
            Some("sales_per_day_refuse_from"),
        );
    }
}
