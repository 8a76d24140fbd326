//! Reads the configuration again while the service runs.
//!
//! Everything that can be wrong is found before anything changes: rules of access, secrets and
//! authorities of sources. Then the driver takes the policy, and only then the sources change, so
//! that no source tells of what the engine does not know. Listener, journal, webhooks and recall
//! stay as they were started.

use super::feeds::{Feeds, Wanted};
use super::live::configured;
use super::{parts, policy_over};
use crate::api::Reload;
use crate::api::auth::Access;
use crate::cli::ServeArgs;
use crate::clock::Clock;
use crate::driver::{Handle, Message};
use crate::engine::policy::Policy;
use crate::ingest::Sources;
use crate::metrics::Service;
use std::sync::{Arc, Mutex, RwLock};
use tokio::signal::unix::Signal;
use tokio::sync::oneshot;

/// What a reload changes.
pub(super) struct Reloader {
    pub(super) args: ServeArgs,
    pub(super) handle: Handle,
    pub(super) policy: Arc<RwLock<Policy>>,
    pub(super) access: Arc<Access>,
    pub(super) sources: Sources,
    pub(super) feeds: Arc<Feeds>,
}

impl Reloader {
    /// Reads the configuration again; on an error the old one stays.
    pub(super) fn into_reload(self, service: Arc<Service>, clock: Arc<dyn Clock>) -> Reload {
        // A signal and a request may come at once; one after the other they agree in the end.
        let alone = Mutex::new(self);
        Arc::new(move || {
            let reloader = alone.lock().map_err(|e| e.to_string())?;
            let result = reloader.reload();
            service.reloaded(result.is_ok(), clock.now());
            match &result {
                Ok(()) => tracing::info!("the configuration was reloaded"),
                Err(why) => tracing::error!("the configuration in force stays: {why}"),
            }
            result
        })
    }

    /// Blocks; called where that is allowed.
    fn reload(&self) -> Result<(), String> {
        if self.args.config.is_none() {
            let why = "the service was started without --config; there is nothing to reload";
            return Err(why.to_owned());
        }
        let config = configured(&self.args).map_err(|refused| refused.1)?;
        let rules = parts::rules(&config).map_err(|refused| refused.1)?;
        let current = self.policy.read().map_err(|e| e.to_string())?.clone();
        let next = policy_over(&current, config.policy());
        let wanted = Wanted::of(&config, &next).map_err(|refused| refused.1)?;
        if next != current {
            let (told, taken) = oneshot::channel();
            let message = Message::Policy(Box::new(next.clone()), told);
            self.handle.try_send(message).map_err(|e| e.to_string())?;
            taken.blocking_recv().map_err(|_| "the driver did not take the policy".to_owned())?;
        }
        self.access.replace(rules);
        self.sources.replace(&next);
        *self.policy.write().map_err(|e| e.to_string())? = next;
        tokio::runtime::Handle::current().block_on(self.feeds.apply(wanted));
        Ok(())
    }
}

/// What a reload over HTTP answers where it is not allowed.
pub(super) fn closed() -> Reload {
    Arc::new(|| {
        Err("reload over HTTP is off; set [api] enable_lifecycle = true or send SIGHUP".to_owned())
    })
}

/// Reloads at each SIGHUP.
pub(super) async fn on_hangup(mut hangup: Signal, reload: Reload) {
    while hangup.recv().await.is_some() {
        let reload = reload.clone();
        let _ = tokio::task::spawn_blocking(move || reload()).await;
    }
}
