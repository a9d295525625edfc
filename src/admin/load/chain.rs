//! The chain of a load's own ledger: its keys and how many customers it has are kept in the ledger's folder,
//! so that a later load goes on with them.

use crate::admin::demo::Credentials;
use crate::admin::exit::Failure;
use crate::admin::gateway::Gateway;
use crate::admin::load::own_server::OwnServer;
use crate::admin::{requests, settings_file};
use serde::{Deserialize, Serialize};
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

const CHAIN: &str = include_str!("../../../data/load-chain.toml");
const CHAIN_NAME: &str = "Load";
const FILE_NAME: &str = "load-chain.json";
const UNFINISHED_FILE_NAME: &str = "load-chain.json.new";

/// A chain that a load posts to.
pub(super) struct Chain {
    pub keys: Credentials,
    /// Customers that are registered: those with the first numbers.
    pub customers: u64,
}

/// What is kept of it: its keys as `tenant create --json` prints them, and how many customers there are.
#[derive(Serialize, Deserialize)]
struct Kept {
    tenant_id: u32,
    tenant_token: String,
    partner_secret: String,
    customers: u64,
}

impl Chain {
    /// The chain of this ledger, or a new one.
    pub(super) async fn of(folder: &Path, server: &OwnServer) -> Result<Self, Failure> {
        match fs::read_to_string(folder.join(FILE_NAME)) {
            Ok(text) => Self::read(&text)
                .map_err(|error| failed(folder, &std::io::Error::other(error.to_string()))),
            Err(error) if error.kind() == ErrorKind::NotFound => create(server).await,
            Err(error) => Err(failed(folder, &error)),
        }
    }

    fn read(text: &str) -> Result<Self, serde_json::Error> {
        let Kept { tenant_id, tenant_token, partner_secret, customers } =
            serde_json::from_str(text)?;
        Ok(Self { keys: Credentials { tenant_id, tenant_token, partner_secret }, customers })
    }

    /// Keeps it for a later load, readable by its owner alone.
    pub(super) fn keep(&self, folder: &Path) -> Result<(), Failure> {
        let Credentials { tenant_id, tenant_token, partner_secret } = self.keys.clone();
        let kept = Kept { tenant_id, tenant_token, partner_secret, customers: self.customers };
        let text = serde_json::to_string_pretty(&kept)
            .map_err(|error| Failure::Differs(format!("the chain cannot be written: {error}")))?;
        let unfinished = folder.join(UNFINISHED_FILE_NAME);
        let write = || {
            let mut options = OpenOptions::new();
            let mut file =
                options.write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
            file.write_all(text.as_bytes())?;
            fs::rename(&unfinished, folder.join(FILE_NAME))
        };
        write().map_err(|error| failed(folder, &error))
    }
}

async fn create(server: &OwnServer) -> Result<Chain, Failure> {
    let settings = settings_file::parse(CHAIN).map_err(Failure::Differs)?;
    let request = requests::create_tenant(CHAIN_NAME, Some(&settings))?;
    let gateway = Gateway::to_server(&server.operator_url, server.operator_token.clone())?;
    let keys = gateway.call(request).await?.read()?;
    Ok(Chain { keys, customers: 0 })
}

fn failed(folder: &Path, error: &std::io::Error) -> Failure {
    Failure::DataDir(format!("{}: {error}", folder.join(FILE_NAME).display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_chain_of_the_load_is_a_settings_file() {
        let settings = settings_file::parse(CHAIN).unwrap();
        assert_eq!(settings["welcome_bonus"], "1000.00");
    }

    #[test]
    fn a_chain_is_kept_for_its_owner_alone_and_read_as_keys() {
        let dir = tempfile::tempdir().unwrap();
        let (tenant_token, partner_secret) = ("t".to_owned(), "s".to_owned());
        let keys = Credentials { tenant_id: 7, tenant_token, partner_secret };
        let mut chain = Chain { keys, customers: 5 };
        chain.keep(dir.path()).unwrap();
        chain.customers = 9;
        chain.keep(dir.path()).unwrap();
        let path = dir.path().join(FILE_NAME);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let text = fs::read_to_string(path).unwrap();
        let kept = Chain::read(&text).unwrap();
        assert_eq!((kept.customers, kept.keys.tenant_token.as_str()), (9, "t"));
        let keys: Credentials = serde_json::from_str(&text).unwrap();
        assert_eq!((keys.tenant_id, keys.partner_secret.as_str()), (7, "s"));
    }
}
