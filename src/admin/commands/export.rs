//! `kopilka export`: the lines of the operator API into a file or onto the terminal, while they arrive.

use crate::admin::cli::{Export, ExportTo, RowFormat};
use crate::admin::exit::Failure;
use crate::admin::way_in::Missing;
use crate::admin::{requests, terminal};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufWriter, Write, stdout};
use std::path::{Path, PathBuf};

/// What the name of a file ends with until all of the export is in it.
const PART: &str = ".part";

pub(in crate::admin) async fn export(asked: &Export) -> Result<(), Failure> {
    let (what, asked) = match asked {
        Export::Operations(asked) => ("operations", asked),
        Export::Balances(asked) => ("balances", asked),
        Export::Lots(asked) => ("lots", asked),
    };
    let format = match asked.format {
        RowFormat::Csv => "csv",
        RowFormat::Ndjson => "ndjson",
    };
    let as_of = (asked.as_of.as_deref(), asked.as_of_event);
    let request = requests::export(asked.tenant, what, format, as_of);
    let mut out = Out::open(asked)?;
    let door = asked.way_in.open(Missing::Refuse).await?;
    let streamed = door.gateway.stream(request, |bytes| out.write(bytes)).await;
    door.close().await?;
    streamed?;
    out.finish()
}

/// Where lines go.
struct Out<'a> {
    asked: &'a ExportTo,
    writer: BufWriter<Box<dyn Write>>,
    lines: u64,
}

impl<'a> Out<'a> {
    /// An export overwrites nothing but what is left of one that broke off.
    fn open(asked: &'a ExportTo) -> Result<Self, Failure> {
        let inner: Box<dyn Write> = match &asked.out {
            None => Box::new(stdout()),
            Some(path) if path.exists() => {
                return Err(Failure::Usage(format!("{} exists already", path.display())));
            }
            Some(path) => Box::new(File::create(part_of(path)).map_err(|error| {
                Failure::Usage(format!("cannot make {}: {error}", part_of(path).display()))
            })?),
        };
        Ok(Self { asked, writer: BufWriter::new(inner), lines: 0 })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let ends = bytes.iter().filter(|byte| **byte == b'\n').count();
        self.lines = self.lines.saturating_add(u64::try_from(ends).unwrap_or(0));
        self.writer.write_all(bytes).map_err(|error| self.lost(&error))
    }

    fn finish(mut self) -> Result<(), Failure> {
        self.writer.flush().map_err(|error| self.lost(&error))?;
        if let Some(path) = &self.asked.out {
            fs::rename(part_of(path), path).map_err(|error| self.lost(&error))?;
            let header = u64::from(self.asked.format == RowFormat::Csv);
            let rows = self.lines.saturating_sub(header);
            terminal::say(&format!("{rows} rows are in {}", path.display()));
        }
        Ok(())
    }

    fn lost(&self, error: &std::io::Error) -> Failure {
        let place = self.asked.out.as_ref().map(|path| path.display().to_string());
        let place = place.unwrap_or_else(|| "the terminal".to_owned());
        Failure::Unreachable(format!("cannot write to {place}: {error}"))
    }
}

/// The file that lines go into until all of them are there.
fn part_of(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(PART);
    name.into()
}
