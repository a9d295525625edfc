//! The durable image: right after each of our syncs a copy is made of exactly what was synced, which is
//! what a power cut leaves; every copy opens with all that was acknowledged by then.

use crate::house::{Ask, PHONE, Shop, TestHouse, options, run};
use crate::stores::{Watch, watched};
use kopilka::engine::HouseOptions;
use kopilka::journal::LogError;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Requests of the scenario, after the registration.
const REQUESTS: usize = 24;

/// Copies the synced files after every append, with how much was acknowledged by then.
struct Camera {
    data_dir: PathBuf,
    album: PathBuf,
    acknowledged: Arc<Mutex<Vec<(Ask, Value)>>>,
    images: Mutex<Vec<(PathBuf, usize)>>,
}

impl Camera {
    fn keep(&self, image: &Path, name: &str) {
        let target = image.join(name);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(self.data_dir.join(name), target).unwrap();
    }
}

impl Watch for Camera {
    /// Whatever is acknowledged by now rests on the image before.
    fn before(&self, _count: usize) -> Result<(), LogError> {
        let acknowledged = self.acknowledged.lock().unwrap().len();
        if let Some((_, count)) = self.images.lock().unwrap().last_mut() {
            *count = acknowledged;
        }
        Ok(())
    }

    fn after(&self, count: usize) -> Result<(), LogError> {
        let image = self.album.join(format!("{count:04}"));
        // Nothing else is synced by us: no snapshot of the store, no blobs, no tables.
        for name in ["kopilka.format", "high-water", "journal/db", "journal/conf"] {
            self.keep(&image, name);
        }
        // Keys, too, are synced before the record that needs them.
        for name in ["master.key", "vault/house.keys", "vault/days.keys", "vault/tenant-1.keys"] {
            if self.data_dir.join(name).exists() {
                self.keep(&image, name);
            }
        }
        let acknowledged = self.acknowledged.lock().unwrap().len();
        self.images.lock().unwrap().push((image, acknowledged));
        Ok(())
    }
}

fn request(number: usize) -> Ask {
    let id = format!("r-{number}");
    let (path, body) = if number % 4 == 3 {
        (
            "/partner/redeem",
            json!({"client_phone": PHONE, "amount": 3, "total_amount": 100, "external_sale_id": id}),
        )
    } else {
        (
            "/partner/sale",
            json!({"client_phone": PHONE, "total_amount": 100 + number, "external_sale_id": id,
            "lines": [{"sku": "a", "name": "Чай", "line_amount": 60}]}),
        )
    };
    Ask::post(path, &body).with("idempotency-key", &format!("k-{number}"))
}

async fn check_image(image: &Path, shop: &Shop, acknowledged: &[(Ask, Value)]) {
    let dir = tempfile::tempdir().unwrap();
    let data_dir = dir.path().join("ledger");
    fs::rename(image, &data_dir).unwrap();
    let house = TestHouse::open(dir, options(&data_dir)).await;
    for (ask, body) in acknowledged {
        // Without its key first: what is not there would be done now.
        let unkeyed = Ask { headers: Vec::new(), ..ask.clone() };
        let duplicate = house.ask(shop, unkeyed).await;
        assert_eq!(duplicate.status, 422, "{} holds what was acknowledged", image.display());
        let again = house.ask(shop, ask.clone()).await;
        assert_eq!(&again.body, body, "{} holds what was acknowledged", image.display());
    }
    house.close_and_verify().await;
}

#[test]
fn every_durable_image_opens_with_all_that_was_acknowledged() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let album = tempfile::tempdir().unwrap();
        let acknowledged = Arc::new(Mutex::new(Vec::new()));
        let data_dir = dir.path().join("ledger");
        let camera = Arc::new(Camera {
            data_dir: data_dir.clone(),
            album: album.path().to_path_buf(),
            acknowledged: Arc::clone(&acknowledged),
            images: Mutex::new(Vec::new()),
        });
        let log = watched(Arc::clone(&camera) as Arc<dyn Watch>);
        let house =
            TestHouse::open(dir, HouseOptions { log: Some(log), ..options(&data_dir) }).await;
        let shop = house.shop(json!({"redeem_hold_seconds": 0})).await;
        house.log_in(&shop, PHONE).await;
        house.grant(&shop, PHONE, "500").await;
        for number in 0..REQUESTS {
            let ask = request(number);
            let answer = house.ask(&shop, ask.clone()).await;
            assert!(matches!(answer.status, 200 | 201), "{answer:?}");
            acknowledged.lock().unwrap().push((ask, answer.body));
        }
        house.close_and_verify().await;
        let images = std::mem::take(&mut *camera.images.lock().unwrap());
        let acknowledged = acknowledged.lock().unwrap().clone();
        assert!(images.len() >= REQUESTS, "{} images", images.len());
        for (image, count) in images {
            check_image(&image, &shop, &acknowledged[..count]).await;
        }
    });
}
