//! `kopilka import`: a file is looked at whole, batch by batch, before anything of it is imported.

use crate::admin::cli::{Import, ImportFile, RowFormat};
use crate::admin::commands::import_reversal::reverse;
use crate::admin::exit::Failure;
use crate::admin::gateway::Gateway;
use crate::admin::row_file::{Dialect, Fault, FileRow, RowFile, RowKind, Sketch};
use crate::admin::way_in::Missing;
use crate::admin::{requests, terminal};
use crate::values::Balance;
use indicatif::ProgressBar;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Most bytes of the rows of one batch: what a request takes, less its frame.
const BATCH_BYTES_MAX: usize = 1_000_000;
/// Faults that are told one by one.
const FAULTS_TOLD_MAX: usize = 100;

/// What is imported, and what the file must come to.
struct Task<'a> {
    file: &'a ImportFile,
    what: &'static str,
    dialect: Dialect,
    accrue: bool,
    rows: Option<u64>,
    sum: Option<Balance>,
}

/// A batch of a file.
struct Batch {
    name: String,
    rows: Vec<FileRow>,
}

/// What a file has, and what became of it.
#[derive(Debug, Default, Serialize)]
struct Account {
    rows: u64,
    batches: u64,
    /// Batches that had been imported before.
    batches_before: u64,
    opened: u64,
    joined: u64,
    sales: u64,
    /// Rows that another batch had brought.
    known: u64,
    /// Of the opening balances, or of the sales, of the file.
    sum: String,
    faults: Vec<Told>,
}

/// What is wrong with a line of the file.
#[derive(Debug, Serialize)]
struct Told {
    line: u64,
    field: Option<String>,
    error: String,
}

#[derive(Deserialize)]
struct Answered {
    repeated: bool,
    opened: u64,
    joined: u64,
    sales: u64,
    known: Vec<usize>,
    problems: Vec<Problem>,
}

#[derive(Deserialize)]
struct Problem {
    row: usize,
    field: Option<String>,
    error: String,
}

pub(in crate::admin) async fn import(asked: &Import) -> Result<(), Failure> {
    match asked {
        Import::Customers(asked) => {
            let (rows, sum) = (asked.expect_customers, asked.expect_balance);
            let kind = RowKind::Customers;
            take_over(&Task::new(&asked.file, ("customers", kind), false, (rows, sum))?).await
        }
        Import::Sales(asked) => {
            let (rows, sum) = (asked.expect_sales, asked.expect_total);
            let kind = RowKind::Sales;
            take_over(&Task::new(&asked.file, ("sales", kind), asked.accrue, (rows, sum))?).await
        }
        Import::Reverse(asked) => reverse(asked).await,
    }
}

impl<'a> Task<'a> {
    fn new(
        file: &'a ImportFile,
        (what, kind): (&'static str, RowKind),
        accrue: bool,
        (rows, sum): (Option<u64>, Option<Balance>),
    ) -> Result<Self, Failure> {
        let ending = file.file.extension().map(|ending| ending.to_ascii_lowercase());
        let by_ending = match ending.as_ref().and_then(|ending| ending.to_str()) {
            Some("csv") => Some(RowFormat::Csv),
            Some("ndjson" | "jsonl") => Some(RowFormat::Ndjson),
            Some(_) | None => None,
        };
        let format = file.format.or(by_ending).ok_or_else(|| {
            Failure::Usage("say what the file is: --format csv or --format ndjson".into())
        })?;
        let dialect = Dialect { kind, format, separator: file.separator };
        Ok(Self { file, what, dialect, accrue, rows, sum })
    }

    /// Goes through the file; `take` gets every batch.
    async fn each_batch(
        &self,
        account: &mut Account,
        mut take: impl AsyncFnMut(&mut Account, Batch) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let most = usize::from(self.file.batch_rows);
        let (mut rows, mut bytes): (Vec<FileRow>, usize) = (Vec::new(), 0);
        for row in RowFile::open(&self.file.file, self.dialect)? {
            let row = match row {
                Ok(row) => row,
                Err(fault) => {
                    account.faults.push(fault.into());
                    continue;
                }
            };
            let length = row.json.len().saturating_add(1);
            let full = rows.len() >= most || bytes.saturating_add(length) > BATCH_BYTES_MAX;
            if full && !rows.is_empty() {
                let batch = self.batch(account, std::mem::take(&mut rows));
                take(account, batch).await?;
                bytes = 0;
            }
            bytes = bytes.saturating_add(length);
            rows.push(row);
        }
        if !rows.is_empty() {
            let batch = self.batch(account, rows);
            take(account, batch).await?;
        }
        Ok(())
    }

    fn batch(&self, account: &mut Account, rows: Vec<FileRow>) -> Batch {
        account.batches += 1;
        Batch { name: part_of(&self.file.batch, account.batches), rows }
    }

    async fn ask(
        &self,
        gateway: &Gateway,
        batch: &Batch,
        dry_run: bool,
    ) -> Result<Answered, Failure> {
        let rows: Vec<&str> = batch.rows.iter().map(|row| row.json.as_str()).collect();
        let how = (batch.name.as_str(), dry_run, self.accrue);
        let request = requests::import(self.file.tenant, self.what, how, &rows)?;
        gateway.call(request).await?.read()
    }

    /// Control totals, and all that is wrong.
    fn check(&self, account: &mut Account, sum: Balance) -> Result<(), Failure> {
        account.sum = sum.to_string();
        account.faults.sort_by_key(|fault| fault.line);
        let mut wrong = Vec::new();
        if !account.faults.is_empty() {
            wrong.push(format!("{} lines are wrong", account.faults.len()));
        }
        if let Some(expected) = self.rows.filter(|expected| *expected != account.rows) {
            let (what, rows) = (self.what, account.rows);
            wrong.push(format!("the file has {rows} {what}, {expected} are expected"));
        }
        if let Some(expected) = self.sum.filter(|expected| *expected != sum) {
            wrong.push(format!("the file comes to {sum}, {expected} is expected"));
        }
        if wrong.is_empty() {
            return Ok(());
        }
        if self.file.inquiry.json {
            self.tell(account)?;
        } else {
            account.faults.iter().take(FAULTS_TOLD_MAX).for_each(Told::complain);
        }
        Err(Failure::Refused(format!("nothing was imported: {}", wrong.join("; "))))
    }

    fn tell(&self, account: &Account) -> Result<(), Failure> {
        if self.file.inquiry.json {
            let json = serde_json::to_string(account)
                .map_err(|error| Failure::Unreachable(error.to_string()))?;
            terminal::say(&json);
            return Ok(());
        }
        let would = if self.file.dry_run { "would be " } else { "" };
        let Account { rows, batches, batches_before, opened, joined, sales, known, sum, .. } =
            account;
        terminal::say(&format!(
            "{}: {rows} rows in {batches} batches, {sum} in all",
            self.file.file.display()
        ));
        match self.dialect.kind {
            RowKind::Customers => terminal::say(&format!(
                "{opened} customers {would}opened, {joined} who are here already {would}joined"
            )),
            RowKind::Sales => terminal::say(&format!("{sales} sales {would}recorded")),
        }
        if *known > 0 {
            terminal::say(&format!("{known} rows were imported before; nothing is done with them"));
        }
        if *batches_before > 0 {
            terminal::say(&format!(
                "{batches_before} batches were imported before; nothing is done twice"
            ));
        }
        if self.file.dry_run {
            terminal::say("Nothing was imported: this was a dry run.");
        }
        Ok(())
    }
}

/// The parts of a file are batches of their own.
pub(super) fn part_of(name: &str, number: u64) -> String {
    format!("{name}.{number}")
}

async fn take_over(task: &Task<'_>) -> Result<(), Failure> {
    let door = task.file.inquiry.way_in.open(Missing::Refuse).await?;
    let done = through(task, &door.gateway).await;
    door.close().await?;
    done
}

async fn through(task: &Task<'_>, gateway: &Gateway) -> Result<(), Failure> {
    let bar = ProgressBar::no_length();
    let done = through_watched(task, gateway, &bar).await;
    bar.finish_and_clear();
    task.tell(&done?)
}

/// Looks at all of the file, then imports it, unless that is all that was asked.
async fn through_watched(
    task: &Task<'_>,
    gateway: &Gateway,
    bar: &ProgressBar,
) -> Result<Account, Failure> {
    let (mut looked, mut met, mut sum) = (Account::default(), Met::default(), Balance::ZERO);
    bar.set_message("rows looked at");
    task.each_batch(&mut looked, async |account, batch| {
        for row in &batch.rows {
            account.rows += 1;
            sum = met.take(row, task.dialect.kind, sum, account);
        }
        let answered = task.ask(gateway, &batch, true).await?;
        account.count(&batch, answered);
        bar.set_position(account.rows);
        Ok(())
    })
    .await?;
    task.check(&mut looked, sum)?;
    if task.file.dry_run {
        return Ok(looked);
    }
    let mut done = Account { rows: looked.rows, sum: looked.sum, ..Account::default() };
    bar.reset();
    bar.set_length(looked.rows);
    bar.set_message("rows imported");
    task.each_batch(&mut done, async |account, batch| {
        let answered = task.ask(gateway, &batch, false).await;
        let answered = answered.map_err(|failure| in_batch(failure, &batch))?;
        account.count(&batch, answered);
        bar.inc(u64::try_from(batch.rows.len()).unwrap_or(u64::MAX));
        Ok(())
    })
    .await?;
    Ok(done)
}

/// The batches before it stay imported.
fn in_batch(failure: Failure, batch: &Batch) -> Failure {
    match failure {
        Failure::Refused(why) => Failure::Refused(format!("batch {}: {why}", batch.name)),
        other @ (Failure::Usage(_)
        | Failure::DataDir(_)
        | Failure::Differs(_)
        | Failure::Unreachable(_)) => other,
    }
}

impl Account {
    fn count(&mut self, batch: &Batch, answered: Answered) {
        self.batches_before += u64::from(answered.repeated);
        self.opened += answered.opened;
        self.joined += answered.joined;
        self.sales += answered.sales;
        self.known += u64::try_from(answered.known.len()).unwrap_or(u64::MAX);
        let line = |row: usize| {
            row.checked_sub(1).and_then(|index| batch.rows.get(index)).map_or(0, |row| row.line)
        };
        self.faults.extend(answered.problems.into_iter().map(|problem| Told {
            line: line(problem.row),
            field: problem.field,
            error: problem.error,
        }));
    }
}

impl Told {
    fn complain(&self) {
        let field = self.field.as_ref().map(|field| format!(", {field}")).unwrap_or_default();
        terminal::complain(&format!("line {}{field}: {}", self.line, self.error));
    }
}

impl From<Fault> for Told {
    fn from(fault: Fault) -> Self {
        Self { line: fault.line, field: fault.field, error: fault.error }
    }
}

/// What the rows of a file name, with the line that named it first: two batches do not know each other.
#[derive(Default)]
struct Met(BTreeMap<String, u64>);

impl Met {
    /// Adds a row to the sum; tells what an earlier line names as well.
    fn take(
        &mut self,
        row: &FileRow,
        kind: RowKind,
        sum: Balance,
        account: &mut Account,
    ) -> Balance {
        // What cannot be read here is told by the answer.
        let Ok(sketch) = serde_json::from_str::<Sketch<'_>>(&row.json) else { return sum };
        let names = match kind {
            RowKind::Customers => {
                vec![("key", sketch.key), ("phone", sketch.phone), ("card", sketch.card)]
            }
            RowKind::Sales => vec![("external_sale_id", sketch.external_sale_id)],
        };
        for (field, name) in names {
            let Some(name) = name else { continue };
            match self.0.entry(format!("{field} {}", name.trim())) {
                Entry::Vacant(place) => drop(place.insert(row.line)),
                Entry::Occupied(known) => account.faults.push(Told {
                    line: row.line,
                    field: Some(field.to_owned()),
                    error: format!("it is the same as in line {}", known.get()),
                }),
            }
        }
        let lots = sketch.lots.iter().filter_map(|lot| lot.amount);
        let amounts = sketch.total_amount.into_iter().chain(lots);
        let amounts = amounts.filter_map(|raw| Balance::parse(raw.get()).ok());
        amounts.fold(sum, |sum, amount| sum.checked_add(amount).unwrap_or(sum))
    }
}
