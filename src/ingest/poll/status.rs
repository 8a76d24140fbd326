//! How polls of a source went, for metrics.

use crate::engine::time::Timestamp;
use std::sync::{Arc, RwLock};

/// What became of asking an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// A good answer.
    Good,
    /// None within the time.
    Timeout,
    /// None at all, or one that broke off.
    NoAnswer,
    /// The ACD does not take the secret.
    LoginRefused,
    /// The ACD wants to be asked later, or is broken.
    Busy,
    /// Another status than success.
    Status,
    /// An answer that cannot be read, is too large, or is not what the mapping expects.
    Unusable,
    /// Nothing that could be asked: the configuration makes no request.
    Setup,
}

impl Became {
    /// All of them: the closed set of the label.
    pub const ALL: [Self; 8] = [
        Self::Good,
        Self::Timeout,
        Self::NoAnswer,
        Self::LoginRefused,
        Self::Busy,
        Self::Status,
        Self::Unusable,
        Self::Setup,
    ];

    /// The word of the label.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Timeout => "timeout",
            Self::NoAnswer => "no_answer",
            Self::LoginRefused => "login_refused",
            Self::Busy => "busy",
            Self::Status => "status",
            Self::Unusable => "unusable",
            Self::Setup => "setup",
        }
    }
}

/// How the polls of a source went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PollView {
    /// The last poll told something: at least one address gave a good answer.
    pub up: bool,
    /// When the last such poll ended.
    pub last_good: Option<Timestamp>,
    /// Addresses asked, by [`Became`].
    pub asked: [u64; Became::ALL.len()],
    /// Bytes of answers.
    pub bytes: u64,
}

/// A shared [`PollView`]. A clone shares it.
#[derive(Clone, Debug, Default)]
pub struct PollStatus(Arc<RwLock<PollView>>);

impl PollStatus {
    /// The latest view.
    pub fn view(&self) -> PollView {
        self.0.read().map(|view| *view).unwrap_or_default()
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut PollView)) {
        if let Ok(mut view) = self.0.write() {
            change(&mut view);
        }
    }
}
