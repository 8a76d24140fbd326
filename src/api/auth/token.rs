//! Tokens and what they cover.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// Longest name of a token: it stands as the actor in every line of the log book.
const NAME_CHARS_MAX: usize = 64;

/// What a token allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Post observations.
    Ingest,
    /// Wallboard, status, history, metrics.
    Read,
    /// Read, and commands, holds, reload.
    Operate,
    /// Roster and contacts; implied by none and implying none.
    People,
}

impl Scope {
    /// The word in the configuration.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Read => "read",
            Self::Operate => "operate",
            Self::People => "people",
        }
    }

    fn covers(self, need: Self) -> bool {
        self == need || (self == Self::Operate && need == Self::Read)
    }
}

/// A token. The secret itself is nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    name: String,
    digest: [u8; 32],
    scopes: Vec<Scope>,
}

/// Why a token is not sound.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The name.
    #[error("token name {0:?}: 1 to 64 of the characters a-z A-Z 0-9 _ -")]
    Name(String),
    /// The digest.
    #[error("token {0}: sha256 needs 64 hexadecimal digits, the SHA-256 of the secret")]
    Digest(String),
    /// The scopes.
    #[error("token {0} has no scope; give one of ingest, read, operate, people")]
    NoScope(String),
}

impl Token {
    /// A token from its name, the hexadecimal SHA-256 of its secret, and its scopes.
    ///
    /// # Errors
    /// [`TokenError`] with the mend.
    pub fn new(name: &str, sha256_hex: &str, scopes: &[Scope]) -> Result<Self, TokenError> {
        let fit = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if name.is_empty() || name.len() > NAME_CHARS_MAX || !name.chars().all(fit) {
            return Err(TokenError::Name(name.to_owned()));
        }
        let digest = unhex(sha256_hex).ok_or_else(|| TokenError::Digest(name.to_owned()))?;
        if scopes.is_empty() {
            return Err(TokenError::NoScope(name.to_owned()));
        }
        Ok(Self { name: name.to_owned(), digest, scopes: scopes.to_vec() })
    }

    /// Its name: the actor of its commands.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it covers a scope.
    pub fn may(&self, need: Scope) -> bool {
        self.scopes.iter().any(|s| s.covers(need))
    }
}

/// The hexadecimal SHA-256 of a secret, as the configuration holds it.
pub fn digest_hex(secret: &str) -> String {
    digest(secret).iter().map(|b| format!("{b:02x}")).collect()
}

fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// The token with this text. All are compared, so that the time tells nothing about which one
/// matched; names are not secret.
pub(super) fn find<'a>(tokens: &'a [Token], text: &str) -> Option<&'a Token> {
    let whole = digest(text);
    let named = text.split_once('.').map(|(name, secret)| (name, digest(secret)));
    let mut found = None;
    for token in tokens {
        let mut same: Choice = token.digest.ct_eq(&whole);
        if let Some((name, secret)) = &named
            && *name == token.name
        {
            same |= token.digest.ct_eq(secret);
        }
        if bool::from(same) {
            found = Some(token);
        }
    }
    found
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let bytes = text.as_bytes();
    if bytes.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut digest = [0; 32];
    for (byte, pair) in digest.iter_mut().zip(bytes.chunks_exact(2)) {
        let high = char::from(pair[0]).to_digit(16)?;
        let low = char::from(pair[1]).to_digit(16)?;
        *byte = u8::try_from(high * 16 + low).ok()?;
    }
    Some(digest)
}
