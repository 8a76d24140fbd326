//! Replies: how a person who was asked says yes or no without an account.
//!
//! [`token`] makes what a link and a text message are recognised by. It decides nothing about a
//! recall: a reply is given to the driver, and what the person hears is the machine's answer.

pub mod token;
