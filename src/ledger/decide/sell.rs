//! Commits a sale: redeems what the till asks for, then accrues on the money paid.

use crate::ledger::account::Account;
use crate::ledger::category_rules::CategoryRules;
use crate::ledger::command::{Command, LineInput, Sell};
use crate::ledger::decide::cover::let_go;
use crate::ledger::decide::draft::{Draft, DraftError};
use crate::ledger::decide::lots::{NewDebit, NewLot, credit, debit};
use crate::ledger::decide::record_sale::record;
use crate::ledger::decide::reserve::open_reserve;
use crate::ledger::decide::sale::{Admitted, Sale, SaleTerms};
use crate::ledger::decide::settle::settle;
use crate::ledger::decide::vouchers::Coupons;
use crate::ledger::decide::{late_debit, referral, vouchers};
use crate::ledger::event::{CreditKind, DebitKind};
use crate::ledger::facts::RedemptionFact;
use crate::ledger::lot::{LotOrigin, Pool};
use crate::ledger::policy::OfflineDebit;
use crate::ledger::refusal::Refusal;
use crate::ledger::reserve::ReleaseReason;
use crate::ledger::retail::Dialect;
use crate::ledger::rules::daily::{self, Daily};
use crate::ledger::rules::earn::AccrualTerms;
use crate::ledger::rules::funding::fund;
use crate::ledger::rules::gift_cards::share_with;
use crate::ledger::rules::guard::{self, RedeemBar};
use crate::ledger::rules::lines::{Firm, PricedLine, Shares};
use crate::ledger::rules::payment::{self, Payment};
use crate::ledger::rules::spend_cap::{self, Means, RedeemBound, RedeemLimit, Spend};
use crate::ledger::rules::tier::Later;
use crate::ledger::rules::{business_time, expiry, maturity, tier};
use crate::ledger::settings::SettingsDraft;
use crate::values::{Bonus, Money, Timestamp};

/// How many splits are tried for the most that may be redeemed; each is told less than the one before.
const SPLITS_MAX: usize = 4;

pub(super) fn decide(
    mut draft: Draft,
    sell: &Sell,
    command: &Command,
) -> Result<Draft, DraftError> {
    let admitted = prepare(&mut draft, sell, command)?;
    if let Some(refusal) = admitted.sale.coupons.refusals.first() {
        return Err(refusal.clone().into());
    }
    commit(&mut draft, &admitted, command)?;
    // A quote needs no code: it tells what can be had with one.
    let Admitted { sale, redeeming, .. } = &admitted;
    let before = RedemptionFact::redeemed_by(sale.completes);
    guard::confirm(sale.funding.redeemed(), before, sell.confirmation, &redeeming.rules)?;
    Ok(draft)
}

/// Decides, and tells what the figures follow from. Coupons that cannot be used are told of, too.
pub(super) fn explain<'a>(
    mut draft: Draft,
    sell: &'a Sell,
    command: &'a Command,
) -> Result<(Draft, SaleTerms<'a>), DraftError> {
    let admitted = prepare(&mut draft, sell, command)?;
    let redeem_limit = redeem_limit(&draft.account, &admitted, command.now)?;
    let accrual = commit(&mut draft, &admitted, command)?;
    let Admitted { sale: Sale { earning, tier, coupons, .. }, redeeming, .. } = admitted;
    let coupon_refusals = coupons.refusals;
    let terms = SaleTerms { earning, redeeming, tier, redeem_limit, accrual, coupon_refusals };
    Ok((draft, terms))
}

fn prepare<'a>(
    draft: &mut Draft,
    sell: &'a Sell,
    command: &'a Command,
) -> Result<Admitted<'a>, DraftError> {
    settle(draft, command.now)?;
    let sale = admit(draft, sell, command)?;
    let redeeming = command.facts.settings.at(command.now);
    let shares = share(&sale, &redeeming.rules.policy.categories)?;
    Ok(Admitted { sale, shares, redeeming })
}

fn commit(
    draft: &mut Draft,
    admitted: &Admitted<'_>,
    command: &Command,
) -> Result<AccrualTerms, DraftError> {
    let (Admitted { sale, shares, redeeming }, now) = (admitted, command.now);
    redeem(draft, sale, shares, &redeeming.rules, now)?;
    vouchers::use_up(draft, sale.id, (&sale.gift_cards, &sale.coupons.used), command)?;
    let receipt = sale.receipt(shares);
    let promotions = &command.facts.promotions;
    let earned = receipt.earnings(&draft.account, promotions);
    let terms = earned.terms;
    accrue(draft, sale, earned.accrued, now)?;
    draft.count(receipt.counted(&earned, promotions))?;
    draft.count(guard::sold(&redeeming.rules, now))?;
    if !draft.account.staff {
        referral::complete(draft, (sale.id, sale.payment.total), &sale.earning.rules, now)?;
    }
    settle(draft, now)?;
    record(draft, sale, earned)?;
    Ok(terms)
}

fn admit<'a>(
    draft: &mut Draft,
    sell: &'a Sell,
    command: &'a Command,
) -> Result<Sale<'a>, DraftError> {
    let rules = &command.facts.settings.at(command.now).rules;
    let account = &draft.account;
    if account.blocked {
        return Err(Refusal::CustomerBlocked.into());
    }
    if rules.require_external_id && sell.external_id.is_none() && !sell.is_calculation() {
        return Err(Refusal::ExternalIdRequired.into());
    }
    let time = business_time::accept(sell.sale_date, rules, account.opened_at, command.now)?;
    guard::admit_sale(account, time.late, rules, command.now)?;
    let left = match &sell.reserve {
        Some(reserve) => open_reserve(draft, reserve)
            .ok_or_else(|| Refusal::ReserveNotOpen { reserve: reserve.clone() })?,
        None => Bonus::ZERO,
    };
    let funding = fund(sell.redeem, left, time.late, rules.policy.late.offline_debit)?;
    let completes = command.facts.completes.as_ref();
    if completes.is_some_and(|redemption| !account.is(redemption.customer)) {
        return Err(Refusal::RedemptionOfAnotherCustomer.into());
    }
    let gift_cards = vouchers::merged(&sell.gift_cards)?;
    let payment = payment::agree(sell, completes, funding.unfunded, rules)?;
    if account.total_spent.checked_add(payment.total).is_none() {
        return Err(Refusal::AmountTooLarge { field: "total_amount" }.into());
    }
    let earning = command.facts.settings.at(time.at);
    let tier = tier::tier_at(account, earning, time.at, &later(time.at, command));
    let coupons = Coupons::of(sell, &command.facts.vouchers, account, time.at);
    let unlocked = coupons.unlocked();
    let id = draft.next_sale();
    Ok(Sale {
        id,
        sell,
        completes,
        time,
        funding,
        left,
        payment,
        gift_cards,
        coupons,
        unlocked,
        earning,
        tier,
    })
}

/// Splits money and bonuses over the lines. An earlier redemption did not know of them: where it does
/// not fit what bonuses may pay, and nothing more is redeemed, no line is held back from it.
fn share(sale: &Sale<'_>, goods: &CategoryRules) -> Result<Shares, DraftError> {
    let shares = split(sale, sale.payment, |line| firm_of(line, goods, sale.sell.dialect()))?;
    if sale.payment.redeemed > shares.room && sale.funding.redeemed().is_zero() {
        return split(sale, sale.payment, |_| Firm::Nothing);
    }
    Ok(shares)
}

pub(super) fn split(
    sale: &Sale<'_>,
    payment: Payment,
    firm: impl Fn(&LineInput) -> Firm,
) -> Result<Shares, DraftError> {
    let mut priced = Vec::with_capacity(sale.sell.lines.len());
    for line in &sale.sell.lines {
        let amount = line.amount().ok_or(Refusal::AmountTooLarge { field: "lines" })?;
        priced.push(PricedLine { amount, firm: firm(line) });
    }
    if Money::checked_sum(priced.iter().map(|line| line.amount)).is_none() {
        return Err(Refusal::AmountTooLarge { field: "lines" }.into());
    }
    let on_bonus_part = sale.earning.rules.accrue_on_bonus_part;
    let Payment { total, redeemed, gift, .. } = payment;
    Ok(share_with(&priced, (total, redeemed, gift), on_bonus_part))
}

fn firm_of(line: &LineInput, goods: &CategoryRules, dialect: Dialect) -> Firm {
    if !goods.redeems(line) {
        return Firm::All;
    }
    let least = goods.least_paid(line);
    match dialect {
        Dialect::Bonex if least.is_zero() => Firm::Nothing,
        Dialect::BonusPlus if least.is_zero() => Firm::NotACent,
        Dialect::Bonex | Dialect::BonusPlus => Firm::Least(least),
    }
}

/// The most that could be redeemed of the same order. Where lines are only a part of it, they are another
/// part when less is paid in money, so the split of what is told is tried, too.
fn redeem_limit(
    account: &Account,
    admitted: &Admitted<'_>,
    now: Timestamp,
) -> Result<RedeemLimit, DraftError> {
    let Admitted { sale, shares, redeeming } = admitted;
    let (rules, dialect) = (&redeeming.rules, sale.sell.dialect());
    let order = sale.payment.order;
    let redeemable = match rules.policy.late.offline_debit {
        OfflineDebit::Reject | OfflineDebit::AccrueOnly if sale.time.late => sale.left,
        OfflineDebit::Reject | OfflineDebit::AccrueOnly => available(account, sale, rules, false)?,
        OfflineDebit::AllowDebt => available(account, sale, rules, sale.time.late)?,
    };
    let before = RedemptionFact::redeemed_by(sale.completes);
    let limit_by = |shares: &Shares| {
        let means = Means {
            order,
            base: order.saturating_sub(shares.excluded),
            before,
            money_least: dialect.money_least(),
            room: Some(shares.room),
            gift: sale.payment.gift,
            redeemable,
            daily: Daily::of(&account.tallies, rules, now),
        };
        spend_cap::limit(&means, rules)
    };
    let mut limit = limit_by(shares);
    if let Some(bar) = RedeemBar::of(account, rules, now) {
        return Ok(limit.nothing(bar.bound()));
    }
    if sale.time.late && redeemable.is_zero() {
        return Ok(limit.nothing(RedeemBound::LateSale));
    }
    for _ in 0..SPLITS_MAX {
        let redeemed = limit.most.checked_add(before).unwrap_or(Bonus::MAX);
        let gift = sale.payment.gift;
        let total = order.saturating_sub(redeemed.as_money()).saturating_sub(gift);
        let payment = Payment { total, redeemed, gift, order };
        let goods = &rules.policy.categories;
        let next = limit_by(&split(sale, payment, |line| firm_of(line, goods, dialect))?);
        if next.most >= limit.most {
            return Ok(limit);
        }
        limit = next;
    }
    Ok(limit.nothing(RedeemBound::Lines))
}

fn redeem(
    draft: &mut Draft,
    sale: &Sale<'_>,
    shares: &Shares,
    rules: &SettingsDraft,
    now: Timestamp,
) -> Result<(), DraftError> {
    let asked = sale.funding.redeemed();
    if !asked.is_zero() {
        accept(&draft.account, sale, shares, rules, now)?;
    }
    if let Some(reserve) = &sale.sell.reserve {
        let_go(draft, reserve, sale.funding.reserve, ReleaseReason::Committed, now)?;
    }
    if sale.funding.overdraws {
        late_debit::revert(draft, sale.funding.balance, sale.time.at, now)?;
    }
    if !asked.is_zero() {
        let (transaction, sale) = (draft.next_transaction(), Some(sale.id));
        let new = NewDebit { transaction, kind: DebitKind::Redeem, sale, amount: asked };
        debit(draft, &new, now)?;
        draft.count(daily::redeemed(asked, rules, now))?;
    }
    if let Some(reserve) = &sale.sell.reserve {
        let rest = sale.left.saturating_sub(sale.funding.reserve);
        let_go(draft, reserve, rest, ReleaseReason::Rest, now)?;
    }
    settle(draft, now)
}

/// Whether what is redeemed is within every limit.
fn accept(
    account: &Account,
    sale: &Sale<'_>,
    shares: &Shares,
    rules: &SettingsDraft,
    now: Timestamp,
) -> Result<(), DraftError> {
    let (field, asked) = ("bonus_redeem_amount", sale.funding.redeemed());
    let before = RedemptionFact::redeemed_by(sale.completes);
    guard::admit_redemption(account, field, rules, now)?;
    let spend = Spend {
        field,
        asked,
        before,
        order: sale.payment.order.saturating_sub(shares.excluded),
        redeemable: available(account, sale, rules, sale.funding.overdraws)?,
        held: account.held(),
        daily: Daily::of(&account.tallies, rules, now),
    };
    spend_cap::accept(&spend, rules)?;
    if sale.payment.redeemed > shares.room {
        let cap = shares.room.saturating_sub(before).floor_to(rules.redeem_step);
        return Err(Refusal::RedeemOverCap { field, asked, cap }.into());
    }
    Ok(())
}

/// The balance part of the cap: what can be spent, what is left in the reserve that the sale names, and
/// where the sale may overdraw, what expired since and the debt that is allowed.
fn available(
    account: &Account,
    sale: &Sale<'_>,
    rules: &SettingsDraft,
    overdraws: bool,
) -> Result<Bonus, DraftError> {
    let mut parts = vec![account.redeemable(), sale.left];
    if overdraws {
        parts.push(late_debit::revertible(account, sale.time.at));
        parts.push(late_debit::may_owe(account, rules.policy.late.debt_max));
    }
    let too_large = Refusal::AmountTooLarge { field: "bonus_redeem_amount" };
    Ok(Bonus::checked_sum(parts).ok_or(too_large)?)
}

/// What happened after the business time of a sale: it counts for no earlier one (rule 21).
pub(super) fn later(at: Timestamp, command: &Command) -> Later {
    let past = command.facts.past.filter(|past| past.window.after == at);
    past.map_or_else(Later::default, |past| Later {
        spent: past.spent_later,
        returned: past.returned_later,
    })
}

pub(super) fn accrue(
    draft: &mut Draft,
    sale: &Sale<'_>,
    accrued: Bonus,
    now: Timestamp,
) -> Result<(), DraftError> {
    if accrued.is_zero() {
        return Ok(());
    }
    let rules = &sale.earning.rules;
    let activates_at = maturity::activates_at(sale.time.at, now, rules);
    let new = NewLot {
        transaction: draft.next_transaction(),
        kind: CreditKind::Accrual,
        pool: Pool::Main,
        origin: LotOrigin::Sale(sale.id),
        amount: accrued,
        activates_at,
        expires_at: expiry::expires_at(activates_at, rules.expire_after, rules.time_zone),
        field: "total_amount",
    };
    credit(draft, &new, now)
}
