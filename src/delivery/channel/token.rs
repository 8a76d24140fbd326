//! Access tokens: fetched when first needed, kept until shortly before they end, fetched anew
//! when the provider no longer takes them.
//!
//! WeCom, DingTalk and Feishu give an application one token for about two hours and count how
//! often it is asked for. So there is one fetch at a time: who comes while it runs waits and gets
//! the same token. A fetch that failed is not made again at once either, or every waiting message
//! would ask in turn. Only the token that was refused is forgotten, so that a late answer to an old
//! token does not cost the new one.

use super::class::Ended;
use super::verdict::Verdict;
use crate::delivery::secret::Secret;
use crate::engine::time::{Span, Timestamp};
use tokio::sync::Mutex;

/// A token is not used in this part of its time before it ends...
const MARGIN_PARTS: i64 = 10;
/// ...nor more than this before its end is time lost.
const MARGIN_MAX: Span = Span::minutes(5);
/// A fetch that failed is not made again before.
const AFTER_FAILURE: Span = Span::secs(5);

/// An access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    value: Secret,
    used_until: Timestamp,
}

impl Token {
    /// A token that was given at `now` for so long.
    pub fn new(value: Secret, now: Timestamp, lives: Span) -> Self {
        let margin = Span::millis(lives.as_millis() / MARGIN_PARTS).min(MARGIN_MAX);
        Self { value, used_until: now + lives - margin }
    }

    /// Until when it is used.
    pub const fn used_until(&self) -> Timestamp {
        self.used_until
    }

    /// The token.
    pub const fn value(&self) -> &Secret {
        &self.value
    }
}

#[derive(Debug)]
enum Kept {
    Nothing,
    Token(Token),
    Failed { ended: Ended, until: Timestamp },
}

/// The token of one application.
#[derive(Debug)]
pub struct Tokens {
    kept: Mutex<Kept>,
}

impl Default for Tokens {
    fn default() -> Self {
        Self { kept: Mutex::new(Kept::Nothing) }
    }
}

impl Tokens {
    /// The token, fetched if need be.
    ///
    /// # Errors
    /// How the fetch ended. The message itself was not sent.
    pub async fn get(
        &self,
        now: Timestamp,
        fetch: impl AsyncFnOnce() -> Result<Token, Ended>,
    ) -> Result<Secret, Ended> {
        let mut kept = self.kept.lock().await;
        match &*kept {
            Kept::Token(token) if now < token.used_until => return Ok(token.value.clone()),
            Kept::Failed { ended, until } if now < *until => return Err(ended.clone()),
            Kept::Nothing | Kept::Token(_) | Kept::Failed { .. } => {}
        }
        match fetch().await {
            Ok(token) => {
                let value = token.value.clone();
                *kept = Kept::Token(token);
                Ok(value)
            }
            Err(ended) => {
                let until = now + wait(&ended);
                *kept = Kept::Failed { ended: ended.clone(), until };
                Err(ended)
            }
        }
    }

    /// Forgets the token if it is still this one.
    pub async fn forget(&self, refused: &Secret) {
        let mut kept = self.kept.lock().await;
        if matches!(&*kept, Kept::Token(token) if token.value == *refused) {
            *kept = Kept::Nothing;
        }
    }
}

fn wait(ended: &Ended) -> Span {
    match ended {
        Ended::Answered(Verdict::Again(_, Some(wish))) => AFTER_FAILURE.max(*wish),
        Ended::Answered(_) | Ended::Unsent(_) | Ended::Lost | Ended::Interrupted => AFTER_FAILURE,
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::NOW;
    use super::super::verdict::Reason;
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    fn token(name: &str, at: Timestamp) -> Token {
        Token::new(Secret::new(name), at, Span::hours(2))
    }

    #[tokio::test]
    async fn a_token_is_kept_until_shortly_before_its_end() {
        let tokens = Tokens::default();
        let first = tokens.get(NOW, async || Ok(token("a", NOW))).await;
        assert_eq!(first, Ok(Secret::new("a")));
        let end = NOW + Span::minutes(115);
        let before = Timestamp::from_millis(end.as_millis() - 1);
        let kept = tokens.get(before, async || Ok(token("b", before))).await;
        assert_eq!(kept, Ok(Secret::new("a")));
        let new = tokens.get(end, async || Ok(token("c", end))).await;
        assert_eq!(new, Ok(Secret::new("c")));
        assert_eq!(
            Token::new(Secret::new("s"), NOW, Span::secs(50)).used_until() - NOW,
            Span::secs(45)
        );
    }

    #[tokio::test]
    async fn many_ask_and_one_fetches() {
        let tokens = Tokens::default();
        let fetched = AtomicU32::new(0);
        let ask = || {
            tokens.get(NOW, async || {
                fetched.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                Ok(token("a", NOW))
            })
        };
        let all = tokio::join!(ask(), ask(), ask(), ask());
        assert_eq!(all.3, Ok(Secret::new("a")));
        assert_eq!(fetched.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn only_the_refused_token_is_forgotten() {
        let tokens = Tokens::default();
        let kept = tokens.get(NOW, async || Ok(token("new", NOW))).await;
        assert_eq!(kept, Ok(Secret::new("new")));
        tokens.forget(&Secret::new("old")).await;
        let same = tokens.get(NOW, async || Ok(token("newer", NOW))).await;
        assert_eq!(same, Ok(Secret::new("new")));
        tokens.forget(&Secret::new("new")).await;
        let other = tokens.get(NOW, async || Ok(token("newer", NOW))).await;
        assert_eq!(other, Ok(Secret::new("newer")));
    }

    #[tokio::test]
    async fn a_failed_fetch_is_not_made_again_at_once() {
        let tokens = Tokens::default();
        let wish = Verdict::Again(Reason::RateLimit.into(), Some(Span::secs(30)));
        let failed = Ended::Answered(wish);
        let once = tokens.get(NOW, async || Err(failed.clone())).await;
        assert_eq!(once, Err(failed.clone()));
        let soon = NOW + Span::secs(29);
        let twice = tokens.get(soon, async || Ok(token("a", soon))).await;
        assert_eq!(twice, Err(failed));
        let later = NOW + Span::secs(30);
        let then = tokens.get(later, async || Ok(token("a", later))).await;
        assert_eq!(then, Ok(Secret::new("a")));
    }
}
