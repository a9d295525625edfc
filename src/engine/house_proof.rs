//! What a house proves about itself while it serves: that its journal verifies, and that what callers
//! hold proof of is in it.

use crate::engine::core::Core;
use crate::engine::error::EngineError;
use crate::engine::house::House;
use crate::engine::verifier::{Extent, Verification};
use crate::journal::{Presence, Proof};
use crate::values::EventNumber;

/// Proofs that are looked for before others get their turn at the readers.
const PROOFS_AT_A_STRETCH: usize = 100;

impl House {
    /// Begins to verify everything that is durable by now, unless a verification is running; how it stands.
    ///
    /// # Errors
    /// As [`Self::perform`].
    pub async fn start_verification(&self) -> Result<Verification, EngineError> {
        let opened = self.opened()?;
        let core = &opened.core;
        let _place = core.places.take()?;
        // The event first: the record that is durable after it reaches at least as far.
        let event = core.journal.durable();
        let record = core.journal.durable_record();
        let reader = core.readers.read(|sources| Ok::<_, EngineError>(sources.journal.clone()));
        opened.verifier.start(reader.await?, Extent { event, record })
    }

    /// How the latest verification stands.
    ///
    /// # Errors
    /// `Unavailable`: nothing can be said.
    pub fn verification(&self) -> Result<Verification, EngineError> {
        Ok(self.opened()?.verifier.standing())
    }

    /// What became of each of these, in their order, among what is durable; and its last event.
    ///
    /// # Errors
    /// As [`Self::perform`].
    pub async fn presence(
        &self,
        proofs: Vec<Proof>,
    ) -> Result<(EventNumber, Vec<Presence>), EngineError> {
        let core = self.core()?;
        core.presence(proofs).await
    }
}

impl Core {
    async fn presence(
        &self,
        proofs: Vec<Proof>,
    ) -> Result<(EventNumber, Vec<Presence>), EngineError> {
        let _place = self.places.take()?;
        let through = self.journal.durable();
        let mut found = Vec::with_capacity(proofs.len());
        for some in proofs.chunks(PROOFS_AT_A_STRETCH) {
            let some = some.to_vec();
            let read = self.readers.read(move |sources| sources.journal.presence(&some, through));
            found.extend(read.await?);
        }
        Ok((through, found))
    }
}
