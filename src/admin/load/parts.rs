//! The measured parts of a load: every connection asks at its pace until the time is up.

use crate::admin::exit::Failure;
use crate::admin::load::mold::{Kind, Mold, RUN_LENGTH, Sale, write_registration};
use crate::admin::load::pace::Pace;
use crate::admin::load::spread::Picker;
use crate::admin::load::tally::Tally;
use crate::admin::load::target::Target;
use crate::admin::load::wire::{Answer, Wire};
use crate::engine::{Clock, Entropy, Stopwatch};
use indicatif::ProgressBar;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;

/// Where and what is posted.
pub(super) struct Stage {
    server: SocketAddr,
    connections: u16,
    mold: Mold,
    picker: Picker,
    posts: Posts,
    /// Begins the external ids of this stage.
    run: String,
    /// The number of the next sale, and of the first that is not posted any more.
    next: AtomicU64,
    end: u64,
    /// Sales that were taken, warming up included.
    sold: AtomicU64,
}

/// What sales look like.
#[derive(Default)]
pub(super) struct Posts {
    /// How many of a hundred redeem.
    pub redeem_share: u8,
    /// Sales of a batch.
    pub batch: Option<u16>,
    /// Sales of a file, instead of made-up ones.
    pub lines: Vec<String>,
}

/// What a part posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Sales,
    NoOp { answer_bytes: u64 },
}

/// What a part came to.
pub(super) struct Measured {
    pub tally: Tally,
    pub lasted: Duration,
    /// CPU time that the server used, where it is known.
    pub cpu_micros: Option<u64>,
}

impl Stage {
    pub(super) fn new(
        target: &Target,
        connections: u16,
        picker: Picker,
        posts: Posts,
    ) -> Result<Self, Failure> {
        Ok(Self {
            server: target.server,
            connections,
            mold: Mold::new(target.server.to_string(), &target.chain.keys, Clock::wall())?,
            picker,
            posts,
            run: Entropy::system().text(RUN_LENGTH),
            next: AtomicU64::new(0),
            end: u64::MAX,
            sold: AtomicU64::new(0),
        })
    }

    /// The same, with so many sales in all.
    pub(super) fn ending_at(self, sales: u64) -> Self {
        Self { end: sales, ..self }
    }

    pub(super) fn sold(&self) -> u64 {
        self.sold.load(Ordering::Relaxed)
    }

    /// Posts one part; every connection is open before the time begins.
    pub(super) async fn measure(
        self: &Arc<Self>,
        part: Part,
        pace: impl FnOnce() -> Pace,
        bar: &ProgressBar,
    ) -> Result<Measured, Failure> {
        let mut wires = Vec::with_capacity(usize::from(self.connections));
        for _ in 0..self.connections {
            wires.push(Wire::open(self.server).await?);
        }
        let pace = pace();
        let mut running = JoinSet::new();
        for wire in wires {
            let (stage, pace, bar) = (Arc::clone(self), pace.clone(), bar.clone());
            running.spawn(async move { stage.connection(part, wire, &pace, &bar).await });
        }
        let mut tally = Tally::new();
        while let Some(ended) = running.join_next().await {
            tally.add(&ended.map_err(|error| broke(&error))??);
        }
        if part == Part::Sales {
            self.sold.fetch_add(tally.done, Ordering::Relaxed);
        }
        Ok(Measured { tally, lasted: pace.lasted(), cpu_micros: None })
    }

    /// Registers all customers, each once; those who are there already are left as they are.
    pub(super) async fn register(
        self: &Arc<Self>,
        phones: Arc<dyn Fn(u64) -> Option<String> + Send + Sync>,
        bar: &ProgressBar,
    ) -> Result<Measured, Failure> {
        let (next, since) = (Arc::new(AtomicU64::new(0)), Stopwatch::start());
        let mut running = JoinSet::new();
        for _ in 0..self.connections {
            let mut wire = Wire::open(self.server).await?;
            let (stage, next, bar) = (Arc::clone(self), Arc::clone(&next), bar.clone());
            let phones = Arc::clone(&phones);
            running.spawn(async move {
                let (mut request, mut body, mut tally) = (Vec::new(), Vec::new(), Tally::new());
                while let Some(phone) = phones(next.fetch_add(1, Ordering::Relaxed)) {
                    body.clear();
                    write_registration(&mut body, &phone);
                    stage.mold.write(&mut request, Kind::Registration, &body);
                    let begun = Stopwatch::start();
                    tally.take(&wire.ask(&request).await?, begun.elapsed());
                    bar.inc(1);
                }
                Ok::<_, Failure>(tally)
            });
        }
        let mut tally = Tally::new();
        while let Some(ended) = running.join_next().await {
            tally.add(&ended.map_err(|error| broke(&error))??);
        }
        Ok(Measured { tally, lasted: since.elapsed(), cpu_micros: None })
    }

    async fn connection(
        &self,
        part: Part,
        mut wire: Wire,
        pace: &Pace,
        bar: &ProgressBar,
    ) -> Result<Tally, Failure> {
        let (mut request, mut body, mut tally) = (Vec::new(), Vec::new(), Tally::new());
        let kind = self.kind(part);
        while let Some(start) = pace.next().await {
            body.clear();
            if !self.write_body(kind, &mut body) {
                break;
            }
            self.mold.write(&mut request, kind, &body);
            let answer = wire.ask(&request).await?;
            self.count(kind, &mut tally, &answer, pace.took(start));
            bar.inc(self.sales_of(kind));
        }
        Ok(tally)
    }

    const fn kind(&self, part: Part) -> Kind {
        match (part, self.posts.batch) {
            (Part::NoOp { answer_bytes }, _) => Kind::NoOp { answer_bytes },
            (Part::Sales, Some(_)) => Kind::Batch,
            (Part::Sales, None) => Kind::Sale,
        }
    }

    fn sales_of(&self, kind: Kind) -> u64 {
        if kind == Kind::Batch { self.posts.batch.map_or(1, u64::from) } else { 1 }
    }

    /// Whether there was anything left to write.
    fn write_body(&self, kind: Kind, body: &mut Vec<u8>) -> bool {
        let count = self.sales_of(kind);
        let first = self.next.fetch_add(count, Ordering::Relaxed);
        for number in first..first.saturating_add(count).min(self.end) {
            if !self.write_sale(number, body) {
                break;
            }
            if kind == Kind::Batch {
                body.push(b'\n');
            }
        }
        !body.is_empty()
    }

    fn write_sale(&self, number: u64, body: &mut Vec<u8>) -> bool {
        if !self.posts.lines.is_empty() {
            let line = usize::try_from(number).ok().and_then(|index| self.posts.lines.get(index));
            let Some(line) = line else { return false };
            body.extend_from_slice(line.as_bytes());
            return true;
        }
        let redeems = self.picker.happens(self.posts.redeem_share);
        Sale { customer: self.picker.pick(number), run: &self.run, number, redeems }.write(body);
        true
    }

    fn count(&self, kind: Kind, tally: &mut Tally, answer: &Answer, took: Duration) {
        if kind == Kind::Batch {
            tally.take_batch(answer, took);
        } else {
            tally.take(answer, took);
        }
    }
}

fn broke(error: &tokio::task::JoinError) -> Failure {
    Failure::Differs(format!("a connection of the load broke: {error}"))
}
