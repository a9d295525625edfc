//! Power cuts that see every sync: the real program is recorded, write by write and sync by sync, while it is used;
//! then the disk is laid out as cuts at many moments may leave it, and examined.
//!
//! `KOPILKA_TEST_SEED=n` begins with another scenario, `KOPILKA_POWER_CUTS=n` examines all moments at which something
//! became durable, and n mixtures after every entry of the record.
//! `KOPILKA_POWER_CUT=RECORD:ENTRY[:SEED]` repeats one cut of a record that was kept.

mod contents;
mod cut;
mod disk;
#[path = "../../recorder/entry.rs"]
mod entry;
mod examination;
mod facts;
mod recording;
mod scenario;

use crate::chance::Chance;
use crate::house::run;
use cut::{Cut, Walk, begun, moments};
use disk::{Disk, Loss};
use entry::Entry;
use kopilka::engine::Stopwatch;
use recording::{Recording, read};
use scenario::play;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long images are examined, unless all are asked for.
const LASTS: Duration = Duration::from_secs(20);
/// A walk through the record meets every so many of its moments; the next one meets others.
const STRIDE: usize = 16;

/// Everything that happened to the folder is in the record: nothing lost, it is what the record says.
fn check_record(recording: &Recording, record: &[Entry]) {
    let mut disk = Disk::default();
    for entry in record {
        disk.replay(entry);
    }
    let replayed = tempfile::tempdir().unwrap();
    disk.lay(Loss::Nothing, replayed.path());
    let (real, replayed) = (contents_of(&recording.disk), contents_of(replayed.path()));
    assert!(real.keys().eq(replayed.keys()), "{:?} {:?}", real.keys(), replayed.keys());
    let differs = real.iter().find(|(path, bytes)| replayed[*path] != **bytes);
    assert_eq!(differs.map(|(path, _)| path), None, "it was changed past the record");
}

/// All files and folders; folders have nothing in themselves.
fn contents_of(folder: &Path) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(place) = open.pop() {
        for path in fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().path()) {
            let bytes = path.is_file().then(|| fs::read(&path).unwrap());
            if bytes.is_none() {
                open.push(path.clone());
            }
            found.insert(path.strip_prefix(folder).unwrap().to_path_buf(), bytes);
        }
    }
    found
}

/// All moments, and so many mixtures after each entry.
async fn examine_all(
    recording: &Recording,
    record: &[Entry],
    mixtures: usize,
    chance: &mut Chance,
) {
    let strict = moments(record).into_iter().map(|after| Cut { after, loss: Loss::Everything });
    let mut cuts: Vec<Cut> = strict.collect();
    for after in begun(record)..=record.len() {
        let mixture = |_| Cut { after, loss: Loss::Some(chance.next()) };
        cuts.extend((0..mixtures).map(mixture));
    }
    cuts.sort_by_key(|cut| cut.after);
    let mut walk = Walk::begin(record);
    for cut in &cuts {
        walk.examine(cut, &|| recording.keep()).await;
    }
    println!("{} images", cuts.len());
}

/// As many moments as the time allows, and a mixture soon after each.
async fn examine_some(recording: &Recording, record: &[Entry], chance: &mut Chance) {
    let (watch, moments, begun) = (Stopwatch::start(), moments(record), begun(record));
    let first = usize::try_from(chance.below(STRIDE as u64)).unwrap();
    let mut examined = 0;
    for offset in 0..STRIDE {
        let mut walk = Walk::begin(record);
        for index in ((first + offset) % STRIDE..moments.len()).step_by(STRIDE) {
            if watch.elapsed() >= LASTS {
                return println!("{examined} images");
            }
            let strict = Cut { after: moments[index], loss: Loss::Everything };
            walk.examine(&strict, &|| recording.keep()).await;
            let next = moments.get(index + 1).copied().unwrap_or(record.len());
            let later = chance.below((next - strict.after) as u64 + 1);
            let after = strict.after + usize::try_from(later).unwrap();
            examined += 1;
            if after >= begun {
                let mixture = Cut { after, loss: Loss::Some(chance.next()) };
                walk.examine(&mixture, &|| recording.keep()).await;
                examined += 1;
            }
        }
    }
    println!("all {examined} images");
}

#[test]
fn whatever_was_not_synced_may_be_lost() {
    run(async {
        if let Ok(told) = std::env::var("KOPILKA_POWER_CUT") {
            let (record, cut) = Cut::read(&told);
            return Walk::begin(&read(&record)).examine(&cut, &|| record.clone()).await;
        }
        let mut chance = Chance::announced("power cuts of the program");
        let dir = tempfile::tempdir().unwrap();
        let recording = Recording::begin(dir.path());
        play(&recording, chance.clone()).await;
        let record = recording.end();
        check_record(&recording, &record);
        println!("{} entries, {} moments", record.len(), moments(&record).len());
        match std::env::var("KOPILKA_POWER_CUTS").ok().and_then(|count| count.parse().ok()) {
            Some(mixtures) => examine_all(&recording, &record, mixtures, &mut chance).await,
            None => examine_some(&recording, &record, &mut chance).await,
        }
    });
}
