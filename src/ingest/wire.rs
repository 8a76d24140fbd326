//! The project's own wire form: one JSON object per observation.
//!
//! | `form` | fields (needed ones in bold) |
//! |---|---|
//! | `event` | **`queue`**, **`at`**, **`kind`** (`offered`, `refused`, `answered`, `abandoned`, `exited`, `completed`), **`call_id`**, `leg`, `reason` (for `exited`), `talk_seconds` (for `completed`) |
//! | `snapshot` | **`queue`**, **`at`**, and at least one of `waiting`, `longest_wait_seconds`, `in_ivr`, `talking`, `after_call_work`, `available`, `logged_in`, `paused`, `counters` (`{epoch, offered, answered, abandoned}`) |
//! | `interval` | **`queue`**, **`start`**, **`end`**, **`offered`**, `answered`, `abandoned`, `refused`, `exited`, `answered_in_target`, `wait_seconds`, `talk_seconds`, `final` (default true), `revision` (default 0) |
//! | `heartbeat` | nothing more |
//!
//! Every form takes `source`; without it the default source of the way in is meant. An instant
//! is RFC 3339 with an offset, or a number of seconds since 1970 (a fraction is allowed; never
//! milliseconds). `null` is the same as leaving a field out: absent is not zero.
//!
//! An object is read into a flat record of scalars first and judged afterwards, instead of
//! deriving one struct per form: a derived reader stops at the first surprise with the parser's
//! words, and cannot say which reason it was. Nothing nests but `counters`; anything deeper is
//! skipped without recursion, so depth costs no stack.

mod convert;
mod fields;
mod flat;
mod refusal;
pub mod write;

pub use convert::{AHEAD_MAX, BEHIND_MAX, CALL_ID_BYTES_MAX, Intake, Refused};
pub use refusal::Refusal;

use super::Item;
use flat::{Each, Flat};
use serde::de::DeserializeSeed;

/// Reads one observation.
///
/// # Errors
/// [`Refused`] with the reason and, where it was told, the source.
pub fn read(line: &[u8], intake: &Intake<'_>) -> Result<Item, Refused> {
    match serde_json::from_slice::<Flat<'_>>(line) {
        Ok(flat) => intake.convert(&flat),
        Err(error) => Err(Refusal::syntax(&error).into()),
    }
}

/// Reads a JSON array of observations and hands each to `each` in order, at most `items_max`.
///
/// # Errors
/// [`ArrayError`] where the document cannot be read to its end; what `each` got before it is
/// part of a broken document and must not be used.
pub fn read_array(
    body: &[u8],
    intake: &Intake<'_>,
    items_max: usize,
    mut each: impl FnMut(Result<Item, Refused>),
) -> Result<(), ArrayError> {
    let mut seen = 0_usize;
    let mut take = |flat: &Flat<'_>| {
        seen += 1;
        if seen > items_max {
            return false;
        }
        each(intake.convert(flat));
        true
    };
    let mut json = serde_json::Deserializer::from_slice(body);
    let outcome = Each { take: &mut take }.deserialize(&mut json).and_then(|()| json.end());
    match outcome {
        Ok(()) => Ok(()),
        Err(_) if seen > items_max => Err(ArrayError::TooMany),
        Err(error) => {
            Err(ArrayError::Syntax { line: error.line(), refusal: Refusal::syntax(&error) })
        }
    }
}

/// Why an array cannot be read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ArrayError {
    /// Not JSON, or no array.
    #[error("line {line}: {refusal}")]
    Syntax {
        /// Line of the text.
        line: usize,
        /// What is wrong there.
        refusal: Refusal,
    },
    /// More items than allowed.
    #[error("too many items in one batch; send several")]
    TooMany,
}

#[cfg(test)]
mod tests;
