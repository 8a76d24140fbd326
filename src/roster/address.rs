//! Numbers and addresses: how they are written, kept and shown.
//!
//! A value is brought to one form, so that the same number in two files is the same number, and is
//! shown only with its middle struck out. What is wrong with one is said without repeating it.

use super::Kind;
use std::fmt;
use unicode_normalization::UnicodeNormalization;

/// Longest address of any channel.
const CHARS_MAX: usize = 254;
/// Digits of an international number with its country code (E.164).
const DIGITS_MAX: usize = 15;
const DIGITS_MIN: usize = 8;

/// A number, an e-mail address or a user id. `Debug` and `Display` show the mask.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(String);

/// What is wrong with one; never the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing there.
    #[error("it is empty; leave the whole cell empty for none")]
    Empty,
    /// Too long.
    #[error("it is longer than {CHARS_MAX} characters")]
    Long,
    /// What a spreadsheet makes of a long number.
    #[error(
        "a spreadsheet has turned the number into a power of ten; format the column as text and \
         enter it again"
    )]
    Power,
    /// A number with something else in it.
    #[error("it holds other characters than digits, spaces, hyphens and a leading +")]
    NotDigits,
    /// A number without a country and not one of China.
    #[error(
        "it has {0} digits; a mobile number of China has 11 and begins with 1, others need + and \
         the country code"
    )]
    National(usize),
    /// A number that is too long or short.
    #[error("with its country code it has {0} digits; {DIGITS_MIN} to {DIGITS_MAX} are possible")]
    International(usize),
    /// Not an e-mail address.
    #[error("it is no e-mail address of the form name@example.com")]
    Email,
    /// A user id with spaces.
    #[error("a user id has no spaces and no control characters")]
    User,
}

impl Address {
    /// Reads a value as people write it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(kind: Kind, raw: &str) -> Result<Self, AddressError> {
        let text: String = raw.nfkc().collect();
        let text = text.trim();
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        if text.chars().count() > CHARS_MAX {
            return Err(AddressError::Long);
        }
        match kind {
            Kind::Sms | Kind::Voice => number(text),
            Kind::Email => email(text),
            Kind::Wecom | Kind::Dingtalk | Kind::Feishu => user(text),
        }
        .map(Self)
    }

    /// A value that was kept.
    pub(super) fn kept(value: String) -> Self {
        Self(value)
    }

    /// The value itself, for sealing, sending and export.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The value with its middle struck out: `138****8000`, `w***@example.com`.
    pub fn masked(&self) -> String {
        let value = &self.0;
        let digits = value.strip_prefix('+').unwrap_or_default();
        if digits.len() >= DIGITS_MIN && digits.bytes().all(|b| b.is_ascii_digit()) {
            return match digits.strip_prefix("86").filter(|national| national.len() == 11) {
                Some(national) => format!("{}****{}", &national[..3], &national[7..]),
                None => format!("+{}****{}", &digits[..2], &digits[digits.len() - 2..]),
            };
        }
        let first: String = value.chars().take(1).collect();
        match value.rsplit_once('@') {
            Some((_, domain)) => format!("{first}***@{domain}"),
            None => format!("{first}***"),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.masked())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

/// E.164, with China where no country is given.
fn number(text: &str) -> Result<String, AddressError> {
    let text = text.trim_start_matches('\'');
    if text.contains(['e', 'E']) && text.parse::<f64>().is_ok() {
        return Err(AddressError::Power);
    }
    let plain: String = text
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '\u{2010}'..='\u{2015}'))
        .collect();
    let (country, digits) = match (plain.strip_prefix('+'), plain.strip_prefix("00")) {
        (Some(rest), _) | (None, Some(rest)) => (true, rest),
        (None, None) => (false, plain.as_str()),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(AddressError::NotDigits);
    }
    let with_country = match (country, digits.as_bytes()) {
        (true, _) => digits.to_owned(),
        (false, [b'1', ..]) if digits.len() == 11 => format!("86{digits}"),
        // A spreadsheet ate the + of an exported number.
        (false, [b'8', b'6', b'1', ..]) if digits.len() == 13 => digits.to_owned(),
        // A landline with its area code.
        (false, [b'0', b'1'..=b'9', ..]) if (10..=12).contains(&digits.len()) => {
            format!("86{}", &digits[1..])
        }
        (false, _) => return Err(AddressError::National(digits.len())),
    };
    let length = with_country.len();
    if with_country.starts_with("861") && length != 13 && !with_country.starts_with("8610") {
        return Err(AddressError::National(length - 2));
    }
    if !(DIGITS_MIN..=DIGITS_MAX).contains(&length) || with_country.starts_with('0') {
        return Err(AddressError::International(length));
    }
    Ok(format!("+{with_country}"))
}

fn email(text: &str) -> Result<String, AddressError> {
    let (name, domain) = text.rsplit_once('@').ok_or(AddressError::Email)?;
    let clean = |part: &str| {
        !part.is_empty()
            && !part.chars().any(|c| c.is_whitespace() || c.is_control() || "@,;<>\"".contains(c))
    };
    let labels = domain.split('.').count() >= 2 && domain.split('.').all(|label| !label.is_empty());
    if !clean(name) || !clean(domain) || !labels {
        return Err(AddressError::Email);
    }
    Ok(format!("{name}@{}", domain.to_lowercase()))
}

fn user(text: &str) -> Result<String, AddressError> {
    let bad = |c: char| c.is_whitespace() || c.is_control();
    if text.chars().any(bad) { Err(AddressError::User) } else { Ok(text.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_however_it_is_written() {
        for written in [
            "13800138000",
            "138 0013 8000",
            "138-0013-8000",
            "+86 13800138000",
            "008613800138000",
            "8613800138000",
            "'13800138000",
            "１３８００１３８０００",
            "（138）00138000",
        ] {
            let address = Address::parse(Kind::Sms, written).expect(written);
            assert_eq!(address.reveal(), "+8613800138000", "{written}");
            assert_eq!(address.to_string(), "138****8000");
            assert_eq!(format!("{address:?}"), "Address(138****8000)");
        }
    }

    #[test]
    fn others_are_kept_and_masked() {
        for (kind, written, kept, shown) in [
            (Kind::Voice, "021-6888 1234", "+862168881234", "+86****34"),
            (Kind::Voice, "010-88881234", "+861088881234", "+86****34"),
            (Kind::Sms, "+1 415 555 2671", "+14155552671", "+14****71"),
            (Kind::Email, "Wang.Wei@Example.COM", "Wang.Wei@example.com", "W***@example.com"),
            (Kind::Wecom, " zhangsan ", "zhangsan", "z***"),
            (Kind::Dingtalk, "张三01", "张三01", "张***"),
            (Kind::Feishu, "+", "+", "+***"),
            (Kind::Feishu, "+86张三李a", "+86张三李a", "+***"),
        ] {
            let address = Address::parse(kind, written).expect(written);
            assert_eq!((address.reveal(), &*address.masked()), (kept, shown), "{written}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_without_the_value() {
        for (kind, written, wanted) in [
            (Kind::Sms, "1380013800", AddressError::National(10)),
            (Kind::Sms, "+8613800138", AddressError::National(8)),
            (Kind::Sms, "1.38E+10", AddressError::Power),
            (Kind::Sms, "13800138ooo", AddressError::NotDigits),
            (Kind::Sms, "+", AddressError::NotDigits),
            (Kind::Sms, "+1234567890123456", AddressError::International(16)),
            (Kind::Sms, "+0123456789", AddressError::International(10)),
            (Kind::Email, "wang@localhost", AddressError::Email),
            (Kind::Email, "a@b@c.com, d@e.com", AddressError::Email),
            (Kind::Email, "wang.example.com", AddressError::Email),
            (Kind::Feishu, "a b", AddressError::User),
            (Kind::Feishu, "  ", AddressError::Empty),
        ] {
            let error = Address::parse(kind, written).expect_err(written);
            assert_eq!(error, wanted, "{written}");
            assert!(!error.to_string().contains(written.trim()) || written.trim().len() < 3);
        }
    }
}
