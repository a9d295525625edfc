//! One life of a house, from a seed: what happens in each of its steps.

use super::deed::Deed;
use super::disk::Fate;
use super::person::DAY;
use super::world::{Fails, World};
use crate::chance::Chance;
use crate::mains::Fault;
use std::collections::BTreeSet;

/// Of every fourth life.
pub(super) const STEPS_LONG: usize = 40;
/// The others end soon, each with the proof that what it left is whole: after these, or one of so many more.
const STEPS_SHORT: usize = 4;
const STEPS_SHORT_SPREAD: u64 = 9;

#[derive(Debug, Clone)]
pub(super) struct Life {
    pub(super) seed: u64,
    pub(super) steps: usize,
    /// Steps in which nothing happens.
    pub(super) left_out: BTreeSet<usize>,
    /// Whether due dates are swept, many accounts at once, and customers are told of whom they brought: in no
    /// fixed groups.
    pub(super) sweeps: bool,
    /// Whether a copy takes over now and then.
    pub(super) restores: bool,
    /// Whether that copy comes from an archive which goes on beside the life, not from a snapshot.
    pub(super) archives: bool,
}

/// How a life went.
pub(super) struct Lived {
    pub(super) outcome: Fails,
    /// The step in which it failed.
    pub(super) steps: usize,
    /// What happened.
    pub(super) log: Vec<String>,
    pub(super) records: Vec<Vec<u8>>,
    pub(super) faults: usize,
}

impl Life {
    pub(super) fn of(seed: u64) -> Self {
        let restores = seed.is_multiple_of(16);
        let archives = seed.is_multiple_of(32);
        let steps = if seed.is_multiple_of(4) {
            STEPS_LONG
        } else {
            STEPS_SHORT + usize::try_from(seed % STEPS_SHORT_SPREAD).unwrap()
        };
        Self { seed, steps, left_out: BTreeSet::new(), sweeps: true, restores, archives }
    }
}

pub(super) async fn live(life: &Life) -> Lived {
    let mut chance = Chance::new(life.seed);
    let mut world = World::new(life, &mut chance).await;
    world.disk.keeps = chance.below(4) == 0;
    world.disk.keep();
    let mut log = Vec::new();
    let mut faults = 0;
    let mut outcome = Ok(());
    let mut done = 0;
    for step in 0..life.steps {
        // A chance of its own, so that leaving a step out leaves the others as they are.
        let mut chance = Chance::new(chance.next());
        done = step;
        if !life.left_out.contains(&step) {
            outcome = pass(&mut world, &mut chance, (life, step), &mut log).await;
        }
        faults += usize::from(world.take_fault());
        if outcome.is_err() {
            break;
        }
    }
    if outcome.is_ok() {
        outcome = end(&mut world).await;
    }
    let records = world.mains.records();
    world.leave().await;
    Lived { outcome, steps: done, log, records, faults }
}

/// One step: time goes on, something befalls the house, somebody does something.
async fn pass(
    world: &mut World,
    chance: &mut Chance,
    (life, step): (&Life, usize),
    log: &mut Vec<String>,
) -> Fails {
    let mut say = |what: String| log.push(format!("{step:3}. {what}"));
    let wait = match chance.below(10) {
        0..5 => 0,
        5..7 => below(chance, 600_000),
        7..9 => below(chance, DAY),
        _ if chance.below(4) == 0 => below(chance, 60 * DAY),
        _ => below(chance, 12 * DAY),
    };
    if wait > 0 {
        say(format!("wait {wait} ms"));
        world.clock.set(world.clock.now().plus_millis(wait));
    }
    let deed = Deed::draw(chance, &world.naive, step, world.now());
    let fate = match chance.below(4) {
        0 if world.disk.keeps => Fate::Torn { chance: chance.next() },
        1 => Fate::NoTables,
        2 => Fate::Kept { gives_up: true },
        _ => Fate::Kept { gives_up: false },
    };
    match chance.below(40) {
        0..4 => {
            say("checkpoint".into());
            world.checkpoint().await;
        }
        4..6 if life.sweeps => {
            say("sweep".into());
            world.sweep(fate).await?;
        }
        6 => {
            say("restart".into());
            world.restart(fate).await?;
        }
        7 => {
            say("the clock steps back".into());
            world.step_back(&deed).await?;
        }
        8 | 9 => world.demand(chance.next()).await?,
        10..16 => {
            let faults = [Fault::Refused, Fault::Unsure, Fault::CutBefore, Fault::CutAfter];
            let fault = faults[usize::try_from(chance.below(4)).unwrap()];
            let after = usize::try_from(chance.below(3)).unwrap();
            say(format!("{fault:?} after {after} writes"));
            world.arm(after, fault);
        }
        16 if life.restores => {
            say("a copy takes over".into());
            world.restore().await?;
        }
        _ => {}
    }
    say(format!("{deed:?}"));
    world.live(step, &deed, fate).await
}

fn below(chance: &mut Chance, most: i64) -> i64 {
    i64::try_from(chance.below(most.unsigned_abs())).unwrap()
}

/// Everything that was ever told is still so, everybody has what they should, and the ledger is whole.
async fn end(world: &mut World) -> Fails {
    world.mains.disarm();
    world.demand_all().await?;
    world.restart(Fate::Kept { gives_up: false }).await?;
    world.compare_all().await?;
    world.verify().await
}
