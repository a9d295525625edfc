//! When an item lies on the shelf too long (contract: "slow-moving stock").

use crate::ledger::inventory::Item;
use crate::values::Quantity;

/// Without a threshold, an item that nobody bought for so many days is slow.
pub(in crate::ledger) const SLOW_DAYS: u32 = 30;

/// More on hand than the ERP's threshold; without one, something on hand that nobody buys.
pub(in crate::ledger) fn is_overstock(item: &Item) -> bool {
    let on_hand = item.quantity_on_hand.or(item.quantity).unwrap_or_default();
    match item.overstock_threshold {
        Some(threshold) => on_hand > threshold,
        None => {
            on_hand > Quantity::default()
                && item.days_without_sale.is_some_and(|days| days >= SLOW_DAYS)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::inventory::tests::item;

    #[test]
    fn what_lies_there_too_long_is_overstock() {
        let check = |quantity: Option<&str>,
                     on_hand: Option<&str>,
                     threshold: Option<&str>,
                     days: Option<u32>,
                     expected: bool| {
            let read = |text: Option<&str>| text.map(|text| Quantity::parse(text).unwrap());
            let item = Item {
                quantity: read(quantity),
                quantity_on_hand: read(on_hand),
                overstock_threshold: read(threshold),
                days_without_sale: days,
                ..item("A", "0")
            };
            assert_eq!(is_overstock(&item), expected, "{item:?}");
        };
        check(None, Some("11"), Some("10"), None, true);
        check(None, Some("10"), Some("10"), None, false);
        check(None, Some("10.000001"), Some("10"), None, true);
        check(Some("11"), None, Some("10"), None, true);
        check(Some("11"), Some("9"), Some("10"), None, false);
        check(None, None, Some("0"), Some(99), false);
        check(Some("1"), None, Some("10"), Some(99), false);
        check(Some("1"), None, None, Some(30), true);
        check(Some("1"), None, None, Some(29), false);
        check(Some("0"), None, None, Some(99), false);
        check(None, None, None, Some(99), false);
        check(Some("5"), Some("5"), None, None, false);
    }
}
