//! Which ledger a command means: a running server, or a closed data directory that is opened for
//! this one command and closed again.

use crate::admin::cli::WayIn;
use crate::admin::config::{Configuration, Layer};
use crate::admin::exit::Failure;
use crate::admin::gateway::{Answer, Gateway, Request};
use crate::admin::{operator_token, serve};
use crate::engine::{Clock, House};

/// Whether a command may make a data directory that is not there yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    Create,
    Refuse,
}

/// A ledger that can be asked several times.
pub(super) struct Door {
    pub(super) gateway: Gateway,
    /// Of a data directory that was opened for this.
    house: Option<House>,
}

impl Door {
    pub(super) async fn close(self) -> Result<(), Failure> {
        let Self { gateway, house } = self;
        drop(gateway);
        match house {
            Some(house) => serve::close(house).await,
            None => Ok(()),
        }
    }
}

impl WayIn {
    /// Asks the ledger that is meant.
    pub(super) async fn ask(&self, request: Request, missing: Missing) -> Result<Answer, Failure> {
        let door = self.open(missing).await?;
        let answer = door.gateway.call(request).await;
        door.close().await?;
        answer
    }

    /// Opens the ledger that is meant, for several questions.
    pub(super) async fn open(&self, missing: Missing) -> Result<Door, Failure> {
        if let Some(url) = &self.url {
            let token = self.token(&|name| std::env::var(name).ok())?;
            return Ok(Door { gateway: Gateway::to_server(url, token)?, house: None });
        }
        let flags = Layer::of_data_dir(self.data_dir.clone());
        let configuration = Configuration::load(flags, self.config.as_deref())?;
        let options = configuration.house(Clock::wall());
        let house = serve::open_closed(options, missing == Missing::Create).await?;
        Ok(Door { gateway: serve::gateway_to(&house), house: Some(house) })
    }

    /// The operator's token: a flag beats the environment.
    fn token(&self, variable: &impl Fn(&str) -> Option<String>) -> Result<String, Failure> {
        if let Some(token) = &self.operator_token {
            return operator_token::checked(token.trim(), "--operator-token");
        }
        if let Some(path) = &self.token_file {
            return operator_token::read(path);
        }
        if let Some(token) = variable(operator_token::VARIABLE).filter(|token| !token.is_empty()) {
            return operator_token::checked(token.trim(), operator_token::VARIABLE);
        }
        Err(Failure::Usage(format!(
            "--url needs the operator's token: --token-file DIR/operator.token, --operator-token or {}",
            operator_token::VARIABLE
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const OF_FLAG: &str = "flag-0123456789abcdef0123456789abcdef";
    const OF_FILE: &str = "file-0123456789abcdef0123456789abcdef";
    const OF_VARIABLE: &str = "variable-0123456789abcdef0123456789abcdef";

    fn check(flag: bool, file: bool, variable: bool, expected: Option<&str>) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("operator.token");
        fs::write(&path, format!("{OF_FILE}\n")).unwrap();
        let way_in = WayIn {
            data_dir: None,
            url: Some("http://127.0.0.1:1".into()),
            operator_token: flag.then(|| OF_FLAG.to_owned()),
            token_file: file.then_some(path),
            config: None,
        };
        let found = way_in.token(&|_| variable.then(|| OF_VARIABLE.to_owned()));
        assert_eq!(found.ok().as_deref(), expected);
    }

    #[test]
    fn a_token_by_flag_beats_the_environment() {
        check(true, false, true, Some(OF_FLAG));
        check(false, true, true, Some(OF_FILE));
        check(false, false, true, Some(OF_VARIABLE));
        check(false, false, false, None);
    }
}
