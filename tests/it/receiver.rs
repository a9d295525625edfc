//! A receiver of webhooks that does what a test says: answers, breaks off, or never answers.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// What the receiver does with a request, once it has read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    Answer(u16),
    /// Sends the caller elsewhere, where nobody is.
    Redirect,
    /// Closes the connection without a word.
    BreakOff,
    /// Keeps the connection open and says nothing.
    NeverAnswer,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) method: String,
    /// Names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
    pub(crate) act: Act,
}

pub(crate) struct Receiver {
    pub(crate) url: String,
    script: Script,
    received: UnboundedReceiver<Received>,
}

/// What is done next; then 200.
type Script = Arc<Mutex<(VecDeque<Act>, Act)>>;

impl Receiver {
    /// Follows `script`, and does `afterwards` for ever.
    pub(crate) async fn start(script: &[Act], afterwards: Act) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook?shop=1", listener.local_addr().unwrap());
        let script = Arc::new(Mutex::new((script.iter().copied().collect(), afterwards)));
        let (sender, received) = unbounded_channel();
        tokio::spawn(serve(listener, Arc::clone(&script), sender));
        Self { url, script, received }
    }

    /// From now on it does this.
    pub(crate) fn now(&self, act: Act) {
        *self.script.lock().unwrap() = (VecDeque::new(), act);
    }

    /// The next request, whatever becomes of it.
    pub(crate) async fn next(&mut self) -> Received {
        self.received.recv().await.unwrap()
    }

    /// The numbers of the next entries that were taken, up to and with `last`.
    pub(crate) async fn taken_through(&mut self, last: u64) -> Vec<u64> {
        let mut numbers = Vec::new();
        while numbers.last().is_none_or(|number| *number < last) {
            let received = self.next().await;
            if received.act == Act::Answer(200) {
                numbers.extend(received.numbers());
            }
        }
        numbers
    }

    /// Whether nothing has come that was not looked at.
    pub(crate) fn is_quiet(&mut self) -> bool {
        self.received.try_recv().is_err()
    }
}

impl Received {
    pub(crate) fn events(&self) -> Vec<Value> {
        let body: Value = serde_json::from_str(&self.body).unwrap();
        body["events"].as_array().unwrap().clone()
    }

    pub(crate) fn numbers(&self) -> Vec<u64> {
        self.events().iter().map(|event| event["number"].as_u64().unwrap()).collect()
    }

    pub(crate) fn delivery(&self) -> &str {
        &self.headers["x-kopilka-delivery"]
    }

    /// Checks the signature as a receiver would.
    pub(crate) fn is_signed_with(&self, secret: &str) -> bool {
        let signature = hex::decode(&self.headers["x-kopilka-signature"]).unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{}.{}", self.headers["x-kopilka-timestamp"], self.body).as_bytes());
        mac.verify_slice(&signature).is_ok()
    }
}

async fn serve(listener: TcpListener, script: Script, sender: UnboundedSender<Received>) {
    let mut silent = Vec::new();
    while let Ok((mut stream, _)) = listener.accept().await {
        let Some((method, headers, body)) = read(&mut stream).await else { continue };
        let act = {
            let mut script = script.lock().unwrap();
            let afterwards = script.1;
            script.0.pop_front().unwrap_or(afterwards)
        };
        if sender.send(Received { method, headers, body, act }).is_err() {
            return;
        }
        let answer = match act {
            Act::Answer(status) => format!("HTTP/1.1 {status} So\r\n"),
            Act::Redirect => {
                "HTTP/1.1 307 Elsewhere\r\nlocation: http://127.0.0.1:9/\r\n".to_owned()
            }
            Act::BreakOff => continue,
            Act::NeverAnswer => {
                silent.push(stream);
                continue;
            }
        };
        let answer = format!("{answer}content-length: 0\r\nconnection: close\r\n\r\n");
        let _ = stream.write_all(answer.as_bytes()).await;
    }
}

/// Method, headers and body of a request; `None` if the connection ends before.
async fn read(stream: &mut TcpStream) -> Option<(String, BTreeMap<String, String>, String)> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let headers: BTreeMap<String, String> = head
                .lines()
                .filter_map(|line| line.split_once(": "))
                .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
                .collect();
            let length: usize = headers["content-length"].parse().unwrap();
            if body.len() >= length {
                let method = head.split(' ').next().unwrap_or_default();
                return Some((method.to_owned(), headers, body.to_owned()));
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
