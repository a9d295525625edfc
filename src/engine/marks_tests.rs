//! What requests meant stays known over the upgrade that gave it a key, and the journal tells it to nobody.

use crate::engine::act::Act;
use crate::engine::claims::Lead;
use crate::engine::error::EngineError;
use crate::engine::import_batch::{CustomerRow, ImportBatch, ImportReport, ImportRows};
use crate::engine::marks::Mark;
use crate::engine::order::{Done, Identifier, Order, Wish};
use crate::engine::test_kit::Kit;
use crate::journal::{EntityEvents, Numbered, import_row_key};
use crate::ledger::{
    AccountEvent, Action, Actor, Adjust, BatchName, Carried, CustomerChange, ImportEvent,
    OperationMark, Reason, Refusal,
};
use crate::values::{Balance, CustomerId, EventNumber, Phone};

const PHONE: u64 = 992_901_000_009;
const MARK: OperationMark = OperationMark { key: [5; 16], meaning: [6; 16] };

fn adjust() -> Adjust {
    Adjust {
        amount: Balance::from_cents(100),
        reason: Reason::parse("gift").unwrap(),
        hold_seconds: 0,
        expires: None,
        allow_debt: false,
    }
}

impl Kit {
    /// An adjustment of customer 1 under a mark.
    async fn adjust_under(&self, mark: OperationMark) -> Result<Done, EngineError> {
        let (who, wish) = (Identifier::Customer(CustomerId(1)), Wish::Adjust(adjust()));
        let (tenant, at, actor) = (self.tenant, self.at, Actor::House);
        self.house.perform(Order { tenant, at, actor, mark: Some(mark), who, wish }).await
    }

    /// The same as a release before wrote it.
    async fn adjust_unkeyed(&self, mark: OperationMark) {
        let core = self.house.core().unwrap();
        let mut errand = core.errand_of_the_house(self.tenant, self.at).unwrap();
        errand.mark = Some(Mark::of_house(mark));
        let who = Identifier::Customer(CustomerId(1));
        let act = Act::boxed(errand, Action::Adjust(adjust()).into());
        core.claim_and_send(act, who).await.unwrap();
    }

    async fn journaled(&self) -> Vec<Numbered> {
        let core = self.house.core().unwrap();
        let through = core.journal.durable();
        let read = core.readers.read(move |sources| {
            sources.journal.operations(EventNumber(1), through).collect::<Result<_, _>>()
        });
        read.await.unwrap()
    }

    /// A batch with one row, which has the phone for its key.
    async fn import(
        &self,
        name: &str,
        meaning: [u8; 16],
        phone: u64,
    ) -> Result<ImportReport, EngineError> {
        let phone = Phone::from_number(phone).unwrap();
        let row = CustomerRow {
            key: phone.to_string(),
            phone,
            change: CustomerChange::default(),
            tier: None,
            carried: Carried::default(),
            lots: Vec::new(),
        };
        self.house
            .import(ImportBatch {
                tenant: self.tenant,
                at: self.at,
                actor: Actor::House,
                name: BatchName::parse(name).unwrap(),
                meaning,
                dry_run: false,
                rows: ImportRows::Customers(vec![(1, row)]),
            })
            .await
    }
}

#[test]
fn a_repetition_over_the_upgrade_has_its_first_answer() {
    actix::System::new().block_on(async {
        let kit = Kit::open().await;
        let newer = OperationMark { key: [7; 16], ..MARK };
        kit.adjust_unkeyed(MARK).await;
        kit.adjust_under(newer).await.unwrap();
        for _ in ["in memory", "in the tables"] {
            for mark in [MARK, newer] {
                let again = kit.adjust_under(mark).await;
                assert!(matches!(again, Ok(Done::Receipt { repeated: true, .. })), "{again:?}");
                let other = OperationMark { meaning: [9; 16], ..mark };
                let refused = EngineError::Refused(Refusal::IdempotencyKeyReused);
                assert_eq!(kit.adjust_under(other).await.unwrap_err(), refused);
            }
            kit.house.checkpoint().await.unwrap();
        }
        assert_eq!(kit.balances().await, [200, 0, 0]);
        let all = kit.journaled().await;
        let kept = |key| {
            all.iter().find_map(|one| one.operation.mark.filter(|mark| mark.key == key)).unwrap()
        };
        assert_eq!(kept(MARK.key), MARK);
        assert_ne!(kept(newer.key).meaning, newer.meaning, "it has a key");
        kit.house.close().await.unwrap();
    });
}

#[test]
fn a_row_and_a_batch_are_known_and_the_journal_does_not_tell_the_phone() {
    actix::System::new().block_on(async {
        let kit = Kit::open().await;
        let first = kit.import("monday", [1; 16], PHONE).await.unwrap();
        assert_eq!(first.opened, 1);
        assert!(kit.import("monday", [1; 16], PHONE).await.unwrap().repeated);
        let reused = kit.import("monday", [2; 16], PHONE).await.unwrap_err();
        assert_eq!(reused, EngineError::Refused(Refusal::ImportBatchReused));
        assert_eq!(kit.import("tuesday", [2; 16], PHONE).await.unwrap().known, [1]);
        kit.house.checkpoint().await.unwrap();
        assert_eq!(kit.import("wednesday", [2; 16], PHONE).await.unwrap().known, [1]);
        let unkeyed = import_row_key(kit.tenant, &format!("+{PHONE}"));
        for numbered in kit.journaled().await {
            assert_ne!(numbered.operation.mark.map(|mark| mark.meaning), Some([1; 16]));
            for entity in numbered.operation.entities {
                let EntityEvents::Account(_, events) = entity else { continue };
                assert!(!events.iter().any(|event| row_of(event) == Some(unkeyed)));
            }
        }
        // One that a release before brought.
        let before = import_row_key(kit.tenant, &format!("+{}", PHONE + 1));
        kit.house.core().unwrap().identifiers.remember(before, Lead::To(CustomerId(1)));
        assert_eq!(kit.import("thursday", [3; 16], PHONE + 1).await.unwrap().known, [1]);
        kit.house.close().await.unwrap();
    });
}

fn row_of(event: &AccountEvent) -> Option<[u8; 16]> {
    if let AccountEvent::Import(ImportEvent::CustomerTaken { row, .. }) = event {
        return Some(*row);
    }
    None
}
