//! Puts the house and its two doors together, and takes them apart again: the only file that knows
//! how.

use crate::admin::config::Configuration;
use crate::admin::couriers::{Couriers, WaysOut};
use crate::admin::exit::Failure;
use crate::admin::gateway::Gateway;
use crate::admin::{logging, operator_token, terminal};
use crate::api::{
    DoorState, OperatorState, OperatorToken, Server, operator_router, public_router,
    with_bench_routes,
};
use crate::courier::Deliveries;
use crate::engine::{Clock, House, HouseOptions};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::task::JoinSet;

/// How long arbiters may take to begin listening.
const LISTENING_MAX: Duration = Duration::from_secs(10);
const LISTENING_POLL: Duration = Duration::from_millis(5);

/// A house with its doors open.
pub(super) struct Served {
    pub house: House,
    doors: Vec<Server>,
    deliveries: Deliveries,
    couriers: Option<Couriers>,
}

/// What a server does beside serving when it is asked to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Extras {
    /// Prints login codes, for development.
    pub print_codes: bool,
    /// Answers the no-op route, for measuring.
    pub bench_routes: bool,
}

/// `kopilka serve`: until SIGTERM or Ctrl-C.
pub(super) async fn run(configuration: &Configuration, extras: Extras) -> Result<(), Failure> {
    logging::start(&configuration.log)?;
    let clock = Clock::wall();
    let ways = WaysOut::new(configuration, &clock)?;
    let ways = if extras.print_codes { ways.printing_codes()? } else { ways };
    let house = open(configuration.house(clock)).await?;
    let served = match open_doors(house.clone(), configuration, ways, extras).await {
        Ok(served) => served,
        Err(failure) => {
            close(house).await?;
            return Err(failure);
        }
    };
    let addresses: Vec<SocketAddr> = served.doors.iter().map(Server::address).collect();
    if let [public, operator] = addresses[..] {
        let dir = configuration.data_dir.display();
        terminal::say(&format!("serving {dir} on http://{public}, operators on http://{operator}"));
    }
    until_asked_to_stop().await?;
    served.close(Duration::from_secs(configuration.shutdown_seconds)).await
}

/// Opens (or creates) a data directory.
pub(super) async fn open(options: HouseOptions) -> Result<House, Failure> {
    House::open(options).await.map_err(|error| Failure::DataDir(error.into_reason()))
}

/// The operator API of a house of this process; nobody else learns its token.
pub(super) fn gateway_to(house: &House) -> Gateway {
    let token = house.entropy().text(operator_token::MADE_LENGTH);
    let state = OperatorState::new(house.clone(), OperatorToken::new(&token));
    Gateway::House { router: operator_router(state), token }
}

/// The ledger in a closed data directory, for one command. A folder that is not there is made only
/// where the command creates something.
pub(super) async fn open_closed(options: HouseOptions, create: bool) -> Result<House, Failure> {
    if !create && !options.data_dir.is_dir() {
        let shown = options.data_dir.display();
        return Err(Failure::DataDir(format!("the data directory {shown} does not exist")));
    }
    open(options).await
}

pub(super) async fn close(house: House) -> Result<(), Failure> {
    house
        .close()
        .await
        .map_err(|error| Failure::DataDir(format!("the ledger was not closed: {error}")))
}

/// Waits for SIGTERM or Ctrl-C.
pub(super) async fn until_asked_to_stop() -> Result<(), Failure> {
    let deaf = |error| Failure::Unreachable(format!("cannot listen to signals: {error}"));
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate()).map_err(deaf)?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted.map_err(deaf),
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await.map_err(deaf)
}

async fn open_doors(
    house: House,
    configuration: &Configuration,
    ways: WaysOut,
    extras: Extras,
) -> Result<Served, Failure> {
    let given = std::env::var(operator_token::VARIABLE).ok().filter(|token| !token.is_empty());
    let token = operator_token::of_server(&configuration.data_dir, given, house.entropy())?;
    let state = OperatorState::new(house.clone(), OperatorToken::new(&token));
    let mut served =
        Served::with_public_door(house, configuration.listen, extras.bench_routes).await?;
    let state = state.with_deliveries(served.deliveries.clone());
    served.open_door(configuration.operator_listen, operator_router(state)).await?;
    served.start_couriers(ways);
    Ok(served)
}

impl Served {
    /// The house with its public door alone.
    pub(super) async fn with_public_door(
        house: House,
        listen: SocketAddr,
        bench_routes: bool,
    ) -> Result<Self, Failure> {
        let deliveries = Deliveries::default();
        let state = DoorState::new(house.clone()).with_deliveries(deliveries.clone());
        let mut served = Self { house, doors: Vec::new(), deliveries, couriers: None };
        let router = public_router(state);
        let router = if bench_routes { with_bench_routes(router) } else { router };
        served.open_door(listen, router).await?;
        Ok(served)
    }

    /// Begins to tell webhooks and customers what happens.
    pub(super) fn start_couriers(&mut self, ways: WaysOut) {
        self.couriers = Some(Couriers::start(&self.house, self.deliveries.clone(), ways));
    }

    /// Where tills and apps are served.
    pub(super) fn public_address(&self) -> Option<SocketAddr> {
        self.doors.first().map(Server::address)
    }

    async fn open_door(&mut self, listen: SocketAddr, router: axum::Router) -> Result<(), Failure> {
        let refused = |error: crate::api::ServeError| Failure::Unreachable(error.to_string());
        let server = Server::start(&self.house, listen, router).map_err(refused)?;
        until_listening(server.address()).await?;
        self.doors.push(server);
        Ok(())
    }

    /// Takes no more, answers all that was taken (at most `within`), then closes the house, which
    /// bounds by itself how long it waits.
    pub(super) async fn close(self, within: Duration) -> Result<(), Failure> {
        // Before the doors: a call that waits for something to happen would hold them open.
        self.house.end_waits();
        if let Some(couriers) = self.couriers {
            couriers.stop(within).await;
        }
        let mut leaving = JoinSet::new();
        for door in self.doors {
            leaving.spawn(door.stop(within));
        }
        while let Some(left) = leaving.join_next().await {
            if !left.unwrap_or(false) {
                let seconds = within.as_secs();
                terminal::complain(&format!("connections were still open after {seconds} s"));
            }
        }
        close(self.house).await
    }
}

/// Nobody is told of an address before it answers.
async fn until_listening(address: SocketAddr) -> Result<(), Failure> {
    let connect = async {
        while tokio::net::TcpStream::connect(address).await.is_err() {
            tokio::time::sleep(LISTENING_POLL).await;
        }
    };
    tokio::time::timeout(LISTENING_MAX, connect)
        .await
        .map_err(|_| Failure::Unreachable(format!("nothing listens on {address}")))
}
