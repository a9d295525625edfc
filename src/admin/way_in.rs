//! Which ledger a command means: a running server, or a closed data directory that is opened for
//! this one command and closed again.

use crate::admin::cli::WayIn;
use crate::admin::config::{Configuration, Layer};
use crate::admin::exit::Failure;
use crate::admin::gateway::{Answer, Gateway, Request};
use crate::admin::{operator_token, serve};
use crate::engine::Clock;

/// Whether a command may make a data directory that is not there yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    Create,
    Refuse,
}

impl WayIn {
    /// Asks the ledger that is meant.
    pub(super) async fn ask(&self, request: Request, missing: Missing) -> Result<Answer, Failure> {
        match &self.url {
            Some(url) => {
                let token = self.token(&|name| std::env::var(name).ok())?;
                Gateway::to_server(url, token)?.call(request).await
            }
            None => self.ask_closed(request, missing).await,
        }
    }

    async fn ask_closed(&self, request: Request, missing: Missing) -> Result<Answer, Failure> {
        let flags = Layer::of_data_dir(self.data_dir.clone());
        let configuration = Configuration::load(flags, self.config.as_deref())?;
        let options = configuration.house(Clock::wall());
        let house = serve::open_closed(options, missing == Missing::Create).await?;
        let answer = serve::gateway_to(&house).call(request).await;
        serve::close(house).await?;
        answer
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
