//! What a link and a text message are recognised by.
//!
//! A token is computed from the offer, the contact that it is sent to and the end of the offer,
//! under a key that only the service has, so neither token nor text needs to be kept: who sends
//! makes it, and who is asked makes those of all open offers and compares. It says nothing about
//! whom it is for. A contact has a token of its own, because "wrong number" is about the contact.
//!
//! The same key makes those of questions whether a contact may be used: of the person, the kind, the
//! value by its blind index and the day, behind a word that no offer begins with, so that neither can
//! stand for the other.
//!
//! A code is short enough to be typed, and thus guessable: it only counts together with the number
//! that it comes from. Letters and digits that look alike are not in it, and it begins with a letter,
//! so that it is no answer.

use crate::delivery::secret::Secret;
use crate::engine::time::Timestamp;
use crate::recall::RecallId;
use crate::roster::asking::AskedContact;
use crate::roster::{Kind, PersonId};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::hmac;

/// Bytes of a token: 128 bits are not found by trying.
const TOKEN_BYTES: usize = 16;
/// Characters of a token.
pub const TOKEN_CHARS: usize = 22;
/// Characters of a code.
pub const CODE_CHARS: usize = 4;
const LETTERS: &[u8] = b"ABCDEFGHJKMNPQRSTUVWXYZ";
const SIGNS: &[u8] = b"ABCDEFGHJKMNPQRSTUVWXYZ23456789";

/// Whether a text could be a code.
pub fn is_code(text: &str) -> bool {
    let bytes = text.as_bytes();
    let signs = bytes.iter().all(|sign| SIGNS.contains(sign));
    bytes.len() == CODE_CHARS && signs && bytes.first().is_some_and(|sign| LETTERS.contains(sign))
}

/// The key that tokens and codes are made with.
#[derive(Clone, Debug)]
pub struct LinkKey(hmac::Key);

/// An offer, as far as its tokens depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The recall.
    pub recall: RecallId,
    /// Who was asked.
    pub person: PersonId,
    /// When the offer ends.
    pub deadline: Timestamp,
}

impl LinkKey {
    /// The key of a secret.
    pub fn of(secret: &Secret) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret.reveal().as_bytes()))
    }

    /// The token of the link that goes to a contact of a kind: 22 characters that need no
    /// escaping in an address.
    pub fn token(&self, asked: &Asked, kind: Kind) -> String {
        token_of(&self.tag(asked, kind.word()))
    }

    /// The code by which a text message names the offer.
    pub fn code(&self, asked: &Asked) -> String {
        code_of(&self.tag(asked, "code"))
    }

    /// The token of the link that asks whether a contact may be used.
    pub fn verification_token(&self, asking: &AskedContact) -> String {
        token_of(&self.verification_tag(asking, "link"))
    }

    /// The code by which a text message answers whether a contact may be used.
    pub fn verification_code(&self, asking: &AskedContact) -> String {
        code_of(&self.verification_tag(asking, "code"))
    }

    fn verification_tag(&self, asking: &AskedContact, purpose: &str) -> hmac::Tag {
        let text = format!("verify {} {} {} ", asking.person, asking.kind.word(), asking.day());
        let text = [text.as_bytes(), purpose.as_bytes(), b" ", asking.value.as_bytes()].concat();
        hmac::sign(&self.0, &text)
    }

    fn tag(&self, asked: &Asked, purpose: &str) -> hmac::Tag {
        let Asked { recall, person, deadline } = asked;
        let text = format!("{recall} {person} {} {purpose}", deadline.as_millis());
        hmac::sign(&self.0, text.as_bytes())
    }
}

fn token_of(tag: &hmac::Tag) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(&tag.as_ref()[..TOKEN_BYTES])
}

fn code_of(tag: &hmac::Tag) -> String {
    let pick = |at: usize| {
        let signs = if at == 0 { LETTERS } else { SIGNS };
        char::from(signs[usize::from(tag.as_ref()[at]) % signs.len()])
    };
    (0..CODE_CHARS).map(pick).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::command::Level;
    use crate::engine::time::Span;
    use crate::roster::seal::BlindIndex;
    use std::collections::BTreeSet;

    const ASKED: Asked = Asked {
        recall: RecallId { incident: 12, level: Level::L2, generation: 1, drill: false },
        person: PersonId(17),
        deadline: Timestamp::from_secs(1_795_896_000),
    };

    fn key() -> LinkKey {
        LinkKey::of(&Secret::new("0123456789abcdef"))
    }

    #[test]
    fn a_token_fits_an_address_and_is_the_same_again() {
        let token = key().token(&ASKED, Kind::Sms);
        assert_eq!(token.len(), TOKEN_CHARS);
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        assert!(token.chars().all(plain), "{token}");
        assert_eq!(token, key().token(&ASKED, Kind::Sms));
    }

    #[test]
    fn whatever_differs_makes_another_token_and_another_code() {
        let later = Asked { deadline: ASKED.deadline + Span::millis(1), ..ASKED };
        let other = Asked { person: PersonId(18), ..ASKED };
        let drill = Asked { recall: RecallId { drill: true, ..ASKED.recall }, ..ASKED };
        let all = [ASKED, later, other, drill];
        let mut tokens: BTreeSet<String> = all.iter().map(|a| key().token(a, Kind::Sms)).collect();
        tokens.insert(key().token(&ASKED, Kind::Voice));
        tokens.insert(LinkKey::of(&Secret::new("another")).token(&ASKED, Kind::Sms));
        assert_eq!(tokens.len(), 6);
        let codes: BTreeSet<String> = all.iter().map(|asked| key().code(asked)).collect();
        assert_eq!(codes.len(), 4);
    }

    #[test]
    fn a_question_about_a_contact_has_tokens_of_its_own_for_a_day() {
        let asking = |person, kind, value: u8, hours| AskedContact {
            person: PersonId(person),
            kind,
            value: BlindIndex::kept([value; 32]),
            at: Timestamp::from_secs(1_795_824_000) + Span::hours(hours),
        };
        let first = asking(17, Kind::Sms, 1, 0);
        let same_day = asking(17, Kind::Sms, 1, 23);
        assert_eq!(key().verification_token(&first), key().verification_token(&same_day));
        assert_eq!(key().verification_code(&first), key().verification_code(&same_day));
        let others = [
            first,
            asking(18, Kind::Sms, 1, 0),
            asking(17, Kind::Voice, 1, 0),
            asking(17, Kind::Sms, 2, 0),
            asking(17, Kind::Sms, 1, 24),
        ];
        let tokens = others.map(|asking| key().verification_token(&asking));
        let codes = others.map(|asking| key().verification_code(&asking));
        let mut all = BTreeSet::from(tokens);
        all.insert(LinkKey::of(&Secret::new("another")).verification_token(&first));
        all.insert(key().token(&ASKED, Kind::Sms));
        assert_eq!((all.len(), BTreeSet::from(codes).len()), (7, 5));
        assert!(all.iter().all(|token| token.len() == TOKEN_CHARS));
    }

    #[test]
    fn a_code_is_typed_without_doubt_and_is_no_answer() {
        for person in 0..500 {
            let code = key().code(&Asked { person: PersonId(person), ..ASKED });
            assert_eq!(code.len(), CODE_CHARS);
            assert!(code.starts_with(|c: char| c.is_ascii_uppercase()), "{code}");
            assert!(!code.contains(['0', 'O', '1', 'I', 'L']), "{code}");
        }
    }
}
