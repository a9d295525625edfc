//! Returns a sale or a part of it: claws back what it earned, restores what it redeemed, and undoes what
//! it counted for (section 4 of the rules).

use crate::ledger::command::Command;
use crate::ledger::decide::claw_back::{NewClawback, TakenBack, claw_back};
use crate::ledger::decide::draft::{Draft, DraftError};
use crate::ledger::decide::referral;
use crate::ledger::decide::restore::{NewRestoration, first_of, restore};
use crate::ledger::decide::settle::settle;
use crate::ledger::decide::vouchers::{self, GivenBack};
use crate::ledger::event::AccountEvent;
use crate::ledger::lot::LotOrigin;
use crate::ledger::refund::{Extent, LineName, Portion, Refund};
use crate::ledger::refusal::Refusal;
use crate::ledger::retail::Dialect;
use crate::ledger::returnable::Returnable;
use crate::ledger::returned::{RecordedReturn, ReturnedPart, Shares};
use crate::ledger::rules::fixed_bonus::{self, FixedBonus};
use crate::ledger::rules::returns::{Unreturned, clawback_due};
use crate::ledger::rules::{business_time, expiry, limits_back};
use crate::ledger::sale::{RecordedLine, SaleRecord};
use crate::ledger::settings::SettingsDraft;
use crate::values::{Bonus, LotId, Money, SaleId, Timestamp};

/// A return on its way through the rules.
struct Return<'a> {
    id: SaleId,
    refund: &'a Refund,
    sale: &'a Returnable,
    rules: &'a SettingsDraft,
    at: Timestamp,
    parts: Vec<ReturnedPart>,
    shares: Shares,
    /// Beyond the shares.
    fixed_bonus: Bonus,
    completes: bool,
}

/// What was moved by a return.
struct Moved {
    taken: TakenBack,
    restored: Bonus,
    beside: GivenBack,
}

impl Return<'_> {
    /// What of the sale's accrual goes back.
    fn accrual(&self) -> Bonus {
        let own = self.shares.accrual;
        own.checked_add(self.fixed_bonus).unwrap_or(own)
    }
}

pub(super) fn decide(
    mut draft: Draft,
    refund: &Refund,
    command: &Command,
) -> Result<Draft, DraftError> {
    let now = command.now;
    let field = refund.sale.field();
    let sale = command.facts.returned.as_deref().ok_or(Refusal::SaleNotFound { field })?;
    let own = own_lots(&draft, sale);
    settle(&mut draft, now)?;
    let expired = sale.expired.checked_add(expired_of(&draft, &own)).unwrap_or(sale.expired);
    let returned = admit(&mut draft, refund, sale, command)?;
    let new = NewClawback {
        sale: sale.record.id(),
        due: clawback_due(sale, returned.accrual(), expired),
        uncovered: draft.account.return_debt(returned.rules.policy.returns.debt),
    };
    let taken = claw_back(&mut draft, &new, now)?;
    let restored = give_back(&mut draft, &returned, now)?;
    let beside = give_back_vouchers(&mut draft, &returned, command)?;
    test_referral(&mut draft, &returned, command)?;
    settle(&mut draft, now)?;
    make_room(&mut draft, &returned, (taken.reversed, restored))?;
    record(&mut draft, returned, Moved { taken, restored, beside })?;
    Ok(draft)
}

fn own_lots(draft: &Draft, sale: &Returnable) -> Vec<LotId> {
    let origin = LotOrigin::Sale(sale.record.id());
    draft.account.lots.iter().filter(|lot| lot.origin == origin).map(|lot| lot.id).collect()
}

/// What of the sale's own lots expired in this very command, before the return.
fn expired_of(draft: &Draft, own: &[LotId]) -> Bonus {
    let expired = draft.events.iter().filter_map(|event| {
        if let AccountEvent::LotExpired { lot, amount, .. } = event {
            return own.contains(lot).then_some(*amount);
        }
        None
    });
    Bonus::checked_sum(expired).unwrap_or_default()
}

fn admit<'a>(
    draft: &mut Draft,
    refund: &'a Refund,
    sale: &'a Returnable,
    command: &'a Command,
) -> Result<Return<'a>, DraftError> {
    let field = refund.sale.field();
    let rules = &command.facts.settings.at(command.now).rules;
    let has_ids = refund.dialect == Dialect::Bonex && !refund.takes_back_import;
    if rules.require_external_id && has_ids && refund.external_id.is_none() {
        return Err(Refusal::ExternalRefundIdRequired.into());
    }
    if !draft.account.is(sale.customer) {
        return Err(Refusal::SaleOfAnotherCustomer { field }.into());
    }
    if let SaleRecord::Return(returned) = &sale.record {
        return Err(Refusal::ReturnOfReturn { sale: returned.id, field }.into());
    }
    if let Some(by) = sale.completed_by {
        return Err(Refusal::RedemptionCompleted { by, field }.into());
    }
    let sold_at = sale.record.at();
    let at = if refund.takes_back_import {
        command.now
    } else {
        business_time::accept_return(refund.refund_date, rules, sold_at, command.now)?
    };
    let mut unreturned = Unreturned::of(sale, fixed_bonuses(sale, command));
    if unreturned.is_nothing() {
        return Err(Refusal::NothingLeftToReturn { field }.into());
    }
    let parts = take(&mut unreturned, refund, sale)?;
    unreturned.withdraw();
    let shares = Shares::sum(&parts);
    let fixed_bonus = accrual_left_behind(&unreturned, sale, shares.accrual);
    let (id, completes) = (draft.next_sale(), unreturned.is_nothing());
    Ok(Return { id, refund, sale, rules, at, parts, shares, fixed_bonus, completes })
}

/// The fixed bonuses that are tested again.
fn fixed_bonuses(sale: &Returnable, command: &Command) -> Vec<FixedBonus> {
    let SaleRecord::Purchase(sale) = &sale.record else { return Vec::new() };
    let goods = &command.facts.settings.at(sale.at).rules.policy.categories;
    fixed_bonus::earned_by(sale, &command.facts.promotions.all, goods)
}

/// What goes back besides the shares of the parts of this and of earlier returns.
fn accrual_left_behind(unreturned: &Unreturned, sale: &Returnable, shares: Bonus) -> Bonus {
    let before = sale.returns.iter().map(|returned| returned.accrual);
    let told = Bonus::checked_sum(before.chain([shares])).unwrap_or(Bonus::MAX);
    unreturned.accrual_back().saturating_sub(told)
}

/// The parts that come back.
fn take(
    unreturned: &mut Unreturned,
    refund: &Refund,
    sale: &Returnable,
) -> Result<Vec<ReturnedPart>, Refusal> {
    let lines = lines_of(sale);
    match &refund.portion {
        Portion::Whole => Ok(unreturned.take_all()),
        Portion::Lines(_) if lines.is_empty() => Err(Refusal::ReturnWithoutLines),
        Portion::Lines(asked) => asked
            .iter()
            .map(|line| {
                let index = index_of(&line.line, lines)?;
                let taken = unreturned.take(Some(index), line.extent);
                taken.ok_or(Refusal::OverReturn { field: "lines" })
            })
            .collect(),
        Portion::Amount(_) if !lines.is_empty() => Err(Refusal::ReturnNeedsLines),
        Portion::Amount(amount) => {
            let taken = unreturned.take(None, Extent::Amount(*amount));
            taken.map(|part| vec![part]).ok_or(Refusal::OverReturn { field: "amount" })
        }
    }
}

fn lines_of(sale: &Returnable) -> &[RecordedLine] {
    match &sale.record {
        SaleRecord::Purchase(sale) => &sale.lines,
        SaleRecord::Redemption(_) | SaleRecord::Return(_) => &[],
    }
}

/// The index of a line from 0.
fn index_of(name: &LineName, lines: &[RecordedLine]) -> Result<u32, Refusal> {
    let numbered = (0_u32..).zip(lines);
    match name {
        LineName::Number(number) => {
            let index = number.checked_sub(1).ok_or(Refusal::LineUnknown)?;
            let mut named = numbered.filter(|(at, _)| *at == index);
            named.next().map(|(index, _)| index).ok_or(Refusal::LineUnknown)
        }
        LineName::Sku(sku) => {
            let mut named = numbered.filter(|(_, line)| line.input.sku.as_ref() == Some(sku));
            let (index, _) = named.next().ok_or(Refusal::LineUnknown)?;
            if named.next().is_some() { Err(Refusal::SkuNotUnique) } else { Ok(index) }
        }
    }
}

/// Restores what the returned part redeemed, as far as it was not given back before: of a redemption
/// that was returned in part and completed afterwards, only the rest is left. A customer who was forgotten
/// gets nothing back but money.
fn give_back(
    draft: &mut Draft,
    returned: &Return<'_>,
    now: Timestamp,
) -> Result<Bonus, DraftError> {
    if draft.account.is_forgotten() {
        return Ok(Bonus::ZERO);
    }
    let grace_until = returned.grace_until();
    let new = NewRestoration {
        sale: returned.sale.record.id(),
        slices: first_of(returned.sale.unrestored(), returned.shares.redeem_share),
        grace_until,
    };
    restore(draft, new, now)
}

impl Return<'_> {
    /// Until when what comes back can be spent at least.
    fn grace_until(&self) -> Timestamp {
        let grace_days = self.rules.policy.returns.restore_grace_days;
        expiry::end_after_days(self.at, grace_days, self.rules.time_zone)
    }
}

/// Gives the returned part's share of gift cards back to them; coupons only with all of the sale.
fn give_back_vouchers(
    draft: &mut Draft,
    returned: &Return<'_>,
    command: &Command,
) -> Result<GivenBack, DraftError> {
    let Return { id, sale, completes, shares, .. } = returned;
    let grace_until = returned.grace_until();
    let extent = (shares.gift_share, *completes);
    Ok(vouchers::give_back(draft, (*id, sale), extent, grace_until, command)?)
}

/// Whether what remains of a purchase still completes the referral that it completed (rule 25).
fn test_referral(
    draft: &mut Draft,
    returned: &Return<'_>,
    command: &Command,
) -> Result<(), DraftError> {
    let SaleRecord::Purchase(sale) = &returned.sale.record else { return Ok(()) };
    let before = returned.sale.returns.iter().map(|earlier| earlier.money);
    let gone = Money::checked_sum(before.chain([returned.shares.money])).unwrap_or(sale.total);
    let remaining = sale.total.saturating_sub(gone);
    let rules = &command.facts.settings.at(sale.at).rules;
    referral::test_again(draft, (sale.id, remaining), rules, command.now)
}

/// What the sale counted for under limits, as far as it was undone: reversed and restored.
fn make_room(
    draft: &mut Draft,
    returned: &Return<'_>,
    (reversed, restored): (Bonus, Bonus),
) -> Result<(), DraftError> {
    let moved = limits_back::Moved { reversed, restored, completes: returned.completes };
    let back = limits_back::given_back(returned.sale, moved);
    if back.is_empty() { Ok(()) } else { draft.record(AccountEvent::LimitsGivenBack(back)) }
}

fn record(draft: &mut Draft, returned: Return<'_>, moved: Moved) -> Result<(), DraftError> {
    let accrual = returned.accrual();
    let Return { id, refund, sale, rules, at, parts, shares, fixed_bonus, completes } = returned;
    let TakenBack { reversed, let_go } = moved.taken;
    let recorded = RecordedReturn {
        id,
        of: sale.record.id(),
        of_kind: sale.record.kind(),
        sold_at: sale.record.at(),
        at,
        parts,
        money: shares.money,
        restored: moved.restored,
        accrual,
        fixed_bonus,
        reversed,
        already_expired: accrual.saturating_sub(reversed).saturating_sub(let_go),
        let_go,
        completes,
        drops_tier: rules.policy.returns.tier_drop,
        external_id: refund.external_id.clone(),
        point_of_sale: refund.point_of_sale.clone(),
        reason: refund.reason.clone(),
        balance_after: draft.account.balance(),
        gift_cards: moved.beside.gift_cards,
        coupons: moved.beside.coupons,
    };
    draft.record(AccountEvent::ReturnRecorded(Box::new(recorded)))
}
