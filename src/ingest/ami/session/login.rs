//! Who logs in, and how the secret travels.

use md5::{Digest, Md5};
use std::fmt::{self, Write};

/// A secret of an account. Its `Debug` form hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a secret.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(********)")
    }
}

/// Who logs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    user: String,
    secret: Secret,
    /// The secret itself is sent; otherwise MD5 of a challenge and it.
    plain: bool,
}

impl Login {
    /// An account. A line end in a name would be another header: it is taken out.
    pub fn new(user: &str, secret: &Secret, plain: bool) -> Self {
        let one_line = |text: &str| text.replace(['\r', '\n'], "");
        let secret = Secret(one_line(&secret.0));
        Self { user: one_line(user), secret, plain }
    }

    /// Whether a challenge is asked for first.
    pub(super) fn is_challenge(&self) -> bool {
        !self.plain
    }

    /// What is sent after the greeting.
    pub(super) fn first(&self) -> Vec<u8> {
        if !self.plain {
            return b"Action: Challenge\r\nActionID: callsurge-challenge\r\nAuthType: MD5\r\n\r\n"
                .to_vec();
        }
        self.login(&format!("Secret: {}\r\n", self.secret.0))
    }

    /// What is sent after the challenge.
    pub(super) fn answer(&self, challenge: &str) -> Vec<u8> {
        let digest = Md5::new().chain_update(challenge).chain_update(&self.secret.0).finalize();
        let mut key = String::with_capacity(32);
        for byte in digest {
            let _ = write!(key, "{byte:02x}");
        }
        self.login(&format!("AuthType: MD5\r\nKey: {key}\r\n"))
    }

    fn login(&self, proof: &str) -> Vec<u8> {
        let user = &self.user;
        format!(
            "Action: Login\r\nActionID: callsurge-login\r\nUsername: {user}\r\n{proof}\
             Events: on\r\n\r\n"
        )
        .into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recorded_challenge_gives_the_recorded_key() {
        let login = Login::new("monitor", &Secret::new("monitor-local"), false);
        let answer = String::from_utf8(login.answer("169886382")).unwrap();
        assert!(answer.contains("Key: af4a877af7f28fd1409793339cfc3d4f\r\n"), "{answer}");
        assert!(!answer.contains("monitor-local") && !format!("{login:?}").contains("local"));
    }

    #[test]
    fn a_line_end_in_a_name_adds_no_header() {
        let login = Login::new("a\r\nEvil: x", &Secret::new("s"), true);
        assert!(String::from_utf8(login.first()).unwrap().contains("Username: aEvil: x\r\n"));
    }
}
