//! The returns of the year: each names its sale, and the lines of it that come back. Returns whose sale is
//! not in the data are posted, too, and must be refused.

use crate::admin::demo::client::{REFUND_PATH, Till};
use crate::admin::demo::phones::phone_of;
use crate::admin::demo::visit::{Outcome, Returned, refused};
use crate::admin::demo::wire::{RefundAnswer, RefundBody, bonus, data, not_written};
use crate::admin::exit::Failure;
use crate::values::{Quantity, Timestamp};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// How an unknown sale is refused; that of somebody who never came, or not yet.
const UNKNOWN: [&str; 2] = ["sale_not_found", "customer_not_found"];

/// What comes back of one sale on one receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GoodsBack {
    pub customer: u32,
    /// Unique among all returns.
    pub receipt: String,
    /// The receipt of the sale; `None`: it is not in the data.
    pub of: Option<String>,
    pub at: Timestamp,
    /// As the partner API takes them; none: the whole sale.
    pub lines: Option<String>,
}

/// A line of a return as the file has it.
pub(super) struct LineBack<'a> {
    pub sku: &'a str,
    pub quantity: Quantity,
    pub of: Option<&'a str>,
}

/// A receipt of returned goods.
pub(super) struct ReceiptBack<'a> {
    pub customer: u32,
    pub receipt: &'a str,
    pub at: Timestamp,
    pub lines: Vec<LineBack<'a>>,
}

/// What the sales so far handed over and did not get back, line by line.
#[derive(Debug, Default)]
pub(super) struct HandedOver(BTreeMap<String, Vec<(String, u64)>>);

impl HandedOver {
    /// Takes a sale in.
    pub(super) fn add<'a>(
        &mut self,
        receipt: &str,
        lines: impl Iterator<Item = (&'a str, Quantity)>,
    ) {
        let lines = lines.map(|(sku, quantity)| (sku.to_owned(), quantity.millionths()));
        self.0.insert(receipt.to_owned(), lines.collect());
    }

    /// Goes through a receipt of returned goods: one return for each sale that it names.
    pub(super) fn take_back(&mut self, back: &ReceiptBack<'_>) -> Result<Vec<GoodsBack>, String> {
        let mut of_sales: BTreeMap<Option<&str>, Vec<&LineBack<'_>>> = BTreeMap::new();
        for line in &back.lines {
            of_sales.entry(line.of).or_default().push(line);
        }
        let mut returns = Vec::with_capacity(of_sales.len());
        for (number, (of, lines)) in (1_u32..).zip(of_sales) {
            returns.push(GoodsBack {
                customer: back.customer,
                receipt: format!("{}-{number}", back.receipt),
                of: of.map(str::to_owned),
                at: back.at,
                lines: of.map(|of| self.lines_of(of, &lines)).transpose()?,
            });
        }
        Ok(returns)
    }

    /// The lines of the sale that have these goods, as JSON.
    fn lines_of(&mut self, sale: &str, back: &[&LineBack<'_>]) -> Result<String, String> {
        let handed = self.0.get_mut(sale).ok_or_else(|| format!("no sale {sale} came before"))?;
        let mut parts = Vec::new();
        for line in back {
            let mut wanted = line.quantity.millionths();
            let numbered = (1_u32..).zip(handed.iter_mut());
            for (number, (_, left)) in numbered.filter(|(_, (sku, _))| sku == line.sku) {
                let part = wanted.min(*left);
                (wanted, *left) = (wanted.saturating_sub(part), left.saturating_sub(part));
                if let Some(quantity) = Quantity::from_millionths(part).filter(|_| part > 0) {
                    parts.push(format!("{{\"line\":{number},\"quantity\":{quantity}}}"));
                }
            }
            if wanted > 0 {
                return Err(format!("sale {sale} did not hand over so much of {}", line.sku));
            }
        }
        Ok(format!("[{}]", parts.join(",")))
    }
}

impl GoodsBack {
    fn body(&self, copy: u16) -> Result<String, Failure> {
        let lines = self.lines.as_deref().map(serde_json::from_str::<&RawValue>);
        let sale = self.of.as_ref().unwrap_or(&self.receipt);
        let body = RefundBody {
            client_phone: phone_of(self.customer, copy).to_string(),
            external_sale_id: format!("{sale}-{copy}"),
            external_refund_id: format!("{}-{copy}", self.receipt),
            lines: lines.transpose().map_err(not_written)?,
            refund_date: self.at.to_string(),
        };
        serde_json::to_string(&body).map_err(not_written)
    }
}

/// Takes goods back at the till.
pub(super) async fn serve(till: &Till, back: &GoodsBack, copy: u16) -> Result<Outcome, Failure> {
    let answer = till.post(REFUND_PATH, back.body(copy)?).await?;
    let mut outcome = Outcome::default();
    if answer.status != 201 {
        let mut told = refused(&answer, None);
        told.expected = back.of.is_none() && UNKNOWN.contains(&told.code.as_str());
        outcome.refusals.push(told);
        return Ok(outcome);
    }
    let refund: RefundAnswer<'_> = data(&answer)?;
    outcome.returned = Some(Returned {
        restored: bonus(refund.bonus_restored)?,
        reversed: bonus(refund.accrual_reversed)?,
    });
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Quantity {
        Quantity::parse(text).unwrap()
    }

    #[test]
    fn goods_come_back_to_the_lines_that_had_them() {
        let mut handed = HandedOver::default();
        handed.add(
            "1",
            [("a", "2"), ("b", "5"), ("a", "3")].map(|(s, q)| (s, pieces(q))).into_iter(),
        );
        let mut back = |lines: &[(&'static str, &str, Option<&'static str>)]| {
            let line = |(sku, quantity, of): &(&'static str, &str, Option<&'static str>)| {
                LineBack { sku, quantity: pieces(quantity), of: *of }
            };
            let at = Timestamp::from_millis(0);
            let lines = lines.iter().map(line).collect();
            handed.take_back(&ReceiptBack { customer: 7, receipt: "C2", at, lines }).map(
                |returns| {
                    let told = |back: GoodsBack| (back.receipt, back.of, back.lines);
                    returns.into_iter().map(told).collect::<Vec<_>>()
                },
            )
        };
        let parts =
            "[{\"line\":1,\"quantity\":2},{\"line\":3,\"quantity\":1},{\"line\":2,\"quantity\":5}]";
        assert_eq!(
            back(&[("a", "3", Some("1")), ("x", "1", None), ("b", "5", Some("1"))]).unwrap(),
            [
                ("C2-1".to_owned(), None, None),
                ("C2-2".to_owned(), Some("1".to_owned()), Some(parts.to_owned())),
            ]
        );
        assert!(back(&[("a", "2.5", Some("1"))]).unwrap_err().contains("so much of a"));
        assert!(back(&[("a", "1", Some("9"))]).unwrap_err().contains("no sale 9"));
    }

    #[test]
    fn a_return_names_its_sale_its_lines_and_its_time() {
        let back = GoodsBack {
            customer: 15_100,
            receipt: "C1-1".into(),
            of: Some("536374".into()),
            at: Timestamp::from_millis(0),
            lines: Some("[{\"line\":1,\"quantity\":12}]".into()),
        };
        assert_eq!(
            back.body(3).unwrap(),
            "{\"client_phone\":\"+999003015100\",\"external_sale_id\":\"536374-3\",\
             \"external_refund_id\":\"C1-1-3\",\"lines\":[{\"line\":1,\"quantity\":12}],\
             \"refund_date\":\"1970-01-01T00:00:00.000Z\"}"
        );
        let unknown = GoodsBack { of: None, lines: None, ..back };
        assert!(unknown.body(3).unwrap().contains("\"external_sale_id\":\"C1-1-3\",\"external_r"));
    }
}
