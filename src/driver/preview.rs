//! What would an order do now?
//!
//! The order is given to a copy of the state, as the entry that it would be, so the answer is the
//! engine's own and the rules live in one place. The copy is dropped: nothing of it is journalled,
//! published or sent, and no number is used up. The cost is a copy of the whole state, because
//! time that passes with an entry passes for every unit; over HTTP that was 10 to 19 ms for a
//! thousand queues in an unoptimised build, paid when a commander asks.
//!
//! It promises nothing about later: what comes in between the look and the order changes both.

use super::Preview;
use super::fold::Fold;
use super::run::Driver;
use super::work::Ack;
use crate::engine::command::Command;
use crate::engine::entry::{Entry, Input};
use crate::journal::Told;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tokio::sync::oneshot;

impl<E: Fold> Driver<E> {
    /// Answers with the batch: what the state before rests on is committed by then.
    pub(super) fn preview(&mut self, command: Command, ack: oneshot::Sender<Preview>) {
        let seq = self.fold.seq() + 1;
        let entry = Entry { seq, at: self.work.at, input: Input::Command(Box::new(command)) };
        let fold = &self.fold;
        // An order that the engine cannot take is not answered, as it would not be if given.
        let Ok(preview) = catch_unwind(AssertUnwindSafe(|| look(fold, &entry))) else { return };
        self.work.acks.push(Ack::Preview(ack, Box::new(preview)));
    }
}

fn look<E: Fold>(fold: &E, entry: &Entry) -> Preview {
    let mut copy = fold.clone();
    let mut effects = Vec::new();
    copy.apply(entry, &mut effects);
    Preview {
        before: Arc::new(fold.view()),
        after: Arc::new(copy.view()),
        told: effects.iter().filter_map(|effect| Told::of(effect, &copy)).collect(),
    }
}
