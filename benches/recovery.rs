//! Guards what a restart and a proof cost: how fast the journal becomes tables again and is verified, in
//! events a second, and how fast an account comes back from the tables.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed benchmark")]

mod chain;

use chain::{CUSTOMERS, operations};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use kopilka::journal::{
    DataDir, Journal, JournalOptions, JournalReader, Numbered, OpenedLog, Postman, Tables,
    open_read_only, rebuild_tables, verify,
};
use kopilka::values::{CustomerId, Timestamp};
use std::collections::HashMap;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

const SALES: u64 = 20_000;
const CACHE_BYTES: u64 = 64 << 20;

fn events_of(operations: &[Numbered]) -> u64 {
    operations.iter().map(|numbered| numbered.operation.count()).sum()
}

fn replay_of_sales(criterion: &mut Criterion) {
    let operations = operations(SALES);
    let temp = tempfile::tempdir().unwrap();
    let journal = journal_of(temp.path(), &operations);
    let mut group = criterion.benchmark_group("recovery");
    group.throughput(Throughput::Elements(events_of(&operations))).sample_size(10);
    group.bench_function("replay of a journal of sales into empty tables", |bencher| {
        bencher.iter_batched(
            || tempfile::tempdir().unwrap(),
            |dir| {
                rebuild_tables(&dir.path().join("tables"), CACHE_BYTES, &journal, &mut |_| ())
                    .unwrap();
                dir
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

/// A closed journal that holds these.
fn journal_of(folder: &Path, operations: &[Numbered]) -> JournalReader {
    let data_dir = DataDir::create_or_open(folder).unwrap();
    let options = JournalOptions::new(CACHE_BYTES, Timestamp::default());
    let postman: Postman =
        Arc::new(|_, finishes, outcome| finishes.into_iter().for_each(|done| done(outcome)));
    let opened = OpenedLog::open(&data_dir, &options).unwrap();
    let journal = Journal::start(opened, &HashMap::new(), postman, Arc::new(|_, _| ())).unwrap();
    for numbered in operations {
        journal.submit(numbered.operation.clone(), |_| None).unwrap();
    }
    journal.close().unwrap();
    open_read_only(&data_dir, &options).unwrap()
}

fn verification(criterion: &mut Criterion) {
    let operations = operations(SALES);
    let temp = tempfile::tempdir().unwrap();
    let journal = journal_of(temp.path(), &operations);
    let mut group = criterion.benchmark_group("verify");
    group.throughput(Throughput::Elements(events_of(&operations))).sample_size(10);
    group.bench_function("of a journal of sales", |bencher| {
        bencher.iter(|| {
            let report = verify(&journal, None, &mut |_| ());
            assert!(report.is_clean());
        });
    });
    group.finish();
}

fn hydration(criterion: &mut Criterion) {
    let temp = tempfile::tempdir().unwrap();
    let operations = operations(SALES);
    let tenant = operations[0].operation.tenant;
    let journal = journal_of(temp.path(), &operations);
    let folder = temp.path().join("tables");
    rebuild_tables(&folder, CACHE_BYTES, &journal, &mut |_| ()).unwrap();
    let tables = Tables::open_as_they_are(&folder, CACHE_BYTES).unwrap().unwrap();
    let mut group = criterion.benchmark_group("hydrate");
    let mut customer = 0;
    group.bench_function("an account of ten sales", |bencher| {
        bencher.iter(|| {
            customer = customer % CUSTOMERS + 1;
            black_box(tables.account(tenant, CustomerId(customer)).unwrap().unwrap())
        });
    });
    group.finish();
}

criterion_group!(benches, replay_of_sales, verification, hydration);
criterion_main!(benches);
