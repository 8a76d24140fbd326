//! Parts that the live service, the demo and a shown journal have in common.

use crate::api::auth::{Access, Rules, Scope, Token, protect};
use crate::api::preflight::Preflights;
use crate::api::recalls::Desk;
use crate::api::{self, ApiState, Readiness, Reload};
use crate::clock::Clock;
use crate::config::{Config, Scope as Configured, TokenCheck};
use crate::driver::Handle;
use crate::driver::status::DriverStatus;
use crate::exit::Exit;
use crate::ingest::http::IngestState;
use crate::ingest::{self, IngestCounters, Links, Sources};
use crate::journal::{Channel, History, Stamp};
use crate::metrics::Service;
use axum::Router;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Why the service does not start: what to print, and the exit code.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) Exit, pub(crate) String);

impl Refused {
    pub(super) fn of(exit: Exit, error: &dyn std::error::Error) -> Self {
        Self(exit, crate::commands::chain(error))
    }

    /// Names the journal, if it is what cannot be used.
    pub(super) fn of_journal(self, path: &Path) -> Self {
        match self.0 {
            Exit::Journal => Self(self.0, crate::commands::about_journal(path, &self.1)),
            Exit::Ok | Exit::Failed | Exit::Usage | Exit::Config | Exit::Input | Exit::Scenario => {
                self
            }
        }
    }

    pub(super) fn tell(self, err: &mut dyn Write) -> io::Result<Exit> {
        writeln!(err, "error: {}", self.1)?;
        Ok(self.0)
    }
}

/// The rules of access that a configuration asks for. Secrets are read here and forgotten.
pub(super) fn rules(config: &Config) -> Result<Rules, Refused> {
    let mut tokens = Vec::new();
    for settings in &config.tokens {
        let digest = match &settings.check {
            TokenCheck::Sha256(bytes) => bytes.iter().map(|b| format!("{b:02x}")).collect(),
            TokenCheck::Secret(source) => {
                let secret = source.read().map_err(|e| Refused::of(Exit::Config, &e))?;
                api::auth::digest_hex(secret.expose())
            }
        };
        let scopes: Vec<Scope> = settings.scopes.iter().map(|s| scope(*s)).collect();
        let token = Token::new(&settings.name, &digest, &scopes)
            .map_err(|e| Refused::of(Exit::Config, &e))?;
        tokens.push(token);
    }
    Ok(Rules { tokens, hosts: config.api.allowed_hosts.clone(), open_reading: false })
}

fn scope(scope: Configured) -> Scope {
    match scope {
        Configured::Ingest => Scope::Ingest,
        Configured::Read => Scope::Read,
        Configured::Operate => Scope::Operate,
        Configured::People => Scope::People,
    }
}

/// What the HTTP side is built from.
pub(super) struct Http {
    pub(super) handle: Handle,
    pub(super) history: Arc<dyn History>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) service: Arc<Service>,
    pub(super) links: Links,
    pub(super) access: Arc<Access>,
    pub(super) stamp: Stamp,
    pub(super) channels: Vec<Channel>,
    pub(super) driver: Option<Arc<DriverStatus>>,
    pub(super) reload: Reload,
    /// Address of the Grafana that shows the boards.
    pub(super) grafana: Option<String>,
    /// Recalls, and what the roster says of them.
    pub(super) recall: Desk,
    /// Whether a recall would work.
    pub(super) preflight: Preflights,
    /// Sources and counters of ingestion; `None` takes nothing in.
    pub(super) intake: Option<(Sources, Arc<IngestCounters>)>,
}

impl Http {
    pub(super) fn router(self) -> Router {
        let further = match self.intake {
            None => Router::new(),
            Some((sources, counters)) => {
                let state =
                    IngestState::new(self.handle.clone(), self.clock.clone(), sources, counters);
                protect(ingest::http::router(state), Scope::Ingest, self.access.clone())
            }
        };
        let links = self.links;
        let read_only = self.driver.is_none();
        let driver = self.driver;
        let readiness: Readiness = Arc::new(move || match &driver {
            Some(status) if !status.ready() => {
                let why = status.failure().map(|why| format!(" ({why})")).unwrap_or_default();
                vec![format!("the journal cannot be written{why}; input is not acknowledged")]
            }
            Some(_) | None => Vec::new(),
        });
        let state = ApiState {
            handle: self.handle,
            history: self.history,
            clock: self.clock,
            service: self.service,
            grafana: self.grafana.map(Into::into),
            people: Arc::new(move || links.agents()),
            access: self.access,
            stamp: self.stamp,
            channels: self.channels.into(),
            recall: self.recall,
            preflight: self.preflight,
            read_only,
            readiness,
            reload: self.reload,
        };
        api::router_with(state, further)
    }
}

/// Binds a listener; a busy port is told with its mend.
pub(super) async fn bind(at: SocketAddr) -> Result<TcpListener, Refused> {
    bind_to(at, "--listen").await
}

/// Binds a listener whose address is set by `setting`.
pub(super) async fn bind_to(at: SocketAddr, setting: &str) -> Result<TcpListener, Refused> {
    TcpListener::bind(at).await.map_err(|e| {
        let why = format!("cannot listen on {at}: {e}; choose another address with {setting}");
        Refused(Exit::Failed, why)
    })
}
