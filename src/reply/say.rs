//! How a reply is given to the driver, by whichever way it came.
//!
//! Its key decides whether it is a new one: the same key gets the first answer and acts no second
//! time. A wrong number is blocked in the roster before it is answered, so that a failure is repeated
//! and not forgotten; only of somebody who was asked.

use crate::driver::{Handle, Message};
use crate::recall::{ContactId, Input, RecallId, Reply, Words};
use crate::record::Record;
use crate::roster::{Kind, PersonId};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use tokio::sync::oneshot;

/// Blocks a person's contact of a kind in the roster. May block the thread.
pub type Blocker = Arc<dyn Fn(PersonId, Kind) -> Result<(), String> + Send + Sync>;

/// What somebody says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saying {
    /// To which recall.
    pub recall: RecallId,
    /// Whose.
    pub person: PersonId,
    /// By which contact; `None` where it is not known.
    pub kind: Option<Kind>,
    /// What.
    pub words: Words,
    /// Its idempotency key.
    pub key: String,
}

/// Why a reply was not taken; the same again may be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// The driver has no room.
    #[error("{0}")]
    Full(#[from] crate::driver::Full),
    /// The driver is gone.
    #[error("the monitor stopped before its answer")]
    Stopped,
    /// The contact is still in use.
    #[error("the contact is not blocked: {0}")]
    NotBlocked(String),
}

/// Gives a reply to the driver and waits for its record.
///
/// # Errors
/// If nothing is sure to have happened. The same key again is the same reply.
pub async fn say(handle: &Handle, block: &Blocker, saying: Saying) -> Result<Record, NotTaken> {
    let Saying { recall, person, kind, words, key } = saying;
    let reply = Reply { recall, person, contact: contact(kind), number: number(&key), words };
    let (ack, answer) = oneshot::channel();
    let input = Box::new(Input::Reply(reply));
    handle.try_send(Message::Recall { input, order: None, key: Some(key), ack })?;
    let record = answer.await.map_err(|_| NotTaken::Stopped)?;
    if let (Words::WrongNumber, Some(kind), None) = (words, kind, &record.refused) {
        blocked(block, person, kind).await?;
    }
    Ok(record)
}

/// Blocks a contact in the roster.
///
/// # Errors
/// If it is not blocked.
pub async fn blocked(block: &Blocker, person: PersonId, kind: Kind) -> Result<(), NotTaken> {
    let block = block.clone();
    tokio::task::spawn_blocking(move || block(person, kind))
        .await
        .map_err(|_| NotTaken::NotBlocked("the roster has no answer".to_owned()))?
        .map_err(NotTaken::NotBlocked)
}

/// The number of a contact: the place of its kind. Without a kind the answers of one person are of one
/// contact all the same.
pub fn contact(kind: Option<Kind>) -> ContactId {
    let place = kind.and_then(|kind| Kind::ALL.iter().position(|k| *k == kind));
    ContactId(place.and_then(|at| u32::try_from(at).ok()).unwrap_or(u32::MAX))
}

/// The number of a reply: the same key is the same reply, whatever else is known of it.
fn number(key: &str) -> u64 {
    let digest = Sha256::digest(key.as_bytes());
    digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// A key made of what a reply is told by. It says nothing of its parts.
pub fn key(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.len().to_be_bytes());
        digest.update(part.as_bytes());
    }
    let hex = digest
        .finalize()
        .iter()
        .take(16)
        .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    format!("reply-{hex}")
}
