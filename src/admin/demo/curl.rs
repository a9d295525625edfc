//! The chain's credentials and a signed sale that works when it is pasted into a shell.

use crate::admin::demo::client::{Credentials, SALE_PATH};
use crate::admin::demo::phones::phone_of;
use crate::admin::demo::sales::Year;
use std::net::SocketAddr;

/// What is printed before the demo keeps serving.
pub(super) fn ready_to_paste(
    credentials: &Credentials,
    address: SocketAddr,
    year: &Year,
) -> String {
    let Credentials { tenant_id, tenant_token, partner_secret } = credentials;
    let sale = signed_sale(credentials, address, year);
    format!(
        "the demo chain is tenant {tenant_id}\n  X-Tenant-Token  {tenant_token}\n  partner secret  \
         {partner_secret}\n\na signed sale to paste into a shell:\n\n{sale}\n"
    )
}

/// One line: the time is taken, the body signed and the sale posted when it runs.
fn signed_sale(credentials: &Credentials, address: SocketAddr, year: &Year) -> String {
    let Credentials { tenant_token, partner_secret, .. } = credentials;
    let customer = year.sales.first().map_or(1, |sale| sale.customer);
    let phone = phone_of(customer, 1);
    format!(
        "T=$(date +%s); B='{{\"client_phone\":\"{phone}\",\"total_amount\":100.00,\
         \"external_sale_id\":\"pasted-'$T'\"}}'; \
         S=$(printf '%s.POST.{SALE_PATH}.%s' \"$T\" \"$B\" | openssl dgst -sha256 -hmac \
         '{partner_secret}' | sed 's/^.* //'); \
         curl -sS http://{address}{SALE_PATH} -H 'X-Tenant-Token: {tenant_token}' \
         -H \"X-Partner-Timestamp: $T\" -H \"X-Partner-Signature: $S\" \
         -H 'Content-Type: application/json' -d \"$B\"; echo"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::demo::client::sign;
    use std::process::Command;

    fn credentials() -> Credentials {
        Credentials { tenant_id: 1, tenant_token: "t".repeat(64), partner_secret: "s3cr3t".into() }
    }

    #[test]
    fn the_sale_is_one_line() {
        let address = SocketAddr::from(([127, 0, 0, 1], 8_081));
        let line = signed_sale(&credentials(), address, &Year::shipped());
        assert!(!line.contains('\n'), "{line}");
    }

    /// Runs the line with `date` and `curl` replaced, where a shell and openssl are at hand.
    #[test]
    #[cfg(unix)]
    fn the_shell_signs_as_the_till_does() {
        let address = SocketAddr::from(([127, 0, 0, 1], 8_081));
        let line = signed_sale(&credentials(), address, &Year::shipped());
        let script = format!(
            "command -v openssl >/dev/null || exit 9\ndate() {{ echo 1767769016; }}\n\
             curl() {{ printf '%s\\n' \"$B\" \"$S\"; }}\n{line}"
        );
        let run = Command::new("sh").args(["-c", &script]).output().unwrap();
        if run.status.code() == Some(9) {
            return;
        }
        let printed = String::from_utf8(run.stdout).unwrap();
        let mut lines = printed.lines();
        let body = lines.next().unwrap();
        assert_eq!(
            body,
            "{\"client_phone\":\"+999001015100\",\"total_amount\":100.00,\
             \"external_sale_id\":\"pasted-1767769016\"}"
        );
        let expected = sign("s3cr3t", 1_767_769_016, "POST", SALE_PATH, body);
        assert_eq!(lines.next(), Some(expected.as_str()));
    }
}
