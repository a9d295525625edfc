//! Whoever asks while a checkpoint is being written finds all there is: in memory, or in the tables.

use crate::engine::error::EngineError;
use crate::engine::order::{Done, Identifier, Order, Window, Wish};
use crate::engine::phase_gate::Phase;
use crate::engine::test_kit::Kit;
use crate::ledger::{
    Actor, Confirmation, Dialect, ExternalId, ExternalIdScope, PointOfSale, Portion, Reason,
    Receipt, RedeemMode, Refund, Refusal, SaleName, SaleRecord, Sell,
};
use crate::values::{Bonus, CustomerId, Money, SaleId};
use std::sync::mpsc::{Receiver, Sender};
use tokio::task::JoinHandle;

const BUYER: CustomerId = CustomerId(1);
const ALL: Window = Window { skip: 0, limit: 1_000 };

/// Sales, and returns of sales, in their order; the name of each is its place.
struct Story {
    kit: Kit,
    records: Vec<SaleId>,
}

impl Story {
    async fn perform(&self, wish: Wish) -> Result<Receipt, EngineError> {
        let who = Identifier::Customer(BUYER);
        let Kit { tenant, at, .. } = self.kit;
        let order = Order { tenant, at, actor: Actor::House, mark: None, who, wish };
        let Done::Receipt { receipt, .. } = self.kit.house.perform(order).await? else {
            unreachable!("sales and returns have receipts")
        };
        Ok(receipt)
    }

    async fn sell(&self, name: usize) -> Result<Receipt, EngineError> {
        self.perform(Wish::Sell(Box::new(Sell {
            total_amount: Money::from_cents(10_000).unwrap(),
            gross_amount: None,
            redeem_mode: RedeemMode::Discount,
            redeem: Bonus::ZERO,
            external_id: Some(name_of(name)),
            receipt_number: None,
            payment_method: None,
            point_of_sale: PointOfSale::default(),
            sale_date: None,
            lines: Vec::new(),
            reserve: None,
            confirmation: Confirmation::default(),
            external_scope: ExternalIdScope::default(),
            gift_cards: Vec::new(),
            coupons: Vec::new(),
            retail: None,
        })))
        .await
    }

    async fn refund(&self, sale: SaleId) -> Result<Receipt, EngineError> {
        self.perform(Wish::Refund(Box::new(Refund {
            sale: SaleName::Id(sale),
            external_id: None,
            portion: Portion::Whole,
            refund_date: None,
            point_of_sale: PointOfSale::default(),
            reason: None,
            dialect: Dialect::Bonex,
            takes_back_import: false,
        })))
        .await
    }

    async fn sell_another(&mut self) {
        match self.sell(self.records.len()).await {
            Ok(Receipt::Sale(sale)) => self.records.push(sale.id),
            other => unreachable!("{other:?}"),
        }
    }

    async fn take_back(&mut self, index: usize) {
        match self.refund(self.records[index]).await {
            Ok(Receipt::Return(returned)) => self.records.push(returned.id),
            other => unreachable!("{other:?}"),
        }
        self.is_taken_back(self.records[index], "at once").await;
    }

    /// Nothing is left of a sale to take back; any other refusal would tell of no return.
    async fn is_taken_back(&self, sale: SaleId, when: &str) {
        let refused = self.refund(sale).await.unwrap_err();
        let nothing_left = Refusal::NothingLeftToReturn { field: "sale_id" };
        assert_eq!(refused, EngineError::Refused(nothing_left), "{when}");
    }

    /// A checkpoint that stops at each phase until it is told to go on.
    fn begin_checkpoint(&self) -> Stopped {
        let opened = self.kit.opened();
        let (reached, go_on) = opened.core.gate.close();
        let checkpoint = async move { opened.checkpointer.checkpoint(Vec::new()).await };
        Stopped { reached, go_on, checkpoint: tokio::spawn(checkpoint) }
    }

    /// Every way to a sale leads to it, once.
    async fn check(&self, when: &str) {
        let Kit { house, tenant, at, .. } = &self.kit;
        let (tenant, at) = (*tenant, *at);
        let sales = house.sales(tenant, at, BUYER, ALL).await.unwrap();
        let mut listed: Vec<SaleId> = sales.entries.iter().map(id_of).collect();
        listed.reverse();
        assert_eq!(listed, self.records, "{when}");
        let history = house.history(tenant, at, BUYER, ALL).await.unwrap();
        assert!(history.entries.is_sorted_by(|later, earlier| later.id > earlier.id), "{when}");
        assert_eq!(u64::try_from(history.entries.len()), Ok(history.total), "{when}");
        for row in &history.entries {
            let explained = house.explain(tenant, at, BUYER, row.id).await.unwrap();
            assert_eq!(explained.map(|told| told.row), Some(row.clone()), "{when}");
        }
        for (name, sale) in self.records.iter().enumerate() {
            let found = house.sale(tenant, *sale).await.unwrap().unwrap();
            assert_eq!((found.customer, id_of(&found.record)), (BUYER, *sale), "{when}");
            if matches!(found.record, SaleRecord::Purchase(_)) {
                let again = self.sell(name).await;
                assert!(matches!(again, Err(EngineError::Refused(_))), "{when}: {again:?}");
            }
        }
    }
}

/// A checkpoint that is looked at while it is made.
struct Stopped {
    reached: Receiver<Phase>,
    go_on: Sender<()>,
    checkpoint: JoinHandle<Result<(), EngineError>>,
}

impl Stopped {
    async fn reaches(&self, phase: Phase) {
        while self.reached.try_recv() != Ok(phase) {
            tokio::task::yield_now().await;
        }
    }

    async fn ends(self) {
        self.outcome().await.unwrap();
    }

    async fn outcome(self) -> Result<(), EngineError> {
        let Self { reached, go_on, checkpoint } = self;
        drop((reached, go_on));
        checkpoint.await.unwrap()
    }
}

fn id_of(record: &SaleRecord) -> SaleId {
    match record {
        SaleRecord::Purchase(sale) => sale.id,
        SaleRecord::Redemption(redemption) => redemption.id,
        SaleRecord::Return(returned) => returned.id,
    }
}

fn name_of(name: usize) -> ExternalId {
    ExternalId::parse(&format!("sale {name}")).unwrap()
}

/// Each phase meets sales that an earlier checkpoint wrote, that this one writes, and that came after it began;
/// one of each kind is taken back at each phase.
#[test]
fn every_sale_is_found_at_each_moment_of_a_checkpoint() {
    actix::System::new().block_on(async {
        let mut story = Story { kit: Kit::open().await, records: Vec::new() };
        for _ in 0..8 {
            story.sell_another().await;
        }
        story.kit.house.checkpoint().await.unwrap();
        for _ in 0..8 {
            story.sell_another().await;
        }
        let checkpoint = story.begin_checkpoint();
        for (index, phase) in Phase::ALL.into_iter().enumerate() {
            checkpoint.reaches(phase).await;
            let when = format!("{phase:?}");
            story.check(&when).await;
            story.sell_another().await;
            let newest = story.records.len() - 1;
            for taken_back in [index, 8 + index, newest] {
                story.take_back(taken_back).await;
            }
            story.check(&when).await;
            checkpoint.go_on.send(()).unwrap();
        }
        checkpoint.ends().await;
        story.check("it is over").await;
        story.kit.house.checkpoint().await.unwrap();
        story.check("another one is over").await;
        story.kit.house.close().await.unwrap();
    });
}

/// The heir is asked by the checkpoint under way; the account that it inherits from, which took the return, only
/// by the next one.
#[test]
fn a_sale_is_returned_once_whatever_is_merged_amid_a_checkpoint() {
    actix::System::new().block_on(async {
        let mut story = Story { kit: Kit::open().await, records: Vec::new() };
        story.sell_another().await;
        story.kit.house.checkpoint().await.unwrap();
        story.kit.grant(2).await;
        let checkpoint = story.begin_checkpoint();
        checkpoint.reaches(Phase::Listed).await;
        story.take_back(0).await;
        let (into, reason) = (Identifier::Customer(CustomerId(2)), Reason::parse("test").unwrap());
        story.kit.perform(Identifier::Customer(BUYER), Wish::Merge { into, reason }).await;
        for phase in [Phase::HandedOver, Phase::Written, Phase::Told] {
            checkpoint.go_on.send(()).unwrap();
            checkpoint.reaches(phase).await;
            story.is_taken_back(story.records[0], &format!("{phase:?}")).await;
        }
        checkpoint.ends().await;
        story.is_taken_back(story.records[0], "it is over").await;
        story.kit.house.checkpoint().await.unwrap();
        story.is_taken_back(story.records[0], "another one is over").await;
        // Nothing is left to be remembered.
        assert!(!story.kit.opened().core.dirty.has_any());
        story.kit.house.close().await.unwrap();
    });
}

/// Whoever is dismissed is in no list any more: a checkpoint that meets that covers nothing, or what was covered
/// would be without its counts, and ids would be given twice.
#[test]
fn a_checkpoint_of_a_house_that_is_dismissed_covers_nothing() {
    actix::System::new().block_on(async {
        let mut story = Story { kit: Kit::open().await, records: Vec::new() };
        story.kit.house.checkpoint().await.unwrap();
        story.sell_another().await;
        let failed = story.kit.opened();
        let checkpoint = story.begin_checkpoint();
        checkpoint.reaches(Phase::Listed).await;
        checkpoint.go_on.send(()).unwrap();
        checkpoint.reaches(Phase::HandedOver).await;
        failed.core.dismiss();
        assert!(checkpoint.outcome().await.is_err());
        story.kit.reopened(&failed).await;
        story.sell_another().await;
        story.check("the house is open again").await;
        story.kit.house.close().await.unwrap();
    });
}
