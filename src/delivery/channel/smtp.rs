//! E-mail by SMTP.
//!
//! The `Message-ID` is derived from the key and so the same on every attempt: mailboxes and relays
//! show or keep a repetition once. A relay that answers 250 has the mail and no more. Its other
//! answers are numbers of RFC 5321; their text, which often quotes the address, is not kept.
//!
//! The mail says that a program wrote it, so no absence note answers. Signing is the relay's.

use super::class::{Class, Ended};
use super::message::Message;
use super::pace::Rate;
use super::text::utf8;
use super::verdict::{Fault, Reason, Verdict};
use crate::delivery::secret::Secret;
use crate::engine::time::Timestamp;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use sha2::{Digest, Sha256};
use std::fmt;
use std::time::{Duration, SystemTime};

/// Bytes of a subject; longer ones are folded, but nobody reads them.
const SUBJECT_BYTES_MAX: usize = 250;
/// Bytes of a text.
const BYTES_MAX: usize = 100_000;

/// How the way to the relay is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte.
    Tls,
    /// TLS before anything is told, or nothing is told.
    StartTls,
    /// Not: for a relay on the same host.
    Plain,
}

/// A relay.
#[derive(Clone, Debug)]
pub struct SmtpSettings {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way is protected.
    pub security: Security,
    /// Name and password, where it wants some.
    pub login: Option<(String, Secret)>,
    /// The sender: `callsurge@example.com`, or with a name before it in `Name <…>`.
    pub from: String,
    /// How fast it takes mail.
    pub rate: Rate,
    /// Whole time of an attempt.
    pub timeout: Duration,
}

/// Why no mail can be sent.
#[derive(Debug, thiserror::Error)]
pub enum SmtpError {
    /// The sender.
    #[error("`from` is no e-mail address")]
    From,
    /// TLS.
    #[error("TLS to the relay cannot be set up")]
    Tls(#[source] lettre::transport::smtp::Error),
}

/// Sends mail.
#[derive(Clone)]
pub struct Smtp {
    from: Mailbox,
    rate: Rate,
    timeout: Duration,
    transport: AsyncSmtpTransport<Tokio1Executor>,
}

impl Smtp {
    /// Checks the settings; connects only when something is sent.
    ///
    /// # Errors
    /// If they make no mail.
    pub fn new(settings: &SmtpSettings) -> Result<Self, SmtpError> {
        let from = settings.from.parse().map_err(|_| SmtpError::From)?;
        let parameters = || TlsParameters::new(settings.host.clone()).map_err(SmtpError::Tls);
        let tls = match settings.security {
            Security::Tls => Tls::Wrapper(parameters()?),
            Security::StartTls => Tls::Required(parameters()?),
            Security::Plain => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
            .port(settings.port)
            .timeout(Some(settings.timeout))
            .tls(tls);
        if let Some((name, password)) = &settings.login {
            let password = password.reveal().to_owned();
            builder = builder.credentials(Credentials::new(name.clone(), password));
        }
        let (rate, timeout) = (settings.rate, settings.timeout);
        Ok(Self { from, rate, timeout, transport: builder.build() })
    }

    /// The word for it in configuration, logs and metrics.
    pub const fn word(&self) -> &'static str {
        "smtp"
    }

    /// What a second attempt would do.
    pub const fn class(&self) -> Class {
        Class::AtLeastOnceKeyed
    }

    /// How fast it may be asked.
    pub const fn rate(&self) -> Rate {
        self.rate
    }

    /// The message as a mail.
    ///
    /// # Errors
    /// If it cannot be sent at all.
    pub fn mail(&self, message: &Message, now: Timestamp) -> Result<lettre::Message, Fault> {
        message.left(now).ok_or(Reason::Late)?;
        let to = message.to.as_ref().ok_or(Reason::Address)?.reveal();
        let to: Address = to.parse().map_err(|_| Reason::Address)?;
        let digest = Sha256::digest(message.key.as_bytes());
        let name: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let id = format!("<{name}@{}>", self.from.email.domain());
        let millis = u64::try_from(now.as_millis()).map_err(|_| Reason::Settings)?;
        let generated = HeaderName::new_from_ascii_str("Auto-Submitted");
        lettre::Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(message.title(SUBJECT_BYTES_MAX, utf8).replace(char::is_control, " "))
            .date(SystemTime::UNIX_EPOCH + Duration::from_millis(millis))
            .message_id(Some(id))
            .raw_header(HeaderValue::new(generated, "auto-generated".to_owned()))
            .header(ContentType::TEXT_PLAIN)
            .body(message.words(BYTES_MAX, utf8))
            .map_err(|_| Reason::Settings.into())
    }

    /// Logs in and says nothing.
    ///
    /// # Errors
    /// What is wrong with the relay, or between here and there.
    pub async fn probe(&self) -> Result<(), Fault> {
        let asked = tokio::time::timeout(self.timeout, self.transport.test_connection()).await;
        match asked {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err(Reason::Busy.into()),
            Ok(Err(error)) => match error.status().map(|code| judge(u16::from(code))) {
                Some(Verdict::Refused(fault) | Verdict::Again(fault, _)) => Err(fault),
                _ => Err(Reason::NoConnection.into()),
            },
            Err(_) => Err(Reason::NoAnswer.into()),
        }
    }

    /// Makes one attempt.
    pub async fn send(&self, message: &Message, now: Timestamp) -> Ended {
        let mail = match self.mail(message, now) {
            Ok(mail) => mail,
            Err(fault) => return Ended::Unsent(fault),
        };
        // The transport bounds each exchange; a relay that dribbles has many.
        let sent = tokio::time::timeout(self.timeout, self.transport.send(mail)).await;
        match sent {
            Ok(Ok(_)) => Ended::Answered(Verdict::accepted()),
            Ok(Err(error)) => match error.status() {
                Some(code) => Ended::Answered(judge(u16::from(code))),
                None if error.is_tls() => Ended::Unsent(Reason::NoConnection.into()),
                // It may have been before or after the mail; the Message-ID makes both the same.
                None => Ended::Lost,
            },
            Err(_) => Ended::Lost,
        }
    }
}

/// What a refusal of a relay means (RFC 5321, 4.2; RFC 4954, 6).
pub fn judge(code: u16) -> Verdict {
    let fault = |reason| Fault::coded(reason, i64::from(code));
    match code {
        400..=499 => Verdict::Again(fault(Reason::Busy), None),
        530 | 534 | 535 | 538 => Verdict::Refused(fault(Reason::Credentials)),
        550 | 551 | 553 | 556 => Verdict::Refused(fault(Reason::Address)),
        552 => Verdict::Refused(fault(Reason::TooLong)),
        554 => Verdict::Refused(fault(Reason::Content)),
        500..=599 => Verdict::Refused(fault(Reason::Request)),
        _ => Verdict::Unclear(fault(Reason::Garbled)),
    }
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smtp").field("rate", &self.rate).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{NOW, again, message, refused};
    use super::*;
    use crate::engine::time::Span;

    fn settings() -> SmtpSettings {
        SmtpSettings {
            host: "127.0.0.1".into(),
            port: 25,
            security: Security::Plain,
            login: Some(("user".into(), Secret::new("hush"))),
            from: "callsurge@example.com".into(),
            rate: Rate::new(10, Span::secs(1)),
            timeout: Duration::from_secs(5),
        }
    }

    fn to(address: &str) -> Message {
        Message { to: Some(Secret::new(address)), ..message() }
    }

    fn written(message: &Message) -> String {
        let smtp = Smtp::new(&settings()).unwrap();
        String::from_utf8(smtp.mail(message, NOW).unwrap().formatted()).unwrap()
    }

    #[test]
    fn a_mail_has_the_same_id_on_every_attempt() {
        let smtp = Smtp::new(&settings()).unwrap();
        let id = |message: &Message, now| {
            let mail = smtp.mail(message, now).unwrap();
            mail.headers().get_raw("Message-ID").unwrap().to_owned()
        };
        let first = id(&to("wang@example.com"), NOW);
        assert_eq!(first, id(&to("wang@example.com"), NOW + Span::minutes(1)));
        assert!(first.ends_with("@example.com>"), "{first}");
        let other = Message { key: "journal-8-0".into(), ..to("wang@example.com") };
        assert_ne!(first, id(&other, NOW));
    }

    #[test]
    fn a_mail_is_text_by_a_program() {
        let mail = written(&to("wang@example.com"));
        assert!(mail.contains("Auto-Submitted: auto-generated\r\n"), "{mail}");
        assert!(mail.contains("Date: Sat, 28 Nov 2026 20:00:00 +0000\r\n"), "{mail}");
        assert!(mail.contains("Content-Type: text/plain; charset=utf-8\r\n"), "{mail}");
    }

    #[test]
    fn a_subject_brings_no_header() {
        let subject = "a\r\nBcc: all@example.com".to_owned();
        let mail = written(&Message { subject, ..to("wang@example.com") });
        assert!(!mail.contains("\nBcc"), "{mail}");
        let smtp = Smtp::new(&settings()).unwrap();
        for wrong in ["a@b.c\r\nRCPT TO:<d@e.f>", "nobody", "a@b.c, d@e.f", ""] {
            let mail = smtp.mail(&to(wrong), NOW).map(|_| ());
            assert_eq!(mail, Err(Reason::Address.into()), "{wrong}");
        }
        let late = smtp.mail(&to("wang@example.com"), message().useful_until).map(|_| ());
        assert_eq!(late, Err(Reason::Late.into()));
    }

    #[test]
    fn answers() {
        for (code, wanted) in [
            (421, again(Reason::Busy, 421)),
            (450, again(Reason::Busy, 450)),
            (451, again(Reason::Busy, 451)),
            (452, again(Reason::Busy, 452)),
            (454, again(Reason::Busy, 454)),
            (500, refused(Reason::Request, 500)),
            (530, refused(Reason::Credentials, 530)),
            (535, refused(Reason::Credentials, 535)),
            (550, refused(Reason::Address, 550)),
            (551, refused(Reason::Address, 551)),
            (552, refused(Reason::TooLong, 552)),
            (553, refused(Reason::Address, 553)),
            (554, refused(Reason::Content, 554)),
            (354, Verdict::Unclear(Fault::coded(Reason::Garbled, 354))),
        ] {
            assert_eq!(judge(code), wanted, "{code}");
        }
    }

    #[test]
    fn unusable_settings_are_refused_and_nothing_is_shown() {
        let wrong = SmtpSettings { from: "nobody".into(), ..settings() };
        assert!(matches!(Smtp::new(&wrong), Err(SmtpError::From)));
        let shown = format!("{:?} {:?}", settings(), Smtp::new(&settings()));
        assert!(!shown.contains("hush"), "{shown}");
    }
}
