//! Settings of the need for agents: what a source does not tell, and what is asked for.

use crate::engine::time::Span;
use serde::{Deserialize, Serialize};

/// What the need for agents is computed with. What a source measures goes before what is set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StaffingPolicy {
    /// Talk and hold of a call, where no source tells it. `None`: then the need is not computed.
    pub talk: Option<Span>,
    /// After-call work, which no source tells by the call.
    pub wrap_up: Span,
    /// Mean time after which a caller gives up.
    pub patience: Span,
    /// Share of those who gave up that calls again.
    pub redial_share: f64,
    /// Most that agents shall be busy.
    pub occupancy_max: f64,
    /// Time in which a backlog shall be gone.
    pub clear: Span,
    /// Heads to ask for at L1, L2 and L3 where the need cannot be computed.
    pub fallback_heads: [Option<u32>; 3],
    /// The skill of a queue, by its name; the others are each a skill of their own name.
    pub skills: Vec<(String, String)>,
}

impl StaffingPolicy {
    /// The skill that calls of a queue take.
    pub fn skill<'a>(&'a self, queue: &'a str) -> &'a str {
        let of = |(name, skill): &'a (String, String)| (name == queue).then_some(skill.as_str());
        self.skills.iter().find_map(of).unwrap_or(queue)
    }
}

impl Default for StaffingPolicy {
    fn default() -> Self {
        Self {
            talk: None,
            wrap_up: Span::ZERO,
            patience: Span::minutes(3),
            redial_share: 0.0,
            occupancy_max: 0.9,
            clear: Span::minutes(15),
            fallback_heads: [None; 3],
            skills: Vec::new(),
        }
    }
}
