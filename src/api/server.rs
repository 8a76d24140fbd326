//! Serving a listener: bounded connections, bounded heads, a graceful stop.
//!
//! The obvious `axum::serve` sets no time limit on request heads, so that a few hundred sockets
//! that send one byte a minute would hold the monitor. HTTP/1.1 only: the clients are a
//! Prometheus, an ACD adapter and a few screens.

use axum::extract::ConnectInfo;
use axum::{Extension, Router};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// Connections at once: screens, scrapers and adapters of a national centre, with room.
const CONNECTIONS_MAX: usize = 1_024;
/// Time in which a client sends a request's head.
const HEAD_TIME_MAX: Duration = Duration::from_secs(10);
/// Size of a request's head.
const HEAD_BYTES_MAX: usize = 32 * 1_024;
/// Header lines of a request.
const HEADERS_MAX: usize = 64;
/// Pause after a failed accept: out of file descriptors it would otherwise spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Time that open requests get to end after the shutdown.
const DRAIN_MAX: Duration = Duration::from_secs(10);

/// Tells long responses that the server closes. The default never closes.
#[derive(Clone, Debug, Default)]
pub(super) struct Closing(Option<watch::Receiver<bool>>);

impl Closing {
    /// Until the server closes.
    pub(super) async fn wait(&mut self) {
        match &mut self.0 {
            // A lost sender means that the server is gone.
            Some(closing) => drop(closing.wait_for(|closed| *closed).await),
            None => std::future::pending().await,
        }
    }
}

/// Serves until `shutdown` is ready; then takes no connection more, ends event streams and lets
/// open requests finish.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send,
) {
    let (close, closing) = watch::channel(false);
    let router = router.layer(Extension(Closing(Some(closing.clone()))));
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut open = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let stream = tokio::select! {
            () = &mut shutdown => break,
            stream = accept(&listener, &room) => stream,
            Some(_) = open.join_next(), if !open.is_empty() => continue,
        };
        if let Some((stream, peer, permit)) = stream {
            let connection =
                connection((stream, peer), router.clone(), Closing(Some(closing.clone())));
            open.spawn(async move {
                connection.await;
                drop(permit);
            });
        }
    }
    drop(listener);
    close.send_replace(true);
    let drained = async { while open.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN_MAX, drained).await.is_err() {
        tracing::warn!("requests still open after the time to finish are cut off");
    }
}

async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let permit = room.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => Some((stream, peer, permit)),
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted: {error}");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

async fn connection((stream, peer): (TcpStream, SocketAddr), router: Router, mut closing: Closing) {
    drop(stream.set_nodelay(true));
    let router = TowerToHyperService::new(router);
    // Whoever counts by address finds it here.
    let routed = service_fn(move |mut request: axum::http::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.call(request)
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .serve_connection(TokioIo::new(stream), routed);
    let mut served = pin!(served);
    let outcome = tokio::select! {
        outcome = &mut served => outcome,
        () = closing.wait() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "a connection ended early: {error}");
    }
}
