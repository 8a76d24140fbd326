//! Channels: how a message reaches a person or a group, one file for each provider.
//!
//! A provider is a pure pair: [`Provider::request`] writes a message as the provider wants it,
//! [`Provider::judge`] reads what the answer means. Neither has a socket or a clock, so every
//! documented code, every lie of an HTTP 200 and every limit is a row of a table in a test. The
//! one thin shell around all of them is [`call`]; mail alone has its own, [`smtp`]. [`class`]
//! decides what follows an attempt whose end nobody saw, [`pace`] when a message may leave,
//! [`token`] keeps access tokens, [`template`] fills what describes an SMS gateway.
//!
//! Success is what the provider documents as success and nothing else: the Chinese chat services
//! answer HTTP 200 to everything and hide the refusal in the body. An answer that nobody
//! understands is neither a success nor a refusal.
//!
//! Numbers, texts, tokens and addresses with keys in them are [`Secret`]s from end to end: no
//! `Debug`, no error and no log line holds one. Free text of an answer is read but never kept,
//! since providers like to quote the number they refuse.
//!
//! It does not decide whom to ask, what to say or which contact is next.

pub mod alertmanager;
pub mod answer;
pub mod call;
pub mod class;
pub mod dingtalk_bot;
pub mod dingtalk_work;
pub mod feishu_app;
pub mod feishu_bot;
pub mod http;
pub mod message;
pub mod pace;
pub mod pagerduty;
pub mod request;
pub mod slack;
pub mod smtp;
pub mod teams;
pub mod template;
pub mod text;
pub mod token;
pub mod twilio;
pub mod verdict;
pub mod wecom_app;
pub mod wecom_bot;

#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod samples;

use crate::delivery::secret::Secret;
use crate::engine::time::Timestamp;
use answer::Answer;
use class::Class;
use message::Message;
use pace::Rate;
use request::Request;
use token::Token;
use verdict::{Fault, Verdict};

/// What one provider wants to be asked and how it answers.
pub trait Provider: std::fmt::Debug + Send + Sync {
    /// The word for it in configuration, logs and metrics.
    fn word(&self) -> &'static str;

    /// What a second attempt would do.
    fn class(&self) -> Class;

    /// How fast it may be asked.
    fn rate(&self) -> Rate;

    /// The message as a request. `token` is there where [`Provider::token_request`] is.
    ///
    /// # Errors
    /// If the message cannot be sent here at all.
    fn request(
        &self,
        message: &Message,
        token: Option<&Secret>,
        now: Timestamp,
    ) -> Result<Request, Fault>;

    /// What an answer means.
    fn judge(&self, answer: &Answer, now: Timestamp) -> Verdict;

    /// How an access token is asked for, where messages need one.
    fn token_request(&self) -> Option<Result<Request, Fault>> {
        None
    }

    /// The access token of an answer.
    ///
    /// # Errors
    /// What the answer means instead.
    fn token(&self, answer: &Answer, now: Timestamp) -> Result<Token, Verdict> {
        Err(answer.unread(now))
    }

    /// How the provider is asked whether it would take messages, without a visible effect, where it
    /// can be and no access token tells as much.
    fn probe(&self) -> Option<Result<Request, Fault>> {
        None
    }

    /// How the provider is asked whether it has a message of an attempt that began at `since`,
    /// where it can be.
    fn look_up(&self, message: &Message, since: Timestamp) -> Option<Result<Request, Fault>> {
        let _ = (message, since);
        None
    }

    /// Whether the answer to [`Provider::look_up`] holds the message; `None`: it does not tell.
    fn found(&self, answer: &Answer, message: &Message) -> Option<bool> {
        let _ = (answer, message);
        None
    }
}
