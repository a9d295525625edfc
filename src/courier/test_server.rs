//! A server that misbehaves as it is told: one line of the script for each request, in order.

use crate::courier::outbound::{Outbound, OutboundLimits};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the server does with one request.
#[derive(Debug, Clone)]
pub(in crate::courier) enum Act {
    /// Status, header lines, body.
    Answer(u16, &'static str, String),
    /// Never answers.
    Hang,
    /// Closes the connection without a word.
    Close,
    /// Answers more than it promised to read, without end.
    Flood,
}

/// A request as it arrived.
#[derive(Debug, Clone, Default)]
pub(in crate::courier) struct Arrived {
    /// Method, target and version.
    pub(in crate::courier) line: String,
    /// In small letters, with their values as sent.
    pub(in crate::courier) headers: Vec<(String, String)>,
    pub(in crate::courier) body: String,
}

#[derive(Default)]
struct Shared {
    arrived: Vec<Arrived>,
    script: Vec<Act>,
}

pub(in crate::courier) struct TestServer {
    pub(in crate::courier) url: String,
    shared: Arc<Mutex<Shared>>,
    task: tokio::task::JoinHandle<()>,
}

/// Time-outs short enough for a test to reach.
pub(in crate::courier) fn hasty() -> Outbound {
    let limits =
        OutboundLimits { connect: Duration::from_secs(5), total: Duration::from_millis(300) };
    Outbound::new(limits).unwrap()
}

/// Patient with a machine under load; for servers that answer.
pub(in crate::courier) fn patient() -> Outbound {
    Outbound::new(OutboundLimits::default()).unwrap()
}

pub(in crate::courier) fn answer(status: u16, body: &str) -> Act {
    Act::Answer(status, "", body.to_owned())
}

impl TestServer {
    /// Plays `script`; what comes after its end is answered with 200.
    pub(in crate::courier) async fn new(script: Vec<Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Mutex::new(Shared { arrived: Vec::new(), script }));
        let serving = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&serving)));
            }
        });
        Self { url, shared, task }
    }

    pub(in crate::courier) fn arrived(&self) -> Vec<Arrived> {
        self.shared.lock().unwrap().arrived.clone()
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Arrived {
    pub(in crate::courier) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

async fn serve(mut stream: TcpStream, shared: Arc<Mutex<Shared>>) {
    let Some(arrived) = read(&mut stream).await else { return };
    let act = {
        let mut shared = shared.lock().unwrap();
        shared.arrived.push(arrived);
        if shared.script.is_empty() { answer(200, "") } else { shared.script.remove(0) }
    };
    match act {
        Act::Answer(status, headers, body) => {
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n"
            );
            let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
        }
        Act::Hang => std::future::pending().await,
        Act::Close => {}
        Act::Flood => {
            let _ = stream.write_all(b"HTTP/1.1 200 X\r\nconnection: close\r\n\r\n").await;
            while stream.write_all(&[b'x'; 4_096]).await.is_ok() {}
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<Arrived> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let mut lines = head.split("\r\n");
    let line = lines.next()?.to_owned();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let mut arrived = Arrived { line, headers, body: String::new() };
    let length: usize = arrived.header("content-length").map_or(0, |text| text.parse().unwrap());
    while bytes.len() < head_end + 4 + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    arrived.body = String::from_utf8_lossy(&bytes[head_end + 4..]).into_owned();
    Some(arrived)
}
