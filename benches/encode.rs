//! Guards what a record costs before it meets the disk: encoding, compressing, hashing and chaining a group
//! of sales, by how many operations it holds.
#![expect(clippy::unwrap_used, reason = "a failed step is a failed benchmark")]

mod chain;

use chain::{CUSTOMERS, operations};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use kopilka::journal::{GroupEncoder, Tail};
use kopilka::values::{EventNumber, Timestamp};

const GROUPS: [usize; 4] = [1, 8, 64, 256];

fn encode(criterion: &mut Criterion) {
    let all = operations(1_000);
    let (_, sales) = all.split_at(1 + usize::try_from(CUSTOMERS).unwrap());
    let last_event = EventNumber(sales[0].first_event.number() - 1);
    let last_time = Timestamp::default();
    let tail = Tail { record: 1, epoch: 1, last_event, last_time, hash: [7; 32] };
    let mut encoder = GroupEncoder::new().unwrap();
    let mut group = criterion.benchmark_group("encode_a_group");
    for size in GROUPS {
        group.throughput(Throughput::Elements(u64::try_from(size).unwrap()));
        group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
            bencher.iter(|| {
                for numbered in &sales[..size] {
                    if !encoder.add(numbered).unwrap() {
                        encoder.finish(&tail).unwrap();
                        encoder.add(numbered).unwrap();
                    }
                }
                encoder.finish(&tail).unwrap()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, encode);
criterion_main!(benches);
