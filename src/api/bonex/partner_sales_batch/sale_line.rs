//! The result of a sale in a batch, written straight into its line: the same bytes as serde makes of it.

use crate::api::bonex::shapes::SaleShape;
use crate::api::json_text::JsonText;
use crate::journal::Proof;
use axum::http::StatusCode;

/// Room for what stands around a sale: its place, its status and its proof.
const ENVELOPE_BYTES: usize = 192;
/// Hexadecimal digits of a hash.
const HASH_DIGITS: usize = 64;

/// The line of a sale, with its end; with what proves that the sale was written.
pub(super) fn written(line: usize, proof: Option<&Proof>, sale: &SaleShape<'_>) -> Vec<u8> {
    let mut text = JsonText::with_room(sale.bytes().saturating_add(ENVELOPE_BYTES));
    text.literal("{\"line\":").whole(u64::try_from(line).expect("lines are few"));
    text.literal(",\"status\":").whole(StatusCode::CREATED.as_u16().into());
    if let Some(proof) = proof {
        write_proof(&mut text, proof);
    }
    text.literal(",\"success\":true,\"data\":");
    sale.write(&mut text);
    text.literal("}\n");
    text.into_bytes()
}

fn write_proof(text: &mut JsonText, proof: &Proof) {
    let mut digits = [0_u8; HASH_DIGITS];
    hex::encode_to_slice(proof.hash, &mut digits).expect("two digits to a byte");
    let hash = std::str::from_utf8(&digits).expect("digits are text");
    text.literal(",\"ledger_event\":").whole(proof.event.number());
    text.literal(",\"ledger_hash\":").string(hash);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::respond::success_line;
    use crate::values::{Balance, EventNumber};

    #[test]
    fn a_line_is_what_serde_makes_of_it() {
        let amount = |cents| Balance::from_cents(cents).into();
        let sale = |external_sale_id| SaleShape {
            id: 1_001,
            client_id: 42,
            total_amount: amount(95_500),
            bonus_accrued: amount(4_775),
            bonus_redeemed: amount(0),
            external_sale_id,
            sale_date: "2026-01-10T14:00:00+05:00".to_owned(),
            new_balance: amount(-15_270),
            lines: Vec::new(),
            unfunded_discount: None,
            gift_cards: Vec::new(),
            coupons: Vec::new(),
        };
        let proof = Proof { event: EventNumber(u64::MAX), hash: [0xA5; 32] };
        for (line, proof, id) in
            [(1, None, None), (10_000, Some(&proof), Some("order \"7\"")), (7, Some(&proof), None)]
        {
            let sale = sale(id);
            let theirs = success_line(line, StatusCode::CREATED, proof, &sale);
            let ours = written(line, proof, &sale);
            assert_eq!(String::from_utf8(ours), String::from_utf8(theirs));
        }
    }
}
