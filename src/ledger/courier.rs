//! How far the couriers have got with a tenant's operations: journaled, so that a message is sent again
//! after a crash rather than never.

use crate::ledger::event::TenantEvent;
use crate::values::Timestamp;

/// A way for messages to leave the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CourierChannel {
    Sms,
    Push,
}

/// By channel, the last operation of the tenant all of whose messages are dealt with; 0: none yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CourierCursors {
    sms: u64,
    push: u64,
}

impl CourierChannel {
    pub const ALL: [Self; 2] = [Self::Sms, Self::Push];
}

impl CourierCursors {
    /// Cursors as they were kept.
    #[must_use]
    pub const fn new(sms: u64, push: u64) -> Self {
        Self { sms, push }
    }

    /// The number of the tenant's own operation through which everything is dealt with.
    #[must_use]
    pub const fn through(self, channel: CourierChannel) -> u64 {
        match channel {
            CourierChannel::Sms => self.sms,
            CourierChannel::Push => self.push,
        }
    }

    /// What happens when a courier says that it has got through `through`; it never goes back.
    pub(in crate::ledger) fn decide(
        self,
        channel: CourierChannel,
        through: u64,
        at: Timestamp,
    ) -> Vec<TenantEvent> {
        if through <= self.through(channel) {
            return Vec::new();
        }
        vec![TenantEvent::CourierAdvanced { channel, through, at }]
    }

    pub(in crate::ledger) fn advance(&mut self, channel: CourierChannel, through: u64) {
        match channel {
            CourierChannel::Sms => self.sms = through,
            CourierChannel::Push => self.push = through,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_goes_forward_alone_and_by_itself() {
        let at = Timestamp::from_millis(0);
        let check = |channel, through, expected: Option<u64>| {
            let events = CourierCursors::new(5, 7).decide(channel, through, at);
            let advanced =
                expected.map(|through| TenantEvent::CourierAdvanced { channel, through, at });
            assert_eq!(events, Vec::from_iter(advanced), "{channel:?} {through}");
        };
        check(CourierChannel::Sms, 6, Some(6));
        check(CourierChannel::Sms, 5, None);
        check(CourierChannel::Sms, 4, None);
        check(CourierChannel::Push, 7, None);
        check(CourierChannel::Push, 900, Some(900));
        let mut cursors = CourierCursors::default();
        cursors.advance(CourierChannel::Push, 3);
        assert_eq!(cursors, CourierCursors::new(0, 3));
        let through = CourierChannel::ALL.map(|channel| cursors.through(channel));
        assert_eq!(through, [0, 3]);
    }
}
