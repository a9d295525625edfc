//! Certificates that were renewed are shown without a restart: the files are looked at now and then, and
//! at once on SIGHUP.

use crate::admin::exit::Failure;
use crate::api::{Tls, TlsError};
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;

/// How often the files are looked at without being told.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Looks after certificates until it is dropped.
pub(super) struct Renewal(JoinHandle<()>);

impl Renewal {
    /// Begins. Without a certificate there is nothing to look at, and SIGHUP ends no server either.
    pub(super) fn start(certificates: Vec<Tls>) -> Result<Self, Failure> {
        let told = signal(SignalKind::hangup())
            .map_err(|error| Failure::Unreachable(format!("cannot listen to signals: {error}")))?;
        Ok(Self(tokio::spawn(look_after(certificates, told))))
    }
}

impl Drop for Renewal {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn look_after(certificates: Vec<Tls>, mut told: Signal) {
    loop {
        // Whether it was told or simply time: it looks. A signal that cannot come any more leaves the time.
        let _ = tokio::time::timeout(LOOK_EVERY, told.recv()).await;
        for certificate in &certificates {
            let certificate = certificate.clone();
            let looked = tokio::task::spawn_blocking(move || {
                let outcome = certificate.reload();
                tell(&certificate, outcome);
            });
            if let Err(reason) = looked.await {
                tracing::error!(%reason, "a certificate could not be looked at");
            }
        }
    }
}

fn tell(certificate: &Tls, outcome: Result<bool, TlsError>) {
    match outcome {
        Ok(true) => {
            let file = certificate.files().certificate.display();
            tracing::info!(%file, "a renewed certificate is shown");
        }
        Ok(false) => {}
        Err(reason) => tracing::warn!(%reason, "the certificate before is still shown"),
    }
}
