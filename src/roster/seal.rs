//! How names and contact values are kept: sealed, each person under a key of their own.
//!
//! ChaCha20-Poly1305 with random nonces, from `ring`, which the TLS of the program brings anyway and
//! which needs no special processor to be safe against timing. A person's key is 256 random bits and
//! is itself sealed under a key made from the roster key, so that erasing a person is the destruction
//! of one small row, after which the roster key helps nobody. A value is sealed for its place: moved to
//! another person or field it does not open.
//!
//! Telephone numbers are few enough to try all of them, so what a value is looked up by is no hash but
//! an HMAC under a second key made from the roster key.
//!
//! It deliberately stretches no password: the roster key is a random one, and a short one is refused.

use super::PersonId;
use crate::config::{Secret, SecretError, SecretSource};
use hmac::{Hmac, KeyInit, Mac};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use sha2::Sha256;
use std::fmt;

const KEY_BYTES: usize = 32;
/// 32 characters of 4 bits are 128 bits, if the key is hexadecimal.
const ROSTER_KEY_CHARS_MIN: usize = 32;

/// Why something was not sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The roster key cannot be fetched.
    #[error("the roster key cannot be read")]
    Key(#[source] SecretError),
    /// The roster key is short enough to be guessed.
    #[error(
        "the roster key in {0} has fewer than {ROSTER_KEY_CHARS_MIN} characters; make one with: \
         openssl rand -base64 32"
    )]
    Short(String),
    /// The operating system gives no random numbers.
    #[error("the operating system gives no random numbers")]
    Random,
    /// It was sealed under another key or for another place, or was changed.
    #[error("a sealed value does not open: the file was changed, or parts of it are another's")]
    Broken,
}

/// The keys that a roster key is made into.
pub struct RosterKey {
    wrap: LessSafeKey,
    index: [u8; KEY_BYTES],
    check: [u8; KEY_BYTES],
}

/// The key of one person.
pub struct PersonKey(LessSafeKey);

/// What a value is looked up by, without saying what it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlindIndex([u8; KEY_BYTES]);

/// For what a value is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The key of the person.
    Key,
    /// Name and staff id.
    Identity,
    /// The value of a contact.
    Contact,
}

impl Field {
    fn place(self, person: PersonId) -> [u8; 5] {
        let [a, b, c, d] = person.0.to_le_bytes();
        [self as u8, a, b, c, d]
    }
}

impl RosterKey {
    /// Fetches the key.
    ///
    /// # Errors
    /// If it is not there or too short.
    pub fn fetch(source: &SecretSource) -> Result<Self, SealError> {
        let secret = source.read().map_err(|error| match error {
            SecretError::Short(place) => SealError::Short(place),
            SecretError::Empty(place) => SealError::Short(place),
            other @ (SecretError::File(..) | SecretError::Large(_) | SecretError::Env(_)) => {
                SealError::Key(other)
            }
        })?;
        Self::of(&secret).ok_or_else(|| SealError::Short(source.to_string()))
    }

    fn of(secret: &Secret) -> Option<Self> {
        let text = secret.expose();
        if text.chars().count() < ROSTER_KEY_CHARS_MIN {
            return None;
        }
        let derive = |purpose: &[u8]| hmac(text.as_bytes(), &[purpose]);
        Some(Self {
            wrap: cipher(&derive(b"callsurge roster: keys of persons")?).ok()?,
            index: derive(b"callsurge roster: blind index")?,
            check: derive(b"callsurge roster: which key")?,
        })
    }

    /// Tells this key from others without saying anything of it.
    pub fn check(&self) -> &[u8] {
        &self.check
    }

    /// What a value of a kind is looked up by.
    ///
    /// # Errors
    /// Never with a key of this length; the type of the library cannot say so.
    pub fn index(&self, kind: &str, value: &str) -> Result<BlindIndex, SealError> {
        let parts = [kind.as_bytes(), b"\0", value.as_bytes()];
        hmac(&self.index, &parts).map(BlindIndex).ok_or(SealError::Broken)
    }

    /// Makes a key for a person: the key, and how it is kept.
    ///
    /// # Errors
    /// If there are no random numbers.
    pub fn make(&self, person: PersonId) -> Result<(PersonKey, Vec<u8>), SealError> {
        let bytes: [u8; KEY_BYTES] = random()?;
        let wrapped = seal(&self.wrap, Field::Key.place(person), &bytes)?;
        Ok((PersonKey(cipher(&bytes)?), wrapped))
    }

    /// Opens a kept key of a person.
    ///
    /// # Errors
    /// If it was kept under another roster key or for another person.
    pub fn open(&self, person: PersonId, wrapped: &[u8]) -> Result<PersonKey, SealError> {
        Ok(PersonKey(cipher(&open(&self.wrap, Field::Key.place(person), wrapped)?)?))
    }
}

impl PersonKey {
    /// Seals a text for its place.
    ///
    /// # Errors
    /// If there are no random numbers.
    pub fn seal(&self, person: PersonId, field: Field, text: &str) -> Result<Vec<u8>, SealError> {
        seal(&self.0, field.place(person), text.as_bytes())
    }

    /// Opens a sealed text.
    ///
    /// # Errors
    /// If it was sealed under another key or for another place, or was changed.
    pub fn open(&self, person: PersonId, field: Field, sealed: &[u8]) -> Result<String, SealError> {
        let text = open(&self.0, field.place(person), sealed)?;
        String::from_utf8(text).map_err(|_| SealError::Broken)
    }
}

impl BlindIndex {
    /// An index that was kept.
    pub(crate) const fn kept(bytes: [u8; KEY_BYTES]) -> Self {
        Self(bytes)
    }

    /// Its bytes, to be kept.
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for RosterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RosterKey(********)")
    }
}

impl fmt::Debug for PersonKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonKey(********)")
    }
}

impl fmt::Debug for BlindIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlindIndex(********)")
    }
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> Option<[u8; KEY_BYTES]> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).ok()?;
    for part in parts {
        mac.update(part);
    }
    Some(mac.finalize().into_bytes().into())
}

fn random<const N: usize>() -> Result<[u8; N], SealError> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| SealError::Random)?;
    Ok(bytes)
}

fn cipher(key: &[u8]) -> Result<LessSafeKey, SealError> {
    let key = UnboundKey::new(&CHACHA20_POLY1305, key).map_err(|_| SealError::Broken)?;
    Ok(LessSafeKey::new(key))
}

/// The nonce, then the text and its tag. A nonce of 96 random bits is safe for four thousand million
/// texts under one key; a person has a dozen, a roster a few million.
fn seal(key: &LessSafeKey, place: [u8; 5], text: &[u8]) -> Result<Vec<u8>, SealError> {
    let nonce: [u8; NONCE_LEN] = random()?;
    let mut sealed = text.to_vec();
    key.seal_in_place_append_tag(
        Nonce::assume_unique_for_key(nonce),
        Aad::from(place),
        &mut sealed,
    )
    .map_err(|_| SealError::Broken)?;
    Ok([nonce.as_slice(), &sealed].concat())
}

fn open(key: &LessSafeKey, place: [u8; 5], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
    let (nonce, text) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(SealError::Broken)?;
    let mut text = text.to_vec();
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let opened =
        key.open_in_place(nonce, Aad::from(place), &mut text).map_err(|_| SealError::Broken)?.len();
    text.truncate(opened);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Result<RosterKey, SealError> {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("roster.key");
        std::fs::write(&path, text).expect("written");
        RosterKey::fetch(&SecretSource::File(path))
    }

    const GOOD: &str = "0123456789abcdef0123456789abcdef";
    const OTHER: &str = "0123456789abcdef0123456789abcdeg";
    const ONE: PersonId = PersonId(1);

    #[test]
    fn a_value_opens_in_its_place_only() {
        let roster = key(GOOD).expect("a key");
        let (own, wrapped) = roster.make(ONE).expect("made");
        let sealed = own.seal(ONE, Field::Contact, "+8613800138000").expect("sealed");
        let again = roster.open(ONE, &wrapped).expect("the same key");
        let opened = again.open(ONE, Field::Contact, &sealed).expect("opens");
        assert_eq!(opened, "+8613800138000");
        assert!(again.open(PersonId(2), Field::Contact, &sealed).is_err());
        assert!(again.open(ONE, Field::Identity, &sealed).is_err());
        assert!(roster.open(PersonId(2), &wrapped).is_err());
        assert!(key(OTHER).expect("a key").open(ONE, &wrapped).is_err());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(again.open(ONE, Field::Contact, &changed).is_err(), "byte {at}");
            assert!(again.open(ONE, Field::Contact, &sealed[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn the_same_text_is_sealed_otherwise_each_time_but_indexed_alike() {
        let (one, other) = (key(GOOD).expect("a key"), key(OTHER).expect("a key"));
        let (own, _) = one.make(ONE).expect("made");
        let seal = || own.seal(ONE, Field::Contact, "a@example.com").expect("sealed");
        assert_ne!(seal(), seal());
        let index = |key: &RosterKey, kind| key.index(kind, "a@example.com").expect("an index");
        assert_eq!(index(&one, "email"), index(&key(GOOD).expect("a key"), "email"));
        assert_ne!(index(&one, "email"), index(&one, "wecom"));
        assert_ne!(index(&one, "email"), index(&other, "email"));
        assert_ne!(one.check(), other.check());
    }

    #[test]
    fn a_short_key_is_refused_and_none_is_shown() {
        for short in ["secret", "0123456789abcdef0123456789abcde"] {
            let error = key(short).expect_err("short").to_string();
            assert!(error.contains("openssl rand -base64 32") && !error.contains(short), "{error}");
        }
        let (own, _) = key(GOOD).expect("a key").make(ONE).expect("made");
        let shown = format!("{:?} {own:?}", key(GOOD).expect("a key"));
        assert_eq!(shown, "RosterKey(********) PersonKey(********)");
    }
}
