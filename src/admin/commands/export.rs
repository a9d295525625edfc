//! `kopilka export`: the lines of the operator API into a file or onto the terminal, while they arrive.

use crate::admin::cli::{Export, ExportTo, RowFormat};
use crate::admin::exit::Failure;
use crate::admin::part_file::{PartFile, lost};
use crate::admin::way_in::Missing;
use crate::admin::{requests, terminal};
use std::io::{self, BufWriter, Stdout, Write, stdout};
use std::path::{Path, PathBuf};

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
struct Out {
    to: To,
    format: RowFormat,
    lines: u64,
}

enum To {
    Terminal(BufWriter<Stdout>),
    File(PathBuf, BufWriter<PartFile>),
}

impl Out {
    fn open(asked: &ExportTo) -> Result<Self, Failure> {
        let to = match &asked.out {
            None => To::Terminal(BufWriter::new(stdout())),
            Some(name) => To::File(name.clone(), BufWriter::new(PartFile::begin(name)?)),
        };
        Ok(Self { to, format: asked.format, lines: 0 })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let ends = bytes.iter().filter(|byte| **byte == b'\n').count();
        self.lines = self.lines.saturating_add(u64::try_from(ends).unwrap_or(0));
        match &mut self.to {
            To::Terminal(writer) => writer.write_all(bytes).map_err(|error| lost_terminal(&error)),
            To::File(name, writer) => writer.write_all(bytes).map_err(|error| lost(name, &error)),
        }
    }

    fn finish(self) -> Result<(), Failure> {
        match self.to {
            To::Terminal(mut writer) => writer.flush().map_err(|error| lost_terminal(&error)),
            To::File(name, writer) => {
                let file = writer.into_inner().map_err(|error| lost(&name, error.error()))?;
                file.finish()?;
                let header = u64::from(self.format == RowFormat::Csv);
                let rows = self.lines.saturating_sub(header);
                terminal::say(&format!("{rows} rows are in {}", name.display()));
                Ok(())
            }
        }
    }
}

fn lost_terminal(error: &io::Error) -> Failure {
    lost(Path::new("the terminal"), error)
}
