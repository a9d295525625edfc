//! How the amounts of a sale fit together: gross, money, bonuses now and bonuses redeemed before
//! (rules 6 and 8).

use crate::ledger::command::{RedeemMode, Sell};
use crate::ledger::facts::RedemptionFact;
use crate::ledger::refusal::Refusal;
use crate::ledger::retail::Dialect;
use crate::ledger::settings::{PaymentTypeWithoutGross, SettingsDraft};
use crate::values::{Bonus, Money};

/// What one cent of rounding between two systems may differ.
const TOLERANCE: Money = Money::CENT;

/// The agreed amounts of a sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ledger) struct Payment {
    /// Money really paid, at least [`Dialect::money_least`].
    pub total: Money,
    /// Bonuses of this sale and of the redemption it completes.
    pub redeemed: Bonus,
    /// What gift cards pay.
    pub gift: Money,
    /// Money, all bonuses and gift cards: what the cap is a percent of.
    pub order: Money,
}

/// Finds the money paid and checks it against gross and order amount. What is `unfunded` of the bonuses
/// is a price cut: it was given, but pays for nothing.
pub(in crate::ledger) fn agree(
    sell: &Sell,
    completes: Option<&RedemptionFact>,
    unfunded: Bonus,
    rules: &SettingsDraft,
) -> Result<Payment, Refusal> {
    match sell.dialect() {
        Dialect::Bonex => agree_on_total(sell, completes, unfunded, rules),
        Dialect::BonusPlus => agree_on_items(sell, unfunded),
    }
}

/// The items are the order, and bonuses and gift cards may pay all of it. More bonuses than all of it are
/// over every cap.
fn agree_on_items(sell: &Sell, unfunded: Bonus) -> Result<Payment, Refusal> {
    let order = sell.items_total().ok_or(Refusal::AmountTooLarge { field: "items" })?;
    let gift = sell.gift_total().ok_or(Refusal::AmountTooLarge { field: "giftCards" })?;
    let left = order.saturating_sub(sell.redeem.as_money());
    if gift > left {
        return Err(Refusal::GiftCardsOverReceipt { asked: gift, left });
    }
    Ok(Payment {
        total: left.saturating_sub(gift),
        gift,
        redeemed: sell.redeem.saturating_sub(unfunded),
        order: order.saturating_sub(unfunded.as_money()),
    })
}

fn agree_on_total(
    sell: &Sell,
    completes: Option<&RedemptionFact>,
    unfunded: Bonus,
    rules: &SettingsDraft,
) -> Result<Payment, Refusal> {
    let too_large = Refusal::AmountTooLarge { field: "total_amount" };
    let before = RedemptionFact::redeemed_by(completes);
    let redeemed = sell.redeem.checked_add(before).ok_or(too_large.clone())?;
    let total = money_paid(sell, redeemed, rules)?;
    let bare = total.checked_add(redeemed.as_money()).ok_or(too_large.clone())?;
    let gift = sell.gift_total().ok_or(too_large.clone())?;
    let order = bare.checked_add(gift).ok_or(too_large)?;
    // What gross and order amount must reach, moved by the tolerance towards what is there.
    let least = order.saturating_sub(TOLERANCE);
    let least_bare = bare.saturating_sub(TOLERANCE);
    match sell.gross_amount {
        Some(gross) if !redeemed.is_zero() && gross < least_bare => {
            return Err(Refusal::GrossAmountTooSmall { gross, redeemed, total });
        }
        Some(gross) if !gift.is_zero() && gross < least => {
            let left = gross.saturating_sub(bare);
            return Err(Refusal::GiftCardsOverReceipt { asked: gift, left });
        }
        Some(_) | None => {}
    }
    if let Some(redemption) = completes.filter(|redemption| redemption.order_total < least) {
        let RedemptionFact { sale, order_total, .. } = *redemption;
        return Err(Refusal::OrderAmountExceeded { sale, total, redeemed, order_total });
    }
    let funded = redeemed.saturating_sub(unfunded);
    let order = order.saturating_sub(unfunded.as_money());
    Ok(Payment { total, redeemed: funded, gift, order })
}

fn money_paid(sell: &Sell, redeemed: Bonus, rules: &SettingsDraft) -> Result<Money, Refusal> {
    let ambiguous = sell.redeem_mode == RedeemMode::PaymentType
        && sell.gross_amount.is_none()
        && !redeemed.is_zero();
    let paid = match rules.payment_type_without_gross {
        PaymentTypeWithoutGross::Refuse if ambiguous => return Err(Refusal::GrossAmountMissing),
        PaymentTypeWithoutGross::Gross if ambiguous => {
            sell.total_amount.saturating_sub(redeemed.as_money())
        }
        PaymentTypeWithoutGross::Refuse
        | PaymentTypeWithoutGross::Gross
        | PaymentTypeWithoutGross::Net => sell.total_amount,
    };
    if paid.is_zero() { Err(Refusal::NothingLeftToPay) } else { Ok(paid) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::command::PointOfSale;
    use crate::ledger::guard::{Confirmation, ExternalIdScope};
    use crate::ledger::settings::tests::draft;
    use crate::values::{CustomerId, SaleId};

    struct Case {
        total: u64,
        gross: Option<u64>,
        mode: RedeemMode,
        redeem: u64,
        before: Option<(u64, u64)>,
        unfunded: u64,
    }

    const PLAIN: Case = Case {
        total: 95_500,
        gross: None,
        mode: RedeemMode::Discount,
        redeem: 4_500,
        before: None,
        unfunded: 0,
    };

    fn check(
        case: &Case,
        without_gross: PaymentTypeWithoutGross,
        expected: Result<(u64, u64, u64), &str>,
    ) {
        let money = |cents| Money::from_cents(cents).unwrap();
        let bonus = |cents| Bonus::from_cents(cents).unwrap();
        let sell = Sell {
            total_amount: money(case.total),
            gross_amount: case.gross.map(money),
            redeem_mode: case.mode,
            redeem: bonus(case.redeem),
            external_id: None,
            receipt_number: None,
            payment_method: None,
            point_of_sale: PointOfSale::default(),
            sale_date: None,
            lines: vec![],
            reserve: None,
            confirmation: Confirmation::Missing,
            external_scope: ExternalIdScope::Tenant,
            gift_cards: vec![],
            coupons: vec![],
            retail: None,
        };
        let completes = case.before.map(|(amount, order)| RedemptionFact {
            customer: CustomerId(1),
            sale: SaleId(7),
            amount: bonus(amount),
            order_total: money(order),
        });
        let mut rules = draft();
        rules.payment_type_without_gross = without_gross;
        let found = agree(&sell, completes.as_ref(), bonus(case.unfunded), &rules)
            .map(|payment| (payment.total.cents(), payment.redeemed.cents(), payment.order.cents()))
            .map_err(|refusal| refusal.code());
        assert_eq!(found, expected);
    }

    #[test]
    fn amounts_must_fit_together() {
        let refuse = PaymentTypeWithoutGross::Refuse;
        check(&PLAIN, refuse, Ok((95_500, 4_500, 100_000)));
        check(&Case { gross: Some(100_000), ..PLAIN }, refuse, Ok((95_500, 4_500, 100_000)));
        check(&Case { gross: Some(99_999), ..PLAIN }, refuse, Ok((95_500, 4_500, 100_000)));
        check(&Case { gross: Some(99_998), ..PLAIN }, refuse, Err("gross_amount_too_small"));
        check(&Case { gross: Some(1), redeem: 0, ..PLAIN }, refuse, Ok((95_500, 0, 95_500)));
    }

    #[test]
    fn what_is_not_funded_pays_for_nothing_but_must_fit_all_the_same() {
        let refuse = PaymentTypeWithoutGross::Refuse;
        let case = Case { unfunded: 4_000, ..PLAIN };
        check(&case, refuse, Ok((95_500, 500, 96_000)));
        check(&Case { gross: Some(99_998), ..case }, refuse, Err("gross_amount_too_small"));
        let all = Case { unfunded: 4_500, mode: RedeemMode::PaymentType, ..PLAIN };
        check(&all, PaymentTypeWithoutGross::Gross, Ok((91_000, 0, 91_000)));
    }

    #[test]
    fn payment_type_without_gross_is_a_setting() {
        let case = Case { mode: RedeemMode::PaymentType, ..PLAIN };
        check(&case, PaymentTypeWithoutGross::Refuse, Err("gross_amount_missing"));
        check(&case, PaymentTypeWithoutGross::Net, Ok((95_500, 4_500, 100_000)));
        check(&case, PaymentTypeWithoutGross::Gross, Ok((91_000, 4_500, 95_500)));
        let all = Case { redeem: 95_500, ..case };
        check(&all, PaymentTypeWithoutGross::Gross, Err("nothing_left_to_pay"));
        let none = Case { redeem: 0, mode: RedeemMode::PaymentType, ..PLAIN };
        check(&none, PaymentTypeWithoutGross::Refuse, Ok((95_500, 0, 95_500)));
    }

    #[test]
    fn a_sale_stays_within_the_order_it_completes() {
        let refuse = PaymentTypeWithoutGross::Refuse;
        let case = |total| Case { total, redeem: 0, before: Some((5_000, 20_000)), ..PLAIN };
        check(&case(15_000), refuse, Ok((15_000, 5_000, 20_000)));
        check(&case(15_001), refuse, Ok((15_001, 5_000, 20_001)));
        check(&case(15_002), refuse, Err("order_amount_exceeded"));
    }
}
