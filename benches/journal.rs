//! Guards group commit: what one durable group costs, by how many operations share it.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use kopilka::journal::{
    DataDir, EntityEvents, Journal, JournalOptions, OpenedLog, Operation, Outcome, Postman, Reply,
};
use kopilka::ledger::{AccountEvent, Actor, Credit, CreditKind, LotOrigin, Pool};
use kopilka::values::{
    Bonus, CustomerId, LotId, SaleId, SettingsVersion, TenantId, Timestamp, TransactionId,
};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::channel;

fn operation(number: u64) -> Operation {
    let at = Timestamp::from_millis(1_767_769_016_000);
    let credit = AccountEvent::Credited(Credit {
        transaction: TransactionId(number),
        kind: CreditKind::Accrual,
        lot: LotId(number),
        origin: LotOrigin::Sale(SaleId(number)),
        pool: Pool::Main,
        amount: Bonus::CENT,
        debt_paid: Bonus::ZERO,
        held: true,
        activates_at: at.plus_seconds(86_400),
        expires_at: Some(at.plus_seconds(31_536_000)),
        at,
    });
    Operation {
        tenant: TenantId(1),
        at,
        actor: Actor::Partner,
        rule_version: SettingsVersion(1),
        mark: None,
        entities: vec![EntityEvents::Account(CustomerId(number), vec![credit])],
    }
}

/// Submits `size` operations as one group and waits until the last one is durable.
fn commit_group(journal: &Journal, size: u64) {
    let (tell, told) = channel();
    let finish = Box::new(move |outcome| tell.send(outcome).expect("the bench waits"));
    let reply = Reply { home: 0, finish };
    // While something approaches, the writer waits for the whole group.
    let approach = journal.approach();
    approach.begin();
    for number in 1..size {
        journal.submit(operation(number), |_| None).expect("the journal is open");
    }
    journal.submit(operation(size), |_| Some(reply)).expect("the journal is open");
    approach.end();
    assert!(matches!(told.recv(), Ok(Outcome::Durable(_))));
}

fn group_commit(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("journal_group_commit");
    for size in [1, 8, 64, 256] {
        let temp = tempfile::tempdir().expect("a temporary directory");
        let data_dir = DataDir::create_or_open(temp.path()).expect("a data directory");
        let options = JournalOptions::new(64 << 20, Timestamp::default());
        let opened = OpenedLog::open(&data_dir, &options).expect("a journal");
        let postman: Postman =
            Arc::new(|_, finishes, outcome| finishes.into_iter().for_each(|done| done(outcome)));
        let journal = Journal::start(opened, &HashMap::new(), postman, Arc::new(|_, _| ()))
            .expect("a writer");
        group.throughput(Throughput::Elements(size));
        group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
            bencher.iter(|| commit_group(&journal, size));
        });
        journal.close().expect("nothing failed");
    }
    group.finish();
}

criterion_group!(benches, group_commit);
criterion_main!(benches);
