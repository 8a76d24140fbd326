//! Tells the engine what became of deliveries, until the journal says that it knows.
//!
//! One for all workers: whoever settles something tells everything that is untold, so a receipt
//! is not lost with the worker that earned it, and not told by each of them.

use crate::driver::{Handle, Message};
use crate::engine::effect::EffectId;
use crate::engine::time::{Span, Timestamp};
use crate::journal::JournalError;
use crate::journal::outbox::Outbox;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A receipt that the driver has not journalled by then is sent again.
const PATIENCE: Span = Span::secs(60);
/// Receipts that are read at a time.
const AT_A_TIME: usize = 1_024;

/// Receipts that were sent to the driver, and when.
#[derive(Clone, Debug, Default)]
pub struct Receipts(Arc<Mutex<BTreeMap<EffectId, Timestamp>>>);

impl Receipts {
    /// Tells the driver what it has not been told.
    ///
    /// # Errors
    /// If the journal cannot be read.
    pub fn tell(
        &self,
        outbox: &Outbox,
        driver: &Handle,
        now: Timestamp,
    ) -> Result<(), JournalError> {
        let untold = outbox.untold(AT_A_TIME)?;
        let mut sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sent.retain(|effect, _| untold.iter().any(|(e, _)| e == effect));
        for (effect, delivered) in untold {
            // A clock that went back is no reason to wait.
            if sent.get(&effect).is_some_and(|at| *at <= now && now - *at < PATIENCE) {
                continue;
            }
            if driver.try_send(Message::Receipt(effect, delivered)).is_err() {
                // The queue is full; the next pass tries again.
                break;
            }
            sent.insert(effect, now);
        }
        Ok(())
    }
}
