//! Signals: what ends the process and what makes it read its configuration again.
//!
//! They are listened for from before the journal is opened. A process that has not installed
//! them yet dies of them where it stands, in the middle of a recovery if need be; afterwards they
//! wait until the service can end in order.

use super::parts::Refused;
use crate::exit::Exit;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals, held from the moment they are installed.
#[derive(Debug)]
pub(super) struct Signals {
    pub(super) end: End,
    pub(super) hangup: Signal,
}

/// The signals that ask the process to end.
#[derive(Debug)]
pub(super) struct End {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Listens for them. Needs a runtime around it.
    pub(super) fn install() -> Result<Self, Refused> {
        let of = |kind| signal(kind).map_err(|e| Refused::of(Exit::Failed, &e));
        Ok(Self {
            end: End {
                terminate: of(SignalKind::terminate())?,
                interrupt: of(SignalKind::interrupt())?,
            },
            hangup: of(SignalKind::hangup())?,
        })
    }

    /// Ready when the process is asked to end, or its terminal is gone.
    pub(super) async fn end_or_hangup(mut self) {
        tokio::select! {
            () = self.end.asked() => {}
            _ = self.hangup.recv() => {}
        }
    }

    /// Ready when the process is asked to end; a hangup asks for nothing.
    pub(super) async fn end_only(mut self) {
        loop {
            tokio::select! {
                () = self.end.asked() => return,
                _ = self.hangup.recv() => {
                    tracing::info!("a journal that is only shown has nothing to reload");
                }
            }
        }
    }
}

impl End {
    /// Ready when the process is asked to end, also if that was before this call.
    pub(super) async fn asked(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
