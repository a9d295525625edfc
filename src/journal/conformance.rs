//! What every adapter of the log must do, whatever it stands on; run on the embedded one and on memory.

use crate::journal::log::{Claim, LogError, LogPlace, PartitionLog};
use crate::journal::memory_log::MemoryLog;
use crate::journal::record::RECORD_BYTES_MAX;
use crate::journal::sled_log::open_sled_log;

type OpenLog<'a> = dyn Fn() -> Box<dyn PartitionLog> + 'a;

fn check(check: impl Fn(&OpenLog<'_>)) {
    let memory = MemoryLog::default();
    check(&|| memory.handle(None));
    let temp = tempfile::tempdir().unwrap();
    let place = place(temp.path());
    check(&|| open_sled_log(&place).unwrap());
}

fn place(path: &std::path::Path) -> LogPlace {
    LogPlace { directory: path.to_path_buf(), cache_bytes: 1 << 20, disk_free_min: 0 }
}

fn claim(log: &mut dyn PartitionLog, record: &[u8]) -> Claim {
    log.open(&mut |_| Ok(record.to_vec())).unwrap()
}

#[test]
fn appended_records_are_read_in_order_and_without_gaps() {
    check(|open| {
        let mut log = open();
        assert_eq!(log.reader().bounds(), Ok(None));
        assert_eq!(log.reader().read(1, u64::MAX), Ok(Vec::new()));
        let claim = claim(&mut *log, b"open");
        for number in 2..=600_u64 {
            let record = number.to_string();
            assert_eq!(log.append(&claim, number, record.as_bytes()), Ok(number));
        }
        let reader = log.reader();
        assert_eq!(reader.bounds(), Ok(Some((1, 600))));
        let mut next = 1;
        while next <= 600 {
            let read = reader.read(next, 600).unwrap();
            assert!(!read.is_empty());
            for (number, record) in read {
                assert_eq!(number, next);
                let expected = if number == 1 { "open".into() } else { number.to_string() };
                assert_eq!(record, expected.as_bytes());
                next += 1;
            }
        }
        assert_eq!(reader.read(601, u64::MAX), Ok(Vec::new()));
        let two = reader.read(7, 8).unwrap();
        assert_eq!(two, [(7, b"7".to_vec()), (8, b"8".to_vec())]);
        assert_eq!(reader.read(8, 7), Ok(Vec::new()));
    });
}

#[test]
fn a_stale_claim_and_a_wrong_number_are_refused() {
    check(|open| {
        let mut log = open();
        let first = claim(&mut *log, b"first");
        assert_eq!(log.append(&first, 3, b"ahead"), Err(LogError::Fenced));
        assert_eq!(log.append(&first, 1, b"again"), Err(LogError::Fenced));
        assert_eq!(log.append(&first, 2, b"next"), Ok(2));
        let second = claim(&mut *log, b"second");
        assert_eq!(second.epoch, 3);
        assert_eq!(log.append(&first, 4, b"stale"), Err(LogError::Fenced));
        assert_eq!(log.append(&second, 4, b"fresh"), Ok(4));
        assert_eq!(log.reader().bounds(), Ok(Some((1, 4))));
    });
}

#[test]
fn a_log_goes_on_where_it_was_left() {
    check(|open| {
        let mut log = open();
        let first = claim(&mut *log, b"first");
        log.append(&first, 2, b"last words").unwrap();
        drop(log);
        let mut log = open();
        let mut seen = None;
        let second = log
            .open(&mut |tail| {
                seen = tail.map(|(number, record)| (number, record.to_vec()));
                Ok(b"second".to_vec())
            })
            .unwrap();
        assert_eq!(seen, Some((2, b"last words".to_vec())));
        assert_eq!(second.epoch, 3);
        assert_eq!(log.append(&first, 4, b"stale"), Err(LogError::Fenced));
    });
}

#[test]
fn a_refused_opening_appends_nothing() {
    check(|open| {
        let mut log = open();
        let refused = log.open(&mut |_| Err(LogError::Unavailable("no".into())));
        assert_eq!(refused, Err(LogError::Unavailable("no".into())));
        assert_eq!(log.reader().bounds(), Ok(None));
        assert_eq!(log.append(&Claim { epoch: 1 }, 1, b"unclaimed"), Err(LogError::Fenced));
    });
}

#[test]
fn the_largest_record_stays_in_the_stores_own_file() {
    let temp = tempfile::tempdir().unwrap();
    let mut log = open_sled_log(&place(temp.path())).unwrap();
    let claim = claim(&mut *log, b"open");
    let noise: Vec<u8> = (0..u32::try_from(RECORD_BYTES_MAX).unwrap().div_ceil(4))
        .flat_map(|n| crc32fast::hash(&n.to_le_bytes()).to_le_bytes())
        .take(RECORD_BYTES_MAX)
        .collect();
    for number in 2..120 {
        log.append(&claim, number, &noise).unwrap();
        assert_eq!(std::fs::read_dir(temp.path().join("blobs")).unwrap().count(), 0);
    }
    let larger = [&noise[..], &[0]].concat();
    let refused = log.append(&claim, 120, &larger);
    let max = RECORD_BYTES_MAX;
    assert_eq!(refused, Err(LogError::TooLarge { bytes: max + 1, max }));
    assert_eq!(log.append(&claim, 120, &noise), Ok(120));
}
