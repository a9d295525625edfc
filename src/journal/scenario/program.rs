//! What happens to an account beyond sales: others tell it of referrals, operators set its tier
//! and its flags.

use crate::journal::scenario::Scenario;
use crate::ledger::{Account, Action, ReferralMessage, ReferralNews, Reward};
use crate::values::{Bonus, CustomerId, TenantId, TierId};

impl Scenario {
    /// What happens to an account by others.
    pub(super) fn beyond_sales(&mut self, tenant: TenantId, account: &Account) -> Action {
        let number = account.referral.outbox.first().map_or(0, |message| message.number);
        let message = ReferralMessage {
            number: 1,
            inviter: account.id,
            news: [
                ReferralNews::Joined,
                ReferralNews::Completed(self.reward()),
                ReferralNews::Reopened(self.reward()),
            ][self.pick(3)],
            at: self.now,
        };
        match self.dice.below(8) {
            5 | 6 => self.change_phone(account),
            7 => self.merge_into(tenant, account),
            0 => Action::ReferralTold { number },
            1 => Action::TakeReferralMessage { invitee: CustomerId(99), message },
            3 if self.dice.below(4) == 0 => self.forget(tenant, account),
            2 => self.set_flag(account),
            _ => Action::SetTier((self.dice.below(2) == 0).then_some(TierId(1))),
        }
    }

    fn reward(&self) -> Reward {
        let activates_at = self.now.plus_seconds(90_000);
        Reward { amount: Bonus::from_cents(700).unwrap(), activates_at, expires_at: None }
    }
}
