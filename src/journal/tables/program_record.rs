//! How an account's part in the referral program, its tier, its notices, its membership and its
//! turnover lie in the tables.

use crate::journal::codec::{CodecError, Decode, Encode};
use crate::journal::record::fields::{all, bonus, instant, money, optional, text};
use crate::journal::record::{StoredCompletion, StoredReward, referral_code};
use crate::ledger::{
    Account, Gift, ManualTier, Membership, OverstockNotice, Referral, ReferralMessage,
    ReferralNews, Spending, Standing, Turnover,
};
use crate::values::{CustomerId, LotId, TierId, Timestamp};

/// What an account is beyond its lots and totals.
#[derive(Debug, Encode, Decode)]
pub(super) struct ProgramRecord {
    referral: ReferralRecord,
    standing: StandingRecord,
    birthday_paid_at: Option<i64>,
    noticed_through: Option<i64>,
    /// The synchronisation of the last notice of overstock, and when it was given.
    overstock_noticed: Option<(u64, i64)>,
    welcome: Option<GiftRecord>,
    birthday: Option<GiftRecord>,
    merged_into: Option<u64>,
    absorbed: Vec<u64>,
    confirmed_at: Option<i64>,
    archived_at: Option<i64>,
    turnover: TurnoverRecord,
}

#[derive(Debug, Encode, Decode)]
struct TurnoverRecord {
    credited: u64,
    debited: u64,
    first_purchase_at: Option<i64>,
    last_store: Option<String>,
}

/// Lot, amount and instant of a gift.
type GiftRecord = (u64, u64, i64);

#[derive(Debug, Encode, Decode)]
struct ReferralRecord {
    code: Option<String>,
    inviter: Option<u64>,
    completed: Option<StoredCompletion>,
    invited: u64,
    completions: u64,
    earned: u64,
    messages: u64,
    outbox: Vec<MessageRecord>,
}

#[derive(Debug, Encode, Decode)]
struct MessageRecord {
    number: u64,
    inviter: u64,
    news: NewsRecord,
    at: i64,
}

#[derive(Debug, Encode, Decode)]
enum NewsRecord {
    Joined,
    Completed(StoredReward),
    Reopened(StoredReward),
}

#[derive(Debug, Encode, Decode)]
struct StandingRecord {
    tier: Option<u32>,
    review_at: Option<i64>,
    manual: Option<(u32, i64)>,
    spendings: Vec<(i64, u64)>,
}

impl ProgramRecord {
    pub(super) fn of(account: &Account) -> Self {
        Self {
            referral: ReferralRecord::of(&account.referral),
            standing: StandingRecord::of(&account.standing),
            birthday_paid_at: account.birthday_paid_at.map(Timestamp::millis),
            noticed_through: account.noticed_through.map(Timestamp::millis),
            overstock_noticed: account
                .overstock_noticed
                .map(|notice| (notice.sync, notice.at.millis())),
            welcome: account.gifts.welcome.as_ref().map(gift_record),
            birthday: account.gifts.birthday.as_ref().map(gift_record),
            merged_into: account.merged_into.map(CustomerId::number),
            absorbed: account.absorbed.iter().map(|id| id.number()).collect(),
            confirmed_at: account.membership.confirmed_at.map(Timestamp::millis),
            archived_at: account.membership.archived_at.map(Timestamp::millis),
            turnover: TurnoverRecord::of(&account.turnover),
        }
    }

    /// Puts it into an account.
    pub(super) fn restore_into(self, account: &mut Account) -> Result<(), CodecError> {
        account.referral = self.referral.restore()?;
        account.standing = self.standing.restore()?;
        account.birthday_paid_at = optional(self.birthday_paid_at, instant)?;
        account.noticed_through = optional(self.noticed_through, instant)?;
        account.overstock_noticed = optional(self.overstock_noticed, |(sync, at)| {
            Ok(OverstockNotice { sync, at: instant(at)? })
        })?;
        account.gifts.welcome = optional(self.welcome, gift)?;
        account.gifts.birthday = optional(self.birthday, gift)?;
        account.merged_into = self.merged_into.map(CustomerId);
        account.absorbed = self.absorbed.into_iter().map(CustomerId).collect();
        account.membership = Membership {
            confirmed_at: optional(self.confirmed_at, instant)?,
            archived_at: optional(self.archived_at, instant)?,
        };
        account.turnover = self.turnover.restore()?;
        Ok(())
    }
}

fn gift_record(gift: &Gift) -> GiftRecord {
    (gift.lot.number(), gift.amount.cents(), gift.at.millis())
}

fn gift((lot, amount, at): GiftRecord) -> Result<Gift, CodecError> {
    Ok(Gift { lot: LotId(lot), amount: bonus(amount)?, at: instant(at)? })
}

impl TurnoverRecord {
    fn of(turnover: &Turnover) -> Self {
        Self {
            credited: turnover.credited.cents(),
            debited: turnover.debited.cents(),
            first_purchase_at: turnover.first_purchase_at.map(Timestamp::millis),
            last_store: turnover.last_store.as_ref().map(|store| store.as_str().to_owned()),
        }
    }

    fn restore(self) -> Result<Turnover, CodecError> {
        Ok(Turnover {
            credited: bonus(self.credited)?,
            debited: bonus(self.debited)?,
            first_purchase_at: optional(self.first_purchase_at, instant)?,
            last_store: optional(self.last_store.as_deref(), text)?,
        })
    }
}

impl ReferralRecord {
    fn of(referral: &Referral) -> Self {
        Self {
            code: referral.code.as_ref().map(|code| code.as_str().to_owned()),
            inviter: referral.inviter.map(CustomerId::number),
            completed: referral.completed.as_ref().map(StoredCompletion::from),
            invited: referral.invited,
            completions: referral.completions,
            earned: referral.earned.cents(),
            messages: referral.messages,
            outbox: referral.outbox.iter().map(MessageRecord::of).collect(),
        }
    }

    fn restore(self) -> Result<Referral, CodecError> {
        Ok(Referral {
            code: optional(self.code.as_deref(), referral_code)?,
            inviter: self.inviter.map(CustomerId),
            completed: optional(self.completed, TryInto::try_into)?,
            invited: self.invited,
            completions: self.completions,
            earned: bonus(self.earned)?,
            messages: self.messages,
            outbox: all(self.outbox, MessageRecord::restore)?,
        })
    }
}

impl MessageRecord {
    fn of(message: &ReferralMessage) -> Self {
        Self {
            number: message.number,
            inviter: message.inviter.number(),
            news: match &message.news {
                ReferralNews::Joined => NewsRecord::Joined,
                ReferralNews::Completed(reward) => NewsRecord::Completed(reward.into()),
                ReferralNews::Reopened(reward) => NewsRecord::Reopened(reward.into()),
            },
            at: message.at.millis(),
        }
    }

    fn restore(self) -> Result<ReferralMessage, CodecError> {
        Ok(ReferralMessage {
            number: self.number,
            inviter: CustomerId(self.inviter),
            news: match self.news {
                NewsRecord::Joined => ReferralNews::Joined,
                NewsRecord::Completed(reward) => ReferralNews::Completed(reward.try_into()?),
                NewsRecord::Reopened(reward) => ReferralNews::Reopened(reward.try_into()?),
            },
            at: instant(self.at)?,
        })
    }
}

impl StandingRecord {
    fn of(standing: &Standing) -> Self {
        let spending = |one: &Spending| (one.at.millis(), one.amount.cents());
        Self {
            tier: standing.tier.map(TierId::number),
            review_at: standing.review_at.map(Timestamp::millis),
            manual: standing.manual.map(|set| (set.tier.number(), set.since.millis())),
            spendings: standing.spendings.iter().map(spending).collect(),
        }
    }

    fn restore(self) -> Result<Standing, CodecError> {
        let manual = |(tier, since)| Ok(ManualTier { tier: TierId(tier), since: instant(since)? });
        let spending = |(at, amount)| Ok(Spending { at: instant(at)?, amount: money(amount)? });
        Ok(Standing {
            tier: self.tier.map(TierId),
            review_at: optional(self.review_at, instant)?,
            manual: optional(self.manual, manual)?,
            spendings: all(self.spendings, spending)?,
        })
    }
}
