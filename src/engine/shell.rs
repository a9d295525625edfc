//! The actix shell around an entity: a mailbox in front of a state that takes one turn at a time.

use actix::{Actor, Addr, ArbiterHandle, Context, Handler, Message};

/// Something with a state that only its own turns change.
pub(super) trait Entity: Unpin + 'static {
    type Turn: Send + 'static;

    /// Takes one turn, without waiting for anything.
    fn take(&mut self, turn: Self::Turn);
}

/// The way to an entity's actor. The actor ends by itself when no mailbox leads to it any more and all
/// that was delivered is taken: nothing delivered is ever dropped by leaving.
pub(super) struct Mailbox<E: Entity> {
    address: Addr<Shell<E>>,
}

impl<E: Entity> Clone for Mailbox<E> {
    fn clone(&self) -> Self {
        Self { address: self.address.clone() }
    }
}

impl<E: Entity> Mailbox<E> {
    /// Starts an actor on an arbiter; the entity is made there.
    pub(super) fn start(
        arbiter: &ArbiterHandle,
        make: impl FnOnce() -> E + Send + 'static,
    ) -> Self {
        let address = Shell::start_in_arbiter(arbiter, move |_| Shell { entity: make() });
        Self { address }
    }

    /// Delivers a turn. If the actor is gone the turn is dropped, and whoever waits for its reply
    /// notices. Admission bounds how many turns there are.
    #[expect(
        clippy::disallowed_methods,
        reason = "places bound the mailbox, and a lost turn is seen by its reply"
    )]
    pub(super) fn deliver(&self, turn: E::Turn) {
        self.address.do_send(Parcel(turn));
    }

    /// Whether the actor still runs.
    pub(super) fn connected(&self) -> bool {
        self.address.connected()
    }
}

struct Shell<E> {
    entity: E,
}

struct Parcel<T>(T);

impl<T: 'static> Message for Parcel<T> {
    type Result = ();
}

impl<E: Entity> Actor for Shell<E> {
    type Context = Context<Self>;
}

impl<E: Entity> Handler<Parcel<E::Turn>> for Shell<E> {
    type Result = ();

    fn handle(&mut self, parcel: Parcel<E::Turn>, _context: &mut Context<Self>) {
        self.entity.take(parcel.0);
    }
}
