//! What a load posts to: a server that runs already, or one of its own over a ledger of its own.

use crate::admin::cli::Load;
use crate::admin::demo::Credentials;
use crate::admin::exit::Failure;
use crate::admin::load::chain::Chain;
use crate::admin::load::own_server::OwnServer;
use crate::admin::{folders, terminal};
use crate::engine::Entropy;
use std::fs;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};

const PARENT: &str = "data";
const FOLDER: &str = "load";

/// Where it is posted, and to which chain.
pub(super) struct Target {
    pub server: SocketAddr,
    pub chain: Chain,
    pub own: Option<Own>,
}

/// A server of the load's own, and the folder of its ledger.
pub(super) struct Own {
    pub server: OwnServer,
    pub folder: PathBuf,
}

impl Target {
    pub(super) async fn reach(asked: &Load) -> Result<Self, Failure> {
        if let (Some(url), Some(keys)) = (&asked.url, &asked.keys) {
            let chain = Chain { keys: read_keys(keys)?, customers: 0 };
            return Ok(Self { server: address_of(url)?, chain, own: None });
        }
        let folder = match &asked.data_dir {
            Some(folder) => folder.clone(),
            None => folders::new_folder(Path::new(PARENT), FOLDER)?,
        };
        terminal::complain(&format!("the ledger of this load is {}", folder.display()));
        let server = OwnServer::start(&folder, &Entropy::system())?;
        let chain = Chain::of(&folder, &server).await?;
        Ok(Self { server: server.public, chain, own: Some(Own { server, folder }) })
    }

    /// Remembers that so many customers are registered.
    pub(super) fn registered(&mut self, customers: u64) -> Result<(), Failure> {
        self.chain.customers = self.chain.customers.max(customers);
        self.own.as_ref().map_or(Ok(()), |own| self.chain.keep(&own.folder))
    }

    /// Ends its own server, so that all there is stands in the tables, and starts it again.
    pub(super) fn settle(self) -> Result<Self, Failure> {
        let Some(Own { server, folder }) = self.own else { return Ok(self) };
        server.stop()?;
        let server = OwnServer::start(&folder, &Entropy::system())?;
        Ok(Self { server: server.public, own: Some(Own { server, folder }), ..self })
    }

    pub(super) fn own_server(&self) -> Option<&OwnServer> {
        self.own.as_ref().map(|own| &own.server)
    }

    pub(super) fn folder(&self) -> Option<&Path> {
        self.own.as_ref().map(|own| own.folder.as_path())
    }
}

fn address_of(url: &str) -> Result<SocketAddr, Failure> {
    let unusable = || {
        Failure::Usage(format!("--url must be http://HOST:PORT of a public listener, not {url:?}"))
    };
    let host = url.strip_prefix("http://").ok_or_else(unusable)?.trim_end_matches('/');
    let mut found = host.to_socket_addrs().map_err(|_| unusable())?;
    found.next().ok_or_else(unusable)
}

fn read_keys(path: &Path) -> Result<Credentials, Failure> {
    let shown = path.display();
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::Usage(format!("cannot read {shown}: {error}")))?;
    serde_json::from_str(&text).map_err(|error| {
        Failure::Usage(format!("{shown} is not what `tenant create --json` prints: {error}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_of_plain_http() {
        assert_eq!(address_of("http://127.0.0.1:8081/").unwrap().port(), 8_081);
        assert!(address_of("https://127.0.0.1:8081").is_err());
        assert!(address_of("http://127.0.0.1").is_err());
    }
}
