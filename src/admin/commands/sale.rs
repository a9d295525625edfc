//! `kopilka sale` and `kopilka webhook`: what tills recorded, and how it is told on.

use crate::admin::cli::{Sale, Webhook};
use crate::admin::exit::Failure;
use crate::admin::requests;
use crate::admin::shown::Shown;

const WEBHOOK_COLUMNS: [&str; 7] =
    ["webhook_id", "kind", "url", "state", "after", "failing_since", "last_error"];

pub(in crate::admin) async fn sale(asked: &Sale) -> Result<(), Failure> {
    let (inquiry, request) = match asked {
        Sale::Find(asked) => {
            let (id, store) = (&asked.external_id, asked.store.as_deref());
            (&asked.of.inquiry, requests::find_sales(asked.of.tenant, id, store))
        }
        Sale::Show(asked) => (&asked.of.inquiry, requests::show_sale(asked.of.tenant, asked.sale)),
    };
    inquiry.tell(request, &Shown::Items).await
}

pub(in crate::admin) async fn webhook(asked: &Webhook) -> Result<(), Failure> {
    let (inquiry, request, shown) = match asked {
        Webhook::List(of) => {
            (&of.inquiry, requests::list_webhooks(of.tenant), Shown::table(&WEBHOOK_COLUMNS))
        }
        Webhook::Replay(asked) => {
            let request = requests::replay_webhook(asked.of.tenant, asked.webhook, asked.after);
            (&asked.of.inquiry, request, Shown::Lines)
        }
    };
    inquiry.tell(request, &shown).await
}
