//! Who leaves when it gets crowded, and who stays.

use crate::engine::test_kit::{CUSTOMERS, Kit};

const RESIDENT_MAX: usize = 16;

#[test]
fn those_used_longest_ago_leave_first() {
    actix::System::new().block_on(async {
        let open = Kit::open_with(|options| options.resident_accounts_max = RESIDENT_MAX);
        let mut kit = open.await;
        let core = kit.opened().core.clone();
        for customer in CUSTOMERS + 1..=60 {
            kit.at = kit.at.plus_seconds(1);
            kit.grant(1).await;
            kit.register(customer).await;
            assert!(core.accounts.len() <= RESIDENT_MAX);
            assert!(core.accounts.contains_key(&kit.key(1)), "it is used all the time");
        }
        assert!(core.accounts.contains_key(&kit.key(60)), "it has just come");
        assert!(!core.accounts.contains_key(&kit.key(2)), "nobody asked for it");
        assert_eq!(kit.balances().await, [57 * 500, 0, 0]);
        kit.house.close().await.unwrap();
    });
}
