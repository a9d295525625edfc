//! Many requests at one account at once: the balance allows what it allows, and no more.

use crate::house::{PHONE, TestHouse, options, run};
use kopilka::engine::HouseOptions;
use serde_json::json;
use std::future::Future;
use std::pin::Pin;
use std::task::Poll;

/// Runs futures of one thread at the same time; answers in their order.
pub(crate) async fn together<T, F: Future<Output = T>>(
    futures: impl IntoIterator<Item = F>,
) -> Vec<T> {
    let mut running: Vec<Pin<Box<F>>> = futures.into_iter().map(Box::pin).collect();
    let mut answers: Vec<Option<T>> = running.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        let mut pending = false;
        for (future, answer) in running.iter_mut().zip(&mut answers) {
            if answer.is_none() {
                match future.as_mut().poll(context) {
                    Poll::Ready(value) => *answer = Some(value),
                    Poll::Pending => pending = true,
                }
            }
        }
        if pending { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    answers.into_iter().map(Option::unwrap).collect()
}

#[test]
fn ten_thousand_redemptions_give_exactly_what_the_balance_allows() {
    const SENT: usize = 10_000;
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let options = HouseOptions { places_max: SENT, ..options(&dir.path().join("ledger")) };
        let house = TestHouse::open(dir, options).await;
        let shop = house.shop(json!({})).await;
        house.log_in(&shop, PHONE).await;
        house.grant(&shop, PHONE, "1234.56").await;
        let redemptions = (0..SENT).map(|_| {
            house.redeem(&shop, json!({"client_phone": PHONE, "amount": 1, "total_amount": 100}))
        });
        let answers = in_batches(redemptions, 500).await;
        let redeemed = answers.iter().filter(|answer| answer.status == 200).count();
        let refused =
            answers.iter().filter(|answer| answer.body["code"] == json!("balance_too_low")).count();
        assert_eq!((redeemed, refused), (1_234, SENT - 1_234));
        assert_eq!(house.client(&shop, PHONE).await["redeemable_balance"].to_string(), "0.56");
        house.close_and_verify().await;
    });
}

/// All are under way at once, but each task polls its own batch, so that a wake-up costs little.
async fn in_batches<T, F: Future<Output = T>>(
    futures: impl IntoIterator<Item = F>,
    size: usize,
) -> Vec<T> {
    let mut futures: Vec<F> = futures.into_iter().collect();
    let mut batches = Vec::new();
    while !futures.is_empty() {
        let rest = futures.split_off(futures.len().min(size));
        batches.push(together(std::mem::replace(&mut futures, rest)));
    }
    together(batches).await.into_iter().flatten().collect()
}

#[test]
fn one_request_more_than_there_are_places_is_told_to_try_again() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let options = HouseOptions { places_max: 8, ..options(&dir.path().join("ledger")) };
        let house = TestHouse::open(dir, options).await;
        let shop = house.shop(json!({})).await;
        house.log_in(&shop, PHONE).await;
        let sales =
            (0..64).map(|_| house.sell(&shop, json!({"client_phone": PHONE, "total_amount": 100})));
        let answers = together(sales).await;
        let created = answers.iter().filter(|answer| answer.status == 201).count();
        let overloaded: Vec<_> = answers.iter().filter(|answer| answer.status == 503).collect();
        assert_eq!(created + overloaded.len(), 64);
        assert!(created >= 8 && !overloaded.is_empty(), "{created} created");
        assert!(overloaded.iter().all(|answer| answer.retry_after.as_deref() == Some("1")));
        assert_eq!(house.client(&shop, PHONE).await["total_spent"], json!(created * 100));
        house.close_and_verify().await;
    });
}
