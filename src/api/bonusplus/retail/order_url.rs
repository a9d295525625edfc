//! The address at which a customer sees the receipt of a sale.

use crate::api::bonusplus::call::Call;
use crate::api::receipt::path_of;
use crate::engine::OrderUid;

/// Longest name of a host that is repeated, in bytes.
const HOST_MAX: usize = 253;

/// The address of a receipt on the host that was called; its path alone, where that is not said.
pub(in crate::api::bonusplus) fn order_url(call: &Call<'_>, uid: OrderUid) -> String {
    let path = path_of(uid);
    let host = call.asked.header_text("host").filter(|host| is_host(host));
    let came_encrypted = call.asked.arrival.is_some_and(|arrival| arrival.is_encrypted);
    let secure = came_encrypted || call.asked.header_text("x-forwarded-proto") == Some("https");
    let scheme = if secure { "https" } else { "http" };
    host.map_or_else(|| path.clone(), |host| format!("{scheme}://{host}{path}"))
}

fn is_host(host: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    (1..=HOST_MAX).contains(&host.len()) && host.bytes().all(fits)
}
