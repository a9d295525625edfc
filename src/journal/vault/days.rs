//! The keys of days: two at most are there, today's and yesterday's. What they sealed is unreadable from the
//! day after on, without anybody having to be forgotten.

use crate::journal::error::JournalError;
use crate::journal::vault::cipher::Cipher;
use crate::journal::vault::place::Day;
use crate::journal::vault::slot::{Slot, SlotBytes, unwrapped};
use crate::journal::vault::slot_file::SlotFile;
use crate::journal::vault::{Found, Vault};
use crate::values::Timestamp;

/// A day's key lies in the slot of its number modulo this.
const DAYS_KEPT: u32 = 2;

impl Vault {
    /// The key of a day; gone, if a later day took its place or it is not as it was written.
    pub(super) fn key_of_day(&self, day: Day) -> Result<Found, JournalError> {
        let files = self.files();
        Ok(match held(&files.days, slot_of(day))? {
            Some((found, wrapped)) if found == day.number() => {
                let key = unwrapped(&self.wrap, &day_place(day), &wrapped);
                key.map_or(Found::Destroyed, |key| Found::Key(Box::new(Cipher::new(&key))))
            }
            Some(_) | None => Found::Destroyed,
        })
    }

    /// The key of a day, made now where it is the newest; those of all days before yesterday are destroyed.
    /// A day that is over gets none any more.
    pub(super) fn key_to_seal_of_day(&self, day: Day) -> Result<Found, JournalError> {
        if let Found::Key(key) = self.key_of_day(day)? {
            return Ok(Found::Key(key));
        }
        let mut files = self.files();
        for slot in 0..u64::from(DAYS_KEPT) {
            match held(&files.days, slot)? {
                Some((newer, _)) if newer > day.number() => return Ok(Found::Destroyed),
                Some((older, _)) if older.saturating_add(DAYS_KEPT) <= day.number() => {
                    files.days.overwrite(slot, &Slot::destroyed())?;
                }
                Some(_) | None => {}
            }
        }
        let key = self.new_key();
        let bytes = Slot::wrapping(&self.wrap, &day_place(day), day.number(), &key);
        files.days.overwrite(slot_of(day), &bytes)?;
        Ok(Found::Key(Box::new(Cipher::new(&key))))
    }

    /// Destroys the keys of days that are over at an instant; to be called now and then, since nobody else ends
    /// a day after which no code is sent.
    ///
    /// # Errors
    /// `Io`.
    pub fn end_days(&self, now: Timestamp) -> Result<(), JournalError> {
        self.end_days_before(Day::of(now))
    }

    /// Destroys the keys of days that are over by now.
    pub(super) fn end_days_before(&self, today: Day) -> Result<(), JournalError> {
        let mut files = self.files();
        for slot in 0..u64::from(DAYS_KEPT) {
            let over = |day: u32| day.saturating_add(DAYS_KEPT) <= today.number();
            if held(&files.days, slot)?.is_some_and(|(day, _)| over(day)) {
                files.days.overwrite(slot, &Slot::destroyed())?;
            }
        }
        Ok(())
    }
}

/// The slots of a vault that has just been made.
pub(super) fn no_days() -> Vec<SlotBytes> {
    (0..DAYS_KEPT).map(|_| Slot::destroyed()).collect()
}

fn slot_of(day: Day) -> u64 {
    u64::from(day.number().rem_euclid(DAYS_KEPT))
}

/// The day whose key lies in a slot, and the key as it is wrapped.
fn held(days: &SlotFile, slot: u64) -> Result<Option<(u32, [u8; 60])>, JournalError> {
    let bytes = days.read(slot)?;
    Ok(bytes.and_then(|bytes| match Slot::parse(&bytes) {
        Some(Slot::Key(day, wrapped)) => Some((day, wrapped)),
        Some(Slot::Empty | Slot::Destroyed) | None => None,
    }))
}

fn day_place(day: Day) -> Vec<u8> {
    [&b"day"[..], &day.number().to_be_bytes()].concat()
}
