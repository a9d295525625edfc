//! What sealing costs a registration: the same operations written plainly and under a vault, in turn, a
//! durable group of 256 at a time; the keys are made with them.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use kopilka::engine::{Clock, Entropy};
use kopilka::journal::{
    DataDir, EntityEvents, Journal, JournalOptions, OpenedLog, Operation, Outcome, Postman, Reply,
    Sealing,
};
use kopilka::ledger::{AccountEvent, Actor, Profile};
use kopilka::values::{CustomerId, Phone, SettingsVersion, TenantId, Text, Timestamp};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::channel;

const GROUP: u64 = 256;

fn registration(number: u64) -> Operation {
    let at = Timestamp::from_millis(1_767_769_016_000);
    let customer = CustomerId(number);
    let phone = Phone::from_number(992_900_000_000 + number).expect("a phone");
    let full_name = Text::parse(&format!("Anna Customer {number}")).ok();
    let profile = Profile { full_name, birth_date: None, gender: None };
    let events = vec![
        AccountEvent::AccountOpened { customer, at },
        AccountEvent::PhoneAssigned { phone },
        AccountEvent::ProfileChanged(Box::new(profile)),
    ];
    Operation {
        tenant: TenantId(1),
        at,
        actor: Actor::Partner,
        rule_version: SettingsVersion(1),
        mark: None,
        entities: vec![EntityEvents::Account(customer, events)],
    }
}

/// Registers the next customers as one group and waits until the last one is durable.
fn commit_group(journal: &Journal, next: &mut u64) {
    let (tell, told) = channel();
    let finish = Box::new(move |outcome| tell.send(outcome).expect("the bench waits"));
    let mut reply = Some(Reply { home: 0, finish });
    let approach = journal.approach();
    approach.begin();
    for left in (0..GROUP).rev() {
        *next += 1;
        let reply = if left == 0 { reply.take() } else { None };
        journal.submit(registration(*next), |_| reply).expect("the journal is open");
    }
    approach.end();
    assert!(matches!(told.recv(), Ok(Outcome::Durable(_))));
}

fn registrations(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("registrations");
    group.throughput(Throughput::Elements(GROUP));
    for (run, sealed) in [(1, false), (1, true), (2, false), (2, true)] {
        let temp = tempfile::tempdir().expect("a temporary directory");
        let data_dir = DataDir::create_or_open(temp.path()).expect("a data directory");
        let source = Entropy::seeded(1).vault_source(None, Clock::wall().now());
        let sealing = if sealed {
            Sealing::Under(data_dir.vault(&source).expect("a vault"))
        } else {
            Sealing::Plain
        };
        let options = JournalOptions::new(64 << 20, Timestamp::default()).under(sealing);
        let opened = OpenedLog::open(&data_dir, &options).expect("a journal");
        let postman: Postman =
            Arc::new(|_, finishes, outcome| finishes.into_iter().for_each(|done| done(outcome)));
        let journal = Journal::start(opened, &HashMap::new(), postman, Arc::new(|_, _| ()))
            .expect("a writer");
        let (name, mut next) = (if sealed { "sealed" } else { "plain" }, 0);
        group.bench_function(format!("{name}/{run}"), |bencher| {
            bencher.iter(|| commit_group(&journal, &mut next));
        });
        journal.close().expect("nothing failed");
    }
    group.finish();
}

criterion_group!(benches, registrations);
criterion_main!(benches);
