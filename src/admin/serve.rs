//! Puts the house and its two doors together, and takes them apart again: the only file that knows
//! how.

use crate::admin::config::Configuration;
use crate::admin::couriers::{Couriers, WaysOut};
use crate::admin::door_settings::Doors;
use crate::admin::exit::Failure;
use crate::admin::gateway::Gateway;
use crate::admin::renewal::Renewal;
use crate::admin::stop_signals::StopSignals;
use crate::admin::watchdog::Watchdog;
use crate::admin::{file_modes, logging, master_key, operator_token, service_manager, terminal};
use crate::api::{
    CallerLimits, Door, DoorState, OperatorState, OperatorToken, Routes, Server, Telemetry,
    operator_router, public_router,
};
use crate::courier::Deliveries;
use crate::engine::{Clock, EngineError, House, HouseOptions};
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
    telemetry: Telemetry,
    couriers: Option<Couriers>,
    renewal: Option<Renewal>,
}

/// How the public door is opened.
#[derive(Default)]
pub(super) struct Entrance {
    door: Door,
    limits: CallerLimits,
    /// Whether the no-op route is answered, for measuring.
    bench_routes: bool,
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
    let _exported = logging::start(&configuration.log, configuration.log_format)?;
    let clock = Clock::wall();
    let doors = configuration.doors.load()?;
    let ways = WaysOut::new(configuration, &clock)?;
    let ways = if extras.print_codes { ways.printing_codes()? } else { ways };
    let house = begin(configuration.house(clock)).await?;
    // The doors first: while the ledger is being opened they say so, and how far it has got.
    let mut served = match open_doors(house.clone(), configuration, doors, extras).await {
        Ok(served) => served,
        Err(failure) => {
            close(house).await?;
            return Err(failure);
        }
    };
    served.house.serve().await.map_err(unusable)?;
    served.start_couriers(ways);
    let stop = StopSignals::listen()?;
    service_manager::tell(service_manager::READY);
    let _watchdog = Watchdog::start(served.house.clone());
    if let [public, operator] = &served.doors[..] {
        let dir = configuration.data_dir.display();
        let (public, operator) = (public.url(), operator.url());
        terminal::say(&format!("serving {dir} on {public}, operators on {operator}"));
    }
    stop.come().await?;
    service_manager::tell(service_manager::STOPPING);
    served.close(Duration::from_secs(configuration.shutdown_seconds)).await
}

/// Opens (or creates) a data directory.
pub(super) async fn open(options: HouseOptions) -> Result<House, Failure> {
    let house = begin(options).await?;
    house.serve().await.map_err(unusable)?;
    Ok(house)
}

/// Takes (or creates) a data directory, and closes it to others.
async fn begin(options: HouseOptions) -> Result<House, Failure> {
    let data_dir = options.data_dir.clone();
    let options = HouseOptions { master_key: master_key::from_environment()?, ..options };
    let house = House::begin(options).map_err(unusable)?;
    if let Err(failure) = file_modes::close_to_others(&data_dir) {
        close(house).await?;
        return Err(failure);
    }
    Ok(house)
}

fn unusable(error: EngineError) -> Failure {
    Failure::DataDir(error.into_reason())
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

async fn open_doors(
    house: House,
    configuration: &Configuration,
    doors: Doors,
    extras: Extras,
) -> Result<Served, Failure> {
    let given = std::env::var(operator_token::VARIABLE).ok().filter(|token| !token.is_empty());
    let token = operator_token::of_server(&configuration.data_dir, given, house.entropy())?;
    let Doors { public, operator, limits } = doors;
    let certificates = [&public, &operator].into_iter().filter_map(|door| door.tls.clone());
    let renewal = Renewal::start(certificates.collect())?;
    let state = OperatorState::new(house.clone(), OperatorToken::new(&token));
    let (listen, bench_routes) = (configuration.listen, extras.bench_routes);
    let entrance = Entrance { door: public, limits: limits.clone(), bench_routes };
    let mut served = Served::with_public_door(house, listen, entrance).await?;
    served.renewal = Some(renewal);
    let state = state
        .with_deliveries(served.deliveries.clone())
        .with_telemetry(served.telemetry.clone())
        .with_open_metrics(configuration.metrics_open)
        .with_limits(limits);
    let router = operator_router(state);
    let operator = served.telemetry.watched("operator", operator);
    served.open_door(configuration.operator_listen, router, operator).await?;
    Ok(served)
}

impl Served {
    /// The house with its public door alone.
    pub(super) async fn with_public_door(
        house: House,
        listen: SocketAddr,
        entrance: Entrance,
    ) -> Result<Self, Failure> {
        let Entrance { door, limits, bench_routes } = entrance;
        let deliveries = Deliveries::default();
        let telemetry = Telemetry::new(&house, &deliveries);
        let state = DoorState::new(house.clone())
            .with_deliveries(deliveries.clone())
            .with_telemetry(telemetry.clone());
        let routes = public_router(state.with_limits(limits));
        let routes = if bench_routes { routes.with_no_op() } else { routes };
        let doors = Vec::new();
        let mut served =
            Self { house, doors, deliveries, telemetry, couriers: None, renewal: None };
        let door = served.telemetry.watched("public", door);
        served.open_door(listen, routes, door).await?;
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

    async fn open_door(
        &mut self,
        listen: SocketAddr,
        routes: impl Into<Routes>,
        door: Door,
    ) -> Result<(), Failure> {
        let refused = |error: crate::api::ServeError| Failure::Unreachable(error.to_string());
        let server = Server::start(&self.house, listen, routes, door).map_err(refused)?;
        until_listening(server.address()).await?;
        self.doors.push(server);
        Ok(())
    }

    /// Takes no more, answers all that was taken (at most `within`), then closes the house, which
    /// bounds by itself how long it waits.
    pub(super) async fn close(self, within: Duration) -> Result<(), Failure> {
        // Before the doors: a call that waits for something to happen would hold them open.
        self.house.end_waits();
        drop(self.renewal);
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
