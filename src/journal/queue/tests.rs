//! How long a group waits for company, with a crew whose threads rest when the test says so.

use crate::journal::crew::Crew;
use crate::journal::queue::patience::Patience;
use crate::journal::queue::{Next, Queue};
use crate::journal::record::Tail;
use crate::journal::record::samples::small_operation;
use crate::values::EventNumber;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

/// So long that only a failing test ever waits for it.
const FOR_EVER: Patience = Patience::of(60_000_000);

/// A queue with a crew of one that has work; `expected` operations would make a full group.
fn patient(expected: usize) -> (Arc<Queue>, Arc<Crew>) {
    let queue = Arc::new(Queue::new(&Tail::nothing(), &HashMap::new()));
    let crew = Arc::new(Crew::default());
    queue.heed(&crew);
    let mut state = queue.lock();
    (state.expected, state.patience) = (expected, FOR_EVER);
    drop(state);
    (queue, crew)
}

fn push(queue: &Queue, number: u64) {
    queue.push(small_operation(number, 0), |_| None).unwrap();
}

/// Takes a group on a thread of its own, and tells how large it is.
fn take(queue: &Arc<Queue>) -> Receiver<usize> {
    let (tell, told) = channel();
    let queue = Arc::clone(queue);
    std::thread::spawn(move || {
        let mut taken = VecDeque::new();
        assert!(matches!(queue.next(&mut taken), Next::Group));
        tell.send(taken.len()).unwrap();
    });
    told
}

fn wait_until_watched(crew: &Crew) {
    while !crew.is_watched() {
        std::thread::yield_now();
    }
}

#[test]
fn a_group_has_whoever_comes_while_all_work() {
    let (queue, crew) = patient(3);
    push(&queue, 1);
    let taken = take(&queue);
    wait_until_watched(&crew);
    push(&queue, 2);
    push(&queue, 3);
    assert_eq!(taken.recv(), Ok(3));
    assert!(!crew.is_watched());
}

#[test]
fn a_group_leaves_as_soon_as_one_rests() {
    let (queue, crew) = patient(3);
    push(&queue, 1);
    let taken = take(&queue);
    wait_until_watched(&crew);
    push(&queue, 2);
    crew.rest();
    assert_eq!(taken.recv(), Ok(2));
    // And the next one at once, since it still rests.
    push(&queue, 3);
    assert_eq!(take(&queue).recv(), Ok(1));
    crew.work();
    queue.settle(&Tail { last_event: EventNumber(3), ..Tail::nothing() }, 1);
    assert_eq!(queue.lock().patience, FOR_EVER.after(true));
    crew.rest();
    queue.settle(&Tail { last_event: EventNumber(3), ..Tail::nothing() }, 1);
    assert_eq!(queue.lock().patience, Patience::default());
}

#[test]
fn a_lone_caller_is_not_waited_for_however_busy_all_are() {
    let (queue, crew) = patient(1);
    push(&queue, 1);
    assert_eq!(take(&queue).recv(), Ok(1));
    assert!(!crew.is_watched());
}
