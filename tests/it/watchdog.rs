//! The program under a service manager: it says when it serves, and from then on again and again that it is
//! alive.

use crate::process::command;
use std::os::unix::net::UnixDatagram;
use std::process::Stdio;
use std::time::Duration;

/// Longer than any machine takes.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn a_server_that_serves_says_so_and_that_it_is_alive() {
    let dir = tempfile::tempdir().unwrap();
    let (ledger, place) = (dir.path().join("ledger"), dir.path().join("notify"));
    let socket = UnixDatagram::bind(&place).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let arguments = ["--listen", "127.0.0.1:0", "--operator-listen", "127.0.0.1:0"];
    let mut server = command(&["serve", "--data-dir", ledger.to_str().unwrap()])
        .args(arguments)
        .env("NOTIFY_SOCKET", &place)
        .env("WATCHDOG_USEC", "100000")
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let told = || {
        let mut bytes = [0; 64];
        let length = socket.recv(&mut bytes).unwrap();
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    };
    assert_eq!(told(), "READY=1\nSTATUS=serving");
    assert_eq!([told(), told(), told()], ["WATCHDOG=1"; 3]);
    server.kill().unwrap();
    server.wait().unwrap();
}
