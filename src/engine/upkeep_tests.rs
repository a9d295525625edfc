//! What a house puts right by itself: leftovers of a killed process go, and so do the keys of days.

use crate::engine::house_options::HouseOptions;
use crate::engine::test_kit::Kit;
use crate::journal::DataDir;
use crate::values::Phone;
use std::path::Path;

/// How many keys of days there are.
fn keys_of_days(data_dir: &Path) -> usize {
    let bytes = std::fs::read(data_dir.join("vault/days.keys")).unwrap();
    bytes.chunks(64).skip(1).filter(|slot| slot[0] == 1).count()
}

#[test]
fn what_a_killed_process_left_of_its_reports_is_removed() {
    actix::System::new().block_on(async {
        let leave = |options: &mut HouseOptions| {
            drop(DataDir::create_or_open(&options.data_dir).unwrap());
            let left = options.data_dir.join("scratch/7");
            std::fs::create_dir_all(&left).unwrap();
            std::fs::write(left.join("db"), "figures").unwrap();
        };
        let kit = Kit::open_with(leave).await;
        assert!(!kit.house.data_dir().join("scratch").exists());
        kit.house.close().await.unwrap();
    });
}

#[test]
fn the_key_of_a_day_ends_with_a_checkpoint_though_no_code_is_sent_after_it() {
    actix::System::new().block_on(async {
        let kit = Kit::open().await;
        let phone = Phone::from_number(992_901_000_001).unwrap();
        kit.house.send_code(kit.tenant, kit.at, phone).await.unwrap();
        let days = || keys_of_days(kit.house.data_dir());
        assert_eq!(days(), 1);
        kit.house.clock().set(kit.at.plus_seconds(86_400));
        kit.house.checkpoint().await.unwrap();
        assert_eq!(days(), 1, "it is good until the end of the next day");
        kit.house.clock().set(kit.at.plus_seconds(2 * 86_400));
        kit.house.checkpoint().await.unwrap();
        assert_eq!(days(), 0);
        kit.house.close().await.unwrap();
    });
}
