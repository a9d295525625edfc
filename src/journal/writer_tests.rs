//! The journal's promises to those who submit: numbers at once, replies after the disk, nothing after a
//! failure.

use crate::journal::log::LogError;
use crate::journal::memory_log::MemoryLog;
use crate::journal::operation::{Operation, Outcome};
use crate::journal::queue::{Closed, EventNumbers, GROUP_OPERATIONS_MAX};
use crate::journal::record::samples::{every_event, small_operation};
use crate::journal::test_kit::{ANSWER_WITHIN, Kit, all_operations};
use crate::values::{EventNumber, TenantId, Timestamp};
use std::collections::HashMap;
use std::sync::mpsc::{Receiver, Sender, channel};

/// A log whose appends after the opening wait for a word each.
fn gated(memory: &MemoryLog) -> (crate::journal::log::LogFactory, Sender<()>, Receiver<u64>) {
    let (open_gate, gate) = channel();
    let (arrive, arrived) = channel();
    let factory = memory.intercepted(move |number| {
        arrive.send(number).unwrap();
        gate.recv_timeout(ANSWER_WITHIN)
            .map_err(|_| LogError::Unavailable("the gate stays shut".into()))
    });
    (factory, open_gate, arrived)
}

fn of_tenant(tenant: u32) -> Operation {
    Operation { tenant: TenantId(tenant), ..small_operation(1, 0) }
}

#[test]
fn numbers_are_dense_and_go_on_after_reopening() {
    let temp = tempfile::tempdir().unwrap();
    let mut submitted = Vec::new();
    for round in 1..=3_u64 {
        let known = HashMap::from([(TenantId(2), round * 10)]);
        let kit = Kit::with_numbers(temp.path(), None, &known);
        for operation in every_event().into_iter().chain([of_tenant(2), of_tenant(3)]) {
            let first = kit.journal.submitted().plus(1);
            let last = kit.journal.submitted().plus(operation.count());
            submitted.push(operation.clone());
            let tenant_number = kit.journal.tenant_number(operation.tenant).saturating_add(1);
            let numbers = kit.journal.submit(operation, |_| Some(kit.reply(0, first.number())));
            assert_eq!(numbers, Ok(EventNumbers { first, last, tenant_number }));
            assert_eq!(kit.answer(), (first.number(), Outcome::Durable(None)));
            assert_eq!(kit.journal.durable(), last);
        }
        kit.journal.close().unwrap();
        let read = all_operations(&kit.reader);
        let of_two: Vec<u64> = read
            .iter()
            .filter(|one| one.operation.tenant == TenantId(2))
            .map(|one| one.tenant_number)
            .collect();
        assert_eq!(of_two, (1..=round).map(|round| round * 10 + 1).collect::<Vec<_>>());
        assert_eq!(read.last().unwrap().tenant_number, 1);
        let operations: Vec<Operation> = read.into_iter().map(|one| one.operation).collect();
        assert_eq!(operations, submitted);
    }
}

#[test]
fn what_gathers_during_a_sync_shares_the_next_one() {
    let temp = tempfile::tempdir().unwrap();
    let memory = MemoryLog::default();
    let (factory, open_gate, arrived) = gated(&memory);
    let kit = Kit::open(temp.path(), Some(factory));
    let submit = |number: u64| {
        let home = usize::try_from(number % 2).unwrap();
        kit.journal.submit(small_operation(number, 0), |_| Some(kit.reply(home, number))).unwrap();
    };
    submit(0);
    assert_eq!(arrived.recv(), Ok(2));
    let crowd = u64::try_from(GROUP_OPERATIONS_MAX).unwrap() + 10;
    (1..=crowd).for_each(submit);
    assert_eq!(kit.journal.durable(), EventNumber(0));
    assert!(kit.answered.try_recv().is_err());
    (0..3).for_each(|_| open_gate.send(()).unwrap());
    let answers: Vec<u64> = (0..=crowd)
        .map(|_| kit.answer())
        .inspect(|(_, outcome)| assert_eq!(*outcome, Outcome::Durable(None)))
        .map(|(number, _)| number)
        .collect();
    assert_eq!(answers.len(), usize::try_from(crowd).unwrap() + 1);
    kit.journal.close().unwrap();
    assert_eq!(memory.records().len(), 4);
    let durable = |home, count| (home, count, Outcome::Durable(None));
    let half = GROUP_OPERATIONS_MAX.div_euclid(2);
    let expected =
        [durable(0, 1), durable(0, half), durable(1, half), durable(0, 5), durable(1, 5)];
    assert_eq!(*kit.deliveries.lock().unwrap(), expected);
}

#[test]
fn replies_that_rest_on_an_event_leave_with_it() {
    let temp = tempfile::tempdir().unwrap();
    let memory = MemoryLog::default();
    let (factory, open_gate, arrived) = gated(&memory);
    let kit = Kit::open(temp.path(), Some(factory));
    kit.journal.after(EventNumber(0), kit.reply(0, 100));
    assert_eq!(kit.answered.recv().unwrap(), (100, Outcome::Durable(None)));
    kit.journal.submit(small_operation(1, 0), |_| None).unwrap();
    arrived.recv().unwrap();
    let second = kit.journal.submit(small_operation(2, 0), |_| None).unwrap();
    kit.journal.after(second.last, kit.reply(0, 2));
    kit.journal.after(EventNumber(1), kit.reply(0, 1));
    assert!(kit.answered.try_recv().is_err());
    open_gate.send(()).unwrap();
    assert_eq!(kit.answer(), (1, Outcome::Durable(None)));
    arrived.recv().unwrap();
    assert!(kit.answered.try_recv().is_err());
    open_gate.send(()).unwrap();
    assert_eq!(kit.answer(), (2, Outcome::Durable(None)));
    kit.journal.after(second.last, kit.reply(0, 3));
    assert_eq!(kit.answer(), (3, Outcome::Durable(None)));
    kit.journal.after(second.last.plus(1), kit.reply(0, 4));
    assert_eq!(kit.answer(), (4, Outcome::Lost));
}

#[test]
fn what_is_forwarded_lands_behind_what_was_submitted() {
    let temp = tempfile::tempdir().unwrap();
    let memory = MemoryLog::default();
    let (factory, open_gate, arrived) = gated(&memory);
    let kit = Kit::open(temp.path(), Some(factory));
    let (land, landed) = channel();
    let forward = |word: &'static str| {
        let land = land.clone();
        kit.journal.forward(Box::new(move || land.send(word).unwrap()))
    };
    forward("at once").unwrap();
    assert_eq!(landed.recv(), Ok("at once"));
    kit.journal.submit(small_operation(1, 0), |_| None).unwrap();
    arrived.recv().unwrap();
    forward("behind the first").unwrap();
    forward("behind it too").unwrap();
    kit.journal.submit(small_operation(2, 0), |_| None).unwrap();
    forward("behind the second").unwrap();
    assert!(landed.try_recv().is_err());
    open_gate.send(()).unwrap();
    assert_eq!(landed.recv(), Ok("behind the first"));
    assert_eq!(landed.recv(), Ok("behind it too"));
    arrived.recv().unwrap();
    assert!(landed.try_recv().is_err());
    drop(open_gate);
    assert!(kit.journal.close().is_err());
    assert_eq!(forward("after the failure"), Err(Closed));
    drop(land);
    assert!(landed.recv().is_err());
}

#[test]
fn after_a_failed_write_nothing_is_answered_and_nothing_taken() {
    for panics in [false, true] {
        let temp = tempfile::tempdir().unwrap();
        let memory = MemoryLog::default();
        let (arrive, arrived) = channel();
        let (open_gate, gate) = channel::<()>();
        let factory = memory.intercepted(move |number| {
            if number < 3 {
                return Ok(());
            }
            arrive.send(()).unwrap();
            gate.recv_timeout(ANSWER_WITHIN).unwrap();
            if panics {
                std::panic::resume_unwind(Box::new("the log fell over"));
            }
            Err(LogError::Unavailable("no disk".into()))
        });
        let kit = Kit::open(temp.path(), Some(factory));
        assert_eq!(kit.submit_and_wait(small_operation(1, 0)).1, Outcome::Durable(None));
        for number in 2..=3 {
            let reply = kit.reply(0, number);
            kit.journal.submit(small_operation(number, 0), |_| Some(reply)).unwrap();
            if number == 2 {
                arrived.recv().unwrap();
            }
        }
        kit.journal.after(kit.journal.submitted(), kit.reply(1, 4));
        assert_eq!(kit.journal.failed(), None);
        open_gate.send(()).unwrap();
        let mut answers: Vec<_> = (0..3).map(|_| kit.answer()).collect();
        answers.sort_by_key(|(number, _)| *number);
        let lost = Outcome::Lost;
        assert_eq!(answers, [(2, lost), (3, lost), (4, lost)]);
        let failure = kit.journal.close().unwrap_err();
        let expected = if panics { "its thread panicked: the log fell over" } else { "no disk" };
        assert!(failure.to_string().ends_with(expected), "{failure}");
        assert_eq!(kit.journal.failed(), Some(failure));
        assert_eq!(kit.journal.durable(), EventNumber(1));
        assert_eq!(kit.submit_and_wait(small_operation(5, 0)).1, lost);
        assert_eq!(kit.journal.submit(small_operation(5, 0), |_| None), Err(Closed));
        kit.journal.after(EventNumber(2), kit.reply(0, 6));
        assert_eq!(kit.answer(), (6, lost));
        kit.journal.after(EventNumber(1), kit.reply(0, 7));
        assert_eq!(kit.answer(), (7, Outcome::Durable(None)));
        drop(kit);
        let reopened = Kit::open(temp.path(), Some(memory.factory()));
        assert_eq!(reopened.submit_and_wait(small_operation(9, 0)).0, EventNumber(2));
    }
}

#[test]
fn a_journal_that_was_taken_over_writes_nothing_more() {
    let (temp, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let memory = MemoryLog::default();
    let first = Kit::open(temp.path(), Some(memory.factory()));
    let second = Kit::open(other.path(), Some(memory.factory()));
    assert_eq!(first.submit_and_wait(small_operation(1, 0)).1, Outcome::Lost);
    assert!(first.journal.failed().unwrap().to_string().contains("taken over"));
    assert_eq!(second.submit_and_wait(small_operation(2, 0)).1, Outcome::Durable(None));
}

#[test]
fn closing_writes_all_that_was_taken() {
    let temp = tempfile::tempdir().unwrap();
    let kit = Kit::open(temp.path(), None);
    for number in 0..1_000 {
        kit.journal.submit(small_operation(number, 0), |_| Some(kit.reply(0, number))).unwrap();
    }
    kit.journal.close().unwrap();
    assert_eq!(kit.answered.try_iter().count(), 1_000);
    assert_eq!(kit.journal.submit(small_operation(0, 0), |_| None), Err(Closed));
    kit.journal.close().unwrap();
    drop(kit);
    let kit = Kit::open(temp.path(), None);
    assert_eq!(all_operations(&kit.reader).len(), 1_000);
}

#[test]
fn a_group_does_not_wait_for_ever_for_what_approaches() {
    let temp = tempfile::tempdir().unwrap();
    let kit = Kit::open(temp.path(), None);
    let approach = kit.journal.approach();
    approach.begin();
    assert_eq!(kit.submit_and_wait(small_operation(1, 0)).1, Outcome::Durable(None));
    approach.begin();
    kit.journal.submit(small_operation(2, 0), |_| Some(kit.reply(0, 2))).unwrap();
    approach.end();
    approach.end();
    assert_eq!(kit.answer(), (2, Outcome::Durable(None)));
}

#[test]
fn time_never_runs_backwards_in_the_journal() {
    let temp = tempfile::tempdir().unwrap();
    let kit = Kit::open(temp.path(), None);
    let newest = small_operation(1, 5_000).at;
    kit.submit_and_wait(small_operation(1, 5_000));
    kit.submit_and_wait(small_operation(1, 4_000));
    assert_eq!(kit.journal.last_time(), newest);
    let times: Vec<Timestamp> =
        kit.reader.records(1).map(|record| record.unwrap().0.time).collect();
    assert!(times.is_sorted());
    assert_eq!(times.last(), Some(&newest));
}
