//! An instant as people of a zone write it: what sentences for them say.

use crate::ledger::settings::SettingsDraft;
use crate::values::Timestamp;
use chrono::SecondsFormat;
use chrono_tz::Tz;
use std::fmt;

/// An instant with the zone that it is told in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZonedInstant {
    at: Timestamp,
    zone: Tz,
}

impl ZonedInstant {
    /// Of a tenant with these rules.
    #[must_use]
    pub fn of(at: Timestamp, rules: &SettingsDraft) -> Self {
        Self { at, zone: rules.time_zone }
    }

    #[must_use]
    pub const fn at(self) -> Timestamp {
        self.at
    }
}

impl fmt::Display for ZonedInstant {
    /// RFC 3339 with the offset of the zone, to the second.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.at.to_utc().with_timezone(&self.zone);
        f.write_str(&local.to_rfc3339_opts(SecondsFormat::Secs, false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::sample_settings;

    #[test]
    fn an_instant_is_told_in_the_zone_of_the_tenant() {
        let mut rules = sample_settings();
        rules.time_zone = chrono_tz::Asia::Dushanbe;
        let at = Timestamp::parse_rfc3339("2026-01-10T20:30:00.250Z").unwrap();
        let told = ZonedInstant::of(at, &rules);
        assert_eq!(told.to_string(), "2026-01-11T01:30:00+05:00");
        assert_eq!(told.at(), at);
    }
}
