//! Where a secret is kept, and how it is fetched.
//!
//! The configuration names a file or an environment variable; the secret itself is read when a
//! service starts, not when the configuration is checked, so that a check runs anywhere. A
//! [`Secret`] cannot be printed by accident.

use super::section::{At, Section};
use std::fmt;
use std::path::{Path, PathBuf};

/// Shortest secret: 16 characters of 4 bits are the least that cannot be tried out over a network.
pub const SECRET_CHARS_MIN: usize = 16;
/// Largest secret file: more than that is the wrong file.
pub const SECRET_BYTES_MAX: u64 = 16 * 1024;

/// Where a secret is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// A file whose first line is the secret.
    File(PathBuf),
    /// An environment variable.
    Env(String),
}

/// A secret. Its `Debug` form hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(********)")
    }
}

/// Why a secret could not be fetched. Says where it was looked for, never what was found.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file cannot be read.
    #[error("the secret file {} cannot be read", .0.display())]
    File(PathBuf, #[source] std::io::Error),
    /// The file is far too large to be a secret.
    #[error("the secret file {} is larger than {SECRET_BYTES_MAX} bytes", .0.display())]
    Large(PathBuf),
    /// The variable is not set.
    #[error("the environment variable {0} is not set")]
    Env(String),
    /// Nothing there.
    #[error("the secret of {0} is empty")]
    Empty(String),
    /// Too short to be one.
    #[error("the secret of {0} has fewer than {SECRET_CHARS_MIN} characters")]
    Short(String),
}

impl Secret {
    /// The secret itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Names the place, not the secret.
impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Env(name) => write!(f, "environment variable {name}"),
        }
    }
}

impl SecretSource {
    /// Fetches the secret. White space around it is dropped.
    ///
    /// # Errors
    /// If it is not there, or cannot be one.
    pub fn read(&self) -> Result<Secret, SecretError> {
        let secret = self.read_any()?;
        if secret.0.chars().count() < SECRET_CHARS_MIN {
            return Err(SecretError::Short(self.to_string()));
        }
        Ok(secret)
    }

    /// Fetches a secret that somebody else chose, whatever its length.
    ///
    /// # Errors
    /// If it is not there or empty.
    pub fn read_any(&self) -> Result<Secret, SecretError> {
        let text = match self {
            Self::File(path) => read_file(path)?,
            Self::Env(name) => std::env::var(name).map_err(|_| SecretError::Env(name.clone()))?,
        };
        let secret = Secret(text.trim().to_owned());
        if secret.0.is_empty() { Err(SecretError::Empty(self.to_string())) } else { Ok(secret) }
    }
}

fn read_file(path: &Path) -> Result<String, SecretError> {
    let failed = |e| SecretError::File(path.to_owned(), e);
    if std::fs::metadata(path).map_err(failed)?.len() > SECRET_BYTES_MAX {
        return Err(SecretError::Large(path.to_owned()));
    }
    std::fs::read_to_string(path).map_err(failed)
}

/// Reads `<stem>_file` or `<stem>_env`; both at once contradict each other.
pub(super) fn read(
    section: &Section<'_>,
    [file_key, env_key]: [&'static str; 2],
    base: &Path,
) -> Option<SecretSource> {
    let file = section.text(file_key, "/etc/callsurge/secret");
    let env = section.text(env_key, "CALLSURGE_SECRET");
    if let (Some(_), Some(env)) = (&file, &env) {
        section.problem(
            env.span.clone(),
            format!("both `{file_key}` and `{env_key}` are given"),
            "keep one of them",
        );
    }
    match (file, env) {
        (Some(file), _) => Some(SecretSource::File(base.join(file.value))),
        (None, Some(env)) => variable(section, env_key, &env),
        (None, None) => None,
    }
}

/// The name of a variable; anything else is taken for the secret itself and never shown.
fn variable(section: &Section<'_>, key: &str, env: &At<&str>) -> Option<SecretSource> {
    let first = env.value.starts_with(|c: char| c.is_ascii_uppercase() || c == '_');
    let rest = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    if first && env.value.chars().all(rest) {
        return Some(SecretSource::Env(env.value.to_owned()));
    }
    section.sheet().hide(env.span.clone());
    section.problem(
        env.span.clone(),
        format!("`{key}` must be the name of an environment variable, not the secret"),
        "capital letters, digits and underscores, for example `CALLSURGE_SECRET`",
    );
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gives_its_trimmed_text_and_debug_hides_it() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("secret");
        std::fs::write(&path, "  0123456789abcdef\n").expect("written");
        let secret = SecretSource::File(path.clone()).read().expect("long enough");
        assert_eq!(secret.expose(), "0123456789abcdef");
        assert_eq!(format!("{secret:?}"), "Secret(********)");
        std::fs::write(&path, "short\n").expect("written");
        let error = SecretSource::File(path).read().expect_err("too short").to_string();
        assert!(!error.contains("short\n") && error.contains("fewer than 16"), "{error}");
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = SecretSource::Env("CALLSURGE_NOT_SET".into()).read().expect_err("not set");
        assert_eq!(error.to_string(), "the environment variable CALLSURGE_NOT_SET is not set");
    }
}
