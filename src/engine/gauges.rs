//! How a house stands, looked up when somebody asks: everything that needs no counting.

use crate::engine::archiver::ArchiveStanding;
use crate::engine::core::Core;
use crate::engine::house::House;
use crate::engine::pulse::DiskUse;
use crate::engine::supervisor::Inner;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use std::fmt;
use std::sync::{Arc, Weak};

/// Looks at a house as long as it stands.
struct Gauges {
    house: Weak<Inner>,
}

/// Where metrics are written to.
struct Sheet<'a, 'b>(&'a mut DescriptorEncoder<'b>);

impl House {
    /// Adds what this house counts, and how it stands, to a registry.
    pub fn register(&self, registry: &mut Registry) {
        self.inner().pulse.register(registry);
        registry.register_collector(Box::new(Gauges { house: Arc::downgrade(self.inner()) }));
    }
}

impl fmt::Debug for Gauges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gauges(..)")
    }
}

impl Collector for Gauges {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Some(house) = self.house.upgrade() else { return Ok(()) };
        let mut sheet = Sheet(&mut encoder);
        sheet.ready(&house)?;
        if let Some(disk) = house.pulse.disk() {
            sheet.disk(&disk)?;
        }
        match house.opened() {
            Ok(opened) => {
                sheet.memory(&opened.core)?;
                sheet.requests(&opened.core)?;
                sheet.journal(&opened.core)?;
                sheet.keys(&opened.core)?;
                opened.archiver.as_ref().map_or(Ok(()), |archive| sheet.archive(archive.standing()))
            }
            Err(_) => Ok(()),
        }
    }
}

impl Sheet<'_, '_> {
    fn gauge(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        let encoder = self.0.encode_descriptor(name, help, None, MetricType::Gauge)?;
        ConstGauge::new(value).encode(encoder)
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        let encoder = self.0.encode_descriptor(name, help, None, MetricType::Counter)?;
        ConstCounter::new(value).encode(encoder)
    }

    /// One gauge with a value for each set of labels.
    fn gauges<S: EncodeLabelSet>(
        &mut self,
        name: &str,
        help: &str,
        values: impl IntoIterator<Item = (S, u64)>,
    ) -> fmt::Result {
        let mut encoder = self.0.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for (labels, value) in values {
            ConstGauge::new(value).encode(encoder.encode_family(&labels)?)?;
        }
        Ok(())
    }

    fn ready(&mut self, house: &Inner) -> fmt::Result {
        let not_ready = house.not_ready();
        self.gauge("ready", "1 if the house serves, 0 if not", u64::from(not_ready.is_none()))?;
        let cause = not_ready.map(|why| ([("cause", why.cause.name())], 1));
        self.gauges("not_ready", "Why the house does not serve", cause)
    }

    fn disk(&mut self, disk: &DiskUse) -> fmt::Result {
        let DiskUse { space, journal_bytes, tables_bytes } = disk;
        self.gauge("disk_free_bytes", "Free bytes of the disk", space.free_bytes)?;
        self.gauge("disk_size_bytes", "Bytes of the disk", space.total_bytes)?;
        let read_only = u64::from(space.read_only);
        self.gauge("disk_read_only", "1 if the disk is mounted read-only", read_only)?;
        let stores = [("journal", *journal_bytes), ("tables", *tables_bytes)];
        let stores = stores.map(|(store, bytes)| ([("store", store)], bytes));
        self.gauges("store_bytes", "Bytes that a store takes of the disk", stores)
    }

    fn memory(&mut self, core: &Core) -> fmt::Result {
        let most = number(core.room.accounts_max());
        self.gauge("resident_accounts", "Accounts in memory", number(core.accounts.len()))?;
        self.gauge("resident_accounts_max", "Accounts that may be in memory", most)?;
        let vouchers = number(core.vouchers.len());
        self.gauge("resident_vouchers", "Gift cards and coupons in memory", vouchers)?;
        let filter = core.seen.fill();
        self.gauge("filter_bytes", "Memory of the filter of seen ids", filter.bytes)?;
        self.gauge("filter_keys", "Ids in the filter of seen ids", filter.keys)?;
        self.gauge("filter_keys_max", "Ids that find room in the filter", filter.keys_max)?;
        let help =
            "1 if ids are missing in the filter, so that every new one is looked for on the disk";
        self.gauge("filter_full", help, u64::from(filter.full))
    }

    fn requests(&mut self, core: &Core) -> fmt::Result {
        let (taken, most) = (number(core.places.taken()), number(core.places.most()));
        self.gauge("requests_under_way", "Requests that have a place", taken)?;
        self.gauge("requests_under_way_max", "Places for requests", most)?;
        let tenants = number(core.tenants.all().len());
        self.gauge("tenants", "Tenants of the ledger", tenants)?;
        let behind = u64::try_from(core.clock_behind_millis().div_euclid(1_000)).unwrap_or(0);
        let help = "How far the clock is behind what was already written";
        self.gauge("clock_behind_seconds", help, behind)
    }

    fn journal(&mut self, core: &Core) -> fmt::Result {
        let waiting = number(core.journal.waiting());
        self.gauge("journal_queue_operations", "Operations that wait for a group", waiting)?;
        let durable = core.journal.durable();
        self.counter("journal_events", "Events of the journal that are durable", durable.number())?;
        let (events, millis) = core.coverage.lag(durable, core.clock.now());
        self.gauge("checkpoint_lag_events", "Events that a restart would replay", events)?;
        let seconds = u64::try_from(millis.div_euclid(1_000)).unwrap_or(0);
        let help = "For how long the tables have lacked something";
        self.gauge("checkpoint_lag_seconds", help, seconds)
    }

    fn keys(&mut self, core: &Core) -> fmt::Result {
        let help = "Keys of customers and tenants that are damaged or lost, met since the ledger was opened";
        self.gauge("damaged_keys", help, number(core.vault.damaged_told()))
    }
}

/// Of an archive that is to follow.
impl Sheet<'_, '_> {
    fn archive(&mut self, archive: ArchiveStanding) -> fmt::Result {
        let ArchiveStanding { lag_events, lag_seconds, trouble, .. } = archive;
        self.gauge("archive_lag_events", "Events that the archive lacks", lag_events)?;
        let help = "For how long the archive has lacked something";
        self.gauge("archive_lag_seconds", help, lag_seconds)?;
        let cause = trouble.map(|trouble| ([("cause", trouble.cause.name())], 1));
        self.gauges("archive_failing", "Why the archive does not follow", cause)
    }
}

fn number(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
