//! What is to be paid for an item whose discount was given outside already (rule 5).

use crate::values::{Money, Quantity, UnitPrice};

/// The amount of a line after its discount. `sum` is before the discount where that is nearer to price
/// times quantity, or where there is no price to tell by; otherwise it is after it.
#[must_use]
pub fn item_net(
    sum: Money,
    discount: Money,
    price: Option<UnitPrice>,
    quantity: Quantity,
) -> Money {
    let priced = price.map(|price| quantity.times_half_up(price).unwrap_or(Money::MAX));
    let is_gross = priced.is_none_or(|priced| {
        let (priced, sum) = (i128::from(priced.cents()), i128::from(sum.cents()));
        let off_gross = priced.abs_diff(sum);
        let off_net = priced.saturating_sub(i128::from(discount.cents())).abs_diff(sum);
        off_gross <= off_net
    });
    if is_gross { sum.saturating_sub(discount) } else { sum }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Precision;

    fn check(sum: &str, discount: &str, price: Option<&str>, quantity: &str, expected: &str) {
        let money = |text| Money::parse(text, Precision::Exact).unwrap();
        let price = price.map(|price| UnitPrice::parse(price).unwrap());
        let quantity = Quantity::parse(quantity).unwrap();
        let net = item_net(money(sum), money(discount), price, quantity);
        assert_eq!(net.to_string(), expected, "{sum} - {discount}: {price:?} x {quantity}");
    }

    #[test]
    fn a_sum_is_gross_unless_it_is_nearer_to_the_price_after_the_discount() {
        // 2 x 50 = 100: the sum is before the discount.
        check("100", "10", Some("50"), "2", "90.00");
        // The sum is after it.
        check("90", "10", Some("50"), "2", "90.00");
        check("90.01", "10", Some("50"), "2", "90.01");
        // Half way: before it.
        check("95", "10", Some("50"), "2", "85.00");
        check("94.99", "10", Some("50"), "2", "94.99");
        // No price to tell by: before it.
        check("100", "10", None, "2", "90.00");
        // More discount than there is to pay.
        check("1", "4", Some("1"), "2", "0.00");
        check("5", "9", None, "1", "0.00");
        // Nothing was given outside.
        check("100", "0", Some("50"), "2", "100.00");
        check("70", "0", Some("50"), "2", "70.00");
        check("0", "0", Some("0"), "0", "0.00");
        check("9999999999.99", "0", Some("9999999999"), "9999", "9999999999.99");
    }

    #[test]
    fn the_product_is_rounded_half_up_first() {
        // 0.333 x 9.99 = 3.32667: 3.33.
        check("3.33", "1", Some("9.99"), "0.333", "2.33");
        check("2.33", "1", Some("9.99"), "0.333", "2.33");
    }
}
