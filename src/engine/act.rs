//! A command on its way to its account and through it: in one box from the request to the answer.

use crate::engine::account_turn::{Answer, PastFact, ReturnedFact, Told};
use crate::engine::arbiters::Arbiters;
use crate::engine::named_request::NamedRequest;
use crate::engine::perform::{Command, Errand};
use crate::engine::permits::Reserved;
use crate::journal::Operation;
use crate::ledger::{Action, HeldVouchers, SettingsHistory, permits_wanted};
use crate::values::{TenantId, Timestamp};
use std::sync::Arc;
use tokio::sync::oneshot;

/// A command with the errand on which it is sent, and what was fetched for it on the way. It is put into
/// its box as early as can be: nothing of it is moved again until it is decided.
pub(super) struct Act {
    /// The request it belongs to: what is logged about it says so.
    pub(super) request: Option<NamedRequest>,
    pub(super) errand: Errand,
    pub(super) command: Command,
    pub(super) past: Option<PastFact>,
    pub(super) returned: Option<ReturnedFact>,
    /// What it holds of gift cards and coupons; their turns are among the claims of the command.
    pub(super) vouchers: HeldVouchers,
    pub(super) home: usize,
    pub(super) reply: Option<oneshot::Sender<Told>>,
}

/// A decided command on its way out.
pub(super) struct Pending {
    pub(super) act: Box<Act>,
    pub(super) permits: Reserved,
    /// The instant of the decision.
    pub(super) now: Timestamp,
}

impl Act {
    pub(super) fn boxed(errand: Errand, command: Command) -> Box<Self> {
        Box::new(Self {
            request: NamedRequest::current(),
            errand,
            command,
            past: None,
            returned: None,
            vouchers: HeldVouchers::default(),
            home: Arbiters::home(),
            reply: None,
        })
    }

    /// Whether it is a sale that names gift cards or coupons.
    pub(super) fn names_vouchers(&self) -> bool {
        let Action::Sell(sell) = &self.command.action else { return false };
        sell.vouchers().next().is_some()
    }

    /// Sets aside what it may use of promotions whose uses all customers share.
    pub(super) fn reserve_permits(&self, now: Timestamp) -> Reserved {
        let tenant = &self.errand.tenant.tenant;
        let wanted =
            permits_wanted(&self.command.action, &tenant.promotions, &tenant.settings, now);
        self.errand.tenant.counters.permits.reserve(&wanted)
    }

    /// Does something on behalf of the request it belongs to.
    pub(super) fn in_scope(&self, act: impl FnOnce()) {
        NamedRequest::on_behalf_of(self.request.clone(), act);
    }

    /// Gives it back to whoever sent it, to be sent again.
    pub(super) fn send_back(mut self: Box<Self>, why: impl FnOnce(Box<Self>) -> Answer) {
        self.errand.place.arrived();
        if let Some(reply) = self.reply.take() {
            let _ = reply.send(why(self).into());
        }
    }
}

impl Pending {
    pub(super) fn settings(&self) -> &Arc<SettingsHistory> {
        &self.act.errand.tenant.tenant.settings
    }

    /// The operation that it becomes; its events are still to come.
    pub(super) fn operation(&self, tenant: TenantId) -> Operation {
        Operation {
            tenant,
            at: self.now,
            actor: self.act.errand.actor.clone(),
            rule_version: self.settings().at(self.now).version,
            mark: self.act.errand.mark.map(|mark| mark.kept()),
            entities: Vec::new(),
        }
    }
}
