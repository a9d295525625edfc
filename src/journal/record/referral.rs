//! What happened in the referral program, as it is stored.

use crate::journal::codec::{BorrowDecode, CodecError, Decode, Encode};
use crate::journal::record::fields::{all, bonus, instant, optional};
use crate::ledger::{Completion, LotDraw, ReferralEvent, Reward, TakenBack};
use crate::values::{CustomerId, LotId, ReferralCode, SaleId, Timestamp, TransactionId};

/// An event of the referral program.
#[derive(Debug, Encode, BorrowDecode)]
pub(in crate::journal) enum StoredReferralEvent<'a> {
    CodeAssigned { code: &'a str },
    Invited { inviter: u64, at: i64 },
    Completed { inviter: u64, completion: StoredCompletion, at: i64 },
    Reopened { inviter: u64, reward: StoredReward, at: i64 },
    Told { number: u64 },
    InviteeJoined { invitee: u64, at: i64 },
    InviteeCompleted { invitee: u64, earned: u64, at: i64 },
    InviteeReopened { invitee: u64, taken: u64, at: i64 },
    Undone { inviter: u64, at: i64 },
    InviteeUndone { invitee: u64, completed: bool, taken: u64, at: i64 },
}

/// What the sale paid that completed a referral.
#[derive(Debug, Encode, Decode)]
pub(in crate::journal) struct StoredCompletion {
    sale: u64,
    invitee_bonus: u64,
    reward: StoredReward,
}

/// What an inviter gets, with its dates.
#[derive(Debug, Encode, Decode)]
pub(in crate::journal) struct StoredReward {
    amount: u64,
    activates_at: i64,
    expires_at: Option<i64>,
}

/// What a referral had paid and goes back; each draw with its lot, its amount and whether it was held.
#[derive(Debug, Encode, Decode)]
pub(in crate::journal) struct StoredTakenBack {
    transaction: u64,
    amount: u64,
    draws: Vec<(u64, u64, bool)>,
    debt: u64,
    at: i64,
}

pub(in crate::journal) fn referral_code(text: &str) -> Result<ReferralCode, CodecError> {
    let code = ReferralCode::parse(text).ok().filter(|code| code.as_str() == text);
    code.ok_or(CodecError::OutOfRange("a referral code"))
}

impl<'a> From<&'a ReferralEvent> for StoredReferralEvent<'a> {
    fn from(event: &'a ReferralEvent) -> Self {
        match event {
            ReferralEvent::CodeAssigned { code } => Self::CodeAssigned { code: code.as_str() },
            ReferralEvent::Invited { inviter, at } => {
                Self::Invited { inviter: inviter.number(), at: at.millis() }
            }
            ReferralEvent::Completed { inviter, completion, at } => Self::Completed {
                inviter: inviter.number(),
                completion: completion.into(),
                at: at.millis(),
            },
            ReferralEvent::Reopened { inviter, reward, at } => {
                Self::Reopened { inviter: inviter.number(), reward: reward.into(), at: at.millis() }
            }
            ReferralEvent::Told { number } => Self::Told { number: *number },
            ReferralEvent::InviteeJoined { invitee, at } => {
                Self::InviteeJoined { invitee: invitee.number(), at: at.millis() }
            }
            ReferralEvent::InviteeCompleted { invitee, earned, at } => Self::InviteeCompleted {
                invitee: invitee.number(),
                earned: earned.cents(),
                at: at.millis(),
            },
            ReferralEvent::InviteeReopened { invitee, taken, at } => Self::InviteeReopened {
                invitee: invitee.number(),
                taken: taken.cents(),
                at: at.millis(),
            },
            ReferralEvent::Undone { inviter, at } => {
                Self::Undone { inviter: inviter.number(), at: at.millis() }
            }
            ReferralEvent::InviteeUndone { invitee, completed, taken, at } => Self::InviteeUndone {
                invitee: invitee.number(),
                completed: *completed,
                taken: taken.cents(),
                at: at.millis(),
            },
        }
    }
}

impl TryFrom<StoredReferralEvent<'_>> for ReferralEvent {
    type Error = CodecError;

    fn try_from(stored: StoredReferralEvent<'_>) -> Result<Self, CodecError> {
        Ok(match stored {
            StoredReferralEvent::CodeAssigned { code } => {
                Self::CodeAssigned { code: referral_code(code)? }
            }
            StoredReferralEvent::Invited { inviter, at } => {
                Self::Invited { inviter: CustomerId(inviter), at: instant(at)? }
            }
            StoredReferralEvent::Completed { inviter, completion, at } => Self::Completed {
                inviter: CustomerId(inviter),
                completion: completion.try_into()?,
                at: instant(at)?,
            },
            StoredReferralEvent::Reopened { inviter, reward, at } => Self::Reopened {
                inviter: CustomerId(inviter),
                reward: reward.try_into()?,
                at: instant(at)?,
            },
            StoredReferralEvent::Told { number } => Self::Told { number },
            StoredReferralEvent::InviteeJoined { invitee, at } => {
                Self::InviteeJoined { invitee: CustomerId(invitee), at: instant(at)? }
            }
            StoredReferralEvent::InviteeCompleted { invitee, earned, at } => {
                Self::InviteeCompleted {
                    invitee: CustomerId(invitee),
                    earned: bonus(earned)?,
                    at: instant(at)?,
                }
            }
            StoredReferralEvent::InviteeReopened { invitee, taken, at } => Self::InviteeReopened {
                invitee: CustomerId(invitee),
                taken: bonus(taken)?,
                at: instant(at)?,
            },
            StoredReferralEvent::Undone { inviter, at } => {
                Self::Undone { inviter: CustomerId(inviter), at: instant(at)? }
            }
            StoredReferralEvent::InviteeUndone { invitee, completed, taken, at } => {
                Self::InviteeUndone {
                    invitee: CustomerId(invitee),
                    completed,
                    taken: bonus(taken)?,
                    at: instant(at)?,
                }
            }
        })
    }
}

impl From<&Completion> for StoredCompletion {
    fn from(completion: &Completion) -> Self {
        Self {
            sale: completion.sale.number(),
            invitee_bonus: completion.invitee_bonus.cents(),
            reward: (&completion.reward).into(),
        }
    }
}

impl TryFrom<StoredCompletion> for Completion {
    type Error = CodecError;

    fn try_from(stored: StoredCompletion) -> Result<Self, CodecError> {
        Ok(Self {
            sale: SaleId(stored.sale),
            invitee_bonus: bonus(stored.invitee_bonus)?,
            reward: stored.reward.try_into()?,
        })
    }
}

impl From<&Reward> for StoredReward {
    fn from(reward: &Reward) -> Self {
        Self {
            amount: reward.amount.cents(),
            activates_at: reward.activates_at.millis(),
            expires_at: reward.expires_at.map(Timestamp::millis),
        }
    }
}

impl TryFrom<StoredReward> for Reward {
    type Error = CodecError;

    fn try_from(stored: StoredReward) -> Result<Self, CodecError> {
        Ok(Self {
            amount: bonus(stored.amount)?,
            activates_at: instant(stored.activates_at)?,
            expires_at: optional(stored.expires_at, instant)?,
        })
    }
}

impl From<&TakenBack> for StoredTakenBack {
    fn from(taken: &TakenBack) -> Self {
        let draw = |draw: &LotDraw| (draw.lot.number(), draw.amount.cents(), draw.held);
        Self {
            transaction: taken.transaction.number(),
            amount: taken.amount.cents(),
            draws: taken.draws.iter().map(draw).collect(),
            debt: taken.debt.cents(),
            at: taken.at.millis(),
        }
    }
}

impl TryFrom<StoredTakenBack> for TakenBack {
    type Error = CodecError;

    fn try_from(stored: StoredTakenBack) -> Result<Self, CodecError> {
        let draw =
            |(lot, amount, held)| Ok(LotDraw { lot: LotId(lot), amount: bonus(amount)?, held });
        Ok(Self {
            transaction: TransactionId(stored.transaction),
            amount: bonus(stored.amount)?,
            draws: all(stored.draws, draw)?,
            debt: bonus(stored.debt)?,
            at: instant(stored.at)?,
        })
    }
}
