//! A server of the load's own: the same program in a process of its own, so that what it costs can be
//! told from what the generator costs.

use crate::admin::exit::Failure;
use crate::admin::operator_token;
use crate::engine::Entropy;
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// Linux tells what a process used in hundredths of a second.
const MICROS_PER_TICK: u64 = 10_000;
const RESIDENT: &str = "VmRSS:";
const RESIDENT_MAX: &str = "VmHWM:";

/// A running server; killed if it is dropped before it is stopped.
pub(super) struct OwnServer {
    child: Child,
    /// Kept open: a server whose reader is gone would fail to write.
    _told: BufReader<ChildStdout>,
    pub(super) public: SocketAddr,
    pub(super) operator_url: String,
    pub(super) operator_token: String,
}

impl OwnServer {
    /// Starts serving a folder on free ports of this machine.
    pub(super) fn start(folder: &Path, entropy: &Entropy) -> Result<Self, Failure> {
        let operator_token = entropy.text(operator_token::MADE_LENGTH);
        let failed = |error| Failure::Unreachable(format!("the server did not start: {error}"));
        let mut child = Command::new(std::env::current_exe().map_err(failed)?)
            .arg("serve")
            .arg("--data-dir")
            .arg(folder)
            .args(["--listen", "127.0.0.1:0", "--operator-listen", "127.0.0.1:0"])
            .args(["--bench-routes", "--log", "warn"])
            .env(operator_token::VARIABLE, &operator_token)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let Some(stdout) = child.stdout.take() else {
            return Err(Failure::Unreachable("the server tells nothing".to_owned()));
        };
        let mut told = BufReader::new(stdout);
        let mut line = String::new();
        told.read_line(&mut line).map_err(failed)?;
        let addresses = addresses_in(&line);
        let mut server = Self {
            child,
            _told: told,
            public: SocketAddr::from(([127, 0, 0, 1], 0)),
            operator_url: String::new(),
            operator_token,
        };
        let Some((public, operator)) = addresses else {
            return Err(Failure::Unreachable("the server did not start".to_owned()));
        };
        server.public = public;
        server.operator_url = format!("http://{operator}");
        Ok(server)
    }

    /// The CPU time it has used, in microseconds, where the machine tells.
    pub(super) fn cpu_micros(&self) -> Option<u64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?;
        cpu_micros_in(&stat)
    }

    /// The memory it holds and the most it ever held, in KiB, where the machine tells.
    pub(super) fn resident_kib(&self) -> Option<(u64, u64)> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        kib_in(&status, RESIDENT).zip(kib_in(&status, RESIDENT_MAX))
    }

    /// Ends it at once, with SIGKILL.
    pub(super) fn kill(self) {
        drop(self);
    }

    /// Asks it to stop, and waits until it has.
    pub(super) fn stop(mut self) -> Result<(), Failure> {
        let failed = |error: String| Failure::Unreachable(format!("the server stays: {error}"));
        kill_process(Pid::from_child(&self.child), Signal::TERM)
            .map_err(|error| failed(error.to_string()))?;
        let status = self.child.wait().map_err(|error| failed(error.to_string()))?;
        if status.success() {
            return Ok(());
        }
        Err(Failure::Differs(format!("the server did not end well: {status}")))
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        // One that was stopped is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The public and the operators' address in what the server says when it serves.
fn addresses_in(line: &str) -> Option<(SocketAddr, SocketAddr)> {
    let mut found = line.split("http://").skip(1).map(|rest| {
        let end = rest.find([',', ' ', '\n']).unwrap_or(rest.len());
        rest.get(..end).and_then(|address| address.parse().ok())
    });
    Some((found.next()??, found.next()??))
}

/// User and system time: the 14th and 15th field; the second, a name, may hold spaces.
fn cpu_micros_in(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_whitespace().skip(11);
    let user: u64 = times.next()?.parse().ok()?;
    let system: u64 = times.next()?.parse().ok()?;
    user.saturating_add(system).checked_mul(MICROS_PER_TICK)
}

fn kib_in(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_from_what_a_server_says() {
        let line =
            "serving data/load-1 on http://127.0.0.1:4001, operators on http://127.0.0.1:4002\n";
        let (public, operator) = addresses_in(line).unwrap();
        assert_eq!((public.port(), operator.port()), (4_001, 4_002));
        assert_eq!(addresses_in("kopilka: taken\n"), None);
    }

    #[test]
    fn what_a_process_used_is_read_from_linux() {
        let stat = "77 (kopilka (x)) S 1 77 77 0 -1 4194560 9 0 0 0 120 30 0 0 20 0 5 0 99 1 2";
        assert_eq!(cpu_micros_in(stat), Some(1_500_000));
        let status = "VmHWM:\t   4096 kB\nVmRSS:\t   2048 kB\n";
        assert_eq!(
            (kib_in(status, RESIDENT), kib_in(status, RESIDENT_MAX)),
            (Some(2_048), Some(4_096))
        );
        assert_eq!((cpu_micros_in(""), kib_in("", RESIDENT)), (None, None));
    }
}
