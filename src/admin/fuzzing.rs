//! For fuzzers: files of rows that are imported, CSV and NDJSON.

use crate::admin::cli::RowFormat;
use crate::admin::row_file::{Dialect, FileRow, RowFile, RowKind, Sketch};
use crate::fuzzing::Target;
use std::io::Cursor;
use std::path::Path;

/// The first byte of an input says how the rest is read.
const KINDS: [(RowKind, RowFormat, char); 5] = [
    (RowKind::Customers, RowFormat::Csv, ','),
    (RowKind::Sales, RowFormat::Csv, ','),
    (RowKind::Customers, RowFormat::Csv, ';'),
    (RowKind::Customers, RowFormat::Ndjson, ','),
    (RowKind::Sales, RowFormat::Csv, '\t'),
];
const SEEDS: [&str; 5] = [
    "\0phone,full_name,birth_date,card,tier,total_spent,lot1_amount,lot1_expires\n+992901234567,\"Saidov, \"\"Sh.\"\"\",1990-03-08,001,Gold,1500.50,152.75,never\n\n+992907654321,,,,,0,,\n",
    "\u{1}external_sale_id,phone,sale_date,total_amount,redeemed,lines\nold-1,+992901234567,2025-12-31,955.00,45,\"[{\"\"sku\"\": \"\"A\"\", \"\"line_amount\"\": 955}]\"\n",
    "\u{2}\u{feff}phone;total_spent;lot20_amount;lot20_activates_at\r\n992901234567;1500,50;3,3;2026-01-10T14:00:00+05:00\r\n",
    "\u{3}{\"phone\": \"+992901234567\", \"lots\": [{\"amount\": 152.75, \"expires\": \"never\"}]}\n\n{}\n",
    "\u{4}phone\ttotal_amount\n+992901234567\t1e3\n",
];

pub(super) fn targets() -> Vec<Target> {
    let seeds = || SEEDS.iter().map(|text| text.as_bytes().to_vec()).collect();
    vec![Target { name: "import_rows", run, seeds }]
}

/// Every row that is read is one JSON object on a line of its own, and lines only go up.
fn run(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else { return };
    let index = usize::from(*first).min(KINDS.len().saturating_sub(1));
    let (kind, format, separator) = KINDS[index];
    let dialect = Dialect { kind, format, separator };
    let input = Box::new(Cursor::new(rest.to_vec()));
    let Ok(rows) = RowFile::over(input, dialect, Path::new("fuzzed")) else { return };
    let mut last = 0;
    for row in rows {
        let line = row.as_ref().map_or_else(|fault| fault.line, |row| row.line);
        assert!(line > last || row.is_err(), "line {line} after line {last}");
        last = last.max(line);
        if let Ok(row) = row {
            check(&row);
        }
    }
}

fn check(row: &FileRow) {
    let object = serde_json::from_str::<serde_json::Map<_, _>>(&row.json);
    assert!(
        object.is_ok_and(|object: serde_json::Map<String, serde_json::Value>| {
            object.len() <= row.json.len()
        }),
        "{} is no JSON object",
        row.json
    );
    let _ = serde_json::from_str::<Sketch<'_>>(&row.json);
}
