//! The real program as its users run it: the built binary in a process of its own.

use kopilka::courier::http_only_client;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

/// A server process; killed when dropped.
pub(crate) struct Server {
    child: Child,
    told: BufReader<ChildStdout>,
    pub(crate) public: String,
    pub(crate) operator: String,
}

/// Runs the program to its end.
pub(crate) fn kopilka(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

/// The program with arguments, in an environment without our variables.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kopilka"));
    command.args(arguments).stdin(Stdio::null());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("KOPILKA_")) {
        command.env_remove(name);
    }
    command
}

/// A client for servers of this machine.
pub(crate) fn http_client() -> reqwest::Client {
    http_only_client().unwrap().build().unwrap()
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

impl Server {
    /// Starts serving a data directory on free ports.
    pub(crate) fn start(data_dir: &Path, more: &[&str]) -> Self {
        Self::start_with_log(data_dir, "error", Stdio::inherit(), more)
    }

    /// The same, writing log lines of a level into a file.
    pub(crate) fn start_logging(data_dir: &Path, level: &str, log: File, more: &[&str]) -> Self {
        Self::start_with_log(data_dir, level, log.into(), more)
    }

    fn start_with_log(data_dir: &Path, level: &str, log: Stdio, more: &[&str]) -> Self {
        let arguments = Self::arguments(data_dir, level, more);
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        Self::of(command(&words).stderr(log))
    }

    /// What the program is told to serve a data directory on free ports.
    pub(crate) fn arguments(data_dir: &Path, level: &str, more: &[&str]) -> Vec<String> {
        let dir = data_dir.to_str().unwrap();
        let listen = ["--listen", "127.0.0.1:0", "--operator-listen", "127.0.0.1:0"];
        let arguments = [&["serve", "--data-dir", dir], &listen[..], &["--log", level], more];
        arguments.concat().into_iter().map(str::to_owned).collect()
    }

    /// The program as it was told to serve.
    pub(crate) fn of(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        let mut told = BufReader::new(child.stdout.take().unwrap());
        told.read_line(&mut first).unwrap();
        let mut addresses = first.split("http://").skip(1).map(|rest| {
            let end = rest.find([',', '\n', ' ']).unwrap_or(rest.len());
            format!("http://{}", &rest[..end])
        });
        let public = addresses
            .next()
            .unwrap_or_else(|| panic!("the server says where it listens: {first:?}"));
        let operator = addresses.next().unwrap();
        Self { child, told, public, operator }
    }

    /// The next line that it writes to stdout; waits for it.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.told.read_line(&mut line).unwrap();
        line
    }

    /// SIGKILL: nothing is finished, nothing is closed.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM: it answers what it has taken and closes. Returns the exit status.
    pub(crate) fn terminate(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
