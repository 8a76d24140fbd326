//! Numbers of sources by the name they use on the wire.
//!
//! A small shared table instead of the whole policy: adapters need this one answer, and a reload
//! replaces the table without touching them.

use crate::engine::observation::SourceId;
use crate::engine::policy::Policy;
use std::sync::{Arc, RwLock};

/// The configured sources. A clone shares the table.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    names: Arc<RwLock<Vec<String>>>,
}

impl Sources {
    /// The sources of a policy.
    pub fn of(policy: &Policy) -> Self {
        let sources = Self::default();
        sources.replace(policy);
        sources
    }

    /// Takes over the sources of a new policy.
    pub fn replace(&self, policy: &Policy) {
        if let Ok(mut names) = self.names.write() {
            *names = policy.sources.iter().map(|source| source.name.clone()).collect();
        }
    }

    /// Number of the source with this name.
    pub fn id(&self, name: &str) -> Option<SourceId> {
        let names = self.names.read().ok()?;
        let at = names.iter().position(|known| known == name)?;
        Some(SourceId(u16::try_from(at).ok()?))
    }
}
