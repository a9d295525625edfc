//! Records a sale of an old system: it counts for totals, tiers and history, redeems nothing, and earns
//! only where the operator says so, by the rules of its day.

use crate::ledger::command::Command;
use crate::ledger::decide::draft::{Draft, DraftError};
use crate::ledger::decide::record_sale::record;
use crate::ledger::decide::sale::Sale;
use crate::ledger::decide::sell::{accrue, later, split};
use crate::ledger::decide::settle::settle;
use crate::ledger::decide::vouchers::Coupons;
use crate::ledger::event::AccountEvent;
use crate::ledger::import::{ImportEvent, ImportSale};
use crate::ledger::refusal::Refusal;
use crate::ledger::rules::business_time::{self, SaleTime};
use crate::ledger::rules::earn::earn;
use crate::ledger::rules::funding::Funding;
use crate::ledger::rules::lines::Firm;
use crate::ledger::rules::payment::Payment;
use crate::ledger::rules::promotion::Rate;
use crate::ledger::rules::tier;
use crate::values::{Bonus, Money, Percent};

pub(super) fn decide(
    mut draft: Draft,
    import: &ImportSale,
    command: &Command,
) -> Result<Draft, DraftError> {
    let now = command.now;
    settle(&mut draft, now)?;
    let sale = admit(&mut draft, import, command)?;
    let shares = split(&sale, sale.payment, |_| Firm::Nothing)?;
    let receipt = sale.receipt(&shares);
    let promotions = &command.facts.promotions;
    let earned = if import.accrues {
        let earned = receipt.earnings(&draft.account, promotions);
        accrue(&mut draft, &sale, earned.accrued, now)?;
        draft.count(receipt.counted(&earned, promotions))?;
        earned
    } else {
        let count = shares.lines.len().saturating_add(1);
        let nothing = vec![Rate::plain(Percent::ZERO); count];
        earn(&shares, &nothing, &sale.earning.rules, None)
    };
    settle(&mut draft, now)?;
    let (batch, redeemed, id) = (import.batch, import.redeemed, sale.id);
    record(&mut draft, &sale, earned)?;
    let taken = ImportEvent::SaleTaken { batch, sale: id, redeemed };
    draft.record(AccountEvent::Import(taken))?;
    Ok(draft)
}

/// Neither the age of a sale nor the day on which its customer came stands in the way of history.
fn admit<'a>(
    draft: &mut Draft,
    import: &'a ImportSale,
    command: &'a Command,
) -> Result<Sale<'a>, DraftError> {
    let (sell, now) = (&*import.sell, command.now);
    let rules = &command.facts.settings.at(now).rules;
    let at = business_time::past_instant(sell.sale_date, rules, now)?;
    let account = &draft.account;
    if account.total_spent.checked_add(sell.total_amount).is_none() {
        return Err(Refusal::AmountTooLarge { field: "total_amount" }.into());
    }
    let earning = command.facts.settings.at(at);
    let tier = tier::tier_at(account, earning, at, &later(at, command));
    let coupons = Coupons::of(sell, &command.facts.vouchers, account, at);
    let total = sell.total_amount;
    let payment = Payment { total, redeemed: Bonus::ZERO, gift: Money::ZERO, order: total };
    Ok(Sale {
        id: draft.next_sale(),
        sell,
        completes: None,
        time: SaleTime { at, late: false },
        funding: Funding::default(),
        left: Bonus::ZERO,
        payment,
        gift_cards: Vec::new(),
        coupons,
        unlocked: Vec::new(),
        earning,
        tier,
    })
}
