//! A customer's part in the referral program: their own code, who brought them, whom they brought, and
//! what their account still has to tell the inviter's.

use crate::ledger::account::Misfit;
use crate::values::{Bonus, CustomerId, ReferralCode, SaleId, Timestamp};

/// What an account knows of the referral program.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Referral {
    /// `None` for accounts of earlier releases, until it is asked for.
    pub code: Option<ReferralCode>,
    /// Who brought this customer.
    pub inviter: Option<CustomerId>,
    /// What the first qualifying sale paid; `None`: the referral is open.
    pub completed: Option<Completion>,
    /// How many customers registered with this one's code.
    pub invited: u64,
    /// How many of them have bought.
    pub completions: u64,
    /// What this customer got for them.
    pub earned: Bonus,
    /// How many messages there were so far.
    pub messages: u64,
    /// What the inviter's account was not seen to have taken in, oldest first.
    pub outbox: Vec<ReferralMessage>,
}

/// What the sale paid that completed a referral.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Completion {
    pub sale: SaleId,
    /// What the invitee got.
    pub invitee_bonus: Bonus,
    /// What the inviter gets.
    pub reward: Reward,
}

/// What an inviter gets, with its dates: decided by the invitee's sale, however late it arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reward {
    pub amount: Bonus,
    pub activates_at: Timestamp,
    pub expires_at: Option<Timestamp>,
}

/// Something that the inviter's account is told; it takes each number in once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReferralMessage {
    /// From 1, per invitee.
    pub number: u64,
    pub inviter: CustomerId,
    pub news: ReferralNews,
    pub at: Timestamp,
}

/// What there is to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReferralNews {
    Joined,
    Completed(Reward),
    /// The sale was returned: the reward goes back.
    Reopened(Reward),
}

/// Something that happened in the referral program: the first five to the invitee, the others to the
/// inviter. `Invited`, `Completed` and `Reopened` put a message into the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReferralEvent {
    CodeAssigned {
        code: ReferralCode,
    },
    Invited {
        inviter: CustomerId,
        at: Timestamp,
    },
    Completed {
        inviter: CustomerId,
        completion: Completion,
        at: Timestamp,
    },
    Reopened {
        inviter: CustomerId,
        reward: Reward,
        at: Timestamp,
    },
    /// The inviter's account has taken the oldest message in.
    Told {
        number: u64,
    },
    InviteeJoined {
        invitee: CustomerId,
        at: Timestamp,
    },
    InviteeCompleted {
        invitee: CustomerId,
        earned: Bonus,
        at: Timestamp,
    },
    InviteeReopened {
        invitee: CustomerId,
        taken: Bonus,
        at: Timestamp,
    },
    /// The inviter is the customer themselves: nobody invited them.
    Undone {
        inviter: CustomerId,
        at: Timestamp,
    },
    /// An invitee is the customer themselves, and does not count.
    InviteeUndone {
        invitee: CustomerId,
        /// Whether a sale had completed the referral.
        completed: bool,
        taken: Bonus,
        at: Timestamp,
    },
}

impl ReferralEvent {
    /// Whether it leaves something in the outbox.
    #[must_use]
    pub const fn sends(&self) -> bool {
        match self {
            Self::Invited { .. } | Self::Completed { .. } | Self::Reopened { .. } => true,
            Self::CodeAssigned { .. }
            | Self::Told { .. }
            | Self::InviteeJoined { .. }
            | Self::InviteeCompleted { .. }
            | Self::InviteeReopened { .. }
            | Self::Undone { .. }
            | Self::InviteeUndone { .. } => false,
        }
    }
}

impl Referral {
    /// When the oldest message was written that may still be under way.
    #[must_use]
    pub fn untold_since(&self) -> Option<Timestamp> {
        self.outbox.first().map(|message| message.at)
    }

    /// Takes an event in.
    pub(super) fn apply(&mut self, event: &ReferralEvent) -> Result<(), Misfit> {
        match *event {
            ReferralEvent::CodeAssigned { code } => self.code = Some(code),
            ReferralEvent::Invited { inviter, at } => {
                self.inviter = Some(inviter);
                self.send(inviter, ReferralNews::Joined, at);
            }
            ReferralEvent::Completed { inviter, completion, at } => {
                self.completed = Some(completion);
                self.send(inviter, ReferralNews::Completed(completion.reward), at);
            }
            ReferralEvent::Reopened { inviter, reward, at } => {
                self.completed = None;
                self.send(inviter, ReferralNews::Reopened(reward), at);
            }
            ReferralEvent::Told { number } => self.told(number)?,
            ReferralEvent::InviteeJoined { .. } => self.invited = self.invited.saturating_add(1),
            ReferralEvent::InviteeCompleted { earned, .. } => {
                self.completions = self.completions.saturating_add(1);
                self.earned = self.earned.checked_add(earned).ok_or(Misfit::OutOfRange)?;
            }
            ReferralEvent::InviteeReopened { taken, .. } => {
                self.completions = self.completions.saturating_sub(1);
                self.earned = self.earned.checked_sub(taken).ok_or(Misfit::OutOfRange)?;
            }
            ReferralEvent::Undone { .. } => {
                self.inviter = None;
                self.completed = None;
            }
            ReferralEvent::InviteeUndone { completed, taken, .. } => {
                self.invited = self.invited.saturating_sub(1);
                self.completions = self.completions.saturating_sub(u64::from(completed));
                self.earned = self.earned.checked_sub(taken).ok_or(Misfit::OutOfRange)?;
            }
        }
        Ok(())
    }

    fn send(&mut self, inviter: CustomerId, news: ReferralNews, at: Timestamp) {
        self.messages = self.messages.saturating_add(1);
        self.outbox.push(ReferralMessage { number: self.messages, inviter, news, at });
    }

    fn told(&mut self, number: u64) -> Result<(), Misfit> {
        if self.outbox.first().is_none_or(|oldest| oldest.number != number) {
            return Err(Misfit::NoSuchMessage(number));
        }
        self.outbox.remove(0);
        Ok(())
    }
}
