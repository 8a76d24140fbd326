//! Keeps drills going: answers for people of whom nobody asked anything, and ends what is over.
//!
//! A task of its own behind the driver that keeps nothing: what is due follows from how drills stand,
//! and the same reply again changes nothing, so a process that died goes on where it was.

use crate::clock::Clock;
use crate::drill;
use crate::driver::{Handle, Message};
use crate::recall::Input;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// The clock may be set: it is looked this often at least.
const LOOK_AT_LEAST: Duration = Duration::from_secs(60);
/// A driver that did not take an answer is given time.
const PAUSE: Duration = Duration::from_secs(1);

/// Attends to drills until the driver stops.
pub(super) async fn attend(handle: Handle, clock: Arc<dyn Clock>) {
    let mut views = handle.views();
    let mut before = Vec::new();
    loop {
        let view = views.borrow_and_update().clone();
        let inputs = drill::due(&view.recalls, clock.now());
        let some = !inputs.is_empty();
        // The same again: what was told changed nothing.
        let mut taken = inputs != before;
        for input in &inputs {
            taken &= tell(&handle, input.clone()).await;
        }
        before = inputs;
        let next = drill::next_due(&view.recalls, clock.now());
        let wait = match (some, taken) {
            // What was told may make more due, in a view that is there already.
            (true, true) => Duration::ZERO,
            (true, false) => PAUSE,
            (false, _) => next.map_or(LOOK_AT_LEAST, |at| clock.until(at)).min(LOOK_AT_LEAST),
        };
        let idle = !view.recalls.recalls().any(|recall| recall.id().drill);
        let ended = tokio::select! {
            () = tokio::time::sleep(wait), if !idle => false,
            changed = views.changed() => changed.is_err(),
        };
        if ended {
            return;
        }
    }
}

async fn tell(handle: &Handle, input: Input) -> bool {
    let (ack, answer) = oneshot::channel();
    let input = Box::new(input);
    let message = Message::Recall { input, order: None, key: None, ack };
    handle.send(message).await.is_ok() && answer.await.is_ok()
}
