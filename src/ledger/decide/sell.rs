//! Commits a sale: redeems what the till asks for, then accrues on the money paid.

use crate::ledger::account::Account;
use crate::ledger::category_rules::CategoryRules;
use crate::ledger::command::{Command, LineInput, RedemptionFact, Sell};
use crate::ledger::decide::cover::let_go;
use crate::ledger::decide::draft::{Draft, DraftError};
use crate::ledger::decide::earnings::Receipt;
use crate::ledger::decide::lots::{NewDebit, NewLot, credit, debit};
use crate::ledger::decide::reserve::open_reserve;
use crate::ledger::decide::settle::settle;
use crate::ledger::decide::{late_debit, referral};
use crate::ledger::event::{AccountEvent, CreditKind, DebitKind};
use crate::ledger::lot::{LotOrigin, Pool};
use crate::ledger::refusal::Refusal;
use crate::ledger::reserve::ReleaseReason;
use crate::ledger::rules::business_time::{self, SaleTime};
use crate::ledger::rules::daily::{self, Daily};
use crate::ledger::rules::earn::Earned;
use crate::ledger::rules::funding::{Funding, fund};
use crate::ledger::rules::lines::{self, Firm, PricedLine, Shares};
use crate::ledger::rules::payment::{self, Payment};
use crate::ledger::rules::spend_cap::{self, Spend};
use crate::ledger::rules::tier::Later;
use crate::ledger::rules::{expiry, maturity, tier};
use crate::ledger::sale::{RecordedLine, RecordedSale};
use crate::ledger::settings::{Settings, SettingsDraft, Tier};
use crate::values::{Bonus, Money, SaleId, Timestamp};

/// A sale on its way through the rules.
struct Sale<'a> {
    id: SaleId,
    sell: &'a Sell,
    completes: Option<&'a RedemptionFact>,
    time: SaleTime,
    funding: Funding,
    /// What is left in the reserve that the sale names.
    left: Bonus,
    payment: Payment,
    /// The rules of the business time, and the tier reached by then.
    earning: &'a Settings,
    tier: &'a Tier,
}

pub(super) fn decide(
    mut draft: Draft,
    sell: &Sell,
    command: &Command,
) -> Result<Draft, DraftError> {
    let now = command.now;
    settle(&mut draft, now)?;
    let sale = admit(&mut draft, sell, command)?;
    let today = &command.facts.settings.at(now).rules;
    let shares = share(&sale, &today.policy.categories)?;
    redeem(&mut draft, &sale, &shares, today, now)?;
    let receipt = sale.receipt(&shares);
    let promotions = &command.facts.promotions;
    let earned = receipt.earnings(&draft.account, promotions);
    accrue(&mut draft, &sale, earned.accrued, now)?;
    draft.count(receipt.counted(&earned, promotions))?;
    referral::complete(&mut draft, (sale.id, sale.payment.total), &sale.earning.rules, now)?;
    settle(&mut draft, now)?;
    record(&mut draft, &sale, earned)?;
    Ok(draft)
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
    if rules.require_external_id && sell.external_id.is_none() {
        return Err(Refusal::ExternalIdRequired.into());
    }
    let time = business_time::accept(sell.sale_date, rules, account.opened_at, command.now)?;
    let left = match &sell.reserve {
        Some(reserve) => open_reserve(draft, reserve)
            .ok_or_else(|| Refusal::ReserveNotOpen { reserve: reserve.clone() })?,
        None => Bonus::ZERO,
    };
    let funding = fund(sell.redeem, left, time.late, rules.policy.late.offline_debit)?;
    let completes = command.facts.completes.as_ref();
    if completes.is_some_and(|redemption| redemption.customer != account.id) {
        return Err(Refusal::RedemptionOfAnotherCustomer.into());
    }
    let payment = payment::agree(sell, completes, funding.unfunded, rules)?;
    if account.total_spent.checked_add(payment.total).is_none() {
        return Err(Refusal::AmountTooLarge { field: "total_amount" }.into());
    }
    let earning = command.facts.settings.at(time.at);
    let tier = tier::tier_at(account, earning, time.at, &later(time.at, command));
    let id = draft.next_sale();
    Ok(Sale { id, sell, completes, time, funding, left, payment, earning, tier })
}

impl Sale<'_> {
    fn receipt<'a>(&'a self, shares: &'a Shares) -> Receipt<'a> {
        Receipt {
            at: self.time.at,
            total: self.payment.total,
            redeemed: self.payment.redeemed,
            lines: &self.sell.lines,
            shares,
            settings: self.earning,
            tier: self.tier,
        }
    }
}

/// Splits money and bonuses over the lines. An earlier redemption did not know of them: where it does
/// not fit what bonuses may pay, and nothing more is redeemed, no line is held back from it.
fn share(sale: &Sale<'_>, goods: &CategoryRules) -> Result<Shares, DraftError> {
    let amounts: Option<Vec<Money>> = sale.sell.lines.iter().map(LineInput::amount).collect();
    let amounts = amounts.ok_or(Refusal::AmountTooLarge { field: "lines" })?;
    if Money::checked_sum(amounts.iter().copied()).is_none() {
        return Err(Refusal::AmountTooLarge { field: "lines" }.into());
    }
    let Payment { total, redeemed, .. } = sale.payment;
    let split = |firm: &dyn Fn(&LineInput) -> Firm| {
        let priced = sale.sell.lines.iter().zip(&amounts);
        let priced = priced.map(|(line, amount)| PricedLine { amount: *amount, firm: firm(line) });
        let on_bonus_part = sale.earning.rules.accrue_on_bonus_part;
        lines::share(&priced.collect::<Vec<_>>(), total, redeemed, on_bonus_part)
    };
    let shares = split(&|line| firm_of(line, goods));
    if redeemed > shares.room && sale.funding.redeemed().is_zero() {
        return Ok(split(&|_| Firm::Nothing));
    }
    Ok(shares)
}

fn firm_of(line: &LineInput, goods: &CategoryRules) -> Firm {
    if !goods.redeems(line) {
        return Firm::All;
    }
    let least = goods.least_paid(line);
    if least.is_zero() { Firm::Nothing } else { Firm::Least(least) }
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
    let spend = Spend {
        field,
        asked,
        before,
        order: sale.payment.order.saturating_sub(shares.excluded),
        redeemable: available(account, sale, rules)?,
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
) -> Result<Bonus, DraftError> {
    let mut parts = vec![account.redeemable(), sale.left];
    if sale.funding.overdraws {
        parts.push(late_debit::revertible(account, sale.time.at));
        parts.push(late_debit::may_owe(account, rules.policy.late.debt_max));
    }
    let too_large = Refusal::AmountTooLarge { field: "bonus_redeem_amount" };
    Ok(Bonus::checked_sum(parts).ok_or(too_large)?)
}

/// What happened after the business time of a sale: it counts for no earlier one (rule 21). Where returns
/// never take from the tier, what they gave back is in there still.
fn later(at: Timestamp, command: &Command) -> Later {
    let Some(past) = command.facts.past.filter(|past| past.after == at) else {
        return Later::default();
    };
    let drops = command.facts.settings.at(at).rules.policy.returns.tier_drop;
    let returned = if drops { past.returned_later } else { Money::ZERO };
    Later { spent: past.spent_later, returned }
}

fn accrue(
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

fn record(draft: &mut Draft, sale: &Sale<'_>, earned: Earned) -> Result<(), DraftError> {
    let sell = sale.sell;
    let lines = sell.lines.iter().cloned().zip(earned.lines);
    let recorded = RecordedSale {
        id: sale.id,
        at: sale.time.at,
        late: sale.time.late,
        total: sale.payment.total,
        gross: sell.gross_amount,
        redeem_mode: sell.redeem_mode,
        redeemed: sale.funding.redeemed(),
        completes: sale.completes.copied(),
        accrued: earned.accrued,
        tier: sale.tier.id,
        percent: sale.tier.bonus_percent,
        earned_under: sale.earning.version,
        unfunded: sale.funding.unfunded,
        external_id: sell.external_id.clone(),
        receipt_number: sell.receipt_number.clone(),
        payment_method: sell.payment_method.clone(),
        point_of_sale: sell.point_of_sale.clone(),
        lines: lines.map(|(input, split)| RecordedLine { input, split }).collect(),
        unlisted: earned.unlisted,
        balance_after: draft.account.balance(),
        promoted: earned.promoted,
    };
    draft.record(AccountEvent::SaleRecorded(Box::new(recorded)))
}
