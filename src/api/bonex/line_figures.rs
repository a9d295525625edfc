//! The figures of one line of a sale, as quotes and explanations show them.

use crate::api::amount::Amount;
use crate::api::vouchers::gift_share;
use crate::ledger::{RecordedSale, Split};
use crate::values::{Bonus, Multiplier};
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(in crate::api) struct LineFigures {
    percent: Amount,
    multiplier: Amount,
    fixed_bonus: Amount,
    promotions: Vec<u32>,
    base: Amount,
    redeem_share: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    gift_share: Option<Amount>,
    net: Amount,
    accrual: Amount,
}

impl LineFigures {
    /// Of every line, in order.
    pub(in crate::api) fn of_lines(sale: &RecordedSale) -> impl Iterator<Item = Self> {
        (0_u16..).zip(&sale.lines).map(|(index, line)| Self::new(sale, Some(index), &line.split))
    }

    /// Of what no line lists.
    pub(in crate::api) fn of_unlisted(sale: &RecordedSale) -> Option<Self> {
        sale.unlisted.as_ref().map(|split| Self::new(sale, None, split))
    }

    fn new(sale: &RecordedSale, line: Option<u16>, split: &Split) -> Self {
        let promoted = sale.promoted.iter().find(|promoted| promoted.line == line);
        let promotions = promoted.iter().flat_map(|promoted| &promoted.promotions);
        Self {
            percent: split.percent.into(),
            multiplier: promoted.map_or(Multiplier::ONE, |promoted| promoted.multiplier).into(),
            fixed_bonus: promoted.map_or(Bonus::ZERO, |promoted| promoted.fixed).into(),
            promotions: promotions.map(|it| it.promotion.number()).collect(),
            base: split.base.into(),
            redeem_share: split.redeem_share.into(),
            gift_share: gift_share(split.gift_share),
            net: split.net.into(),
            accrual: split.accrual.into(),
        }
    }
}
