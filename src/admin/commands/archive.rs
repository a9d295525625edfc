//! `kopilka archive`: how the continuous copy of a ledger stands; of a running server through its operator API,
//! else by what its directory says.

use crate::admin::cli::{Archive, ArchiveStatus, WayIn};
use crate::admin::config::{Configuration, Layer};
use crate::admin::exit::Failure;
use crate::admin::verification::unusable;
use crate::admin::way_in::Missing;
use crate::admin::{requests, sheet, terminal};
use crate::journal::{archive_of, archive_summary};
use serde::Serialize;
use std::path::PathBuf;

/// What the directory of an archive says of itself.
#[derive(Serialize)]
struct SummaryDocument {
    directory: String,
    files: usize,
    bytes: u64,
    /// Durable in it.
    last_record: u64,
    last_event: u64,
}

pub(in crate::admin) async fn archive(asked: &Archive) -> Result<(), Failure> {
    let Archive::Status(asked) = asked;
    let told = if asked.inquiry.way_in.url.is_some() {
        let answer = asked.inquiry.way_in.ask(requests::show_archive(), Missing::Refuse).await?;
        answer.data()?.to_owned()
    } else {
        of_directory(asked)?
    };
    terminal::say(&if asked.inquiry.json { told } else { sheet::lines(&told)? });
    Ok(())
}

fn of_directory(asked: &ArchiveStatus) -> Result<String, Failure> {
    let given = asked.directory.clone();
    let directory = given.map_or_else(|| configured(&asked.inquiry.way_in), Ok)?;
    let summary = archive_summary(&directory).map_err(|error| unusable(&error))?;
    let document = SummaryDocument {
        directory: directory.display().to_string(),
        files: summary.files,
        bytes: summary.bytes,
        last_record: summary.last_record,
        last_event: summary.last_event.number(),
    };
    serde_json::to_string(&document).map_err(|error| Failure::Differs(error.to_string()))
}

/// Where the archive is by the configuration, or by what the data directory remembers.
fn configured(way_in: &WayIn) -> Result<PathBuf, Failure> {
    let flags = Layer::of_data_dir(way_in.data_dir.clone());
    let configuration = Configuration::load(flags, way_in.config.as_deref())?;
    let remembered = || archive_of(&configuration.data_dir);
    configuration.archive_dir.clone().or_else(remembered).ok_or_else(|| {
        let data_dir = configuration.data_dir.display();
        Failure::Refused(format!(
            "{data_dir} has no archive: `kopilka serve --archive-dir DIR` begins one"
        ))
    })
}
