//! `kopilka settings`: a chain's settings tried, compared, scheduled and taken back.

use crate::admin::cli::{Inquiry, Settings, SettingsShow, SettingsValidate};
use crate::admin::exit::Failure;
use crate::admin::gateway::Request;
use crate::admin::requests::{self, Proposed};
use crate::admin::shown::Shown;
use crate::admin::way_in::Missing;
use crate::admin::{settings_file, sheet};

const VERSION_COLUMNS: [&str; 3] = ["version", "effective_from", "current"];
const CHANGE_COLUMNS: [&str; 3] = ["field", "from", "to"];
/// Where the answer has what would change.
const CHANGES: &str = "changes";

pub(in crate::admin) async fn settings(asked: &Settings) -> Result<(), Failure> {
    let (inquiry, request, shown) = match asked {
        Settings::Validate(asked) => return validate(asked).await,
        Settings::Show(asked) => return show(asked).await,
        Settings::Diff(asked) => {
            let tenant = asked.of.tenant;
            let file = asked.file.as_deref().map(settings_file::read).transpose()?;
            let proposed = match (&file, asked.version) {
                (Some(document), _) => Proposed::Document(document),
                (None, version) => Proposed::Version(version.unwrap_or_default()),
            };
            let request = requests::check_settings(tenant, &proposed, (None, asked.at));
            (
                &asked.of.inquiry,
                request,
                Shown::Table { list: Some(CHANGES), columns: &CHANGE_COLUMNS },
            )
        }
        Settings::Schedule(asked) => {
            let settings = settings_file::read(&asked.file)?;
            let from = Some(asked.effective_from);
            let request = requests::set_settings(asked.of.tenant, &settings, from)?;
            adopted(&asked.of.inquiry, request)
        }
        Settings::Rollback(asked) => {
            let tenant = asked.of.tenant;
            let request = requests::roll_back_settings(tenant, asked.version, asked.effective_from);
            adopted(&asked.of.inquiry, request)
        }
        Settings::Versions(of) => {
            let request = requests::show_settings(of.tenant);
            (&of.inquiry, request, Shown::table(&VERSION_COLUMNS))
        }
    };
    inquiry.tell(request, &shown).await
}

/// A version as it was adopted.
const fn adopted(inquiry: &Inquiry, request: Request) -> (&Inquiry, Request, Shown) {
    (inquiry, request, Shown::Lines)
}

async fn validate(asked: &SettingsValidate) -> Result<(), Failure> {
    let document = settings_file::read(&asked.file)?;
    let proposed = Proposed::Document(&document);
    let times = (asked.effective_from, None);
    let request = requests::check_settings(asked.of.tenant, &proposed, times);
    let inquiry = &asked.of.inquiry;
    let answer = inquiry.way_in.ask(request, Missing::Refuse).await?;
    let data = answer.data()?;
    let count = sheet::items(sheet::field_of(data, CHANGES)?).len();
    let version = sheet::field_of(data, "against_version")?;
    let said =
        format!("the settings can be adopted; fields that differ from version {version}: {count}");
    inquiry.print(data, &Shown::Sentence(said))
}

/// The API lists all versions; the one that is meant is picked here.
async fn show(asked: &SettingsShow) -> Result<(), Failure> {
    let (inquiry, tenant) = (&asked.of.inquiry, asked.of.tenant);
    let answer = inquiry.way_in.ask(requests::show_settings(tenant), Missing::Refuse).await?;
    let wanted = asked.version.map(|version| version.to_string());
    for version in sheet::items(answer.data()?) {
        let found = match &wanted {
            Some(wanted) => sheet::field_of(version, "version")? == wanted,
            None => sheet::field_of(version, "current")? == "true",
        };
        if found {
            return inquiry.print(version, &Shown::Lines);
        }
    }
    let wanted = wanted.unwrap_or_default();
    Err(Failure::Refused(format!("tenant {tenant} has no settings of version {wanted}")))
}
