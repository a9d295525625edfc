//! How couriers wait: by the wall, or as a test decides.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

type Waiting = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A way to wait. Clones wait in the same way.
#[derive(Clone)]
pub struct Pacing {
    wait: Arc<dyn Fn(Duration) -> Waiting + Send + Sync>,
}

impl Pacing {
    /// Pauses take as long as they say.
    #[must_use]
    pub fn wall() -> Self {
        Self::new(tokio::time::sleep)
    }

    /// Pauses take as long as the future that `wait` makes for them.
    #[must_use]
    pub fn new<F>(wait: impl Fn(Duration) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Self { wait: Arc::new(move |pause| Box::pin(wait(pause))) }
    }

    /// Waits for so long.
    pub async fn wait(&self, pause: Duration) {
        (self.wait)(pause).await;
    }
}

impl std::fmt::Debug for Pacing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pacing")
    }
}
