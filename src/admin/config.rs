//! Configuration: a flag beats an environment variable, which beats the configuration file, which
//! beats the default. The same fields come from all three, so one type carries each layer.

use crate::admin::door_settings::{DoorLayer, DoorSettings};
use crate::admin::exit::Failure;
use crate::admin::logging::LogFormat;
use crate::admin::variable::from_variable;
use crate::courier::{PushSettings, SmsSettings};
use crate::engine::{Clock, HouseOptions};
use clap::Args;
use serde::Deserialize;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Where a server listens for tills and apps unless told otherwise.
const LISTEN: &str = "127.0.0.1:8081";
/// Where a server listens for operators unless told otherwise.
const OPERATOR_LISTEN: &str = "127.0.0.1:8082";
const DATA_DIR: &str = "data/ledger";
const LOG: &str = "info";
/// The environment variable that names the configuration file.
const FILE_VARIABLE: &str = "KOPILKA_CONFIG";

/// What one source says; a field it does not name is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Args)]
#[serde(deny_unknown_fields)]
pub(super) struct Layer {
    /// The folder of the ledger [env KOPILKA_DATA_DIR; default data/ledger]
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Where tills and apps are served [env KOPILKA_LISTEN; default 127.0.0.1:8081]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,
    /// Where operators are served [env KOPILKA_OPERATOR_LISTEN; default 127.0.0.1:8082]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub operator_listen: Option<SocketAddr>,
    /// Threads that serve accounts; 0: one less than there are cores [env KOPILKA_ARBITERS; default 0]
    #[arg(long, value_name = "N")]
    pub arbiters: Option<usize>,
    /// Requests under way at once; one more gets 503 [env KOPILKA_PLACES_MAX; default 8192]
    #[arg(long, value_name = "N")]
    pub places_max: Option<usize>,
    /// How often the derived tables are written [env KOPILKA_CHECKPOINT_SECONDS; default 30]
    #[arg(long, value_name = "SECONDS")]
    pub checkpoint_seconds: Option<u64>,
    /// When an account without requests leaves memory [env KOPILKA_IDLE_SECONDS; default 600]
    #[arg(long, value_name = "SECONDS")]
    pub idle_seconds: Option<u64>,
    /// Cache of the journal and of the tables, each [env KOPILKA_CACHE_MIB; default 64]
    #[arg(long, value_name = "MIB")]
    pub cache_mib: Option<u64>,
    /// Filter of seen ids; ids beyond it are looked for on the disk [env KOPILKA_FILTER_MIB; default 256]
    #[arg(long, value_name = "MIB")]
    pub filter_mib: Option<u64>,
    /// How long a shutdown waits for open requests [env KOPILKA_SHUTDOWN_SECONDS; default 30]
    #[arg(long, value_name = "SECONDS")]
    pub shutdown_seconds: Option<u64>,
    /// Share of one thread's time that verifying a running server takes, in percent [env KOPILKA_VERIFY_SHARE_PERCENT; default 10]
    #[arg(long, value_name = "PERCENT")]
    pub verify_share_percent: Option<u8>,
    /// Which log lines are written to stderr [env KOPILKA_LOG; default info]
    #[arg(long, value_name = "FILTER")]
    pub log: Option<String>,
    /// Where snapshots go [env KOPILKA_SNAPSHOT_DIR; default snapshots in the folder of the ledger]
    #[arg(long, value_name = "DIR")]
    pub snapshot_dir: Option<PathBuf>,
    /// Accounts in memory at once [env KOPILKA_RESIDENT_ACCOUNTS_MAX; default 200000]
    #[arg(long, value_name = "N")]
    pub resident_accounts_max: Option<usize>,
    /// How log lines are written: text or json [env KOPILKA_LOG_FORMAT; default text]
    #[arg(long, value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
    /// Whether /metrics is shown to who has no token [env KOPILKA_METRICS_OPEN; default false]
    #[arg(long, value_name = "BOOL")]
    pub metrics_open: Option<bool>,
    /// How text messages leave the house; the file alone says it, since it may hold a key.
    #[arg(skip)]
    pub sms: Option<SmsSettings>,
    /// How notices to apps leave the house; the file alone says it.
    #[arg(skip)]
    pub push: Option<PushSettings>,
    /// Where every record goes a second time as it becomes durable [env KOPILKA_ARCHIVE_DIR; default: nowhere]
    #[arg(long, value_name = "DIR")]
    pub archive_dir: Option<PathBuf>,
    #[command(flatten)]
    #[serde(default)]
    pub doors: DoorLayer,
}

/// What holds after all layers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Configuration {
    pub data_dir: PathBuf,
    pub listen: SocketAddr,
    pub operator_listen: SocketAddr,
    pub arbiters: usize,
    pub places_max: usize,
    pub checkpoint_seconds: u64,
    pub idle_seconds: u64,
    pub cache_mib: u64,
    pub filter_mib: u64,
    pub shutdown_seconds: u64,
    pub verify_share_percent: u8,
    pub log: String,
    pub snapshot_dir: PathBuf,
    pub resident_accounts_max: usize,
    pub log_format: LogFormat,
    pub metrics_open: bool,
    pub sms: SmsSettings,
    pub push: PushSettings,
    pub archive_dir: Option<PathBuf>,
    pub doors: DoorSettings,
}

impl Layer {
    /// Only the data directory is named.
    pub(super) fn of_data_dir(data_dir: Option<PathBuf>) -> Self {
        Self { data_dir, ..Self::default() }
    }

    /// What `self` names, and of the rest what `lower` names.
    fn over(self, lower: Self) -> Self {
        Self {
            data_dir: self.data_dir.or(lower.data_dir),
            listen: self.listen.or(lower.listen),
            operator_listen: self.operator_listen.or(lower.operator_listen),
            arbiters: self.arbiters.or(lower.arbiters),
            places_max: self.places_max.or(lower.places_max),
            checkpoint_seconds: self.checkpoint_seconds.or(lower.checkpoint_seconds),
            idle_seconds: self.idle_seconds.or(lower.idle_seconds),
            cache_mib: self.cache_mib.or(lower.cache_mib),
            filter_mib: self.filter_mib.or(lower.filter_mib),
            shutdown_seconds: self.shutdown_seconds.or(lower.shutdown_seconds),
            verify_share_percent: self.verify_share_percent.or(lower.verify_share_percent),
            log: self.log.or(lower.log),
            snapshot_dir: self.snapshot_dir.or(lower.snapshot_dir),
            resident_accounts_max: self.resident_accounts_max.or(lower.resident_accounts_max),
            log_format: self.log_format.or(lower.log_format),
            metrics_open: self.metrics_open.or(lower.metrics_open),
            sms: self.sms.or(lower.sms),
            push: self.push.or(lower.push),
            archive_dir: self.archive_dir.or(lower.archive_dir),
            doors: self.doors.over(lower.doors),
        }
    }

    fn of_environment(variable: &impl Fn(&str) -> Option<String>) -> Result<Self, Failure> {
        Ok(Self {
            data_dir: from_variable(variable, "DATA_DIR", "a folder")?,
            listen: from_variable(variable, "LISTEN", "ADDRESS:PORT")?,
            operator_listen: from_variable(variable, "OPERATOR_LISTEN", "ADDRESS:PORT")?,
            arbiters: from_variable(variable, "ARBITERS", "a number")?,
            places_max: from_variable(variable, "PLACES_MAX", "a number")?,
            checkpoint_seconds: from_variable(variable, "CHECKPOINT_SECONDS", "a number")?,
            idle_seconds: from_variable(variable, "IDLE_SECONDS", "a number")?,
            cache_mib: from_variable(variable, "CACHE_MIB", "a number")?,
            filter_mib: from_variable(variable, "FILTER_MIB", "a number")?,
            shutdown_seconds: from_variable(variable, "SHUTDOWN_SECONDS", "a number")?,
            verify_share_percent: from_variable(variable, "VERIFY_SHARE_PERCENT", "a number")?,
            log: from_variable(variable, "LOG", "a log filter")?,
            snapshot_dir: from_variable(variable, "SNAPSHOT_DIR", "a folder")?,
            resident_accounts_max: from_variable(variable, "RESIDENT_ACCOUNTS_MAX", "a number")?,
            log_format: from_variable(variable, "LOG_FORMAT", "text or json")?,
            metrics_open: from_variable(variable, "METRICS_OPEN", "true or false")?,
            sms: None,
            push: None,
            archive_dir: from_variable(variable, "ARCHIVE_DIR", "a folder")?,
            doors: DoorLayer::of_environment(variable)?,
        })
    }

    fn of_file(path: &Path) -> Result<Self, Failure> {
        let shown = path.display();
        let text = fs::read_to_string(path)
            .map_err(|error| Failure::Usage(format!("cannot read {shown}: {error}")))?;
        Self::of_text(&text).map_err(|reason| Failure::Usage(format!("{shown}: {reason}")))
    }

    fn of_text(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.message().replace('\n', ", "))
    }

    fn settled(self) -> Result<Configuration, Failure> {
        let address = |text: &str| text.parse().expect("a default address is an address");
        let data_dir = self.data_dir.unwrap_or_else(|| PathBuf::from(DATA_DIR));
        let defaults = HouseOptions::new(data_dir);
        let configuration = Configuration {
            data_dir: defaults.data_dir,
            snapshot_dir: self.snapshot_dir.unwrap_or(defaults.snapshot_dir),
            listen: self.listen.unwrap_or_else(|| address(LISTEN)),
            operator_listen: self.operator_listen.unwrap_or_else(|| address(OPERATOR_LISTEN)),
            arbiters: self.arbiters.unwrap_or(defaults.arbiters),
            places_max: self.places_max.unwrap_or(defaults.places_max),
            checkpoint_seconds: self.checkpoint_seconds.unwrap_or(defaults.checkpoint_seconds),
            idle_seconds: self.idle_seconds.unwrap_or(defaults.idle_seconds),
            cache_mib: self.cache_mib.unwrap_or(defaults.cache_bytes >> 20),
            filter_mib: self.filter_mib.unwrap_or(defaults.filter_bytes >> 20),
            shutdown_seconds: self.shutdown_seconds.unwrap_or(defaults.shutdown_seconds),
            verify_share_percent: self
                .verify_share_percent
                .unwrap_or(defaults.verify_share_percent),
            log: self.log.unwrap_or_else(|| LOG.into()),
            resident_accounts_max: self
                .resident_accounts_max
                .unwrap_or(defaults.resident_accounts_max),
            log_format: self.log_format.unwrap_or_default(),
            metrics_open: self.metrics_open.unwrap_or_default(),
            sms: self.sms.unwrap_or_default(),
            push: self.push.unwrap_or_default(),
            archive_dir: self.archive_dir,
            doors: self.doors.settled()?,
        };
        configuration.check()?;
        Ok(configuration)
    }
}

impl Configuration {
    /// Flags over the process's environment over the file that either of them names.
    pub(super) fn load(flags: Layer, file: Option<&Path>) -> Result<Self, Failure> {
        layered(flags, file, &|name| std::env::var(name).ok())
    }

    /// The house that is meant, under a clock.
    pub(super) fn house(&self, clock: Clock) -> HouseOptions {
        HouseOptions {
            clock,
            arbiters: self.arbiters,
            places_max: self.places_max,
            checkpoint_seconds: self.checkpoint_seconds,
            idle_seconds: self.idle_seconds,
            resident_accounts_max: self.resident_accounts_max,
            cache_bytes: self.cache_mib << 20,
            filter_bytes: self.filter_mib << 20,
            shutdown_seconds: self.shutdown_seconds,
            snapshot_dir: self.snapshot_dir.clone(),
            archive_dir: self.archive_dir.clone(),
            verify_share_percent: self.verify_share_percent,
            ..HouseOptions::new(self.data_dir.clone())
        }
    }
}

fn layered(
    flags: Layer,
    file: Option<&Path>,
    variable: &impl Fn(&str) -> Option<String>,
) -> Result<Configuration, Failure> {
    let named = file.map(Path::to_path_buf).or_else(|| variable(FILE_VARIABLE).map(PathBuf::from));
    let from_file = named.as_deref().map(Layer::of_file).transpose()?.unwrap_or_default();
    flags.over(Layer::of_environment(variable)?).over(from_file).settled()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::courier::SmsGatewayKind;

    fn settle(
        flag: Option<&str>,
        variables: &[(&str, &str)],
        file: &str,
    ) -> Result<Configuration, Failure> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("kopilka.toml");
        fs::write(&path, file).unwrap();
        let flags = Layer { listen: flag.map(|text| text.parse().unwrap()), ..Layer::default() };
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned())
        };
        layered(flags, Some(&path), &variable)
    }

    #[test]
    fn a_flag_beats_the_environment_beats_the_file_beats_the_default() {
        let check = |flag: Option<&str>, variable: Option<&str>, file: Option<&str>, expected| {
            let variables: Vec<_> =
                variable.map(|text| ("KOPILKA_LISTEN", text)).into_iter().collect();
            let file = file.map(|text| format!("listen = \"{text}\"")).unwrap_or_default();
            let found = settle(flag, &variables, &file).unwrap().listen.to_string();
            assert_eq!(found, expected);
        };
        let (flag, variable, file) =
            (Some("127.0.0.1:1"), Some("127.0.0.1:2"), Some("127.0.0.1:3"));
        check(flag, variable, file, "127.0.0.1:1");
        check(flag, None, file, "127.0.0.1:1");
        check(None, variable, file, "127.0.0.1:2");
        check(None, None, file, "127.0.0.1:3");
        check(None, Some(""), file, "127.0.0.1:3");
        check(None, None, None, "127.0.0.1:8081");
    }

    #[test]
    fn every_field_comes_from_every_layer() {
        let file = "data_dir = \"d\"\nlisten = \"127.0.0.1:1\"\noperator_listen = \"127.0.0.1:2\"\n\
            arbiters = 3\nplaces_max = 4\ncheckpoint_seconds = 5\nidle_seconds = 6\ncache_mib = 7\nfilter_mib = 10\n\
            shutdown_seconds = 8\nlog = \"warn\"\nsnapshot_dir = \"s\"\n\
            resident_accounts_max = 9000\nlog_format = \"json\"\n\
            metrics_open = true\nverify_share_percent = 9\narchive_dir = \"a\"\n";
        let variables = [
            ("KOPILKA_DATA_DIR", "d"),
            ("KOPILKA_LISTEN", "127.0.0.1:1"),
            ("KOPILKA_OPERATOR_LISTEN", "127.0.0.1:2"),
            ("KOPILKA_ARBITERS", "3"),
            ("KOPILKA_PLACES_MAX", "4"),
            ("KOPILKA_CHECKPOINT_SECONDS", "5"),
            ("KOPILKA_IDLE_SECONDS", "6"),
            ("KOPILKA_CACHE_MIB", "7"),
            ("KOPILKA_FILTER_MIB", "10"),
            ("KOPILKA_SHUTDOWN_SECONDS", "8"),
            ("KOPILKA_VERIFY_SHARE_PERCENT", "9"),
            ("KOPILKA_LOG", "warn"),
            ("KOPILKA_SNAPSHOT_DIR", "s"),
            ("KOPILKA_RESIDENT_ACCOUNTS_MAX", "9000"),
            ("KOPILKA_LOG_FORMAT", "json"),
            ("KOPILKA_METRICS_OPEN", "true"),
            ("KOPILKA_ARCHIVE_DIR", "a"),
        ];
        let from_file = settle(None, &[], file).unwrap();
        assert_eq!(from_file, settle(None, &variables, "").unwrap());
        assert_eq!((from_file.data_dir, from_file.cache_mib), (PathBuf::from("d"), 7));
        assert_eq!((from_file.shutdown_seconds, from_file.log.as_str()), (8, "warn"));
        assert_eq!((from_file.log_format, from_file.metrics_open), (LogFormat::Json, true));
        assert_eq!((from_file.verify_share_percent, from_file.filter_mib), (9, 10));
        let defaults = settle(None, &[], "").unwrap();
        assert_eq!((defaults.shutdown_seconds, defaults.cache_mib), (30, 64));
        assert_eq!(defaults.filter_mib, 256);
        assert_eq!(from_file.snapshot_dir, PathBuf::from("s"));
        assert_eq!(defaults.snapshot_dir, PathBuf::from("data/ledger/snapshots"));
        let archives = (from_file.archive_dir, defaults.archive_dir);
        assert_eq!(archives, (Some(PathBuf::from("a")), None));
    }

    #[test]
    fn the_ways_of_messages_come_from_the_file_and_show_no_key() {
        let file = "[sms]\ngateway = \"http\"\nurl = \"https://sms.example/send\"\nmethod = \"PUT\"\n\
            headers = { Authorization = \"Bearer key\" }\nbody = '{\"t\":\"{text}\"}'\n\
            body_format = \"json\"\nsender = \"Khorosho\"\nsuccess_contains = \"ok\"\n\
            [push]\nservice_account = \"fcm.json\"\nfcm_url = \"http://127.0.0.1:9\"\n";
        let found = settle(None, &[], file).unwrap();
        assert_eq!(found.sms.gateway, SmsGatewayKind::Http);
        assert_eq!(found.sms.url.as_deref(), Some("https://sms.example/send"));
        assert_eq!(found.sms.headers["Authorization"], "Bearer key");
        assert_eq!(found.push.service_account, Some(PathBuf::from("fcm.json")));
        assert!(!format!("{found:?}").contains("Bearer"));
        let defaults = settle(None, &[], "").unwrap();
        assert_eq!(
            (defaults.sms, defaults.push),
            (SmsSettings::default(), PushSettings::default())
        );
    }

    #[test]
    fn what_cannot_be_meant_is_refused_by_name() {
        let check = |variables: &[(&str, &str)], file: &str, expected: &str| {
            let failure = settle(None, variables, file).unwrap_err();
            assert!(matches!(failure, Failure::Usage(_)));
            let sentence = failure.to_string();
            assert!(sentence.contains(expected) && !sentence.contains('\n'), "{sentence}");
        };
        check(&[], "lisen = \"127.0.0.1:1\"", "`lisen`");
        check(&[], "places_max = \"many\"", "invalid type");
        check(&[("KOPILKA_LISTEN", "here")], "", "KOPILKA_LISTEN must be ADDRESS:PORT");
        check(&[("KOPILKA_PLACES_MAX", "0")], "", "places_max must be 1 to");
        check(&[], "checkpoint_seconds = 0", "checkpoint_seconds must be 1 to");
        check(&[], "resident_accounts_max = 9", "resident_accounts_max must be 1000 to");
        check(&[("KOPILKA_LOG_FORMAT", "xml")], "", "KOPILKA_LOG_FORMAT must be text or json");
        check(&[], "log_format = \"xml\"", "`xml`");
        check(&[], "filter_mib = 0", "filter_mib must be 1 to");
        check(&[], "verify_share_percent = 101", "verify_share_percent must be 1 to 100");
        check(&[], "[sms]\ngatway = \"log\"", "`gatway`");
        check(&[], "[sms]\ngateway = \"pigeon\"", "`pigeon`");
        check(&[], "[push]\nfcm = \"here\"", "`fcm`");
    }
}
