//! Asking off-duty people to come until a quota is filled: who is asked when, who has a place, who
//! is told what.
//!
//! One [`Recall`] is one question of one unit, incident and level: *n* heads of each skill by a
//! deadline. [`Campaigns`] owns all of them, since one person can be wanted by several units. It is a
//! fold: [`Campaigns::apply`] takes an instant and an [`Input`], answers it, and pushes [`Effect`]s,
//! which are values with stable keys. The driver turns them into messages; replies, receipts and
//! log-ons at the ACD come back as inputs.
//!
//! Why a quota and not a page: a page ends with the first "yes", and who sees others answer holds
//! back. Here each wave is sized so that enough people accept with the wanted confidence, a place is
//! taken by accepting, and who is one too many hears so at once.
//!
//! What it does not do: it chooses nobody (candidates come in order, with what excluded the others),
//! reads no clock, sends nothing, and knows no name, number or language. It does not compute the need.

mod acceptance;
mod asking;
mod campaigns;
mod candidate;
mod chance;
mod effect;
mod ending;
mod heard;
mod input;
mod odds;
mod offer;
mod passing;
mod pay;
mod places;
mod policy;
mod preflight;
mod preview;
mod quota;
mod rates;
mod replies;
mod staff;
mod tally;

pub use acceptance::{Beta, Learned};
pub use campaigns::Campaigns;
pub use candidate::{Candidate, ChannelId, Class, ContactId, Excluded, Shift, Skill};
pub use effect::{Effect, EffectKey, EffectKind, Purpose, RecallId, Summary, Why};
pub use input::{Act, Answer, Command, Input, Need, Order, Receipt, Refusal, Reply, Words};
pub use odds::Odds;
pub use offer::{Offer, OfferState};
pub use pay::{Cost, PayDay, PayProfile};
pub use policy::{RecallPolicy, ReleaseOrder};
pub use preflight::{Pool, Preflight, preflight};
pub use preview::{Circumstances, NotAsked, Preview, WavePlan};
pub use quota::{Heads, Recall};
pub use rates::ChannelRate;
pub use staff::Staff;
pub use tally::{Counts, Tally};
