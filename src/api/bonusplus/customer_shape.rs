//! The dialect's `Customer`: every field of it, null where nothing is known.

use super::guid::guid_of;
use super::person_shape::PersonShape;
use crate::api::amount::Amount;
use crate::api::bonex::date_time;
use crate::ledger::{AccountView, Tenant};
use crate::values::{Bonus, Money, Percent, Phone, Timestamp, ean13_of};
use serde::Serialize;

/// A customer as tills and shops of this dialect know them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CustomerShape<'v> {
    multiplicity_debit_bonus: Amount,
    phone: Option<String>,
    id: String,
    discount_card_type_id: u32,
    discount_card_number: Option<String>,
    discount_card_name: &'v str,
    parentphone: Option<String>,
    available_bonuses: Amount,
    not_active_bonuses: Amount,
    last_purchase_date: Option<String>,
    first_purchase_date: Option<String>,
    total_bonus_credit: Amount,
    total_bonus_debit: Amount,
    person: PersonShape,
    purchases_total_sum: Amount,
    purchases_sum_to_next_card: Option<Amount>,
    next_card_name: Option<&'v str>,
    regress_enabled: bool,
    bonus_debit_denided: bool,
    nearest_bonuses_expiration_amount: Option<Amount>,
    avg_purchases_total: Amount,
    nearest_bonuses_expiration_date: Option<String>,
    purchases_count: u64,
    confirmed: bool,
    invite_code: Option<String>,
    registration_source_id: Option<&'v str>,
    base_discount_percent: Amount,
    base_bonus_debit_percent: Amount,
    base_bonus_credit_percent: Amount,
    telegram_bot_status: Option<u32>,
    telegram_bot_registration_date: Option<String>,
    #[serde(rename = "eCardStatusID")]
    e_card_status_id: Option<u32>,
    #[serde(rename = "vkStatusID")]
    vk_status_id: Option<u32>,
    disable_all_messages: bool,
    is_blocked: bool,
    archived: bool,
}

impl<'v> CustomerShape<'v> {
    pub(super) fn new(
        view: &'v AccountView,
        tenant: &Tenant,
        now: Timestamp,
        parent: Option<Phone>,
    ) -> Self {
        let rules = &tenant.settings.at(now).rules;
        let shown = |at: Timestamp| date_time(at, rules);
        let nearest = nearest_expiry(view);
        let person = view.person.as_deref();
        let registration_source = person.and_then(|person| person.registration_source.as_ref());
        Self {
            multiplicity_debit_bonus: rules.redeem_step.into(),
            phone: view.phone.map(digits),
            id: guid_of(tenant.id, view.id),
            discount_card_type_id: view.tier.id.number(),
            discount_card_number: match &view.card {
                Some(card) => Some(card.as_str().to_owned()),
                None => ean13_of(view.id.number()),
            },
            discount_card_name: view.tier.name.as_str(),
            parentphone: parent.map(digits),
            available_bonuses: view.redeemable.into(),
            not_active_bonuses: view.held.into(),
            last_purchase_date: view.last_visit_at.map(shown),
            first_purchase_date: view.turnover.first_purchase_at.map(shown),
            total_bonus_credit: view.turnover.credited.into(),
            total_bonus_debit: view.turnover.debited.into(),
            person: PersonShape::new(view, tenant, now),
            purchases_total_sum: view.total_spent.into(),
            purchases_sum_to_next_card: view.projection.to_spend.map(Amount::from),
            next_card_name: view.projection.next.as_ref().map(|tier| tier.name.as_str()),
            regress_enabled: rules.policy.regress.window_days.is_some(),
            bonus_debit_denided: view.debit_denied,
            nearest_bonuses_expiration_amount: nearest.map(|(amount, _)| amount.into()),
            avg_purchases_total: average(view.total_spent, view.purchases).into(),
            nearest_bonuses_expiration_date: nearest.map(|(_, end)| shown(end.plus_seconds(-1))),
            purchases_count: view.purchases,
            confirmed: view.membership.confirmed_at.is_some(),
            invite_code: view.referral.code.map(|code| code.to_string()),
            registration_source_id: registration_source.map(|source| source.as_str()),
            base_discount_percent: Percent::ZERO.into(),
            base_bonus_debit_percent: rules.max_redeem_percent.into(),
            base_bonus_credit_percent: view.tier.bonus_percent.into(),
            telegram_bot_status: Some(u32::from(view.telegram.is_some())),
            telegram_bot_registration_date: None,
            e_card_status_id: person.and_then(|person| person.e_card_status),
            vk_status_id: person.and_then(|person| person.vk_status),
            disable_all_messages: person.is_some_and(|person| person.no_messages),
            is_blocked: view.blocked,
            archived: view.membership.archived_at.is_some(),
        }
    }
}

/// A phone as this dialect writes it.
pub(super) fn digits(phone: Phone) -> String {
    phone.number().to_string()
}

/// What expires first, and the first instant at which it can no longer be spent.
fn nearest_expiry(view: &AccountView) -> Option<(Bonus, Timestamp)> {
    let ends = || view.lots.iter().filter_map(|lot| Some((lot.remaining, lot.ends_at()?)));
    let first = ends().map(|(_, end)| end).min()?;
    let sum = Bonus::checked_sum(ends().filter(|(_, end)| *end == first).map(|(sum, _)| sum));
    Some((sum.unwrap_or(Bonus::MAX), first))
}

/// What a purchase came to on average, rounded half-up; nothing without purchases.
fn average(total: Money, purchases: u64) -> Money {
    let half = purchases.div_euclid(2);
    let cents = total.cents().saturating_add(half).checked_div(purchases).unwrap_or(0);
    Money::from_cents(cents).unwrap_or(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_average_is_rounded_half_up() {
        let check = |cents: u64, purchases: u64, expected: u64| {
            let total = Money::from_cents(cents).unwrap();
            assert_eq!(average(total, purchases).cents(), expected, "{cents} / {purchases}");
        };
        check(0, 0, 0);
        check(1_000, 3, 333);
        check(1_001, 2, 501);
        check(1_000, 0, 0);
        check(5, 3, 2);
    }
}
