//! The command line: what can be asked of the program, each with an example.

mod archive;
mod customer;
mod export;
mod import;
mod load;
mod operator;
mod parse;
mod report;
mod reseal;
mod sale;
mod settings;
mod snapshot;
mod tenant;
mod verify;
mod voucher;

pub(in crate::admin) use archive::{Archive, ArchiveStatus};
pub(in crate::admin) use customer::{
    Adjust, Customer, CustomerExport, CustomerForget, CustomerName,
};
pub(in crate::admin) use export::{Export, ExportTo};
pub(in crate::admin) use import::{Import, ImportFile, ImportReverse, RowFormat};
pub(in crate::admin) use load::{Load, Spread};
pub(in crate::admin) use operator::{Audit, Operator};
pub(in crate::admin) use report::{Report, ReportAbuse, ReportLiability, ReportTrialBalance};
pub(in crate::admin) use reseal::Reseal;
pub(in crate::admin) use sale::{Sale, Webhook};
pub(in crate::admin) use settings::{Settings, SettingsShow, SettingsValidate};
pub(in crate::admin) use snapshot::{
    Restore, Snapshot, SnapshotCreate, SnapshotList, SnapshotPrune,
};
pub(in crate::admin) use tenant::{
    Tenant, TenantCreate, TenantName, TenantPromotions, TenantRotate,
};
pub(in crate::admin) use verify::{Rebuild, Verify};
pub(in crate::admin) use voucher::{
    Coupon, CouponIssue, GiftCard, GiftCardIssue, VoucherList, VoucherNamed,
};

use crate::admin::cli::archive::ARCHIVE_EXAMPLE;
use crate::admin::cli::customer::{ADJUST_EXAMPLE, CUSTOMER_EXAMPLE};
use crate::admin::cli::export::EXPORT_EXAMPLE;
use crate::admin::cli::import::IMPORT_EXAMPLE;
use crate::admin::cli::load::LOAD_EXAMPLE;
use crate::admin::cli::operator::{AUDIT_EXAMPLE, OPERATOR_EXAMPLE};
use crate::admin::cli::report::REPORT_EXAMPLE;
use crate::admin::cli::reseal::RESEAL_EXAMPLE;
use crate::admin::cli::sale::{SALE_EXAMPLE, WEBHOOK_EXAMPLE};
use crate::admin::cli::settings::SETTINGS_EXAMPLE;
use crate::admin::cli::snapshot::{RESTORE_EXAMPLE, SNAPSHOT_EXAMPLE};
use crate::admin::cli::tenant::TENANT_EXAMPLE;
use crate::admin::cli::verify::{REBUILD_EXAMPLE, VERIFY_EXAMPLE};
use crate::admin::cli::voucher::{COUPON_EXAMPLE, GIFT_CARD_EXAMPLE};
use crate::admin::config::Layer;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;

/// A loyalty-bonus ledger: durable, explained to the cent, one binary.
#[derive(Debug, Parser)]
#[command(name = "kopilka", version, after_help = "Example:\n  kopilka demo")]
pub(in crate::admin) struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(in crate::admin) enum Command {
    /// Serve a ledger to tills, apps and operators
    #[command(after_help = SERVE_EXAMPLE)]
    Serve(Box<Serve>),
    /// Post a real year of sales into a new ledger, prove it, and keep serving it
    #[command(after_help = DEMO_EXAMPLE)]
    Demo(Demo),
    /// Post signed sales as fast as they are answered, or at a rate, and tell how it went
    #[command(after_help = LOAD_EXAMPLE)]
    Load(Box<Load>),
    /// Create and change chains of shops
    #[command(subcommand, after_help = TENANT_EXAMPLE)]
    Tenant(Tenant),
    /// Show and change customers
    #[command(subcommand, after_help = CUSTOMER_EXAMPLE)]
    Customer(Customer),
    /// Correct a customer's balance by hand, with a reason
    #[command(after_help = ADJUST_EXAMPLE)]
    Adjust(Adjust),
    /// Read a report out of a ledger
    #[command(subcommand, after_help = REPORT_EXAMPLE)]
    Report(Report),
    /// Take over what an old system knew
    #[command(subcommand, after_help = IMPORT_EXAMPLE)]
    Import(Box<Import>),
    /// Write the ledger as lines, CSV or NDJSON
    #[command(subcommand, after_help = EXPORT_EXAMPLE)]
    Export(Export),
    /// Read a ledger from its first record and compare everything derived from it
    #[command(after_help = VERIFY_EXAMPLE)]
    Verify(Verify),
    /// Copy a ledger, list its copies, remove the older ones
    #[command(subcommand, after_help = SNAPSHOT_EXAMPLE)]
    Snapshot(Snapshot),
    /// Make a data directory of copies, and verify it
    #[command(after_help = RESTORE_EXAMPLE)]
    Restore(Restore),
    /// Try, compare, schedule and take back the settings of a chain
    #[command(subcommand, after_help = SETTINGS_EXAMPLE)]
    Settings(Settings),
    /// Find and show sales
    #[command(subcommand, after_help = SALE_EXAMPLE)]
    Sale(Sale),
    /// Issue, show and change gift cards
    #[command(subcommand, after_help = GIFT_CARD_EXAMPLE)]
    GiftCard(GiftCard),
    /// Issue, show and end coupons
    #[command(subcommand, after_help = COUPON_EXAMPLE)]
    Coupon(Coupon),
    /// Show how deliveries go, and have them made again
    #[command(subcommand, after_help = WEBHOOK_EXAMPLE)]
    Webhook(Webhook),
    /// Add and revoke those who operate the house
    #[command(subcommand, after_help = OPERATOR_EXAMPLE)]
    Operator(Operator),
    /// Read what operators did
    #[command(after_help = AUDIT_EXAMPLE)]
    Audit(Audit),
    /// Throw the derived tables away and make them anew from the journal
    #[command(after_help = REBUILD_EXAMPLE)]
    Rebuild(Rebuild),
    /// Show how the continuous copy stands
    #[command(subcommand, after_help = ARCHIVE_EXAMPLE)]
    Archive(Archive),
    /// Write a ledger anew with personal data and secrets sealed, and verify it
    #[command(after_help = RESEAL_EXAMPLE)]
    Reseal(Reseal),
}

const SERVE_EXAMPLE: &str = "Example:\n  kopilka serve --data-dir data/ledger --listen 127.0.0.1:8081 --operator-listen 127.0.0.1:8082";
const DEMO_EXAMPLE: &str = "Example:\n  kopilka demo --copies 20 --exit";

#[derive(Debug, Args)]
pub(in crate::admin) struct Serve {
    /// A TOML file with the same names, in snake case [env KOPILKA_CONFIG]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// For development: print every text message, login codes included, to stdout; with the SMS gateway `log` alone
    #[arg(long)]
    pub print_codes: bool,
    /// For measuring: answer the no-op route that `load --baseline` compares with
    #[arg(long)]
    pub bench_routes: bool,
    #[command(flatten)]
    pub flags: Layer,
}

#[derive(Debug, Args)]
pub(in crate::admin) struct Demo {
    /// How many times over the year of sales is posted, each time with other customers
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=999))]
    pub copies: u16,
    /// Connections that post at the same time
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub connections: u16,
    /// Where the demo is served; a free port of 127.0.0.1 unless given
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,
    /// End after the proof instead of serving on; status 1 if anything was not as expected
    #[arg(long)]
    pub exit: bool,
    /// Which API the sales are posted through
    #[arg(long, value_enum, default_value_t = DemoDialect::Bonex)]
    pub dialect: DemoDialect,
    /// Only the first so many sales of the year
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub sales: Option<u16>,
}

/// The two demos.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::admin) enum DemoDialect {
    /// The sales and returns of a gift-ware shop, through the partner API
    Bonex,
    /// The sales of a grocery chain with its stores, card discounts and coupons, through the BonusPlus API
    #[value(name = "bonusplus")]
    BonusPlus,
}

/// The two ways in: a closed data directory, or a running server.
#[derive(Debug, Args)]
pub(in crate::admin) struct WayIn {
    /// A data directory that no server has open [env KOPILKA_DATA_DIR; default data/ledger]
    #[arg(long, value_name = "DIR", conflicts_with = "url")]
    pub data_dir: Option<PathBuf>,
    /// The operator address of a running server, such as http://127.0.0.1:8082
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// The operator's token of that server [env KOPILKA_OPERATOR_TOKEN]
    #[arg(long, value_name = "TOKEN", requires = "url", conflicts_with = "token_file")]
    pub operator_token: Option<String>,
    /// A file that holds the operator's token, such as DIR/operator.token
    #[arg(long, value_name = "FILE", requires = "url")]
    pub token_file: Option<PathBuf>,
    /// A TOML configuration file [env KOPILKA_CONFIG]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// How a ledger is asked, and how the answer is printed.
#[derive(Debug, Args)]
pub(in crate::admin) struct Inquiry {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub way_in: WayIn,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Balance;
    use clap::CommandFactory;

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(words(line))
    }

    /// Splits as a shell does, as far as the examples need it.
    fn words(line: &str) -> Vec<String> {
        let mut words = Vec::new();
        for (index, part) in line.split('"').enumerate() {
            if index % 2 == 1 {
                words.push(part.to_owned());
            } else {
                words.extend(part.split_whitespace().map(str::to_owned));
            }
        }
        words
    }

    fn examples(command: &clap::Command, found: &mut Vec<String>) {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let (_, example) = help.split_once("Example:\n").expect("every command has an example");
        found.push(example.trim().to_owned());
        for inner in command.get_subcommands() {
            examples(inner, found);
        }
    }

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_an_example_that_parses() {
        let mut found = Vec::new();
        examples(&Cli::command(), &mut found);
        assert!(found.len() >= 18, "{found:?}");
        for example in found {
            if let Err(error) = parse(&example) {
                panic!("{example}: {error}");
            }
        }
    }

    #[test]
    fn what_is_documented_parses_and_what_is_wrong_does_not() {
        let check = |line: &str, expected: bool| {
            assert_eq!(parse(line).is_ok(), expected, "{line}");
        };
        check("kopilka serve --print-codes", true);
        check("kopilka serve --bench-routes", true);
        check("kopilka load --url http://127.0.0.1:8081", false);
        check("kopilka load --url http://127.0.0.1:8081 --keys k.json --rate 100", true);
        check("kopilka load --rate 100 --baseline", false);
        check("kopilka load --file f --spread zipf", false);
        check("kopilka load --batch 10001", false);
        check("kopilka load --connections 4097", false);
        check("kopilka demo", true);
        check("kopilka demo --copies 0", false);
        check("kopilka demo --dialect bonusplus", true);
        check("kopilka demo --dialect plus", false);
        check("kopilka demo --sales 100", true);
        check("kopilka demo --sales 0", false);
        check("kopilka tenant list --data-dir d --url http://h:1", false);
        check("kopilka tenant rotate --tenant 1 --token", true);
        check("kopilka tenant rotate --tenant 1 --secret --grace-seconds 60", true);
        check("kopilka tenant telegram --tenant 1 --bot-token 1:a --bot-username b", true);
        check("kopilka tenant telegram --tenant 1 --bot-username b", false);
        check("kopilka tenant rotate --tenant 1 --bonusplus-key", true);
        check("kopilka tenant rotate --tenant 1", false);
        check("kopilka tenant rotate --tenant 1 --token --secret", false);
        check("kopilka tenant settings --tenant 1", true);
        check("kopilka tenant settings --tenant 1 --effective-from 2027-01-01T00:00:00Z", false);
        check("kopilka tenant settings --tenant 1 --set f --effective-from tomorrow", false);
        check("kopilka customer set-card --tenant 1 --customer 7 --none", true);
        check("kopilka customer set-card --tenant 1 --customer 7", false);
        check("kopilka customer set-card --tenant 1 --customer 7 --card \" \"", false);
        check(
            "kopilka adjust --tenant 1 --customer 7 --amount -5.00 --reason x --allow-debt",
            true,
        );
        check("kopilka adjust --tenant 1 --customer 7 --amount 5.001 --reason x", false);
        check(
            "kopilka adjust --tenant 1 --customer 7 --amount 5 --reason x --expires 2027-02-30",
            false,
        );
        check("kopilka customer staff --tenant 1 --customer 7 --yes", true);
        check("kopilka customer staff --tenant 1 --customer 7 --yes --no", false);
        check("kopilka customer debit --tenant 1 --customer 7", false);
        check("kopilka report abuse --tenant 1 --from 2026-03-01 --to 2026-03-32", false);
        check("kopilka report abuse --tenant 1 --from 2026-03-01", false);
        check("kopilka report abuse --tenant 1 --from 2026-03-01 --to 2026-03-31 --by till", false);
        check("kopilka verify --json", true);
        check("kopilka verify --snapshot s --json", true);
        check("kopilka verify --snapshot s --data-dir d", false);
        check("kopilka snapshot create --to d --url http://h:1", false);
        check("kopilka snapshot prune --keep 0", false);
        check("kopilka restore --from s --data-dir d", true);
        check("kopilka restore --from s", false);
        check("kopilka restore --data-dir d", false);
        check("kopilka restore --archive a --salvage b --data-dir d", true);
        check("kopilka archive status --in a --url http://h:1", false);
        check("kopilka verify --archive a --snapshot s", false);
        check("kopilka restore --from s --data-dir d --to-event 7 --tenant 1", true);
        check("kopilka restore --from s --data-dir d --to-event 0", false);
        check(
            "kopilka restore --from s --data-dir d --to-event 7 --to-time 2026-01-01T00:00:00Z",
            false,
        );
        check("kopilka verify --data-dir d --receipts f --receipts-only", true);
        check("kopilka verify --receipts-only", false);
        check("kopilka verify --data-dir d --url http://h:1", false);
        check("kopilka rebuild --url http://h:1", false);
        check("kopilka nothing", false);
    }

    #[test]
    fn a_negative_amount_is_an_amount() {
        let cli = parse("kopilka adjust --tenant 1 --customer +99290 --amount -120.00 --reason x")
            .unwrap();
        let Command::Adjust(adjust) = cli.command else { panic!("not an adjustment") };
        assert_eq!(adjust.amount, Balance::from_cents(-12_000));
    }
}
