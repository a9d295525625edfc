//! A sale that is only asked about: decided as the sale would be, with what its figures follow from, and
//! thrown away. So a quote equals the sale that follows by construction.

use crate::ledger::account::Account;
use crate::ledger::category_rules::CategoryRules;
use crate::ledger::command::{Action, Command, LineInput};
use crate::ledger::decide::{SaleTerms, explain_sale};
use crate::ledger::event::AccountEvent;
use crate::ledger::facts::RedemptionFact;
use crate::ledger::invariants;
use crate::ledger::lot::LotOrigin;
use crate::ledger::refusal::Refusal;
use crate::ledger::rules::earn::{AccrualCap, AccrualTerms};
use crate::ledger::rules::expiry;
use crate::ledger::rules::spend_cap::RedeemLimit;
use crate::ledger::sale::{RecordedSale, Split};
use crate::ledger::settings::Tier;
use crate::ledger::step::StepError;
use crate::values::{SettingsVersion, Timestamp};

/// What a sale would do, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// The record that the sale would leave; its id is not taken.
    pub sale: RecordedSale,
    pub tier: Tier,
    /// The settings that the redemption goes by.
    pub redeemed_under: SettingsVersion,
    pub redeem_limit: RedeemLimit,
    pub accrual: AccrualTerms,
    /// When the accrual could be spent, if there is one.
    pub spendable: Option<Spendable>,
    /// Line by line.
    pub lines: Vec<LineReasons>,
    pub unlisted: Option<LineReasons>,
    /// Whether the sale needs the customer's code.
    pub needs_code: bool,
    /// Coupons that cannot be used: the quote leaves them out, the sale would be refused.
    pub coupon_refusals: Vec<Refusal>,
}

/// From when until when a lot can be spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spendable {
    pub activates_at: Timestamp,
    /// The first instant at which it can no longer be; `None`: always.
    pub expires_at: Option<Timestamp>,
}

/// Why a line has its figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineReasons {
    pub earn: EarnReason,
    pub redeem: RedeemReason,
}

/// What a line earns by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EarnReason {
    Tier,
    /// The tier, and promotions on top of it.
    Promotion,
    /// A rule for goods says that it earns nothing.
    NoEarn,
    /// The whole receipt earns nothing.
    Receipt,
}

/// What bonuses may pay of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedeemReason {
    /// Its part of what is redeemed.
    Open,
    /// Its part, down to the least price of the article.
    MinPrice,
    /// Nothing, by a rule for goods.
    NoRedeem,
}

impl Spendable {
    /// The end as it is shown: the last second of the last day.
    #[must_use]
    pub fn shown_until(&self) -> Option<Timestamp> {
        self.expires_at.map(expiry::shown)
    }
}

impl EarnReason {
    /// The name in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tier => "tier",
            Self::Promotion => "promotion",
            Self::NoEarn => "no_earn",
            Self::Receipt => "receipt",
        }
    }
}

impl RedeemReason {
    /// The name in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::MinPrice => "min_price",
            Self::NoRedeem => "no_redeem",
        }
    }
}

/// What a sale would do now; `None`: the command is no sale.
///
/// # Errors
/// What [`crate::ledger::step`] says of the same command.
pub fn quote(account: Option<&Account>, command: &Command) -> Result<Option<Quote>, StepError> {
    let Action::Sell(sell) = &command.action else { return Ok(None) };
    let (draft, terms) = explain_sale(account, sell, command)?;
    invariants::check(&draft.account).map_err(StepError::Broken)?;
    Ok(quoted(&draft.events, &terms))
}

fn quoted(events: &[AccountEvent], terms: &SaleTerms<'_>) -> Option<Quote> {
    let sale = events.iter().find_map(|event| {
        if let AccountEvent::SaleRecorded(sale) = event { Some(sale) } else { None }
    })?;
    let lines = (0_u16..).zip(&sale.lines);
    let lines = lines.map(|(index, line)| {
        let input = Some(&line.input);
        terms.reasons(input, &line.split, is_promoted(sale, Some(index)))
    });
    let unlisted = sale.unlisted.as_ref();
    let unlisted = unlisted.map(|split| terms.reasons(None, split, is_promoted(sale, None)));
    Some(Quote {
        tier: terms.tier.clone(),
        redeemed_under: terms.redeeming.version,
        redeem_limit: terms.redeem_limit,
        accrual: terms.accrual,
        spendable: events.iter().find_map(|event| spendable(event, sale)),
        lines: lines.collect(),
        unlisted,
        needs_code: terms
            .redeeming
            .rules
            .policy
            .guard
            .needs_code(sale.redeemed, RedemptionFact::redeemed_by(sale.completes.as_ref())),
        coupon_refusals: terms.coupon_refusals.clone(),
        sale: (**sale).clone(),
    })
}

fn is_promoted(sale: &RecordedSale, line: Option<u16>) -> bool {
    sale.promoted.iter().any(|promoted| promoted.line == line)
}

fn spendable(event: &AccountEvent, sale: &RecordedSale) -> Option<Spendable> {
    let AccountEvent::Credited(credit) = event else { return None };
    let spendable = Spendable { activates_at: credit.activates_at, expires_at: credit.expires_at };
    (credit.origin == LotOrigin::Sale(sale.id)).then_some(spendable)
}

impl SaleTerms<'_> {
    fn reasons(&self, line: Option<&LineInput>, split: &Split, promoted: bool) -> LineReasons {
        let earning = &self.earning.rules.policy.categories;
        let earn = if self.bars_the_receipt() {
            EarnReason::Receipt
        } else if line.is_some_and(|line| !earning.earns(line)) {
            EarnReason::NoEarn
        } else if promoted {
            EarnReason::Promotion
        } else {
            EarnReason::Tier
        };
        let redeeming = &self.redeeming.rules.policy.categories;
        let redeem = line.map_or(RedeemReason::Open, |line| redeem_reason(line, split, redeeming));
        LineReasons { earn, redeem }
    }

    fn bars_the_receipt(&self) -> bool {
        match self.accrual.capped_by {
            Some(
                AccrualCap::MinPurchaseAmount
                | AccrualCap::EarnWhileRedeeming
                | AccrualCap::Staff
                | AccrualCap::Certificate,
            ) => true,
            Some(AccrualCap::MaxPerReceipt | AccrualCap::MaxPerDay | AccrualCap::Step) | None => {
                false
            }
        }
    }
}

/// What an earlier redemption took of a line was taken before the line was known.
fn redeem_reason(line: &LineInput, split: &Split, goods: &CategoryRules) -> RedeemReason {
    if !goods.redeems(line) {
        let taken = !split.redeem_share.is_zero();
        return if taken { RedeemReason::Open } else { RedeemReason::NoRedeem };
    }
    if goods.least_paid(line).is_zero() { RedeemReason::Open } else { RedeemReason::MinPrice }
}
