//! Tells systemd how the server stands (sd_notify): a datagram to the socket that it named, if it named one.

use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::{env, ffi::OsStr, io};

/// The ledger is served.
pub(super) const READY: &str = "READY=1\nSTATUS=serving";
/// It was asked to stop, and answers what it has taken.
pub(super) const STOPPING: &str = "STOPPING=1\nSTATUS=draining";
/// It is alive.
pub(super) const WATCHDOG: &str = "WATCHDOG=1";
/// Where systemd listens.
const VARIABLE: &str = "NOTIFY_SOCKET";

/// Tells it, if there is anybody to tell. That nobody listened is no reason not to serve.
pub(super) fn tell(state: &str) {
    let Some(place) = env::var_os(VARIABLE).filter(|place| !place.is_empty()) else { return };
    if let Err(reason) = send(&place, state) {
        tracing::warn!(%reason, "systemd was not told: {}", state.replace('\n', ", "));
    }
}

/// A path, or behind `@` a name that is in no folder.
fn send(place: &OsStr, state: &str) -> io::Result<()> {
    let address = match place.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(place)?,
    };
    let socket = UnixDatagram::unbound()?;
    // A manager that does not read is not waited for.
    socket.set_nonblocking(true)?;
    socket.send_to_addr(state.as_bytes(), &address).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(socket: &UnixDatagram) -> String {
        let mut bytes = [0; 256];
        let length = socket.recv(&mut bytes).unwrap();
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    }

    #[test]
    fn both_kinds_of_sockets_are_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        send(path.as_os_str(), READY).unwrap();
        assert_eq!(received(&socket), "READY=1\nSTATUS=serving");
        let name = format!("kopilka-test-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let socket = UnixDatagram::bind_addr(&address).unwrap();
        send(OsStr::new(&format!("@{name}")), STOPPING).unwrap();
        assert_eq!(received(&socket), "STOPPING=1\nSTATUS=draining");
        assert!(send(dir.path().join("nobody").as_os_str(), READY).is_err());
    }
}
