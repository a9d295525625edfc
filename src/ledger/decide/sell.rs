//! Commits a sale: redeems what the till asks for, then accrues on the money paid.

use crate::ledger::command::{Command, LineInput, RedemptionFact, Sell};
use crate::ledger::decide::draft::{Draft, DraftError};
use crate::ledger::decide::lots::{NewDebit, NewLot, credit, debit};
use crate::ledger::decide::referral;
use crate::ledger::decide::settle::settle;
use crate::ledger::event::{AccountEvent, CreditKind, DebitKind};
use crate::ledger::lot::{LotOrigin, Pool};
use crate::ledger::refusal::Refusal;
use crate::ledger::rules::business_time::{self, SaleTime};
use crate::ledger::rules::earn::{Earned, earn};
use crate::ledger::rules::payment::{self, Payment};
use crate::ledger::rules::spend_cap::{self, Spend};
use crate::ledger::rules::{expiry, lines, maturity, tier};
use crate::ledger::sale::{RecordedLine, RecordedSale};
use crate::ledger::settings::{Settings, SettingsDraft, Tier};
use crate::values::{Bonus, Money, SaleId, Timestamp};

/// A sale on its way through the rules.
struct Sale<'a> {
    id: SaleId,
    sell: &'a Sell,
    completes: Option<&'a RedemptionFact>,
    time: SaleTime,
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
    redeem(&mut draft, &sale, &command.facts.settings.at(now).rules, now)?;
    let earned = earnings(&sale)?;
    accrue(&mut draft, &sale, earned.accrued, now)?;
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
    if time.late && !sell.redeem.is_zero() {
        return Err(Refusal::LateRedemption.into());
    }
    let completes = command.facts.completes.as_ref();
    if completes.is_some_and(|redemption| redemption.customer != account.id) {
        return Err(Refusal::RedemptionOfAnotherCustomer.into());
    }
    let payment = payment::agree(sell, completes, rules)?;
    if account.total_spent.checked_add(payment.total).is_none() {
        return Err(Refusal::AmountTooLarge { field: "total_amount" }.into());
    }
    let earning = command.facts.settings.at(time.at);
    let tier = tier::tier_at(account, earning, time.at, spent_later(time.at, command));
    Ok(Sale { id: draft.next_sale(), sell, completes, time, payment, earning, tier })
}

fn redeem(
    draft: &mut Draft,
    sale: &Sale<'_>,
    rules: &SettingsDraft,
    now: Timestamp,
) -> Result<(), DraftError> {
    let asked = sale.sell.redeem;
    if asked.is_zero() {
        return Ok(());
    }
    let spend = Spend {
        field: "bonus_redeem_amount",
        asked,
        before: RedemptionFact::redeemed_by(sale.completes),
        order: sale.payment.order,
        redeemable: draft.account.redeemable(),
        held: draft.account.held(),
    };
    spend_cap::accept(&spend, rules)?;
    let transaction = draft.next_transaction();
    let new = NewDebit { transaction, kind: DebitKind::Redeem, sale: Some(sale.id), amount: asked };
    debit(draft, &new, now)
}

fn earnings(sale: &Sale<'_>) -> Result<Earned, DraftError> {
    let rules = &sale.earning.rules;
    let amounts: Option<Vec<Money>> = sale.sell.lines.iter().map(LineInput::amount).collect();
    let amounts = amounts.ok_or(Refusal::AmountTooLarge { field: "lines" })?;
    if Money::checked_sum(amounts.iter().copied()).is_none() {
        return Err(Refusal::AmountTooLarge { field: "lines" }.into());
    }
    let Payment { total, redeemed, .. } = sale.payment;
    let shares = lines::share(&amounts, total, redeemed, rules.accrue_on_bonus_part);
    Ok(earn(&shares, sale.tier.bonus_percent, total, redeemed, rules))
}

/// What the customer spent after the business time of a sale: it counts for no earlier one (rule 21).
fn spent_later(at: Timestamp, command: &Command) -> Money {
    let later = command.facts.past.filter(|past| past.after == at);
    later.map_or(Money::ZERO, |past| past.spent_later)
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
        redeemed: sell.redeem,
        completes: sale.completes.copied(),
        accrued: earned.accrued,
        tier: sale.tier.id,
        percent: sale.tier.bonus_percent,
        earned_under: sale.earning.version,
        external_id: sell.external_id.clone(),
        receipt_number: sell.receipt_number.clone(),
        payment_method: sell.payment_method.clone(),
        point_of_sale: sell.point_of_sale.clone(),
        lines: lines.map(|(input, split)| RecordedLine { input, split }).collect(),
        unlisted: earned.unlisted,
        balance_after: draft.account.balance(),
    };
    draft.record(AccountEvent::SaleRecorded(Box::new(recorded)))
}
