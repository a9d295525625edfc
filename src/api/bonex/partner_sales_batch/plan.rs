//! Which line of a batch is done when: each customer's lines one after another in the order in which
//! things happened, customers side by side (rule 21).

use super::Batch;
use super::line::Line;
use crate::engine::EngineError;
use crate::ledger::ExternalId;
use crate::values::{Phone, Timestamp};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// Most lines of a batch that the arbiter reads itself; longer ones are read by a thread that the runtime lends,
/// since others wait for the arbiter.
const LINES_READ_HERE_MAX: usize = 64;
/// Receipt lines of a batch that are kept as they were read, some 10 MB; what comes behind them is read again
/// when its turn comes. Most batches have fewer.
const KEPT_MAX: usize = 65_536;

/// What is to be done, and what needs not be done.
pub(super) struct Plan {
    /// The lines of each customer in the order of their doing; customers by their first line.
    pub(super) customers: VecDeque<Vec<Task>>,
    /// The results of lines that cannot be read, by line.
    pub(super) refused: BTreeMap<usize, Vec<u8>>,
}

/// A line that is to be done.
pub(super) struct Task {
    pub(super) index: usize,
    /// What it says, if that is kept.
    pub(super) read: Option<Line>,
}

/// What a line does; at one instant sales come before returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Deed {
    Sale,
    Return,
}

/// Where a line stands among those of all customers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) phone: Phone,
    pub(super) at: Timestamp,
    pub(super) deed: Deed,
    pub(super) external_id: ExternalId,
    pub(super) index: usize,
}

/// Reads every line and finds its place.
pub(super) async fn of(batch: &Arc<Batch>) -> Result<Plan, EngineError> {
    if batch.lines.len() <= LINES_READ_HERE_MAX {
        return Ok(read(batch));
    }
    let lent = Arc::clone(batch);
    let read = spawn_blocking(move || read(&lent)).await;
    read.map_err(|error| EngineError::Broken(format!("a batch was not read: {error}")))
}

fn read(batch: &Batch) -> Plan {
    let mut places = Vec::with_capacity(batch.lines.len());
    let mut kept = Vec::with_capacity(batch.lines.len());
    let (mut refused, mut room) = (BTreeMap::new(), KEPT_MAX);
    for index in 0..batch.lines.len() {
        let mut keeps = None;
        match Line::read(batch, index) {
            Ok(line) => {
                places.push(line.place(batch, index));
                let left = room.checked_sub(line.size());
                room = left.unwrap_or_default();
                keeps = left.map(|_| line);
            }
            Err(error) => {
                refused.insert(index, Batch::refusal_of(index, &error));
            }
        }
        kept.push(keeps);
    }
    let mut task = |index: usize| Task { index, read: kept[index].take() };
    let customers = by_customer(places).into_iter();
    let customers = customers.map(|lines| lines.into_iter().map(&mut task).collect()).collect();
    Plan { customers, refused }
}

fn by_customer(mut places: Vec<Place>) -> Vec<Vec<usize>> {
    places.sort_unstable();
    let one_customer = |one: &Place, next: &Place| one.phone == next.phone;
    let mut customers: Vec<Vec<usize>> = places
        .chunk_by(one_customer)
        .map(|places| places.iter().map(|place| place.index).collect())
        .collect();
    // Whoever is named first is served first: their result lets all after it go.
    customers.sort_unstable_by_key(|lines| lines.iter().min().copied());
    customers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(places: &[(u64, i64, &str)], expected: &[&[usize]]) {
        let place = |(index, (phone, at, external_id)): (usize, &(u64, i64, &str))| Place {
            phone: Phone::parse(&format!("+{phone}"), None).unwrap(),
            at: Timestamp::from_millis(*at),
            deed: Deed::Sale,
            external_id: ExternalId::parse(external_id).unwrap(),
            index,
        };
        let found = by_customer(places.iter().enumerate().map(place).collect());
        assert_eq!(found, expected.iter().map(|lines| lines.to_vec()).collect::<Vec<_>>());
    }

    #[test]
    fn lines_are_done_by_customer_time_and_id() {
        const ANNA: u64 = 992_901_234_567;
        const BORIS: u64 = 992_900_000_001;
        check(&[], &[]);
        check(&[(ANNA, 5, "a"), (ANNA, 3, "b"), (ANNA, 4, "c")], &[&[1, 2, 0]]);
        check(&[(ANNA, 5, "b"), (ANNA, 5, "a"), (ANNA, 5, "b")], &[&[1, 0, 2]]);
        // Boris has the lower phone; Anna is named first.
        check(&[(ANNA, 9, "a"), (BORIS, 1, "b"), (ANNA, 1, "c")], &[&[2, 0], &[1]]);
    }
}
