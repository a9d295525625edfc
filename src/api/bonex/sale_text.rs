//! The contract's `Sale`, written straight into the answer: the same bytes as serde makes of its shape.

use super::shapes::{LineShape, SaleShape};
use crate::api::json_text::JsonText;
use crate::api::vouchers::GiftPartShape;

/// Room for a sale without lines, and for a line, as they mostly are; in bytes.
const SALE_BYTES: usize = 384;
const LINE_BYTES: usize = 96;

impl SaleShape<'_> {
    /// How much room its text takes, give or take.
    pub(super) fn bytes(&self) -> usize {
        self.lines.len().saturating_mul(LINE_BYTES).saturating_add(SALE_BYTES)
    }

    pub(super) fn write(&self, text: &mut JsonText) {
        text.literal("{\"id\":").whole(self.id);
        text.literal(",\"client_id\":").whole(self.client_id);
        text.literal(",\"total_amount\":").amount(self.total_amount);
        text.literal(",\"bonus_accrued\":").amount(self.bonus_accrued);
        text.literal(",\"bonus_redeemed\":").amount(self.bonus_redeemed);
        text.literal(",\"external_sale_id\":").optional_string(self.external_sale_id);
        text.literal(",\"sale_date\":").string(&self.sale_date);
        text.literal(",\"new_balance\":").amount(self.new_balance);
        if !self.lines.is_empty() {
            text.literal(",\"lines\":").list(&self.lines, write_line);
        }
        if let Some(unfunded) = self.unfunded_discount {
            text.literal(",\"unfunded_discount\":").amount(unfunded);
        }
        if !self.gift_cards.is_empty() {
            text.literal(",\"gift_cards\":").list(&self.gift_cards, write_gift_card);
        }
        if !self.coupons.is_empty() {
            text.literal(",\"coupons\":").list(&self.coupons, |text, code| {
                text.string(code);
            });
        }
        text.literal("}");
    }
}

fn write_line(text: &mut JsonText, line: &LineShape) {
    text.literal("{\"redeem_share\":").amount(line.redeem_share);
    if let Some(share) = line.gift_share {
        text.literal(",\"gift_share\":").amount(share);
    }
    text.literal(",\"net\":").amount(line.net);
    text.literal(",\"accrual\":").amount(line.accrual);
    if !line.promotions.is_empty() {
        text.literal(",\"promotions\":").list(&line.promotions, |text, promotion| {
            text.whole((*promotion).into());
        });
    }
    text.literal("}");
}

fn write_gift_card(text: &mut JsonText, part: &GiftPartShape<'_>) {
    text.literal("{\"code\":").string(part.code);
    text.literal(",\"amount\":").amount(part.amount).literal("}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Balance;

    fn amount(cents: i64) -> crate::api::amount::Amount {
        Balance::from_cents(cents).into()
    }

    fn plain() -> SaleShape<'static> {
        SaleShape {
            id: 1_001,
            client_id: 42,
            total_amount: amount(95_500),
            bonus_accrued: amount(4_775),
            bonus_redeemed: amount(0),
            external_sale_id: None,
            sale_date: "2026-01-10T14:00:00+05:00".to_owned(),
            new_balance: amount(-15_270),
            lines: Vec::new(),
            unfunded_discount: None,
            gift_cards: Vec::new(),
            coupons: Vec::new(),
        }
    }

    fn line(gift_share: Option<i64>, promotions: &[u32]) -> LineShape {
        LineShape {
            redeem_share: amount(4_501),
            gift_share: gift_share.map(amount),
            net: amount(95_500),
            accrual: amount(4_775),
            promotions: promotions.to_vec(),
        }
    }

    #[test]
    fn the_text_is_what_serde_makes_of_the_shape() {
        let check = |shape: &SaleShape<'_>| {
            let mut text = JsonText::with_room(shape.bytes());
            shape.write(&mut text);
            let ours = String::from_utf8(text.into_bytes()).unwrap();
            assert_eq!(ours, serde_json::to_string(shape).unwrap());
        };
        check(&plain());
        check(&SaleShape { external_sale_id: Some("order \"7\" \\ чай"), ..plain() });
        check(&SaleShape { lines: vec![line(None, &[])], ..plain() });
        let lines = vec![line(Some(100), &[]), line(None, &[7]), line(Some(5), &[7, 8])];
        check(&SaleShape { lines, ..plain() });
        check(&SaleShape { unfunded_discount: Some(amount(1)), ..plain() });
        check(&SaleShape { coupons: vec!["TEA-5"], ..plain() });
        let part = |code, cents| GiftPartShape { code, amount: amount(cents) };
        check(&SaleShape {
            external_sale_id: Some(""),
            lines: vec![line(None, &[])],
            unfunded_discount: Some(amount(10)),
            gift_cards: vec![part("G1", 1_000), part("G\"2", 5)],
            coupons: vec!["TEA-5", "MILK"],
            ..plain()
        });
    }
}
