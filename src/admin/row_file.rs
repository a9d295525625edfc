//! A file of rows, CSV or NDJSON, read one row after the other: each comes out as the JSON that the operator
//! API takes, with the line it stands on. What cannot be read is told by line and field.

use crate::admin::cli::RowFormat;
use crate::admin::exit::Failure;
use csv::{ByteRecord, Reader, ReaderBuilder, Terminator};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

const BOM: &[u8] = b"\xef\xbb\xbf";
const UTF_16_BOMS: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];
/// Longest line of NDJSON, in bytes.
const LINE_BYTES_MAX: u64 = 1 << 20;

/// What the rows are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowKind {
    Customers,
    Sales,
}

/// How a file is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dialect {
    pub(super) kind: RowKind,
    pub(super) format: RowFormat,
    pub(super) separator: char,
}

/// A row as the operator API takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileRow {
    pub(super) line: u64,
    pub(super) json: String,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) line: u64,
    pub(super) field: Option<String>,
    pub(super) error: String,
}

/// The rows of a file, in order.
pub(super) enum RowFile {
    Csv(Box<CsvRows>),
    Ndjson(NdjsonRows),
}

pub(super) struct CsvRows {
    reader: Reader<Box<dyn Read>>,
    columns: Vec<Column>,
    decimal_comma: bool,
}

pub(super) struct NdjsonRows {
    reader: BufReader<Box<dyn Read>>,
    line: u64,
}

/// Where the values of a column go.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Column {
    name: String,
    place: Place,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Text(&'static str),
    Number(&'static str),
    /// JSON in a field.
    Json(&'static str),
    /// A field of the lot with this index.
    Lot {
        index: usize,
        field: &'static str,
    },
}

const CUSTOMER_TEXTS: [&str; 11] = [
    "key",
    "phone",
    "full_name",
    "last_name",
    "first_name",
    "middle_name",
    "birth_date",
    "gender",
    "card",
    "tier",
    "last_purchase_at",
];
const CUSTOMER_NUMBERS: [&str; 2] = ["total_spent", "purchases"];
const SALE_TEXTS: [&str; 7] = [
    "external_sale_id",
    "phone",
    "sale_date",
    "receipt_number",
    "payment_method",
    "store",
    "cashier",
];
const SALE_NUMBERS: [&str; 2] = ["total_amount", "redeemed"];
const LOT_FIELDS: [&str; 3] = ["amount", "activates_at", "expires"];
/// Most lots of a row of CSV.
const LOTS_MAX: usize = 20;

impl RowFile {
    pub(super) fn open(path: &Path, dialect: Dialect) -> Result<Self, Failure> {
        let unreadable = |error: std::io::Error| {
            Failure::Usage(format!("cannot read {}: {error}", path.display()))
        };
        let file = File::open(path).map_err(unreadable)?;
        Self::over(Box::new(file), dialect, path)
    }

    /// Reads what `path` holds from wherever its bytes are.
    pub(super) fn over(
        mut file: Box<dyn Read>,
        dialect: Dialect,
        path: &Path,
    ) -> Result<Self, Failure> {
        let unreadable = |error: std::io::Error| {
            Failure::Usage(format!("cannot read {}: {error}", path.display()))
        };
        let mut head = Vec::new();
        Read::by_ref(&mut file).take(3).read_to_end(&mut head).map_err(unreadable)?;
        if UTF_16_BOMS.iter().any(|bom| head.starts_with(bom)) {
            return Err(Failure::Usage(format!("{} is UTF-16: save it as UTF-8", path.display())));
        }
        let head = head.strip_prefix(BOM).unwrap_or(&head).to_vec();
        let input: Box<dyn Read> = Box::new(std::io::Cursor::new(head).chain(file));
        match dialect.format {
            RowFormat::Csv => CsvRows::new(input, dialect, path).map(Box::new).map(Self::Csv),
            RowFormat::Ndjson => {
                Ok(Self::Ndjson(NdjsonRows { reader: BufReader::new(input), line: 0 }))
            }
        }
    }
}

impl Iterator for RowFile {
    type Item = Result<FileRow, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Csv(rows) => rows.next(),
            Self::Ndjson(rows) => rows.next(),
        }
    }
}

impl CsvRows {
    fn new(input: Box<dyn Read>, dialect: Dialect, path: &Path) -> Result<Self, Failure> {
        let separator = u8::try_from(dialect.separator)
            .map_err(|_| Failure::Usage("--separator must be one plain character".into()))?;
        // The last line ends, too: lines are counted by their ends.
        let input: Box<dyn Read> = Box::new(input.chain(&b"\n"[..]));
        let mut reader = ReaderBuilder::new()
            .delimiter(separator)
            .terminator(Terminator::Any(b'\n'))
            .flexible(true)
            .from_reader(input);
        let wrong = |what: String| Failure::Usage(format!("{}, line 1: {what}", path.display()));
        let header = reader.byte_headers().map_err(|error| wrong(error.to_string()))?.clone();
        let mut columns: Vec<Column> = Vec::with_capacity(header.len());
        for name in &header {
            let name = std::str::from_utf8(name).map_err(|_| wrong(NOT_UTF_8.into()))?.trim();
            let place = place_of(name, dialect.kind)
                .ok_or_else(|| wrong(format!("there is no field {name:?}")))?;
            if columns.iter().any(|known| known.place == place) {
                return Err(wrong(format!("{name} is there twice")));
            }
            columns.push(Column { name: name.to_owned(), place });
        }
        Ok(Self { reader, columns, decimal_comma: dialect.separator != ',' })
    }

    fn next(&mut self) -> Option<Result<FileRow, Fault>> {
        let mut record = ByteRecord::new();
        loop {
            match self.reader.read_byte_record(&mut record) {
                Ok(false) => return None,
                Ok(true) if is_blank(&record) => {}
                Ok(true) => return Some(self.row(&record)),
                Err(error) => {
                    let line = self.reader.position().line();
                    return Some(Err(Fault { line, field: None, error: error.to_string() }));
                }
            }
        }
    }

    /// The line that a record which was just read begins on.
    fn line_of(&self, record: &ByteRecord) -> u64 {
        let within = record.iter().flatten().filter(|byte| **byte == b'\n').count();
        let lines = u64::try_from(within).unwrap_or(u64::MAX).saturating_add(1);
        let first = record.position().map_or(1, csv::Position::line);
        self.reader.position().line().saturating_sub(lines).max(first)
    }

    fn row(&self, record: &ByteRecord) -> Result<FileRow, Fault> {
        let line = self.line_of(record);
        let (has, expected) = (record.len(), self.columns.len());
        if has != expected {
            let error = format!("it has {has} fields, the header has {expected}");
            return Err(Fault { line, field: None, error });
        }
        let mut fields: Vec<String> = Vec::new();
        let mut lots: Vec<Vec<String>> = vec![Vec::new(); LOTS_MAX];
        for (column, bytes) in self.columns.iter().zip(record) {
            let fault = |error: String| Fault { line, field: Some(column.name.clone()), error };
            let text = std::str::from_utf8(bytes).map_err(|_| fault(NOT_UTF_8.into()))?.trim();
            if text.is_empty() {
                continue;
            }
            match &column.place {
                Place::Text(name) => fields.push(member(name, &quoted(text))),
                Place::Number(name) => fields.push(member(name, &self.number(text))),
                Place::Json(name) => {
                    let value: &RawValue =
                        serde_json::from_str(text).map_err(|error| fault(error.to_string()))?;
                    fields.push(member(name, value.get()));
                }
                Place::Lot { index, field } => {
                    let value = if *field == "amount" { self.number(text) } else { quoted(text) };
                    if let Some(lot) = lots.get_mut(*index) {
                        lot.push(member(field, &value));
                    }
                }
            }
        }
        let lots = lots.iter().filter(|lot| !lot.is_empty());
        let lots: Vec<String> = lots.map(|lot| format!("{{{}}}", lot.join(","))).collect();
        if !lots.is_empty() {
            fields.push(member("lots", &format!("[{}]", lots.join(","))));
        }
        Ok(FileRow { line, json: format!("{{{}}}", fields.join(",")) })
    }

    /// What is no number goes as text, so that the answer names the field.
    fn number(&self, text: &str) -> String {
        let text = if self.decimal_comma { text.replace(',', ".") } else { text.to_owned() };
        let digits = text.strip_prefix('-').unwrap_or(&text);
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let is_number = plain && serde_json::from_str::<&RawValue>(&text).is_ok();
        if is_number { text } else { quoted(&text) }
    }
}

fn member(name: &str, json: &str) -> String {
    format!("\"{name}\":{json}")
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a text is JSON")
}

const NOT_UTF_8: &str = "it is not UTF-8: save the file as UTF-8";
const TOO_LONG: &str = "it has more than a mebibyte";

/// Whether there is nothing on a line.
fn is_blank(record: &ByteRecord) -> bool {
    record.len() == 1 && record.iter().all(|field| field.trim_ascii().is_empty())
}

/// Whether a line went on.
fn is_cut(line: &[u8]) -> bool {
    let full = u64::try_from(line.len()).is_ok_and(|length| length >= LINE_BYTES_MAX);
    full && line.last() != Some(&b'\n')
}

impl NdjsonRows {
    fn next(&mut self) -> Option<Result<FileRow, Fault>> {
        loop {
            self.line = self.line.saturating_add(1);
            let line = self.line;
            let fault = |error: String| Fault { line, field: None, error };
            let mut bytes = Vec::new();
            let read =
                Read::by_ref(&mut self.reader).take(LINE_BYTES_MAX).read_until(b'\n', &mut bytes);
            match read {
                Ok(0) => return None,
                Ok(_) if is_cut(&bytes) => {
                    let rest = self.reader.skip_until(b'\n');
                    let error = rest.err().map(|error| error.to_string());
                    return Some(Err(fault(error.unwrap_or_else(|| TOO_LONG.to_owned()))));
                }
                Ok(_) => {}
                Err(error) => return Some(Err(fault(error.to_string()))),
            }
            let Ok(text) = std::str::from_utf8(&bytes) else {
                return Some(Err(fault(NOT_UTF_8.into())));
            };
            let text = text.trim();
            if text.is_empty() {
                continue;
            }
            let object = serde_json::from_str::<&RawValue>(text);
            return Some(match object {
                Ok(raw) if raw.get().starts_with('{') => {
                    Ok(FileRow { line, json: text.to_owned() })
                }
                Ok(_) => Err(fault("it is not a JSON object".into())),
                Err(error) => Err(fault(error.to_string())),
            });
        }
    }
}

fn place_of(name: &str, kind: RowKind) -> Option<Place> {
    let (texts, numbers): (&[&'static str], &[&'static str]) = match kind {
        RowKind::Customers => (&CUSTOMER_TEXTS, &CUSTOMER_NUMBERS),
        RowKind::Sales => (&SALE_TEXTS, &SALE_NUMBERS),
    };
    let text = texts.iter().find(|known| **known == name).map(|name| Place::Text(name));
    let number = || numbers.iter().find(|known| **known == name).map(|name| Place::Number(name));
    text.or_else(number).or_else(|| match kind {
        RowKind::Customers => lot_place(name),
        RowKind::Sales => (name == "lines").then_some(Place::Json("lines")),
    })
}

/// `lot1_amount`, `lot1_activates_at`, `lot1_expires`, and so on.
fn lot_place(name: &str) -> Option<Place> {
    let (number, field) = name.strip_prefix("lot")?.split_once('_')?;
    let number: usize = number.parse().ok()?;
    let index = number.checked_sub(1).filter(|index| *index < LOTS_MAX)?;
    let field = LOT_FIELDS.iter().find(|known| **known == field)?;
    Some(Place::Lot { index, field })
}

/// What rows name, and what they come to; only what totals and doubles need.
#[derive(Debug, Deserialize)]
pub(super) struct Sketch<'a> {
    #[serde(default, borrow)]
    pub(super) key: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    pub(super) phone: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    pub(super) card: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    pub(super) external_sale_id: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    pub(super) total_amount: Option<&'a RawValue>,
    #[serde(default, borrow)]
    pub(super) lots: Vec<LotSketch<'a>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct LotSketch<'a> {
    #[serde(default, borrow)]
    pub(super) amount: Option<&'a RawValue>,
}
