//! `POST /receipts/check`: whether what tills were given proof of is in the journal.

use super::Call;
use crate::api::complaint::{Complaint, FieldError};
use crate::api::error::ApiError;
use crate::api::fields::Object;
use crate::api::respond::success;
use crate::api::scan::Raw;
use crate::journal::{Hole, Presence, Proof};
use crate::values::EventNumber;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::{Deserialize, Serialize};

/// Most receipts of one request.
pub const RECEIPTS_MAX: usize = 1_000;

const FIELDS: [&str; 1] = ["receipts"];
const RECEIPT_FIELDS: [&str; 2] = ["event", "hash"];

/// What was found, as a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptsDocument {
    /// The last event that was durable by then.
    pub last_event: u64,
    /// How many of them are there.
    pub present: u64,
    /// Those that are not.
    pub holes: Vec<HoleDocument>,
}

/// A receipt of something that is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoleDocument {
    /// Its place in the request, from 0.
    pub index: usize,
    pub event: u64,
    pub hash: String,
    pub hole: HoleKind,
    /// All of it in one sentence.
    pub sentence: String,
}

/// Which kind of hole is where something should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoleKind {
    /// The journal ends before it.
    BeyondEnd,
    /// Something else stands there, or stood before it.
    OtherHash,
    /// The record that it was in is missing or damaged.
    Gap,
}

pub(super) async fn check(call: &Call<'_>) -> Result<Response<Body>, ApiError> {
    let proofs = read(call.asked.json()?)?;
    let (last, found) = call.house.presence(proofs.clone()).await?;
    Ok(success(StatusCode::OK, &ReceiptsDocument::new(last, &proofs, &found)))
}

fn read(json: &str) -> Result<Vec<Proof>, FieldError> {
    let object = Object::parse(json, &FIELDS)?;
    let entries = object.list("receipts", RECEIPTS_MAX)?;
    let entries = object.required("receipts", entries)?;
    entries.into_iter().enumerate().map(read_receipt).collect()
}

fn read_receipt((index, raw): (usize, Raw<'_>)) -> Result<Proof, FieldError> {
    let object = Object::entry(raw, &RECEIPT_FIELDS, "receipts", index)?;
    let event = object.required("event", object.raw("event"))?;
    let not_whole = || Complaint::NotWhole { least: 1, most: u64::MAX };
    let number = event.get().parse().ok().filter(|number| *number > 0);
    let number = number.ok_or_else(|| object.complain("event", not_whole()))?;
    let hash = object.required("hash", object.string("hash")?)?;
    let hash = Proof::parse_hash(&hash);
    let hash = hash.ok_or_else(|| object.complain("hash", Complaint::NotAHash))?;
    Ok(Proof { event: EventNumber(number), hash })
}

impl ReceiptsDocument {
    /// What was found of each of `proofs`, in their order, in a journal that ended with `last`.
    #[must_use]
    pub fn new(last: EventNumber, proofs: &[Proof], found: &[Presence]) -> Self {
        let holes: Vec<HoleDocument> = proofs
            .iter()
            .zip(found)
            .enumerate()
            .filter_map(|(index, (proof, presence))| match presence {
                Presence::Present => None,
                Presence::Hole(hole) => Some(HoleDocument::new(index, proof, *hole)),
            })
            .collect();
        let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
        let present = count(found.len()).saturating_sub(count(holes.len()));
        Self { last_event: last.number(), present, holes }
    }
}

impl HoleDocument {
    fn new(index: usize, proof: &Proof, hole: Hole) -> Self {
        let kind = match hole {
            Hole::BeyondEnd { .. } => HoleKind::BeyondEnd,
            Hole::OtherHash { .. } => HoleKind::OtherHash,
            Hole::Gap { .. } => HoleKind::Gap,
        };
        Self {
            index,
            event: proof.event.number(),
            hash: proof.hash_text(),
            hole: kind,
            sentence: format!("event {}: {hole}", proof.event),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, expected: Result<usize, (&str, &str)>) {
        let found = read(json).map(|proofs| proofs.len());
        let found = found.map_err(|error| (error.field, error.complaint.code()));
        let found = found.as_ref().map_err(|(field, code)| (field.as_str(), *code)).copied();
        assert_eq!(found, expected, "{json}");
    }

    #[test]
    fn receipts_are_read_strictly() {
        let hash = "ab".repeat(32);
        let one = format!(r#"{{"event":7,"hash":"{hash}"}}"#);
        let list = |entries: &str| format!(r#"{{"receipts":[{entries}]}}"#);
        check(&list(""), Ok(0));
        check(&list(&one), Ok(1));
        check(&list(&vec![one.as_str(); RECEIPTS_MAX].join(",")), Ok(RECEIPTS_MAX));
        let many = list(&vec![one.as_str(); RECEIPTS_MAX + 1].join(","));
        check(&many, Err(("receipts", "too_many_entries")));
        check("{}", Err(("receipts", "required")));
        check(&list(r#"{"event":7}"#), Err(("receipts[0].hash", "required")));
        check(&list(&format!(r#"{{"hash":"{hash}"}}"#)), Err(("receipts[0].event", "required")));
        check(&list(r#"{"event":7,"hash":"ab"}"#), Err(("receipts[0].hash", "invalid_hash")));
        for wrong in ["0", "-1", "1.5", "\"7\""] {
            let receipt = format!(r#"{one},{{"event":{wrong},"hash":"{hash}"}}"#);
            check(&list(&receipt), Err(("receipts[1].event", "not_whole_number")));
        }
    }

    #[test]
    fn what_is_missing_is_told_with_its_place() {
        let proof = |event| Proof { event: EventNumber(event), hash: [1; 32] };
        let gap = Presence::Hole(Hole::Gap { record: 3 });
        let last = EventNumber(9);
        let found = ReceiptsDocument::new(last, &[proof(4), proof(5)], &[Presence::Present, gap]);
        assert_eq!((found.last_event, found.present, found.holes.len()), (9, 1, 1));
        let hole = &found.holes[0];
        assert_eq!((hole.index, hole.event, hole.hole), (1, 5, HoleKind::Gap));
        assert!(hole.sentence.starts_with("event 5: record 3"), "{}", hole.sentence);
    }
}
