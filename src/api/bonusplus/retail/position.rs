//! `positionId`: a line of a sale in one number, its line number in the last three digits.

use crate::ledger::LINES_MAX;
use crate::values::SaleId;

/// More than there are lines in a sale.
const LINES: u64 = 1_000;

/// Line 3 of sale 1042 is 1042003.
pub(super) fn position_id(sale: SaleId, line: usize) -> u64 {
    let number = u64::try_from(line).unwrap_or(u64::MAX).saturating_add(1);
    sale.number().saturating_mul(LINES).saturating_add(number)
}

/// The sale and the index of the line from 0; `None`: no line has this number.
pub(super) fn line_at(position: u64) -> Option<(SaleId, u16)> {
    let (sale, number) = (position.div_euclid(LINES), position.rem_euclid(LINES));
    let line = u16::try_from(number.checked_sub(1)?).ok()?;
    (usize::from(line) < LINES_MAX).then_some((SaleId(sale), line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_its_sale_and_its_line() {
        assert_eq!(position_id(SaleId(1_042), 2), 1_042_003);
        assert_eq!(line_at(1_042_003), Some((SaleId(1_042), 2)));
        assert_eq!(line_at(position_id(SaleId(7), 199)), Some((SaleId(7), 199)));
        for wrong in [0, 1_000, 1_201, 1_999] {
            assert_eq!(line_at(wrong), None, "{wrong}");
        }
    }
}
