//! The ways in, from bytes to what the driver is told.
#![expect(clippy::unwrap_used, reason = "the lint knows tests, not the helpers under them")]

mod ami;
mod http;
mod poll;
mod queue_log;
mod tail_task;

use callsurge::driver::{Draft, Ends, Handle, Message, QueueRef};
use callsurge::engine::Engine;
use callsurge::engine::policy::{Carries, Policy, SilenceRule, SourcePolicy};
use callsurge::engine::time::Span;
use std::path::PathBuf;
use std::sync::Arc;

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/asterisk").join(name)
}

fn policy() -> Policy {
    let source = |name: &str| SourcePolicy {
        name: name.to_owned(),
        lateness: Span::secs(5),
        heartbeat: true,
        watched: true,
        carries: Carries::ALL,
    };
    Policy::unconfigured(SilenceRule::Live, vec![source("push"), source("acd")])
}

fn channel(messages_max: usize) -> (Handle, Ends) {
    Handle::channel(messages_max, Arc::new(Engine::new().view()))
}

fn name_of(draft: &Draft) -> &str {
    match &draft.queue {
        QueueRef::Named(name) => name,
        QueueRef::Known(queue) => panic!("{queue:?} was never registered"),
    }
}

/// What a message is, without what it holds.
fn kind_of(message: &Message) -> &'static str {
    match message {
        Message::Observations { .. } => "observations",
        Message::Heartbeat(_) => "heartbeat",
        Message::Link(_, true) => "link up",
        Message::Link(_, false) => "link down",
        Message::SourceRestarted(..) => "restarted",
        Message::Gap(..) => "gap",
        Message::Command { .. }
        | Message::Recall { .. }
        | Message::RecallNote(..)
        | Message::Preview(..)
        | Message::Policy(..)
        | Message::ExtraStaff(..)
        | Message::Receipt(..)
        | Message::Wake
        | Message::Week(..)
        | Message::Stop(_) => "other",
    }
}
