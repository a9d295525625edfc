//! A running digest of rows: two lists are the same if their digests are, without keeping either.

use crate::ledger::{Row, SaleKind, SaleRow};
use crate::values::SaleId;
use sha2::{Digest as _, Sha256};

/// How many rows there were, and a hash over all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Digest {
    pub(super) count: u64,
    hash: [u8; 32],
}

const fn kind_number(kind: SaleKind) -> u64 {
    match kind {
        SaleKind::Redemption => 0,
        SaleKind::Purchase => 1,
        SaleKind::Return => 2,
    }
}

impl Digest {
    pub(super) fn add_rows(&mut self, rows: &[Row]) {
        for row in rows {
            let sale = row.sale.map_or(0, SaleId::number);
            self.add(&[
                row.id.number(),
                row.event.number(),
                u64::from(row.sale.is_some()),
                sale,
                u64::from(row.sale_figures.is_some()),
                row.sale_figures.map_or(0, |sale| sale.amount.cents()),
                row.sale_figures.map_or(0, |sale| sale.at.millis().cast_unsigned()),
                row.amount.cents().cast_unsigned(),
                row.balance_after.cents().cast_unsigned(),
                row.at.millis().cast_unsigned(),
                row.created_at.millis().cast_unsigned(),
            ]);
            self.add_text(row.kind.name());
        }
    }

    pub(super) fn add_sales(&mut self, sales: &[SaleRow]) {
        for sale in sales {
            self.add(&[
                sale.id.number(),
                kind_number(sale.kind),
                sale.event.number(),
                sale.at.millis().cast_unsigned(),
                sale.total.cents(),
                sale.accrued.cents(),
                sale.redeemed.cents(),
            ]);
        }
    }

    fn add(&mut self, figures: &[u64]) {
        let mut hash = Sha256::new_with_prefix(self.hash);
        for figure in figures {
            hash.update(figure.to_be_bytes());
        }
        self.hash = hash.finalize().into();
        self.count = self.count.saturating_add(1);
    }

    fn add_text(&mut self, text: &str) {
        self.hash = Sha256::new_with_prefix(self.hash).chain_update(text).finalize().into();
    }
}
