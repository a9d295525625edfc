//! What became of a list of receipts: every one that is not in the ledger by its line, and how many are.

use crate::admin::exit::Failure;
use crate::admin::receipt_list::Listed;
use crate::api::{HoleKind, ReceiptsDocument};
use serde::Serialize;

/// Holes that are told one by one; the rest is counted.
const HOLES_TOLD_MAX: usize = 10_000;

/// The tally of a list, portion by portion.
#[derive(Debug, Default, Serialize)]
pub(super) struct ReceiptTally {
    checked: u64,
    present: u64,
    missing: u64,
    /// The last event of the ledger when the last portion was looked for.
    last_event: u64,
    holes: Vec<ListedHole>,
}

#[derive(Debug, Serialize)]
struct ListedHole {
    line: u64,
    event: u64,
    hash: String,
    hole: HoleKind,
    sentence: String,
}

impl ReceiptTally {
    /// Takes in what was found of some of the list.
    pub(super) fn take(&mut self, some: &[Listed], found: ReceiptsDocument) {
        let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
        self.checked = self.checked.saturating_add(count(some.len()));
        self.present = self.present.saturating_add(found.present);
        self.missing = self.missing.saturating_add(count(found.holes.len()));
        self.last_event = found.last_event;
        let room = HOLES_TOLD_MAX.saturating_sub(self.holes.len());
        let told = found.holes.into_iter().take(room).filter_map(|hole| {
            let line = some.get(hole.index)?.line;
            let (event, hash) = (hole.event, hole.hash);
            Some(ListedHole { line, event, hash, hole: hole.hole, sentence: hole.sentence })
        });
        self.holes.extend(told);
    }

    /// A line for every hole, and one for all of it.
    pub(super) fn for_people(&self) -> String {
        let mut lines: Vec<String> = self
            .holes
            .iter()
            .map(|hole| format!("line {}: not in the ledger: {}", hole.line, hole.sentence))
            .collect();
        let untold = self.missing.saturating_sub(u64::try_from(lines.len()).unwrap_or(u64::MAX));
        if untold > 0 {
            lines.push(format!("and {untold} more"));
        }
        let Self { checked, present, missing, last_event, .. } = self;
        lines.push(format!(
            "{checked} receipts: {present} are in the ledger, {missing} are not; it ends with event {last_event}"
        ));
        lines.join("\n")
    }

    pub(super) fn for_programs(&self) -> Result<String, Failure> {
        serde_json::to_string(self).map_err(|error| Failure::Differs(error.to_string()))
    }

    /// What the command ends with.
    pub(super) fn outcome(&self) -> Result<(), Failure> {
        if self.missing == 0 {
            return Ok(());
        }
        let Self { checked, missing, .. } = self;
        Err(Failure::Differs(format!("{missing} of {checked} receipts are not in the ledger")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Hole, Presence, Proof};
    use crate::values::EventNumber;

    #[test]
    fn holes_are_told_by_their_lines_and_counted() {
        let proof = |event| Proof { event: EventNumber(event), hash: [7; 32] };
        let listed = |line, event| Listed { line, proof: proof(event) };
        let last = EventNumber(9);
        let beyond = Presence::Hole(Hole::BeyondEnd { last });
        let mut tally = ReceiptTally::default();
        tally.take(&[listed(2, 5)], ReceiptsDocument::new(last, &[proof(5)], &[Presence::Present]));
        assert_eq!(tally.outcome(), Ok(()));
        assert_eq!(
            tally.for_people(),
            "1 receipts: 1 are in the ledger, 0 are not; it ends with event 9"
        );
        tally.take(&[listed(4, 12)], ReceiptsDocument::new(last, &[proof(12)], &[beyond]));
        assert_eq!(
            tally.outcome().unwrap_err().to_string(),
            "1 of 2 receipts are not in the ledger"
        );
        let told = tally.for_people();
        let expected = "line 4: not in the ledger: event 12: the journal ends with event 9\n";
        assert!(told.starts_with(expected), "{told}");
        let json: serde_json::Value = serde_json::from_str(&tally.for_programs().unwrap()).unwrap();
        assert_eq!((&json["missing"], &json["holes"][0]["line"]), (&1.into(), &4.into()));
        assert_eq!(json["holes"][0]["hole"], "beyond_end");
    }

    #[test]
    fn a_ledger_that_lost_everything_is_told_in_bounds() {
        let proofs = vec![Proof { event: EventNumber(3), hash: [7; 32] }; HOLES_TOLD_MAX + 5];
        let hole = Presence::Hole(Hole::BeyondEnd { last: EventNumber(0) });
        let listed: Vec<Listed> =
            (1..).zip(&proofs).map(|(line, proof)| Listed { line, proof: *proof }).collect();
        let mut tally = ReceiptTally::default();
        let found = vec![hole; proofs.len()];
        tally.take(&listed, ReceiptsDocument::new(EventNumber(0), &proofs, &found));
        assert_eq!(tally.holes.len(), HOLES_TOLD_MAX);
        assert!(tally.for_people().contains("\nand 5 more\n"));
    }
}
